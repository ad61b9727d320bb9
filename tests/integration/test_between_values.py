"""The values that the other family can't hold are found on the source, with their keys; and none where all fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlift.databases.examined import Misfit
from airlift.databases.shapes import Column
from tests.fix_servers import Pair
from tests.translating import Side, between, on_mariadb, on_postgres

# type, what fits, what does not
ON_MARIADB = {
    "tinyint(1)": (["0", "1"], ["2", "-1"]),
    "bigint unsigned": (["18446744073709551615"], []),
    "int unsigned": (["4294967295"], []),
    "decimal(65,30)": (["0.000000000000000000000000000001"], []),
    "date": (["'2024-02-29'", "'0001-01-01'", "'9999-12-31'"],
             ["'0000-00-00'", "'2024-00-00'", "'2024-05-00'", "'0000-01-01'", "'2023-02-31'"]),
    "datetime(6)": (["'2024-02-29 23:59:59.999999'"], ["'0000-00-00'", "'2024-00-01 00:00:00'", "'2023-02-31 10:00:00'"]),
    "timestamp NULL": (["'2024-02-29 23:59:59'", "'1970-01-02 00:00:00'"], ["'0000-00-00 00:00:00'"]),
    "time(6)": (["'24:00:00'", "'00:00:00'", "'23:59:59.999999'"], ["'24:00:00.000001'", "'-00:00:00.000001'", "'838:59:59'"]),
    "varchar(20)": (["''", "'é'", "'a '"], [r"'a\0b'", r"'\0'"]),
    "varchar(20) COLLATE utf8mb4_unicode_ci": (["'plain'"], [r"'a\0b'"]),
    "varchar(20) CHARACTER SET utf16": (["'é'"], [r"'a\0b'"]),
    "text CHARACTER SET latin1": (["'é'"], [r"'\0'"]),
    "longtext": (["REPEAT('é', 100000)"], [r"CONCAT(REPEAT('é', 100000), '\0')"]),
    "blob": ([r"'a\0b'"], []),
    "json": ([r"""'{"a": "\\\\u0000"}'"""], []),
    "enum('a','b')": (["'a'"], ["'no member'"]),
    "enum('','b')": (["''"], []),
    "set('a','b')": (["''", "'a,b'"], []),
    "year": (["2024", "'0000'"], []),
    "point": (["ST_GeomFromText('POINT(1 1)')"], []),
}  # fmt: skip
ON_POSTGRES = {
    "numeric": (["12345678901234567890123456789012345.5", "1e-30", "-0.000", "1.500000000000000000000000000000000000000"],
                ["'NaN'", "'Infinity'", "'-Infinity'", "1e35", "-1e35", "1e-31"]),
    "numeric(12,3)": (["1.5"], ["'NaN'"]),
    "real": (["0.1", "'-0'"], ["'NaN'", "'Infinity'"]),
    "double precision": (["5e-324"], ["'NaN'", "'-Infinity'"]),
    "date": (["'0001-01-01'", "'9999-12-31'"], ["'infinity'", "'-infinity'", "'0001-12-31 BC'", "'10000-01-01'"]),
    "timestamp": (["'9999-12-31 23:59:59.999999'", "'0001-01-01 00:00:00'"], ["'infinity'", "'0001-01-01 00:00:00 BC'", "'10000-01-01'"]),
    "timestamptz": (["'9999-12-31 23:59:59.999999+00'"], ["'infinity'", "'10000-01-01 00:00:00+00'", "'-infinity'"]),
    "time": (["'24:00:00'"], []),
    "text": (["repeat('x', 100000)", "' '"], []),
    "varchar(20)": (["'é'"], []),
    "bytea": ([r"'\\x00'"], []),
    "boolean": (["true"], []),
    "interval": (["'178000000 years'"], []),
    "jsonb": (["'{}'", "(repeat('[', 31) || '1' || repeat(']', 31))::jsonb"], ["(repeat('[', 31) || '{}' || repeat(']', 31))::jsonb"]),
    "bit(3)": (["B'101'"], []),
}  # fmt: skip


def filled(source: Side, cells: dict[str, tuple[list[str], list[str]]], *, with_unfit: bool) -> dict[str, list[int]]:
    """A row for each value, all others of it NULL; the keys of those that don't fit, by column."""
    source.run("CREATE TABLE t (id int PRIMARY KEY, " + ", ".join(f"c{no} {kind}" for no, kind in enumerate(cells)) + ")")
    rows = [
        (f"c{no}", value, is_unfit)
        for no, (fit, unfit) in enumerate(cells.values())
        for is_unfit, values in ((False, fit), (True, unfit if with_unfit else []))
        for value in values
    ]
    source.run(*(f"INSERT INTO t (id, {column}) VALUES ({key}, {value})" for key, (column, value, _) in enumerate(rows)))
    keys: dict[str, list[int]] = {}
    for key, (column, _, is_unfit) in enumerate(rows):
        if is_unfit:
            keys.setdefault(column, []).append(key)
    return keys


def looked_for(
    source: Side, target: Side, *, keyed: frozenset[str] = frozenset(), key: tuple[str, ...] = ("id",), most: int = 20
) -> list[Misfit]:
    way, shape = between(source, target), source.shape("t", keyed=keyed)
    pairs: list[tuple[Column, Column]] = list(zip(shape.columns, way.shape(shape).columns, strict=True))
    return source.misfits("t", {old.name: way.unfit(old, new) for old, new in pairs}, key=key, most=most)


