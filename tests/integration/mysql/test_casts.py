"""A value that is cast on the way has on the sender the very text that the receiver's column shows, or is refused there as it is."""

from __future__ import annotations

import contextlib

import pymysql
import pytest

from airlift.databases.mysql.casts import as_shown
from tests.family import by_product
from tests.fix_servers import Pair
from tests.integration.mysql.test_making_tables import opened, run

ALIKE = [
    ("int", "bigint unsigned", "5"), ("int", "varchar(10)", "-7"), ("bigint", "decimal(30,4)", "9007199254740993"),
    ("decimal(10,2)", "decimal(12,4)", "'1.50'"), ("decimal(10,2)", "int", "'2.50'"), ("decimal(10,2)", "int", "'-2.50'"),
    ("decimal(10,3)", "decimal(10,1)", "'0.250'"), ("double", "bigint", "1e15"), ("double", "decimal(20,3)", "0.125"),
    ("varchar(20)", "int", "'0012'"), ("varchar(20)", "int", "'12.5'"), ("varchar(20)", "decimal(10,2)", "'7'"),
    ("varchar(20)", "double", "'1.5e3'"), ("varchar(40)", "bigint", "'9007199254740993'"), ("int", "double", "3"),
    ("double", "float", "0.1"), ("float", "double", "0.1"), ("decimal(10,2)", "float", "0.1"),
    ("date", "datetime(3)", "'2024-02-29'"), ("datetime", "date", "'2024-02-29 13:14:15'"), ("varchar(30)", "date", "'2024-2-9'"),
    ("datetime(6)", "datetime(2)", "'2024-02-29 13:14:15.129999'"), ("varchar(30)", "datetime", "'2024-02-29T13:14:15'"),
    ("timestamp(6)", "datetime(6)", "'2024-02-29 13:14:15.5'"), ("datetime", "varchar(40)", "'2024-02-29 13:14:15'"),
    ("varchar(20)", "time(1)", "'7:5'"), ("time", "time(3)", "'100:00:01'"), ("varchar(9)", "char(9)", "'a b  '"),
    ("enum('x','y')", "varchar(9)", "'y'"), ("varchar(9)", "enum('x','y')", "'y'"), ("char(3)", "varchar(9)", "'ab'"),
    ("varchar(9)", "binary(5)", "'ab'"), ("varchar(9)", "blob", "'äb'"), ("int", "set('1','2')", "2"), ("bit(8)", "int", "b'101'"),
    *by_product(mariadb=[("varchar(40)", "uuid", "'123e4567-e89b-12d3-a456-426614174000'")], mysql=[]),
    ("year", "int", "2024"), ("int", "year", "2024"),
]  # fmt: skip
UNFIT = [
    ("varchar(20)", "int", "'12abc'"), ("varchar(20)", "int", "'x'"), ("varchar(20)", "date", "'2024-02-30'"),
    ("varchar(20)", "datetime", "'2024-02-28 x'"), ("decimal(10,2)", "decimal(3,1)", "'1000'"), ("bigint", "int", "9999999999"),
    ("int", "bigint unsigned", "-1"), ("varchar(20)", "double", "'1e5x'"), ("varchar(20)", "varchar(3)", "'abcd'"),
    ("varchar(20)", "decimal(10,2)", "''"), ("double", "bigint", "1e30"),
]  # fmt: skip


def _moved(pair: Pair, old: str, new: str, value: str) -> tuple[str | None, str | None]:
    """The text that the sender's expression gives, and the one that the receiver's column then shows."""
    run(pair.source, "DROP TABLE IF EXISTS t", f"CREATE TABLE t (id int PRIMARY KEY, v {old})", f"INSERT INTO t VALUES (1, {value})")
    run(pair.target, "DROP TABLE IF EXISTS t", f"CREATE TABLE t (id int PRIMARY KEY, v {new})")
    is_bytes, is_float = new.startswith(("binary", "blob")), new == "float"
    form = "HEX({})" if is_bytes else "CAST(CAST({} AS DOUBLE) AS CHAR)" if is_float else "CAST({} AS CHAR)"
    with opened(pair.source) as (_, source), opened(pair.target) as (_, target):
        with source.transaction():
            (sent,) = _one(source, f"SELECT {form.format(as_shown('`v`', new, of=old))} FROM t")
        with contextlib.closing(pair.target.connect()) as session, session.cursor() as cursor:
            cursor.execute("SET sql_mode = 'STRICT_ALL_TABLES'")
            cursor.execute("INSERT INTO t VALUES (1, UNHEX(%s))" if is_bytes else "INSERT INTO t VALUES (1, %s)", (sent,))
        with target.transaction():
            (shown,) = _one(target, f"SELECT {form.format('`v`')} FROM t")
    return sent, shown


def _one(session: object, statement: str) -> tuple[str | None]:
    cursor = session._cursor()  # type: ignore[attr-defined]
    cursor.execute(statement)
    return cursor.fetchone()  # type: ignore[no-any-return]


@pytest.mark.parametrize(("old", "new", "value"), ALIKE, ids=[f"{old} to {new} {value}" for old, new, value in ALIKE])
def test_both_sides_show_the_same(mariadb_databases: Pair, old: str, new: str, value: str) -> None:
    sent, shown = _moved(mariadb_databases, old, new, value)
    assert sent == shown
    assert sent is not None


def test_null_stays_null(mariadb_databases: Pair) -> None:
    for old, new, _ in ALIKE:
        assert _moved(mariadb_databases, old, new, "NULL") == (None, None), (old, new)


@pytest.mark.parametrize(("old", "new", "value"), UNFIT, ids=[f"{old} to {new} {value}" for old, new, value in UNFIT])
def test_what_does_not_fit_is_refused_and_never_made_fit(mariadb_databases: Pair, old: str, new: str, value: str) -> None:
    with pytest.raises(pymysql.Error):
        _moved(mariadb_databases, old, new, value)
