"""The comparison: a fault planted on the target is found, whatever its kind; and nothing is called different that is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from airlift.databases.postgres.values import HASHES_RECORDS, record_hash
from airlift.databases.shapes import Carried
from airlift.errors import Refused
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.cutover.create_views import create_views
from airlift.phases.sync import passes, ranges
from airlift.phases.sync.report import report
from airlift.phases.sync.validate import validate
from testbed.driving import APPROVED, Driver
from testbed.servers import Server, find_binaries, release_of
from tests.comparing import in_sync
from tests.examining import run
from tests.fix_servers import Pair

OURS = "SET airlift.applying = 'on'"
TYPE_OF_MIND = "CREATE TYPE mind AS (amount numeric, span interval)"

# type, value on the source, value on the target: pairs that many a comparison takes for equal
FAULTS = [
    ("text", "abc", "abd"),
    ("text", "trailing", "trailing "),
    ("text", None, ""),
    ("text", "Case", "case"),
    ("text", "é", "e\u0301"),
    ('text COLLATE "any_case"', "Case", "case"),
    ("citext", "Case", "case"),
    ("character(6)", "abc", "ab c"),
    ("bytea", "\\x00ff", "\\x00fe"),
    ("bytea", "\\x", None),
    ("smallint", "1", "2"),
    ("integer", "0", None),
    ("bigint", "-1", "4294967295"),
    ("bigint", "0", "4294967297"),
    ("numeric", "1.0", "1.00"),
    ("numeric", "0", "NaN"),
    ("real", "0", "-0"),
    ("double precision", "0", "-0"),
    ("double precision", "0.1", "0.10000000000000002"),
    ("money", "0.01", "42949672.97"),
    ("interval", "1 mon", "30 days"),
    ("interval", "1 day", "24:00:00"),
    ("date", "2024-02-29", "2024-03-01"),
    ("time", "00:00:00", "01:11:34.967297"),
    ("timestamp", "2000-01-01 00:00:00", "2000-01-01 01:11:34.967297"),
    ("timestamptz", "2000-01-01 00:00:00+00", "2000-01-01 01:11:34.967297+00"),
    ("time with time zone", "12:00:00+00", "13:00:00+01"),
    ("pg_lsn", "0/0", "1/1"),
    ("xid8", "0", "4294967297"),
    ("json", '{"a":1}', '{"a": 1}'),
    ("jsonb", '{"a": 1.0}', '{"a": 1.00}'),
    ("xml", '<?xml version="1.0"?><a/>', "<a/>"),
    ("bit varying", "0", "00"),
    ("inet", "10.0.0.1/32", "10.0.0.1/31"),
    ("integer[]", "{1,2}", "[0:1]={1,2}"),
    ("integer[]", "{1,2}", "{{1,2}}"),
    ("text[]", "{NULL}", "{\"NULL\"}"),
    ("numeric[]", "{1.0}", "{1.00}"),
    ("numrange", "[1.0,2]", "[1.00,2]"),
    ("mind", "(1.0,)", "(1.00,)"),
    ("mind", '(,"1 mon")', '(,"30 days")'),
    ("tsvector", "'a':1", "'a':2"),
    ("point", "(0,1)", "(-0,1)"),
    ("uuid", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001"),
    ("boolean", "false", None),
]  # fmt: skip
BOTH_SIDES = ("CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)", TYPE_OF_MIND)
ROWS = ["INSERT INTO plain SELECT n, 'note ' || n FROM generate_series(1, 20) AS n"]


def plant(driver: Driver, *statements: str) -> None:
    """Write the target as a session of ours could."""
    run(driver.target, OURS, *statements)


def compare(driver: Driver, *, again: bool = False) -> dict[str, Any]:
    """A full comparison and its report. `again`: as after the task was cleared."""
    with driver.kept_in_sync():
        validate(driver.migration("validate", try_number=2 if again else 1), "stream 1")
        return dict(report(driver.migration("report")))


def differing(content: dict[str, Any]) -> dict[str, int]:
    """The tables that differ, with how many keys."""
    return {table["source"]: table["differing"] for table in content["tables"] if not table["equal"]}


@pytest.fixture(scope="module")
def faulty(servers: tuple[Server, Server]) -> Iterator[tuple[dict[str, Any], set[int]]]:
    """A row with a fault for each pair, and pairs of rows that exchanged values, each pair in a range of its own."""
    source, target = (server.create_database("faults") for server in servers)
    for database in (source, target):
        run(database, "CREATE EXTENSION citext", *BOTH_SIDES, admin=True)
    columns = [f"c{number}" for number in range(len(FAULTS))]
    made = ", ".join(f"{column} {kind}" for column, (kind, _, _) in zip(columns, FAULTS, strict=True))
    with source.connect().cursor() as cursor:
        cursor.execute(f"CREATE TABLE faults (id int PRIMARY KEY, {made})")
        for number, (column, (_, value, _)) in enumerate(zip(columns, FAULTS, strict=True)):
            cursor.execute(f"INSERT INTO faults (id, {column}) VALUES (%s, %s)", (number, value))
        cursor.execute("CREATE TABLE exchanged (id int PRIMARY KEY, note text)")
        cursor.execute("INSERT INTO exchanged SELECT n, 'note ' || n FROM generate_series(0, 99) AS n")
    driver = in_sync(source, target)
    with target.connect().cursor() as cursor:
        cursor.execute(OURS)
        for number, (column, (_, _, value)) in enumerate(zip(columns, FAULTS, strict=True)):
            cursor.execute(f"UPDATE faults SET {column} = %s WHERE id = %s", (value, number))
        cursor.execute("UPDATE exchanged SET note = 'note ' || id / 2 * 2 + 1 - id % 2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "ROWS", 2)
        content = compare(driver)
    yield content, {number for (number,) in run(target, 'SELECT id FROM airlift.shop_unverified_2 WHERE "airlift differs"')}
    for server in servers:
        server.drop_database("faults")


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=["{}: {} or {}".format(*fault) for fault in FAULTS])
def test_a_value_that_is_not_the_same_is_found(faulty: tuple[dict[str, Any], set[int]], number: int) -> None:
    _, found = faulty
    assert number in found


def test_the_report_counts_what_differs(faulty: tuple[dict[str, Any], set[int]]) -> None:
    content, _ = faulty
    assert differing(content) == {"public.exchanged": 100, "public.faults": len(FAULTS)}
    assert not content["equal"]
    assert "NOT EQUAL" in content["markdown"]


def test_rows_that_differ_are_kept_side_by_side_and_only_in_the_database(databases: Pair) -> None:
    driver = plain(databases)
    plant(
        driver,
        "DELETE FROM plain WHERE id = 5",
        "UPDATE plain SET note = NULL WHERE id = 6",
        "INSERT INTO plain VALUES (0, 'nobody wrote this')",
        "UPDATE plain SET note = repeat('long ', 1000) WHERE id > 6",
    )
    content = compare(driver)
    columns = "key ->> 'id', source ->> 'note', target ->> 'note', source = 'null', target = 'null'"
    assert run(driver.target, f"SELECT {columns} FROM airlift.differences ORDER BY no") == [
        ("0", None, "nobody wrote this", True, False),
        ("5", "note 5", None, False, True),
        ("6", "note 6", None, False, False),
        ("7", "note 7", ("long " * 40), False, False),
        ("8", "note 8", ("long " * 40), False, False),
    ]
    assert "note 5" not in str(content)
    assert "nobody" not in str(content)
    driver.run(clean_up)
    assert run(driver.target, "SELECT count(*) FROM airlift.differences") == [(0,)]


def plain(databases: Pair) -> Driver:
    return in_sync(databases.source, databases.target, "CREATE TABLE plain (id int PRIMARY KEY, note text)", *ROWS)


@pytest.mark.parametrize(
    "key", ["id smallint", "id bigint", "id text", "id numeric", "id uuid", "id timestamptz, part text", "part boolean, id int"]
)
def test_rows_that_exchange_values_are_found_whatever_their_key(databases: Pair, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows do so in pairs, each of which is a range: a sum that is linear in the values' hashes misses every third."""
    monkeypatch.setattr(ranges, "ROWS", 2)
    values = {
        "uuid": "lpad(to_hex(n), 32, '0')::uuid",
        "timestamptz": "timestamptz 'epoch' + n * interval '1 s'",
        "text": "lpad(n::text, 9, '0')",
        "boolean": "true",
    }
    kinds = [column.split() for column in key.split(", ")]
    names = ", ".join(name for name, _ in kinds)
    made = ", ".join(values.get(kind, "n") for _, kind in kinds)
    table = f"CREATE TABLE plain ({key}, note text, price numeric, PRIMARY KEY ({names}))"
    rows = f"INSERT INTO plain SELECT {made}, 'note ' || n, n FROM generate_series(0, 59) AS n"
    driver = in_sync(databases.source, databases.target, table, rows)
    plant(driver, "UPDATE plain SET note = 'note ' || div(price, 2) * 2 + 1 - mod(price, 2)")
    assert differing(compare(driver)) == {"public.plain": 60}