@pytest.mark.parametrize("with_unfit", [True, False])
def test_what_postgres_can_not_hold_is_found(databases: Pair, mariadb_databases: Pair, with_unfit: bool) -> None:
    source, target = on_mariadb(mariadb_databases.source), on_postgres(databases.source)
    keys = filled(source, ON_MARIADB, with_unfit=with_unfit)
    found = looked_for(source, target)
    assert {each.column: sorted(int(key) for (key,), _ in each.examples) for each in found} == keys
    assert all(each.rows == len(keys[each.column]) for each in found)


@pytest.mark.parametrize("with_unfit", [True, False])
def test_what_mariadb_can_not_hold_is_found(databases: Pair, mariadb_databases: Pair, with_unfit: bool) -> None:
    source, target = on_postgres(databases.source), on_mariadb(mariadb_databases.source)
    keys = filled(source, ON_POSTGRES, with_unfit=with_unfit)
    by_column: dict[str, list[int]] = {}
    for each in looked_for(source, target):
        by_column.setdefault(each.column, []).extend(int(key) for (key,), _ in each.examples)
        assert each.rows == len(each.examples)
    assert {column: sorted(found) for column, found in by_column.items()} == keys


def test_documents_that_jsonb_would_write_otherwise_are_found(databases: Pair, mariadb_databases: Pair) -> None:
    source, target = on_mariadb(mariadb_databases.source), on_postgres(databases.source)
    source.run("CREATE TABLE t (id int PRIMARY KEY, j json)", """INSERT INTO t VALUES (1, '{"a": [1, 2]}'), (2, '{"a":1}'), (3, NULL)""")
    way, shape = between(source, target), source.shape("t")
    as_jsonb = replace(shape, types={"j": "jsonb"})
    (document, text) = (shape.columns[1], way.shape(as_jsonb).columns[1])
    (found,) = source.misfits("t", {"j": way.unfit(document, text)}, key=("id",), most=9)
    assert [key for key, _ in found.examples] == [["2"]]
    assert found.fact.startswith("is not spaced as jsonb would show it")


def test_texts_in_a_key_are_measured(databases: Pair, mariadb_databases: Pair) -> None:
    source, target = on_postgres(databases.source), on_mariadb(mariadb_databases.source)
    source.run("CREATE TABLE t (id text PRIMARY KEY, token bytea UNIQUE, name varchar(5000), parent text, twin text, UNIQUE (name, twin))")
    source.run(
        "INSERT INTO t VALUES ('fits', decode(repeat('00', 3072), 'hex'), repeat('é', 384), repeat('p', 255), 'x'),"
        " ('long', decode(repeat('00', 3073), 'hex'), repeat('é', 385), repeat('p', 256), repeat('t', 385)),"
        " (repeat('é', 769), NULL, NULL, NULL, NULL)"
    )
    shape = source.shape("t", keyed=frozenset({"parent"}))
    made = between(source, target).shape(shape)
    columns, _ = target.create("t", made)
    assert [each.type for each in columns] == ["varchar(768)", "varbinary(3072)", "varchar(384)", "varchar(255)", "varchar(384)"]
    found = looked_for(source, target, keyed=shape.keyed)
    assert [(each.column, each.rows, each.fact) for each in found] == [
        ("id", 1, "is longer than varchar(768) takes"),
        ("token", 1, "is longer than varbinary(3072) takes"),
        ("name", 1, "is longer than varchar(384) takes"),
        ("parent", 1, "is longer than varchar(255) takes"),
        ("twin", 1, "is longer than varchar(384) takes"),
    ]
    assert found[0].examples == [(["é" * 769], "é" * 60)]


def test_some_rows_of_many_are_shown(mariadb_databases: Pair, databases: Pair) -> None:
    source, target = on_mariadb(mariadb_databases.source), on_postgres(databases.source)
    source.run("CREATE TABLE t (id binary(2), no int, day date, PRIMARY KEY (id, no))")
    source.run("INSERT INTO t SELECT 0xff00, seq, '0000-00-00' FROM seq_1_to_100")
    (found,) = looked_for(source, target, key=("id", "no"), most=3)
    assert (found.column, found.rows, len(found.examples)) == ("day", 100, 3)
    assert found.examples[0] == (["ff00", "1"], "0000-00-00")
    assert found.remedy


def arrives(source: Side, target: Side, cells: dict[str, tuple[list[str], list[str]]], *, shown: str, but: set[str]) -> None:
    """Give the target what the source shows of each value that fits, and see that it takes it, with nothing clipped."""
    filled(source, cells, with_unfit=False)
    made = between(source, target).shape(source.shape("t"))
    target.create("t", made)
    for column in (f"c{no}" for no, kind in enumerate(cells) if kind not in but):
        before = source.run(f"SELECT id, {shown.format(column)} FROM t WHERE {column} IS NOT NULL ORDER BY id")
        for key, value in before:
            target.run_with(f"INSERT INTO t (id, {column}) VALUES (%s, %s)", (key, value))
        assert target.run(f"SELECT count(*) FROM t WHERE {column} IS NOT NULL") == [(len(before),)]


def test_what_is_not_found_does_fit_postgres(databases: Pair, mariadb_databases: Pair) -> None:
    arrives(
        on_mariadb(mariadb_databases.source), on_postgres(databases.source), ON_MARIADB, shown="CAST({} AS CHAR)", but={"blob", "point"},
    )  # fmt: skip


def test_what_is_not_found_does_fit_mariadb(databases: Pair, mariadb_databases: Pair) -> None:
    but = {"bytea", "boolean", "bit(3)", "timestamptz"}
    arrives(on_postgres(databases.source), on_mariadb(mariadb_databases.source), ON_POSTGRES, shown="{}::text", but=but)
