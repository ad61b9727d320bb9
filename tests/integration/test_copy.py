"""The copy: its ranges are the table, whatever happens to the table between two of them; and it needs little memory."""

from __future__ import annotations

from typing import Any

import pytest

from airlift.databases.postgres.streams import Streams
from airlift.phases.copying import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from testbed.driving import Driver, side_by_side
from testbed.servers import Database
from tests.comparing import differences, in_sync
from tests.examining import run
from tests.fix_servers import Pair
from tests.memory import MOST_MB, growth
from tests.ranges import BLOCK, between_ranges, tiny_ranges

__all__ = ["tiny_ranges"]

TABLE = (
    "CREATE TABLE ledger (id int PRIMARY KEY, code int UNIQUE, note text) WITH (autovacuum_enabled = off)",
    "INSERT INTO ledger SELECT n, n, repeat('x', 900) FROM generate_series(1, 1000) AS n",
)
SMALL_TABLES = 40


def copied_beside(databases: Pair, act: Any) -> Driver:
    """Copy the table in many ranges with `act` before each of them, and carry the first window."""
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.prepare()
    driver.run(plan)
    with between_ranges(act):
        dump_and_import(driver.migration("dump_and_import"), "stream 1 of 1")
    driver.copy()
    driver.catch_up()
    return driver


REWRITES = {
    "VACUUM FULL": ["DELETE FROM ledger WHERE id % 3 = 0", "VACUUM FULL ledger"],
    "CLUSTER": ["CLUSTER ledger USING ledger_code_key"],
    "a rewriting ALTER": ["ALTER TABLE ledger ALTER note TYPE varchar(2000) USING note || ''"],
    "TRUNCATE": ["TRUNCATE ledger", "INSERT INTO ledger VALUES (1, 1, 'after')", "INSERT INTO ledger VALUES (2, 2, 'after')"],
    "TRUNCATE in a transaction that fills it": [
        "BEGIN; TRUNCATE ledger; INSERT INTO ledger SELECT n, n, 'new' FROM generate_series(1, 900) AS n; COMMIT"
    ],
}


@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_rewritten_table_is_copied_anew(databases: Pair, tiny_ranges: None, rewrite: str) -> None:
    seen = []

    def act(number: int) -> None:
        seen.append(number)
        if number in (3, 6):
            run(databases.source, *REWRITES[rewrite])

    driver = copied_beside(databases, act)
    assert len(seen) > 3
    assert differences(driver, "ledger") == []


def test_streams_side_by_side_start_a_rewritten_table_over(databases: Pair, tiny_ranges: None) -> None:
    other = ("CREATE TABLE other (id int PRIMARY KEY, note text)", "INSERT INTO other SELECT n FROM generate_series(1, 500) AS n")
    run(databases.source, *TABLE, *other)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.prepare()
    driver.run(plan)
    with between_ranges(lambda number: run(databases.source, "VACUUM FULL ledger") if number in (2, 5) else None):
        side_by_side(*(lambda n=n: dump_and_import(driver.migration(), f"stream {n}") for n in (1, 2)))
    assert run(databases.target, "SELECT count(*), count(DISTINCT id) FROM ledger") == [(1000, 1000)]
    assert run(databases.target, "SELECT sum(rows_copied) FROM airlift.tables") == [(1500,)]
    driver.copy()
    driver.catch_up()
    assert differences(driver, "ledger") == []
    assert differences(driver, "other") == []


def test_rows_that_move_between_ranges_arrive_once(databases: Pair, tiny_ranges: None) -> None:
    """Updated rows go to the table's end, deleted rows' places are filled by new ones before the range that is read next."""

    def act(number: int) -> None:
        run(
            databases.source,
            f"UPDATE ledger SET note = note || '{number}' WHERE id % 17 = {number}",
            f"DELETE FROM ledger WHERE id % 19 = {number}",
            "VACUUM (INDEX_CLEANUP on) ledger",
            f"INSERT INTO ledger SELECT {number} * 10000 + n, NULL, repeat('y', 900) FROM generate_series(1, 30) AS n",
            f"UPDATE ledger SET id = -id, code = -code WHERE id % 23 = {number} AND id > 0",
        )  # fmt: skip

    driver = copied_beside(databases, act)
    assert differences(driver, "ledger") == []