ROW_FAULTS = {
    "a missing row": (["DELETE FROM plain WHERE id = 5"], 1),
    "an extra row": (["INSERT INTO plain VALUES (99, 'extra')"], 1),
    "a row below the first": (["INSERT INTO plain VALUES (-1, 'extra')"], 1),
    "values of two rows exchanged": (["UPDATE plain SET note = 'note ' || 13 - id WHERE id IN (6, 7)"], 2),
    "a value moved on in three rows": (
        ["UPDATE plain SET note = 'note ' || CASE id WHEN 10 THEN 8 ELSE id + 1 END WHERE id IN (8, 9, 10)"],
        3,
    ),
    "a row under another key": (["UPDATE plain SET id = 98 WHERE id = 5"], 2),
    "no row at all": (["DELETE FROM plain"], 20),
}


@pytest.fixture(scope="module")
def mended(servers: tuple[Server, Server]) -> Iterator[Driver]:
    """A migration up to the gate; each test plants a fault and takes it back."""
    source, target = (server.create_database("mended") for server in servers)
    driver = plain(Pair(source, target))
    compare(driver)
    driver.run(create_views)
    yield driver
    for server in servers:
        server.drop_database("mended")


@pytest.mark.parametrize("what", ROW_FAULTS)
def test_faulty_rows_are_found_and_mended_rows_are_equal_again(mended: Driver, what: str) -> None:
    statements, keys = ROW_FAULTS[what]
    plant(mended, *statements)
    content = compare(mended, again=True)
    assert (differing(content), content["equal"]) == ({"public.plain": keys}, False)
    plant(mended, "DELETE FROM plain", *ROWS)
    content = compare(mended, again=True)
    assert (differing(content), content["equal"]) == ({}, True)


