"""From MySQL to MariaDB and the other way: every type there and back, and what one of them says otherwise or does not have."""

from __future__ import annotations

import time
from typing import Any

import pytest

from airlift.phases.roll_back.rename_back import rename_back
from testbed.driving import APPROVED, Driver
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import SIBLINGS, only_mysql
from tests.fix_servers import Pair

pytestmark = only_mysql("a server of each of the two")
both_ways = pytest.mark.parametrize("ends", SIBLINGS or ["mariadb to mariadb"], indirect=True)
ROLL_BACK = "roll back"
ANYTHING_GOES = "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'"

TYPES: dict[str, list[str]] = {
    "tinyint(1)": ["0", "1", "-128", "127"], "tinyint unsigned": ["255"], "smallint": ["-32768"], "smallint unsigned": ["65535"],
    "mediumint": ["-8388608"], "mediumint unsigned": ["16777215"], "int": ["-2147483648", "2147483647"], "int unsigned": ["4294967295"],
    "int(8) unsigned zerofill": ["42", "123456789"], "bigint": ["-9223372036854775808"], "bigint unsigned": ["18446744073709551615"],
    "decimal(10,2)": ["1.50", "-99999999.99", "0"], "decimal(65,30)": ["0.000000000000000000000000000001", "-12345678901234567890.5"],
    "float": ["0.1", "16777216", "-3.4e38", "1e-38"], "float(10,3)": ["0.125", "1234.567"],
    "double": ["0.1", "5e-324", "1e22", "1e15", "-1.7976931348623157e308", "123456789012345678", "0.30000000000000004"],
    "double(20,6)": ["0.1", "12345678.123456"], "bit(1)": ["b'1'", "b'0'"],
    "bit(64)": ["b'1000000000000000000000000000000000000000000000000000000000000001'"], "char(3)": ["'a'", "''", "'äöü'"],
    "varchar(20)": ["''", "'é '", "'\\\\'", "'tab\\tline\\nquote\"'", "'\\0'"], "varchar(10) CHARACTER SET latin1": ["'é'"],
    "varchar(20) COLLATE utf8mb4_general_ci": ["'Ä'"], "varchar(20) COLLATE utf8mb4_bin": ["'a '"], "tinytext": ["'t'"],
    "varchar(9) CHARACTER SET utf16": ["'é😀'"], "longtext": ["REPEAT('é😀', 100000)", "''"], "text CHARACTER SET utf8mb3": ["'é'"],
    "binary(16)": ["UNHEX('00FF')"], "varbinary(300)": ["UNHEX('005C09FF0A')", "''"], "tinyblob": ["UNHEX('00')"],
    "longblob": ["REPEAT(UNHEX('00FF5C0A'), 100000)"],
    "date": ["'0001-01-01'", "'9999-12-31'", "'0000-00-00'", "'2024-00-00'", "'2023-02-31'", "'0000-01-01'"],
    "datetime": ["'2024-02-29 12:00:00'", "'0000-00-00'", "'2023-02-31 10:00:00'"],
    "datetime(6)": ["'2024-02-29 23:59:59.999999'", "'2024-00-01 10:00:00.000001'", "'9999-12-31 23:59:59.999999'"],
    "timestamp NULL": ["'1970-01-01 00:00:01'", "'0000-00-00 00:00:00'"], "timestamp(3) NULL": ["'2038-01-19 03:14:07.123'"],
    "time": ["'23:59:59'", "'-838:59:59'", "'838:59:59'"], "time(6)": ["'00:00:00.000001'", "'-00:00:00.000001'", "'24:00:00'"],
    "year": ["2155", "1901", "'0000'"], "enum('a','it''s','5%','Ö')": ["'a'", "'5%'", "'it''s'", "'no member'"],
    "enum('','b')": ["''"], "set('a','b','ü')": ["''", "'a,b'", "'ü'"],
    "point": ["ST_GeomFromText('POINT(1 2)', 4326)", "ST_GeomFromText('POINT(1.5 -2)')"],
    "geometry": ["ST_GeomFromText('POLYGON((0 0,4 0,4 4,0 0))')", "ST_GeomFromText('LINESTRING(0 0,1 1)')"],
    "geometrycollection": ["ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')"],
}  # fmt: skip
ONLY: dict[str, dict[str, list[str]]] = {
    "MySQL": {
        "json": ["'{\"b\": [1, 2.50, null], \"aa\": \"\\\\u00e9 \\\\n\"}'", "'[]'", "'\"text\"'", "'1e20'", "'null'"],
        "vector(3)": ["STRING_TO_VECTOR('[1,2.5,-3]')"],
        "varchar(20) COLLATE utf8mb4_0900_as_cs": ["'Ä '"], "text CHARACTER SET gb18030": ["'汉字😀'"],
    },
    "MariaDB": {
        "json": ["'{\"b\":  [1, 2.50], \"b\": 1, \"a\": \"\\\\u00e9 \"}'", "'[1,2]'"],
        "uuid": ["'123E4567-e89b-12d3-a456-426655440000'"], "inet4": ["'127.0.0.1'"],
        "inet6": ["'::1'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.128'"], "longtext COMPRESSED": ["'long'"],
        "varchar(20) COLLATE utf8mb4_uca1400_as_cs": ["'Ä '"], "varchar(20) COLLATE uca1400_swedish_nopad_ai_ci": ["'å'"],
    },
}  # fmt: skip


