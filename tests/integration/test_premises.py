"""What the proof rests on: whoever touches our triggers, the guard or a table's heap behind our back is noticed under the fence."""

from __future__ import annotations

import pytest

from airlift.errors import Refused
from airlift.phases.cutover import deciding
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.rename import rename
from testbed.servers import Database
from tests.comparing import differences, in_sync
from tests.driving import APPROVED, Driver
from tests.examining import run
from tests.fix_servers import Pair

PLAIN = (
    "CREATE TABLE plain (id int PRIMARY KEY, note text)",
    "INSERT INTO plain SELECT n, 'note ' || n FROM generate_series(1, 200) AS n",
)
KEYS, TRUNCATE, GUARD = "airlift_shop_log_keys", "airlift_shop_log_truncate", "airlift_shop_guard"
DISABLED = "ALTER TABLE plain DISABLE TRIGGER {0}; {1}; ALTER TABLE plain ENABLE ALWAYS TRIGGER {0}"


@pytest.fixture
def at_gate(databases: Pair, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A migration whose comparison found both sides equal."""
    monkeypatch.setattr(deciding, "FIRST_WRITE_WITHIN", 0.0)
    driver = in_sync(databases.source, databases.target, *PLAIN)
    assert driver.validate()["equal"]
    driver.run(create_views)
    return driver


def given_up(driver: Driver) -> list[str]:
    """Why attempts were given up."""
    return [why for (why,) in run(driver.target, "SELECT detail FROM airlift.attempts WHERE state = 'given up' ORDER BY no")]


def serves(database: Database) -> bool:
    """Whether the old table still has its name."""
    return run(database, "SELECT to_regclass('plain') IS NOT NULL, to_regclass('plain_obsolete') IS NULL") == [(True, True)]


@pytest.mark.parametrize(
    ("side", "trigger", "work", "words"),
    [
        ("source", KEYS, "UPDATE plain SET note = 'unseen' WHERE id = 5", "our triggers on the source"),
        ("source", KEYS, "DELETE FROM plain WHERE id = 5", "our triggers on the source"),
        ("target", GUARD, "UPDATE plain SET note = 'foreign' WHERE id = 5", "the guard on a target table"),
    ],
)
def test_a_write_behind_a_disabled_trigger_is_found(at_gate: Driver, side: str, trigger: str, work: str, words: str) -> None:
    run(getattr(at_gate, side), DISABLED.format(trigger, work))
    with pytest.raises(Refused, match="1 keys of .*plain"):
        rename(at_gate.migration("rename"), APPROVED)
    (why,) = given_up(at_gate)
    assert words in why
    assert serves(at_gate.source)


def test_all_rows_are_compared_anew_where_a_premise_broke_and_nothing_came_of_it(at_gate: Driver) -> None:
    run(at_gate.source, DISABLED.format(TRUNCATE, "SELECT 1"), "VACUUM FULL plain", "INSERT INTO plain VALUES (300)")
    run(at_gate.target, DISABLED.format(GUARD, "SELECT 1"))
    at_gate.cut_over()
    (why,) = given_up(at_gate)
    assert all(words in why for words in ("our triggers", "rewritten", "the guard"))
    assert run(at_gate.target, "SELECT count(*) FROM airlift.passes WHERE finished_at IS NOT NULL") == [(2,)]
    assert differences(at_gate, "plain_obsolete", "plain") == []


def test_a_truncate_at_the_gate_is_carried_and_compared(at_gate: Driver) -> None:
    run(at_gate.source, "TRUNCATE plain", "INSERT INTO plain VALUES (1, 'only')")
    at_gate.cut_over()
    assert run(at_gate.target, "SELECT * FROM plain") == [(1, "only")]


@pytest.mark.parametrize(
    ("side", "how"),
    [
        ("source", f"ALTER TABLE plain DISABLE TRIGGER {KEYS}"),
        ("source", f"ALTER TABLE plain ENABLE TRIGGER {KEYS}"),
        ("source", f"DROP TRIGGER {TRUNCATE} ON plain"),
        ("source", "ALTER TABLE plain DISABLE TRIGGER USER"),
        ("target", f"ALTER TABLE plain DISABLE TRIGGER {GUARD}"),
        ("target", f"DROP TRIGGER {GUARD} ON plain"),
    ],
)
def test_without_our_triggers_nothing_is_switched(at_gate: Driver, side: str, how: str) -> None:
    run(getattr(at_gate, side), how)
    with pytest.raises(Refused, match="would prove nothing"):
        rename(at_gate.migration("rename"), APPROVED)
    assert serves(at_gate.source)


def test_a_function_of_ours_that_was_replaced_is_noticed(at_gate: Driver) -> None:
    run(
        at_gate.source, "CREATE OR REPLACE FUNCTION airlift.shop_log_keys_1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "UPDATE plain SET note = 'unseen' WHERE id = 7",
    )  # fmt: skip
    with pytest.raises(Refused, match="1 keys of .*plain"):
        rename(at_gate.migration("rename"), APPROVED)
    assert serves(at_gate.source)


@pytest.mark.parametrize(
    "ddl",
    [
        "ALTER TABLE plain ADD COLUMN more int; UPDATE plain SET more = id",
        "ALTER TABLE plain RENAME COLUMN note TO remark",
        "ALTER TABLE plain ALTER note TYPE varchar(50)",
        "ALTER TABLE plain DROP COLUMN note",
    ],
)
def test_a_column_that_was_changed_on_the_way_is_not_lost(at_gate: Driver, ddl: str) -> None:
    from airlift.errors import AirliftError

    run(at_gate.source, ddl)
    with pytest.raises(AirliftError):
        rename(at_gate.migration("rename"), APPROVED)
    assert serves(at_gate.source)
