"""What the proof rests on: whoever touches our triggers, the guard, a table's heap or its columns behind our back is noticed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from airlift.errors import Refused
from airlift.phases.cutover import rename as renaming
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.rename import rename
from testbed.driving import APPROVED, Driver
from testbed.servers import Database, Server
from tests.cloning import clone
from tests.comparing import differences, in_sync
from tests.examining import run

PLAIN = (
    "CREATE TABLE plain (id int PRIMARY KEY, note text)",
    "INSERT INTO plain SELECT n, 'note ' || n FROM generate_series(1, 200) AS n",
)
KEYS, TRUNCATE, GUARD = "airlift_shop_log_keys", "airlift_shop_log_truncate", "airlift_shop_guard"
DISABLED = "ALTER TABLE plain DISABLE TRIGGER {0}; {1}; ALTER TABLE plain ENABLE ALWAYS TRIGGER {0}"
_number = itertools.count(1)


@pytest.fixture(scope="module")
def compared(servers: tuple[Server, Server]) -> Iterator[Driver]:
    """A migration at its gate, whose comparison found both sides equal."""
    source, target = (server.create_database("premises") for server in servers)
    driver = in_sync(source, target, *PLAIN)
    assert driver.validate()["equal"]
    driver.run(create_views)
    yield driver
    for server in servers:
        server.drop_database("premises")


@pytest.fixture
def at_gate(compared: Driver) -> Iterator[Driver]:
    with clone(compared, f"premises_{next(_number)}") as driver:
        yield driver


def given_up(driver: Driver) -> list[str]:
    """Why attempts were given up."""
    return [why for (why,) in run(driver.target, "SELECT detail FROM airlift.attempts WHERE state = 'given up' ORDER BY no")]


def serves(database: Database) -> bool:
    """Whether the old table still has its name."""
    return run(database, "SELECT to_regclass('plain') IS NOT NULL, to_regclass('plain_obsolete') IS NULL") == [(True, True)]


BEHIND = {
    "an UPDATE that capture does not see": ("source", DISABLED.format(KEYS, "UPDATE plain SET note = 'unseen' WHERE id = 5")),
    "a DELETE that capture does not see": ("source", DISABLED.format(KEYS, "DELETE FROM plain WHERE id = 5")),
    "a foreign write to the target": ("target", DISABLED.format(GUARD, "UPDATE plain SET note = 'foreign' WHERE id = 5")),
    "a capture function that does nothing": (
        "source",
        (
            "CREATE OR REPLACE FUNCTION airlift.shop_log_keys_1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
            "UPDATE plain SET note = 'unseen' WHERE id = 7"
        ),
    ),
    "a column that was made anew": (
        "source",
        "ALTER TABLE plain DROP COLUMN note; ALTER TABLE plain ADD COLUMN note text; DELETE FROM plain WHERE id > 1",
    ),
}


@pytest.mark.parametrize("what", BEHIND)
def test_what_came_before_the_fence_is_found_by_a_new_comparison(at_gate: Driver, what: str) -> None:
    side, statements = BEHIND[what]
    run(getattr(at_gate, side), statements)
    with pytest.raises(Refused, match=r"1 keys of .*plain"):
        rename(at_gate.migration("rename"), APPROVED)
    assert serves(at_gate.source)


@pytest.mark.parametrize("what", BEHIND)
def test_what_comes_at_the_last_moment_is_noticed_under_the_fence(at_gate: Driver, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    side, statements = BEHIND[what]
    catch_up = renaming.catch_up
    work = [statements]

    def interrupted(*args: object) -> None:
        catch_up(*args)  # type: ignore[arg-type]
        if work:
            run(getattr(at_gate, side), work.pop())

    monkeypatch.setattr(renaming, "catch_up", interrupted)
    with pytest.raises(Refused, match=r"1 keys of .*plain"):
        rename(at_gate.migration("rename"), APPROVED)
    why, *_ = given_up(at_gate)
    assert "premises do not hold any more" in why
    assert serves(at_gate.source)


def test_all_rows_are_compared_anew_where_a_premise_broke_and_nothing_came_of_it(at_gate: Driver) -> None:
    run(at_gate.source, DISABLED.format(TRUNCATE, "SELECT 1"), "VACUUM FULL plain", "INSERT INTO plain VALUES (300)")
    run(at_gate.target, DISABLED.format(GUARD, "SELECT 1"))
    at_gate.cut_over()
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
        ("source", "ALTER TABLE plain ADD COLUMN more int; UPDATE plain SET more = id"),
        ("source", "ALTER TABLE plain RENAME COLUMN note TO remark"),
        ("source", "ALTER TABLE plain ALTER note TYPE varchar(50)"),
        ("source", "ALTER TABLE plain DROP COLUMN note"),
    ],
)
def test_without_our_triggers_or_the_columns_nothing_is_switched(at_gate: Driver, side: str, how: str) -> None:
    run(getattr(at_gate, side), how)
    with pytest.raises(Refused, match="would prove nothing"):
        rename(at_gate.migration("rename"), APPROVED)
    assert serves(at_gate.source)
