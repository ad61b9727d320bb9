"""Values between engines: each kind copied, compared, noted and carried both ways, and what is not equal found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from airlift.databases.failures import UnfitValue
from airlift.databases.shapes import COMMON, Carried, Layout
from airlift.databases.values import KeyRange
from airlift.spec import TableName
from testbed.serving import Database
from tests.capturing import NAME, Table, table_of, user_rows
from tests.family import SIBLINGS
from tests.fix_servers import Pair

KINDS: dict[str, tuple[str, str, list[str]]] = {
    # the words of the form: MariaDB's and MySQL's type, PostgreSQL's, values as literals that all read
    "decimal": ("bigint", "bigint", ["0", "-9223372036854775808", "9223372036854775807"]),
    "decimal scaled": ("decimal(20,4)", "numeric(20,4)", ["0", "-0.0001", "1.50", "9999999999999999.9999"]),
    "decimal unsigned": ("bigint unsigned", "numeric(20)", ["18446744073709551615", "0"]),
    "decimal of a year": ("year", "smallint", ["1901", "2155"]),
    "numeral": ("decimal(65,30)", "numeric", ["0", "100", "1.5", "-0.000000000000000000000000000001", "12345678901234567890.123456789"]),
    "double": ("double", "double precision",
               ["0", "-0e0", "1", "-1.5", "0.1", "1e15", "999999999999999", "123456789012345678", "1e-4", "9.999e-5", "1e-5", "1.5e-7",
                "1e-14", "1e-15", "9.99e-16", "1e-16", "1.7976931348623157e308", "2.2250738585072014e-308", "3.141592653589793", "1e22",
                "1e100", "0.30000000000000004", "5e-324", "123456.789e3", "0.00012345678901234567"]),
    "double of a float": ("float", "real", ["0", "1.5", "0.1", "16777216", "3.4028234e38", "1e-10", "-2.5e-3"]),
    "boolean": ("tinyint(1)", "boolean", ["true", "false"]),
    "bits": ("bit(10)", "bit(10)", ["b'0000000001'", "b'1111111111'", "b'0000000000'"]),
    "bits, one": ("bit(1)", "bit(1)", ["b'1'", "b'0'"]),
    "string": ("longtext", "text", ["''", "'a'", "'Ä € 😀'", "'it''s'", "'tab\tline\nreturn\rend'", "'NULL'", "' both '", "'\"quoted\"'",
                                    "'a\u000bb\u000cc\u0008d'", "'\u0001\u001f'"]),
    "string of a length": ("varchar(300)", "character varying(300)", ["''", "'a'", "'\"'", "'\"\"'", "'x  '", "'back\u0009slash'"]),
    "string of a char": ("char(5)", "character(5)", ["'a'", "''", "'abcde'", "' b'"]),
    "json": ("longtext", "json", ["'{\"a\": [1, 2.50, null], \"ä\": \"\\\\u00e9\"}'"]),
    "uuid": ("uuid", "uuid",
             ["'123e4567-e89b-12d3-a456-426655440000'", "'FFFFFFFF-ffff-ffff-ffff-ffffffffffff'"]),
    "date": ("date", "date", ["'0001-01-01'", "'2024-02-29'", "'9999-12-31'"]),
    "datetime": ("datetime(6)", "timestamp(6) without time zone", ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"]),
    "datetime in seconds": ("datetime", "timestamp(0) without time zone", ["'2024-02-29 12:34:56'"]),
    "instant": ("timestamp(3) NULL", "timestamp(3) with time zone", ["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.123'"]),
    "time": ("time(6)", "time(6) without time zone", ["'00:00:00'", "'23:59:59.999999'"]),
    "time of a span": ("time(6)", "interval", ["'-01:30:15.5'", "'838:59:59'", "'-00:00:00.000001'", "'00:00:00'", "'24:00:00'"]),
}  # fmt: skip
BYTES = bytes(range(256))
OF_MYSQL = {"uuid": "char(36)", "utf8mb4_nopad_bin": "utf8mb4_0900_bin"}
"""What MySQL has for what only MariaDB has."""
both_ways = pytest.mark.parametrize("ends", ["mariadb to postgres", "postgres to mariadb", *SIBLINGS], indirect=True)


@dataclass(frozen=True)
class Moved:
    """A table on its way from one engine to the other."""

    source: Table
    target: Table
    layout: Layout

    @contextlib.contextmanager
    def sessions(self, **settings: str) -> Iterator[tuple[Any, Any]]:
        with self.source.snapshot() as source, self.target.session(**settings) as target:
            yield source, target

    def copy(self) -> int:
        with self.source.session() as session:
            relation = self.source.engine.catalog.relations(session)[self.layout.source]
            (cut,) = self.source.engine.streams.cut(session, relation, self.layout.source_key, 1 << 40)
        with self.sessions(airlift__applying="on") as (source, target):
            return int(self.target.engine.streams.copy_range(self.source.engine.sends(source), target, self.layout, cut))

    def sums(self, keys: KeyRange) -> tuple[Any, Any]:
        with self.sessions() as (source, target):
            return (
                self.source.engine.checksums.source_sum(source, self.layout, keys),
                self.target.engine.checksums.target_sum(target, self.layout, keys),
            )

    def suspects(self, keys: KeyRange) -> int:
        with self.sessions() as (source, target):
            found = self.target.engine.checksums.note_suspects(self.source.engine.sends(source), target, NAME, self.layout, keys)
            return int(found)

    def log_suspects(self) -> int:
        with self.target.session() as target, self.source.session(airlift__applying="on") as source:
            sends = self.target.engine.sends(target)
            return int(self.source.engine.checksums.log_suspects(source, sends, NAME, self.layout, self.source.names))

    def ranges(self, rows: int) -> list[KeyRange]:
        bounds: list[list[str] | None] = [None]
        with self.source.session() as session:
            while (bound := self.source.engine.checksums.next_boundary(session, self.layout, bounds[-1], rows)) is not None:
                bounds.append(bound)
        return [KeyRange(lower, upper) for lower, upper in zip(bounds, [*bounds[1:], None], strict=True)]

    def carry(self, since: str) -> tuple[str, int, int]:
        """Carry a window; its end, its keys and how many of them differ."""
        windows = self.target.engine.windows
        with self.sessions(airlift__applying="on") as (source, target):
            end = self.source.positions.now(source, [self.source.names]).text
            found = self.source.changes(source, since)
            if not found:
                return end, 0, 0
            keys = windows.receive(self.source.engine.sends(source), target, self.layout, self.source.names, since, are_few=True)
            windows.insert(target, self.layout)
            return end, keys, windows.compare(target, NAME, self.layout)

    def left(self) -> tuple[int, int]:
        """Keys without a verdict, and keys that differ."""
        with self.target.session() as target:
            (found,) = self.target.engine.windows.unverified(target, NAME, [self.layout])
            return found.waiting, found.differing

    def differences(self) -> list[Any]:
        with self.sessions() as (source, target):
            found = self.target.engine.checksums.differences(self.source.engine.sends(source), target, NAME, self.layout, 10)
            return list(found)


def moved(old: Database, new: Database, columns: dict[str, tuple[str, str, str]], key: list[str]) -> Moved:
    """The table on both sides: of each column the old type, the new one and the kind in which it goes."""
    quote = {"postgres": '"', "mysql": "`"}
    for database, position in ((old, 0), (new, 1)):
        q = quote[database.engine]
        made = ", ".join(f"{q}{name}{q} {types[position]}" for name, types in columns.items())
        user_rows(database, f"CREATE TABLE things ({made}, PRIMARY KEY ({', '.join(key)}))")
    source, target = (table_of(each, "things", key) for each in (old, new))
    q = quote[old.engine]
    carried = [Carried(name, kinds[1], f"{q}{name}{q}", name, [name], kinds[2]) for name, kinds in columns.items()]
    layout = Layout(
        no=1, source=TableName(*source.table), target=TableName(*target.table), source_key=key, key=key, carried=carried, added=[],
        old_columns=[], form=COMMON, form_back=COMMON, is_created=True, needs_triggers=False,
    )  # fmt: skip
    source.install()
    with target.session() as session:
        target.capture.prepare(session, NAME, target.names.side)
    with target.session() as session:
        target.engine.checksums.create_unverified(session, NAME, [layout])
    return Moved(source, target, layout)


def of(ends: Pair, kind: str) -> tuple[str, str, str]:
    """A column's old and new type and its kind."""
    return types(ends, *KINDS[kind][:2], kind.split(" ", maxsplit=1)[0].strip(","))


