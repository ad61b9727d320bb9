"""Every type of one engine through a whole migration to another one and back: copied, changed beside, carried, compared, and as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from airlift.phases.roll_back.rename_back import rename_back
from testbed.driving import APPROVED, Driver
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import IS_MARIADB
from tests.fix_servers import Pair

ROLL_BACK = "roll back"
OF_MARIADB: dict[str, list[str]] = {
    "tinyint(1)": ["0", "1"], "tinyint(4)": ["-128", "127"], "tinyint(3) unsigned": ["255"], "smallint(6)": ["-32768"],
    "smallint(5) unsigned": ["65535"], "mediumint(9)": ["-8388608"], "mediumint(8) unsigned": ["16777215"],
    "int(11)": ["-2147483648", "2147483647"], "int(10) unsigned": ["4294967295"], "int(8) unsigned zerofill": ["42"],
    "bigint(20)": ["-9223372036854775808"], "bigint(20) unsigned": ["18446744073709551615"], "decimal(10,2)": ["1.50", "-99999999.99"],
    "decimal(65,30)": ["0.000000000000000000000000000001", "-12345678901234567890.5"], "float": ["0.1", "16777216", "-3.4e38"],
    "double": ["0.1", "5e-324", "1e22", "-1.7976931348623157e308"], "bit(1)": ["b'1'", "b'0'"],
    "bit(64)": ["b'1000000000000000000000000000000000000000000000000000000000000001'"], "char(3)": ["'a'", "''", "'äöü'"],
    "varchar(20)": ["''", "'é '", "'\\\\'", "'tab\\tline\\nquote\"'"], "varchar(10) CHARACTER SET latin1": ["'é'"],
    "varchar(20) COLLATE utf8mb4_general_ci": ["'Ä'"], "tinytext": ["'t'"], "longtext": ["REPEAT('é😀', 100000)", "''"],
    "binary(16)": ["UNHEX('00FF')"], "varbinary(300)": ["UNHEX('005C09FF0A')", "''"], "longblob": ["REPEAT(UNHEX('00FF5C0A'), 100000)"],
    "date": ["'0001-01-01'", "'9999-12-31'"], "datetime": ["'2024-02-29 12:00:00'"], "datetime(6)": ["'2024-02-29 23:59:59.999999'"],
    "timestamp NULL": ["'1970-01-02 00:00:00'"], "timestamp(3) NULL": ["'2038-01-19 03:14:07.123'"], "time": ["'23:59:59'"],
    "time(6)": ["'00:00:00.000001'", "'24:00:00'"], "year(4)": ["2155", "1901"], "enum('a','it''s','5%')": ["'a'", "'5%'"],
    "set('a','b')": ["''", "'a,b'"], "json": ["'{\"b\": [1, 2.50], \"a\": \"\\\\u00e9 \"}'"],
    "uuid": ["'123e4567-e89b-12d3-a456-426655440000'"], "inet4": ["'127.0.0.1'"], "inet6": ["'::1'", "'2001:db8::ff00:42:8329'"],
    "point": ["ST_GeomFromText('POINT(1 2)', 4326)"],
}  # fmt: skip
if not IS_MARIADB:
    OF_MARIADB = {kind: values for kind, values in OF_MARIADB.items() if kind not in ("uuid", "inet4", "inet6")}
OF_POSTGRES: dict[str, list[str]] = {
    "boolean": ["true", "false"], "smallint": ["-32768"], "integer": ["2147483647"], "bigint": ["-9223372036854775808"],
    "numeric": ["1.5", "-0.000000000000000000000000000001", "12345678901234567890123456789012345"], "numeric(12,3)": ["1.5"],
    "real": ["0.1", "3.4e38"], "double precision": ["0.1", "5e-324", "1e22"],
    "text": ["''", "'é😀 '", "E'\\\\ \\t\\n\\r\\f\\v\\b \"'", "'NULL'", "repeat('é', 100000)"], "character varying(20)": ["'x  '"],
    "character(5)": ["'a'", "''"], "bytea": ["'\\x00ff5c0a'", "''", "decode(repeat('00ff', 100000), 'hex')"],
    "date": ["'0001-01-01'", "'9999-12-31'"], "timestamp": ["'9999-12-31 23:59:59.999999'"], "timestamp(0)": ["'2024-02-29 12:00:00'"],
    "timestamp with time zone": ["'2024-02-29 23:59:59.999999+02'"], "time": ["'23:59:59.999999'", "'24:00:00'"],
    "time(3)": ["'00:00:00.001'"],
    "time with time zone": ["'12:00:00+05:30'"], "interval": ["'-1 year 2 mons -3 days 04:05:06.7'"],
    "uuid": ["'123e4567-e89b-12d3-a456-426655440000'"], "json": ["'{\"b\":  1.50, \"a\": [true]}'"],
    "jsonb": ["'{\"b\": 1.50, \"a\": [true]}'"],
    "bit(7)": ["B'1010101'", "B'0000000'"], "bit(65)": ["repeat('10', 33)::bit(65)"], "bit varying(9)": ["B'101'", "B''"],
    "integer[]": ["'{1,NULL,3}'", "'{}'"], "text[]": ["'{\"a b\",\"\\\"\"}'"], "int4range": ["'[1,5)'", "'empty'"],
    "inet": ["'10.0.0.1/8'", "'::1'"],
    "tsvector": ["'a:1 b:2'"], "money": ["'$1,234.50'"], "xml": ["'<a>é</a>'"], "point": ["'(1.5,2)'"], "mood": ["'sad'", "'it''s'"],
    "positive": ["7"], "pair": ["'(1,\"a b\")'"],
}  # fmt: skip
MADE = (
    "CREATE TYPE mood AS ENUM ('sad', 'it''s', '5%')",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE TYPE pair AS (a int, b text)",
)


def filled(source: Database) -> int:
    """Make the table with a row for each value, and one of NULLs; how many columns it has."""
    is_postgres = source.engine == "postgres"
    cells = OF_POSTGRES if is_postgres else OF_MARIADB
    columns = ", ".join(f"c{no} {kind}" for no, kind in enumerate(cells))
    user_rows(source, *(MADE if is_postgres else ()), f"CREATE TABLE t (id int PRIMARY KEY, beside int, {columns})")
    rows = [(f"c{no}", value) for no, values in enumerate(cells.values()) for value in values]
    user_rows(
        source,
        "SET timezone = 'UTC'" if is_postgres else "SET time_zone = '+00:00'",
        "INSERT INTO t (id) VALUES (0)",
        *(f"INSERT INTO t (id, {column}) VALUES ({key}, {value})" for key, (column, value) in enumerate(rows, start=1)),
    )
    return len(cells)


def contents(database: Database, table: str, columns: int) -> list[tuple[Any, ...]]:
    """All of a table as its own server shows it."""
    text = "c{}::text" if database.engine == "postgres" else "HEX(c{})"
    shown = ", ".join(text.format(no) for no in range(columns))
    return user_rows(database, f"SELECT id, beside, {shown} FROM {table} ORDER BY id")


def goes_there_and_back(
    ends: Pair, columns: Sequence[str], shown: Callable[[Database, str], list[tuple[Any, ...]]], *, mode: Sequence[str] = ()
) -> None:
    """Move the table, change it on the way, roll back, and see that nothing of it is otherwise. `mode` is what lets its values in."""
    source, target = ends.source, ends.target
    driver = Driver(source, target, {"tables": {"t": {}}})
    assert driver.up_to_gate()["equal"]
    every = ", ".join(columns)
    insert = "INSERT IGNORE INTO" if mode else "INSERT INTO"
    # a new row with each value, a changed neighbour, a key that moves, a row that goes
    user_rows(source, *mode, f"{insert} t (id, beside, {every}) SELECT 1000 + id, 1, {every} FROM t WHERE id < 1000")
    user_rows(source, "UPDATE t SET beside = 2 WHERE id BETWEEN 0 AND 999", "UPDATE t SET id = 3000 + id WHERE id > 1000 AND id % 2 = 1")
    user_rows(source, "DELETE FROM t WHERE id > 1000 AND id < 3000")
    before = shown(source, "t")
    driver.cut_over()
    assert user_rows(target, "SELECT count(*) FROM t") == [(len(before),)]
    user_rows(
        target,
        *mode,
        "UPDATE t SET beside = 3 WHERE beside IS NOT NULL",
        f"{insert} t (id, {every}) SELECT 9000 + id, {every} FROM t WHERE id < 1000",
    )
    with driver.synced_back():
        time.sleep(0.5)
        rename_back(driver.returning().migration("rename_back"), APPROVED, ROLL_BACK)
    after = shown(source, "t")
    assert [row[2:] for row in after if row[0] < 9000] == [row[2:] for row in before]
    assert {row[1] for row in after if row[0] < 9000} == {3}
    assert [row[2:] for row in after if row[0] >= 9000] == [row[2:] for row in before if row[0] < 1000]


@pytest.mark.parametrize("ends", ["mariadb to postgres", "postgres to mariadb"], indirect=True)
def test_every_type_goes_there_and_back(ends: Pair) -> None:
    columns = filled(ends.source)
    goes_there_and_back(ends, [f"c{no}" for no in range(columns)], lambda database, table: contents(database, table, columns))