def test_rename_refuses_what_differs(databases: Pair) -> None:
    driver = plain(databases)
    plant(driver, "UPDATE plain SET note = 'note 4 ' WHERE id = 4")
    assert not compare(driver)["equal"]
    driver.run(create_views)
    from airlift.phases.cutover.rename import rename

    with pytest.raises(Refused, match=r"1 keys of .*plain"):
        rename(driver.migration("rename"), APPROVED)
    assert run(databases.source, "SELECT to_regclass('plain_obsolete')") == [(None,)]


def test_a_comparison_beside_writers_calls_nothing_different(databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ROWS", 3)
    driver = plain(databases)
    checked = passes.Comparison.check_next

    def beside_a_writer(*args: Any, **values: Any) -> Any:
        run(databases.source, "UPDATE plain SET note = note || '!' WHERE id % 2 = 0", "UPDATE plain SET id = -id WHERE id % 5 = 0")
        return checked(*args, **values)

    monkeypatch.setattr(passes.Comparison, "check_next", beside_a_writer)
    content = compare(driver)
    assert content["equal"]
    assert content["tables"][0]["suspects"] > 0


@pytest.mark.parametrize("rows", [2, 50])
def test_where_a_table_is_one_range_the_others_wait_long(databases: Pair, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """While one side sums it; of many ranges none takes so long that anybody would rest."""
    monkeypatch.setattr(ranges, "ROWS", rows)
    driver = plain(databases)
    seen: list[str] = []
    check_next = passes.Comparison.check_next

    def watched(self: passes.Comparison) -> Any:
        summed = self.way.receiver.checksums.target_sum

        def look(*args: Any) -> Any:
            for session in (self.ledger, self.receiving):
                with session._raw.cursor() as cursor:
                    cursor.execute("SHOW idle_in_transaction_session_timeout")
                    seen.extend(cursor.fetchone() or ())
            return summed(*args)

        with monkeypatch.context() as patch:
            patch.setattr(self.way.receiver.checksums, "target_sum", look)
            return check_next(self)

    monkeypatch.setattr(passes.Comparison, "check_next", watched)
    assert compare(driver)["equal"]
    assert set(seen) == {"1h" if rows == 50 else "5min"}


def test_a_foreign_session_cannot_write_the_target(mended: Driver) -> None:
    for statement in ("UPDATE plain SET note = 'x' WHERE id = 1", "DELETE FROM plain", "INSERT INTO plain VALUES (77)", "TRUNCATE plain"):
        for admin in (False, True):
            with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match='shut by migration "shop"'):
                run(mended.target, "SET session_replication_role = replica" if admin else "SELECT 1", statement, admin=admin)
    assert compare(mended, again=True)["equal"]


HASHED = [
    ("value", "'abc'::varchar"), ("value", "true"), ("value", "NULL::int4"), ("value", "'infinity'::date"), ("value", "'\\x00ff'::bytea"),
    ("text", "'{1,2}'::int4[]"), ("numeric_send", "1.50::numeric"), ("value", "(-1)::int2"), ("int8send", "5::int8"),
    ("value", "'a'::\"char\""), ("value", "'11111111-1111-1111-1111-111111111111'::uuid"), ("value", "'n'::name"),
    ("value", "'08:00:2b:01:02:03'::macaddr"), ("float8send", "'-0'::float8"), ("xml", "'<a/>'::xml"), ("textsend", "'x'::text"),
]  # fmt: skip
"""How a value is hashed, and the value."""


@pytest.mark.parametrize("seed", ["0", "(-7)::int8"])
@pytest.mark.parametrize("count", [1, 2, len(HASHED)])
def test_a_row_has_one_checksum_on_every_version(databases: Pair, count: int, seed: str) -> None:
    if release_of(find_binaries()) < HASHES_RECORDS // 10000:
        pytest.skip("this server has no hash of records to be compared with")
    values = [(Carried("c", "a type", value, None, [], compared), value) for compared, value in HASHED[:count]]
    each = [record_hash(values, version=version, seed=seed) for version in (HASHES_RECORDS - 1, HASHES_RECORDS)]
    ((spelled_out, own),) = run(databases.source, f"SELECT {each[0]}, {each[1]}")
    assert spelled_out == own