@pytest.mark.parametrize("blocks_each", [1, 7, 10_000])
def test_ranges_together_are_the_table(databases: Pair, blocks_each: int) -> None:
    run(
        databases.source, *TABLE, "CREATE TABLE empty (id int PRIMARY KEY)", "CREATE TABLE tail (id int PRIMARY KEY, note text)",
        "INSERT INTO tail SELECT n, repeat('x', 900) FROM generate_series(1, 300) AS n", "DELETE FROM tail WHERE id > 5",
    )  # fmt: skip
    database = Driver(databases.source, databases.target, {}).migration().source
    with database.session() as session, session.transaction():
        for name, relation in database.catalog.relations(session).items():
            cuts = Streams().cut(session, relation, ["id"], blocks_each * BLOCK) if relation.kind == "r" else []
            found = [
                row
                for cut in cuts
                for first, end in [(cut.bounds["first"], cut.bounds["end"] or 2**32 - 1)]
                for row in run(databases.source, f"SELECT ctid, id FROM {name} WHERE ctid >= '({first},0)' AND ctid < '({end},0)'")
            ]
            assert sorted(found) == sorted(run(databases.source, f"SELECT ctid, id FROM {name}")) if cuts else relation.kind != "r"


def test_empty_tables_and_dead_tails_arrive(databases: Pair, tiny_ranges: None) -> None:
    driver = in_sync(
        databases.source, databases.target, *TABLE, "DELETE FROM ledger WHERE id > 10", "CREATE TABLE empty (id int PRIMARY KEY)"
    )
    assert differences(driver, "ledger") == []
    assert differences(driver, "empty") == []
    assert driver.validate()["equal"]


def test_many_small_tables_go_in_one_batch(databases: Pair) -> None:
    names = [f"small_{number}" for number in range(SMALL_TABLES)]
    run(
        databases.source,
        *(f"CREATE TABLE {name} (id int PRIMARY KEY, note text); INSERT INTO {name} VALUES (1, '{name}'), (2, NULL)" for name in names),
    )
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.prepare()
    driver.copy()
    assert run(databases.target, "SELECT count(*), sum(rows) FROM airlift.ranges") == [(SMALL_TABLES, 2 * SMALL_TABLES)]
    assert run(databases.target, "SELECT count(*) FROM airlift.batches") == [(1,)]
    union = " UNION ALL ".join(f"SELECT '{name}' AS name, id, note FROM {name}" for name in names)
    assert run(databases.target, f"{union} ORDER BY 1, 2") == run(databases.source, f"{union} ORDER BY 1, 2")
    counted = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE relname ~ '^small_' AND indisprimary"
    assert run(databases.target, counted) == [(SMALL_TABLES,)]


@pytest.mark.parametrize("are_large", [False, True])
def test_the_server_tends_no_table_by_itself_before_it_is_loaded(databases: Pair, monkeypatch: pytest.MonkeyPatch, are_large: bool) -> None:
    if are_large:
        monkeypatch.setattr(build_indexes, "BATCH_BYTES", 1)
    run(databases.source, *TABLE, *(each.replace("ledger", "another") for each in TABLE))
    run(databases.target, TABLE[0].replace("ledger", "another"))  # used as it is, and left so
    options = "SELECT relname, reloptions FROM pg_class WHERE relname IN ('ledger', 'another') ORDER BY 1"
    off = ["autovacuum_enabled=off"]
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.prepare()
    assert run(databases.target, options) == [("another", off), ("ledger", off)]
    driver.copy()
    assert run(databases.target, options) == [("another", off), ("ledger", None)]
    driver.catch_up()
    assert differences(driver, "ledger") == []


def test_memory_does_not_grow_with_the_table(databases: Pair) -> None:
    """300 MB in long rows and in short ones, in a process of its own, measured as the growth of its peak."""
    run(
        databases.source, "CREATE TABLE long (id int PRIMARY KEY, data bytea)", "ALTER TABLE long ALTER data SET STORAGE EXTERNAL",
        "INSERT INTO long SELECT n, decode(repeat('00ff5c0a', 1250000), 'hex') FROM generate_series(1, 45) AS n",
        "CREATE TABLE short (id int PRIMARY KEY, a text, b text)",
        "INSERT INTO short SELECT n, md5(n::text), repeat('x', 100) FROM generate_series(1, 500000) AS n",
    )  # fmt: skip
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.prepare()
    driver.run(plan)
    copied, megabytes = growth(driver, "copying.dump_and_import", "stream 1 of 1")
    assert copied["rows"] == 500_045
    assert megabytes < MOST_MB
    assert size(databases.source) > 300 << 20


def size(database: Database) -> int:
    return int(run(database, "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r'")[0][0])