def types(ends: Pair, family: str, postgres: str, word: str) -> tuple[str, str, str]:
    """The types that a column has at either end, of MariaDB's and of PostgreSQL's."""
    old, new = (_type(each, family, postgres) for each in (ends.source, ends.target))
    return old, new, word


def _type(database: Database, family: str, postgres: str) -> str:
    if database.engine == "postgres":
        return postgres
    for mariadb, mysql in OF_MYSQL.items() if database.server.product == "MySQL" else ():
        family = family.replace(mariadb, mysql)
    return family


def written(database: Database, rows: list[tuple[int, str]]) -> None:
    """Write rows of a number and a literal."""
    values = ", ".join(f"({number}, {literal})" for number, literal in rows)
    mode = "SET sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'" if database.engine != "postgres" else "SET timezone = 'UTC'"
    user_rows(database, mode, f"INSERT INTO things VALUES {values}")


@both_ways
@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_one_and_the_same_on_both_sides(ends: Pair, kind: str) -> None:
    old, new = ends.source, ends.target
    values = [*KINDS[kind][2], "NULL"]
    on = moved(old, new, {"id": of(ends, "decimal"), "value": of(ends, kind)}, ["id"])
    since = on.source.position()
    with contextlib.closing(old.connect()) as session, session.cursor() as cursor:
        cursor.execute(
            "SET sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'" if old.engine != "postgres" else "SET timezone = 'UTC'"
        )
        for number, value in enumerate(values):
            cursor.execute(f"INSERT INTO things VALUES ({number}, {value})".replace("%", "%%"))
        if old.engine != "postgres":
            session.commit()
    assert on.copy() == len(values)
    everything = KeyRange(None, None)
    ours, theirs = on.sums(everything)
    assert ours.rows == len(values)
    assert (ours, on.suspects(everything)) == (theirs, 0)
    for number in range(len(values)):
        own, other = on.sums(KeyRange([str(number)], [str(number + 1)]))
        assert own == other, values[number]
    # the trigger has noted all of them: they are carried once more, and every one is equal
    _, keys, differing = on.carry(since)
    assert (keys, differing) == (len(values), 0)
    assert on.sums(everything) == (ours, ours)


