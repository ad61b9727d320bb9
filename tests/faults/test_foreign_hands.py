"""Hands that are not ours, in mid-run: other columns, constraints, triggers, another server behind the same name.

Noticed before the cutover, which says why.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlift.errors import Refused
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.handing_over import ToTarget
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.keep_in_sync import keep_in_sync
from testbed.driving import Driver
from testbed.servers import Database
from tests.faults.test_frozen import at_the_gate, cut_over
from tests.fix_gates import Gate
from tests.fix_servers import Pair
from tests.small import ask, attempts, execute, small

DDL = {
    "a new column": "ALTER TABLE children ADD COLUMN more int DEFAULT 7",
    "a column less": "ALTER TABLE children DROP COLUMN body",
    "another type": "ALTER TABLE children ALTER COLUMN amount TYPE numeric(14, 4)",
    "another type, rewritten": "ALTER TABLE children ALTER COLUMN id TYPE bigint",
    "another name": "ALTER TABLE children RENAME COLUMN body TO words",
}


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("during the copy", "a new column"), ("during the copy", "another type"), ("during the copy", "another type, rewritten"),
        ("between windows", "a new column"), ("between windows", "a column less"), ("between windows", "another name"),
    ],
)  # fmt: skip
def test_other_columns_in_mid_run_are_refused_by_name_and_the_service_goes_on(databases: Pair, when: str, what: str) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    if when == "during the copy":
        execute(driver.source, DDL[what])
    with pytest.raises(Refused, match=r"columns|body|amount|children"):
        go_on(driver, DDL[what] if when == "between windows" else "SELECT 1")
    assert serves(driver.source)


def go_on(driver: Driver, meanwhile: str) -> None:
    """The rest, with something done between windows."""
    driver.copy()
    driver.catch_up()
    execute(driver.source, meanwhile)
    execute(driver.source, "UPDATE children SET parent_id = 2 WHERE id = 9")
    driver.run(delta_windows)
    driver.validate()
    driver.run(create_views)
    cut_over(driver)


@pytest.mark.parametrize("what", ["a new column", "another type"])
def test_other_columns_after_the_approval_switch_nothing(gate: Gate, what: str) -> None:
    driver, _ = at_the_gate(gate, "across")
    execute(driver.source, DDL[what])
    with pytest.raises(Refused, match="has not the columns any more"):
        cut_over(driver)
    assert serves(driver.source)


def test_another_server_behind_the_same_name_is_refused_with_both_identities(gate: Gate) -> None:
    driver, service = at_the_gate(gate, "across")
    moved = replace(driver, source=driver.target)  # the same database name, on the other server
    was, now = identity(driver.source), identity(driver.target)
    for step in (cut_over, one_window):
        with pytest.raises(Refused, match=rf"another server than the one that preflight saw: system {now}, .* instead of {was}"):
            step(moved)
    assert service.write() == "source"
    cut_over(driver)
    service.write()
    driver.contract()
    service.must_be_whole()


def test_another_target_behind_the_same_name_is_no_target(gate: Gate) -> None:
    driver, service = at_the_gate(gate, "across")
    for step in (cut_over, one_window):
        with pytest.raises(Refused):
            step(replace(driver, target=driver.source))
    assert service.write() == "source"


def test_a_table_that_was_replaced_is_told_by_name(gate: Gate) -> None:
    driver, _ = at_the_gate(gate, "across")
    execute(driver.source, "ALTER TABLE children RENAME TO elsewhere; CREATE TABLE children (LIKE elsewhere INCLUDING ALL)")
    with pytest.raises(Refused, match="capture triggers are missing"):
        cut_over(driver)
    assert ask(driver.source, "SELECT to_regclass('children_obsolete')") == [(None,)]


ADDITIONS = {
    "a unique index": ("CREATE UNIQUE INDEX only_once ON children (body, id)", 'unique index "only_once"'),
    "a unique constraint": ("ALTER TABLE children ADD CONSTRAINT only_once UNIQUE (id, body)", 'unique constraint "only_once"'),
    "an exclusion constraint": (
        "ALTER TABLE children ADD CONSTRAINT apart EXCLUDE USING btree (id WITH =)", 'exclusion constraint "apart"',
    ),
    "a CHECK constraint": ("ALTER TABLE children ADD CONSTRAINT priced CHECK (amount > -1)", 'check constraint "priced"'),
    "a foreign key": (
        "ALTER TABLE children ADD CONSTRAINT within FOREIGN KEY (id) REFERENCES children", 'foreign key "within"',
    ),
    "a trigger": (
        (
            "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
            "CREATE TRIGGER audit AFTER INSERT ON children FOR EACH ROW EXECUTE FUNCTION audit()"
        ),
        'trigger "audit"',
    ),
    "a rule": ("CREATE RULE told AS ON DELETE TO children DO ALSO NOTIFY gone", 'rule "told"'),
    "row security": ("ALTER TABLE children ENABLE ROW LEVEL SECURITY", "row security"),
}  # fmt: skip
TAKEN_OFF = {
    "a unique index": "DROP INDEX only_once",
    "a trigger": "DROP TRIGGER audit ON children",
    "row security": "ALTER TABLE children DISABLE ROW LEVEL SECURITY",
    "a rule": "DROP RULE told ON children",
}


@pytest.mark.parametrize("what", ADDITIONS)
def test_what_came_to_an_old_table_is_refused_by_name(gate: Gate, what: str) -> None:
    driver, service = at_the_gate(gate, "in place" if what == "a rule" else "across")
    execute(driver.source, ADDITIONS[what][0])
    with pytest.raises(Refused) as caught:
        cut_over(driver)
    words = ADDITIONS[what][1]
    assert f'{words[:1].upper()}{words[1:]} of table "public.children" was ' in str(caught.value)
    assert "Take it off the old table" in str(caught.value)
    assert serves(driver.source)
    assert ask(driver.target, "SELECT count(*) FROM airlift.attempts") == [(0,)], "no writer has waited"
    if what not in TAKEN_OFF:
        return
    execute(driver.source, TAKEN_OFF[what] + "; DELETE FROM children WHERE id NOT IN %s", (tuple(service.rows),))
    cut_over(driver)
    service.write()
    service.must_be_whole()


def test_what_comes_at_the_last_moment_is_seen_under_the_fence_and_named_by_the_next_attempt(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, _ = at_the_gate(gate, "across")
    hands = [ADDITIONS["a trigger"][0]]

    def begin(self: ToTarget, *_: object) -> None:
        if hands:
            execute(driver.source, hands.pop())

    monkeypatch.setattr(ToTarget, "begin", begin)
    with pytest.raises(Refused, match=r'Trigger "audit" of table "public\.children" was made'):
        cut_over(driver)
    ((state, why),) = attempts(driver)
    assert state == "given up"
    assert why is not None
    assert "somebody has put something on public.children since the attempt began" in why
    assert serves(driver.source)


def test_an_index_that_only_makes_it_faster_and_another_name_are_told_and_hold_nothing_up(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    execute(driver.source, "CREATE INDEX quick ON children (amount); ALTER INDEX parents_name_key RENAME TO name_once")
    driver.copy()
    driver.catch_up()
    content = driver.validate()
    words = 'index "quick" of table "public.children" was made after the migration began'
    assert content["additions"] == [{"words": words, "is_refused": False}]
    assert f"- {words}. Nothing does the same to the new table" in content["markdown"]
    driver.run(create_views)
    cut_over(driver)


def test_what_came_before_the_gate_is_told_at_it(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    driver.copy()
    driver.catch_up()
    execute(driver.source, ADDITIONS["a unique index"][0])
    assert '**unique index "only_once" of table "public.children" was made after' in driver.validate()["markdown"]


def test_on_a_table_that_somebody_made_beforehand_it_is_only_told(databases: Pair) -> None:
    execute(databases.source, "CREATE TABLE children (id int PRIMARY KEY, body text); INSERT INTO children VALUES (1, 'one')")
    execute(databases.target, "CREATE TABLE children (id int PRIMARY KEY, body text)")
    driver = Driver(databases.source, databases.target, {"tables": {"children": {}}})
    driver.prepare()
    execute(driver.source, ADDITIONS["a unique index"][0])
    driver.copy()
    driver.catch_up()
    words = 'unique index "only_once" of table "public.children" was made after the migration began'
    assert driver.validate()["additions"] == [{"words": words, "is_refused": False}]
    driver.run(create_views)
    cut_over(driver)


def identity(database: Database) -> str:
    """A server's identity, as a message names it."""
    return str(ask(database, "SELECT system_identifier FROM pg_control_system()")[0][0])


def one_window(driver: Driver) -> object:
    """What keeps the target in sync, for one window."""
    answers = iter([False, True])
    return keep_in_sync(driver.migration(), lambda: next(answers))


def serves(database: Database) -> bool:
    """Whether the old table has its name, and takes writes."""
    execute(database, "INSERT INTO children (parent_id) VALUES (1)")
    return ask(database, "SELECT to_regclass('children_obsolete')") == [(None,)]