def filled(source: Database) -> dict[str, str]:
    """Make the table with a row for each value, and one of NULLs; its columns with their types."""
    cells = {**TYPES, **ONLY[source.server.product]}
    named = {f"c{no}": kind for no, kind in enumerate(cells)}
    columns = ", ".join(f"{name} {kind}" for name, kind in named.items())
    rows = [(name, value) for name, kind in named.items() for value in cells[kind]]
    user_rows(source, f"CREATE TABLE t (id int PRIMARY KEY, beside int, {columns}) CHARACTER SET utf8mb4")
    user_rows(
        source,
        ANYTHING_GOES,
        "SET NAMES utf8mb4",
        "INSERT INTO t (id) VALUES (0)",
        *(f"INSERT IGNORE INTO t (id, {column}) VALUES ({key}, {value})" for key, (column, value) in enumerate(rows, start=1)),
    )
    return named


def contents(database: Database, table: str, columns: dict[str, str]) -> list[tuple[Any, ...]]:
    """All of a table as its own server has it, in bytes; numbers as texts."""
    shown = ", ".join(f"HEX({name})" if kind.startswith("vector") else f"HEX(CONCAT({name}))" for name, kind in columns.items())
    return user_rows(database, f"SELECT id, beside, {shown} FROM {table} ORDER BY id")


@both_ways
def test_every_type_goes_there_and_back(ends: Pair) -> None:
    source, target = ends.source, ends.target
    columns = filled(source)
    driver = Driver(source, target, {"tables": {"t": {}}})
    assert driver.up_to_gate()["equal"]
    every = ", ".join(columns)
    # a new row with each value, a changed neighbour, a key that moves, a row that goes
    user_rows(source, ANYTHING_GOES, f"INSERT INTO t (id, beside, {every}) SELECT 1000 + id, 1, {every} FROM t WHERE id < 1000")
    user_rows(source, "UPDATE t SET beside = 2 WHERE id BETWEEN 0 AND 999", "UPDATE t SET id = 3000 + id WHERE id > 1000 AND id % 2 = 1")
    user_rows(source, "DELETE FROM t WHERE id > 1000 AND id < 3000")
    before = contents(source, "t", columns)
    driver.cut_over()
    assert user_rows(target, "SELECT count(*) FROM t") == [(len(before),)]
    user_rows(
        target,
        ANYTHING_GOES,
        "UPDATE t SET beside = 3 WHERE beside IS NOT NULL",
        f"INSERT IGNORE INTO t (id, {every}) SELECT 9000 + id, {every} FROM t WHERE id < 1000",
    )
    with driver.synced_back():
        time.sleep(0.5)
        rename_back(driver.returning().migration("rename_back"), APPROVED, ROLL_BACK)
    after = contents(source, "t", columns)
    assert [row[2:] for row in after if row[0] < 9000] == [row[2:] for row in before]
    assert {row[1] for row in after if row[0] < 9000} == {3}
    assert [row[2:] for row in after if row[0] >= 9000] == [row[2:] for row in before if row[0] < 1000]