@both_ways
def test_all_bytes_go_both_ways(ends: Pair) -> None:
    old, new = ends.source, ends.target
    columns = {"id": types(ends, "varbinary(300)", "bytea", "bytea"), "value": types(ends, "longblob", "bytea", "bytea")}
    on = moved(old, new, columns, ["id"])
    since = on.source.position()
    with contextlib.closing(old.connect()) as session, session.cursor() as cursor:
        for number in range(20):
            part = BYTES[number * 12 : number * 12 + 16]
            cursor.execute("INSERT INTO things VALUES (%s, %s)", (part, BYTES * number or None))
        if old.engine != "postgres":
            session.commit()
    assert on.copy() == 20
    ranges = on.ranges(7)
    assert len(ranges) == 3
    for keys in ranges:
        ours, theirs = on.sums(keys)
        assert ours == theirs
        assert 6 <= ours.rows <= 7
    assert on.carry(since)[1:] == (20, 0)
    user_rows(
        new,
        "DELETE FROM things WHERE id = (SELECT id FROM things ORDER BY id LIMIT 1)"
        if new.engine == "postgres"
        else "DELETE FROM things ORDER BY id LIMIT 1",
    )
    assert [on.suspects(keys) for keys in ranges] == [1, 0, 0]


PLANTED = {
    "a row is missing": "DELETE FROM things WHERE id = 3",
    "a row too many": "INSERT INTO things VALUES (99, 'x')",
    "a value differs": "UPDATE things SET value = 'b' WHERE id = 3",
    "in the case of a letter": "UPDATE things SET value = 'A' WHERE id = 3",
    "in a blank at the end": "UPDATE things SET value = 'a ' WHERE id = 3",
    "NULL for an empty text": "UPDATE things SET value = NULL WHERE id = 2",
    "the word for NULL": "UPDATE things SET value = 'NULL' WHERE id = 1",
}


@both_ways
@pytest.mark.parametrize("what", PLANTED)
def test_what_is_not_equal_is_found_shown_and_mended(ends: Pair, what: str) -> None:
    old, new = ends.source, ends.target
    on = moved(old, new, {"id": of(ends, "decimal"), "value": of(ends, "string of a length")}, ["id"])
    written(old, [(1, "NULL"), (2, "''"), (3, "'a'"), (4, "'z'")])
    on.copy()
    since = on.source.position()
    on.source.prune(since)
    everything = KeyRange(None, None)
    ours, theirs = on.sums(everything)
    assert ours == theirs
    user_rows(new, PLANTED[what])
    assert len(set(on.sums(everything))) == 2
    assert on.suspects(everything) == 1
    assert on.left() == (1, 0)
    assert on.log_suspects() == 1
    since, keys, differing = on.carry(since)
    assert (keys, differing) == (1, 1)
    on.source.prune(since)
    (found,) = on.differences()
    assert found.source != found.target
    (wanted,) = found.key.values()
    # somebody writes the row: it is carried, and the two are equal
    user_rows(old, f"DELETE FROM things WHERE id = {wanted}", f"INSERT INTO things VALUES ({wanted}, 'mended')")
    assert on.carry(since)[1:] == (1, 0)
    assert on.left() == (0, 0)
    ours, theirs = on.sums(everything)
    assert ours == theirs


@both_ways
def test_keys_of_several_columns_and_kinds(ends: Pair) -> None:
    old, new = ends.source, ends.target
    pair = types(ends, "varchar(20) COLLATE utf8mb4_nopad_bin", "character varying(20)", "string")
    on = moved(
        old, new, {"id": of(ends, "decimal"), "name": pair, "at": of(ends, "date"), "value": of(ends, "string")}, ["id", "name", "at"]
    )
    rows = ", ".join(f"({n % 3}, '{name}', '2024-01-{n + 1:02}', 'x')" for n in range(20) for name in ("a", "B", "a ", "ä", "it''s"))
    user_rows(old, f"INSERT INTO things VALUES {rows}")
    since = on.source.position()
    assert on.copy() == 100
    everything = KeyRange(None, None)
    ours, theirs = on.sums(everything)
    assert ours == theirs
    user_rows(old, "DELETE FROM things WHERE id = 1 AND name = 'a'", "UPDATE things SET name = 'c' WHERE name = 'ä' AND id = 2")
    assert on.carry(since)[2] == 0
    ours, theirs = on.sums(everything)
    assert ours == theirs


NONE_THERE: dict[str, list[str]] = {
    "date": ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'10000-01-01'"],
    "datetime": ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'10000-01-01'"],
    "instant": ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'2039-01-01'"],
    "time of a span": ["'1 day'", "'-1 mon'", "'1 mon -30 days'", "'900:00:00'"],
    "numeral": ["'NaN'", "'Infinity'", "1e40", "1e-31"],
    "double": ["'NaN'", "'-Infinity'"],
}


@pytest.mark.parametrize("kind", NONE_THERE)
def test_a_value_that_mariadb_has_not_stops_the_window_and_is_named(databases: Pair, mariadb_databases: Pair, kind: str) -> None:
    """Preflight has found none, but one may come later: it never becomes NULL, or another value that both sides then have."""
    old, new = databases.source, mariadb_databases.target
    ends = Pair(old, new)
    on = moved(old, new, {"id": of(ends, "decimal"), "odd 'name": of(ends, kind)}, ["id"])
    for value in NONE_THERE[kind]:
        since = on.source.position()
        written(old, [(1, value)])
        with pytest.raises(UnfitValue, match=r"for column .*name"):
            on.carry(since)
        user_rows(old, "DELETE FROM things")


@both_ways
def test_keys_of_bits_make_the_same_ranges_on_both_sides(ends: Pair) -> None:
    on = moved(ends.source, ends.target, {"id": of(ends, "bits")}, ["id"])
    bits = "{}::bit(10)" if ends.source.engine == "postgres" else "{}"
    user_rows(ends.source, f"INSERT INTO things VALUES {', '.join(f'({bits.format(n)})' for n in range(20))}")
    assert on.copy() == 20
    ranges = on.ranges(7)
    assert [on.sums(keys)[0].rows for keys in ranges] == [7, 7, 6]
    assert all(ours == theirs for ours, theirs in map(on.sums, ranges))
