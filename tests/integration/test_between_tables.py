"""Every type of one family made on the other: the server takes it, and its catalog says what the translation said before."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from airlift.databases.shapes import Column, Index
from airlift.databases.translating import Translator
from tests.fix_servers import Pair
from tests.translating import Side, between, on_mariadb, on_postgres

FROM_MARIADB = {
    "tinyint(1)": "boolean", "tinyint(4)": "smallint", "tinyint(3) unsigned": "smallint", "smallint(6)": "smallint",
    "smallint(5) unsigned": "integer", "mediumint(9)": "integer", "mediumint(8) unsigned": "integer", "int(11)": "integer",
    "int(10) unsigned": "bigint", "int(8) unsigned zerofill": "bigint", "bigint(20)": "bigint", "bigint(20) unsigned": "numeric(20,0)",
    "decimal(10,2)": "numeric(10,2)", "decimal(65,30)": "numeric(65,30)", "decimal(10,0)": "numeric(10,0)", "float": "real",
    "float(10,3)": "real", "double": "double precision", "double(20,6)": "double precision", "bit(1)": "bit(1)", "bit(64)": "bit(64)",
    "char(3)": "character(3)", "varchar(20)": "character varying(20)", "varchar(10) CHARACTER SET latin1": "character varying(10)",
    "tinytext": "text", "text": "text", "mediumtext": "text", "longtext": "text", "binary(16)": "bytea", "varbinary(300)": "bytea",
    "tinyblob": "bytea", "blob": "bytea", "mediumblob": "bytea", "longblob": "bytea", "date": "date",
    "datetime": "timestamp(0) without time zone", "datetime(6)": "timestamp(6) without time zone",
    "timestamp NULL": "timestamp(0) with time zone", "timestamp(3) NULL": "timestamp(3) with time zone",
    "time": "time(0) without time zone", "time(6)": "time(6) without time zone", "year(4)": "smallint", "enum('a','it''s','5%')": "text",
    "set('a','b')": "text", "json": "json", "uuid": "uuid", "inet4": "text", "inet6": "text", "point": "bytea", "geometry": "bytea",
}  # fmt: skip
FROM_POSTGRES = {
    "boolean": "tinyint(1)", "smallint": "smallint(6)", "integer": "int(11)", "bigint": "bigint(20)", "numeric": "decimal(65,30)",
    "numeric(12,3)": "decimal(12,3)", "numeric(100,2)": "decimal(65,2)", "numeric(5,-2)": "decimal(7,0)", "numeric(2,4)": "decimal(4,4)",
    "real": "float", "double precision": "double", "text": "longtext", "character varying": "longtext",
    "character varying(20)": "varchar(20)", "character varying(100000)": "longtext", "character(5)": "char(5)",
    "character(300)": "varchar(300)", "bytea": "longblob", "date": "date", "timestamp": "datetime(6)", "timestamp(0)": "datetime",
    "timestamp with time zone": "datetime(6)", "time": "time(6)", "time(3)": "time(3)", "time with time zone": "longtext",
    "interval": "longtext", "uuid": "uuid", "json": "longtext", "jsonb": "longtext", "bit(7)": "bit(7)", "bit(65)": "longtext",
    "bit varying(9)": "longtext", "integer[]": "longtext", "text[]": "longtext", "int4range": "longtext", "inet": "longtext",
    "tsvector": "longtext", "money": "longtext", "xml": "longtext", "point": "longtext", "mood": "enum('sad','it''s','5%')",
    "positive": "int(11)", "pair": "longtext", '"char"': "longtext", "name": "longtext", "oid": "longtext", "character(3)[]": "longtext",
}  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """One database of each family."""

    postgres: Side
    mariadb: Side


@pytest.fixture
def sides(databases: Pair, mariadb_databases: Pair) -> Sides:
    return Sides(on_postgres(databases.source), on_mariadb(mariadb_databases.source))


def told(indexes: list[Index]) -> list[tuple[object, ...]]:
    """All that is said of indexes, but for the quotes of names that need none."""
    return sorted((each.name, each.is_unique, each.is_primary, each.is_key, each.constraint_type, each.columns) for each in indexes)


def cast(there: Translator, back: Translator, old: list[Column], new: list[Column]) -> set[str]:
    """The types of columns whose values are not sent as they are, one way or the other: of a translation of ours hardly any are."""
    pairs = list(zip(old, new, strict=True))
    return {own.type for own, other in pairs if not (there.is_written_alike(own, other) and back.is_written_alike(other, own))}


def test_every_type_of_mariadb_is_made_on_postgres(sides: Sides) -> None:
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(FROM_MARIADB))
    sides.mariadb.run(f"CREATE TABLE t (id int PRIMARY KEY, {columns}) CHARACTER SET utf8mb4")
    way = between(sides.mariadb, sides.postgres)
    source = sides.mariadb.shape("t")
    made = way.shape(source)
    found, _ = sides.postgres.create("t", made)
    assert [each.type for each in found][1:] == list(FROM_MARIADB.values())
    assert [(each.name, each.type, each.type_name, each.not_null, each.collation, each.base_type) for each in made.columns] == [
        (each.name, each.type, each.type_name, each.not_null, each.collation, each.base_type) for each in found
    ]
    assert not [note for note in made.notes if note.is_refused]
    assert cast(way, between(sides.postgres, sides.mariadb), source.columns, found) == {"int(8) unsigned zerofill"}


def test_every_type_of_postgres_is_made_on_mariadb(sides: Sides) -> None:
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(FROM_POSTGRES))
    sides.postgres.run(
        "CREATE TYPE mood AS ENUM ('sad', 'it''s', '5%')", "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
        "CREATE TYPE pair AS (a int, b text)", f"CREATE TABLE t (id int PRIMARY KEY, {columns})",
    )  # fmt: skip
    way = between(sides.postgres, sides.mariadb)
    source = sides.postgres.shape("t")
    made = way.shape(source)
    found, _ = sides.mariadb.create("t", made)
    assert [each.type for each in found][1:] == list(FROM_POSTGRES.values())
    assert [(each.name, each.type, each.type_name, each.not_null) for each in made.columns] == [
        (each.name, each.type, each.type_name, each.not_null) for each in found
    ]
    texts = {each.collation for each in found if each.type_name in ("longtext", "varchar", "char", "enum")}
    assert texts == {"utf8mb4_nopad_bin", "utf8mb4_bin"}
    assert not [note for note in made.notes if note.is_refused]
    # what becomes a text is cast to one; and what has no digits behind the point there has fewer than none here
    assert cast(way, between(sides.mariadb, sides.postgres), source.columns, found) == {"bit(65)", "interval", "numeric(5,-2)"}


def test_defaults_numbers_and_indexes_of_mariadb_come_along(sides: Sides) -> None:
    sides.mariadb.run(
        """CREATE TABLE orders (
             id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, `Odd "name` varchar(20) NOT NULL DEFAULT 'it''s \\\\ 5%',
             active tinyint(1) NOT NULL DEFAULT 1, n int DEFAULT -5, price decimal(10,2) NOT NULL DEFAULT 1.50, flags bit(3) DEFAULT b'101',
             made timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3), changed datetime DEFAULT now(),
             day date DEFAULT '2024-02-29', kind enum('a','b') NOT NULL DEFAULT 'b', bytes varbinary(9) DEFAULT 'xy', doc json DEFAULT '{}',
             nothing int DEFAULT NULL,
             UNIQUE KEY `u` (n, `Odd "name` DESC), KEY day (day), KEY prefix (`Odd "name`(5)), FULLTEXT KEY words (`Odd "name`),
             CONSTRAINT cheap CHECK (price < 100)) COMMENT 'x'""",
    )
    made = between(sides.mariadb, sides.postgres).shape(sides.mariadb.shape("orders"))
    columns, indexes = sides.postgres.create("orders", made)
    assert {each.name: each.default_expression for each in columns if each.default_expression} == {
        'Odd "name': r"'it''s \ 5%'::character varying", "active": "true", "n": "'-5'::integer", "price": "1.50", "flags": "'101'::\"bit\"",
        "made": "CURRENT_TIMESTAMP(3)", "changed": "LOCALTIMESTAMP(0)", "day": "'2024-02-29'::date", "kind": "'b'::text",
        "bytes": r"'\x7879'::bytea", "doc": "'{}'::json",
    }  # fmt: skip
    assert next((each.type, each.identity, each.not_null) for each in columns) == ("bigint", "d", True)
    assert told(indexes) == told(made.indexes)
    assert [(each.name, each.is_key, each.constraint_type, each.tail) for each in indexes] == [
        ("orders_pkey", True, "p", "USING btree (id)"),
        ("orders_day", False, None, "USING btree (day)"),
        ("orders_u", False, None, 'USING btree (n, "Odd ""name" DESC)'),
    ]
    assert [(note.column, note.fact.split(";")[0], note.is_refused) for note in made.notes] == [
        ("made", "is set to the present time by each update", False),
        ("kind", "is an ENUM", False),
        (None, 'index "u" takes texts that differ in case or accents for the same in "Odd "name"', False),
        (None, 'index "prefix" is over the beginning of a value only: it is left out', False),
        (None, 'index "words" is FULLTEXT: it is left out', False),
        (None, 'check "cheap" (CHECK (`price` < 100)) is left out', False),
    ]


def test_defaults_numbers_and_indexes_of_postgres_come_along(sides: Sides) -> None:
    sides.postgres.run(
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        """CREATE TABLE orders (
             id serial PRIMARY KEY, "Odd `name" text NOT NULL DEFAULT E'it''s \\\\ 5%', active boolean NOT NULL DEFAULT true,
             n int DEFAULT -5, token uuid DEFAULT gen_random_uuid(),
             price numeric(10,2) NOT NULL DEFAULT 1.50, flags bit(3) DEFAULT B'101', made timestamptz NOT NULL DEFAULT now(),
             changed timestamp(3) DEFAULT LOCALTIMESTAMP(3), utc timestamp DEFAULT timezone('utc', now()), day date DEFAULT '2024-02-29',
             today date DEFAULT CURRENT_DATE, kind kind NOT NULL DEFAULT 'b', bytes bytea DEFAULT '\\xff00', doc jsonb DEFAULT '{}',
             words text[] DEFAULT '{a,"b c"}', note text DEFAULT 'hm', span interval DEFAULT '1 day', x float8 DEFAULT 0.5,
             nothing varchar DEFAULT NULL, zoned timestamptz DEFAULT '2024-01-01 00:00:00+00', CONSTRAINT cheap CHECK (price < 100),
             UNIQUE (n, "Odd `name"))""",
        "CREATE INDEX day ON orders (day DESC NULLS LAST, price) INCLUDE (n)",
        "CREATE INDEX gin ON orders USING gin (words)",
        'CREATE INDEX lowered ON orders (lower("Odd `name"))',
        "CREATE INDEX cheap ON orders (price) WHERE price < 10",
    )
    made = between(sides.postgres, sides.mariadb).shape(sides.postgres.shape("orders"))
    columns, indexes = sides.mariadb.create("orders", made)
    assert {each.name: each.default_expression for each in columns if each.default_expression} == {
        "Odd `name": r"'it''s \\ 5%'", "active": "1", "n": "-5", "price": "1.50", "flags": "b'101'", "token": "uuid()",
        "made": "utc_timestamp(6)", "changed": "current_timestamp(3)", "utc": "utc_timestamp(6)", "day": "'2024-02-29'",
        "today": "curdate()", "kind": "'b'", "bytes": "X'ff00'", "doc": "'{}'", "words": """'{a,"b c"}'""", "note": "'hm'",
        "span": "'1 day'", "x": "0.5", "zoned": "'2024-01-01 00:00:00.000000'",
    }  # fmt: skip
    assert [(each.type, each.identity) for each in columns][:2] == [("int(11)", "d"), ("varchar(758)", "")]
    assert told(indexes) == told(made.indexes)
    assert [(each.name, each.is_key, each.constraint_type, each.tail) for each in indexes] == [
        ("PRIMARY", True, "kept", "PRIMARY KEY (`id`)"),
        ("orders_n_Odd `name_key", False, None, "UNIQUE KEY `orders_n_Odd ``name_key` (`n`,`Odd ``name`)"),
        ("day", False, None, "KEY `day` (`day` DESC,`price`)"),
    ]
    assert [(note.column, note.fact.split(";")[0], note.is_refused) for note in made.notes] == [
        ("token", "gets a random uuid", False),
        ("made", "tells instants", False),
        ("doc", "is jsonb", False),
        ("words", "is text[]", False),
        ("span", "is interval", False),
        ("x", "tells -0 from 0", False),
        ("zoned", "tells instants", False),
        (None, 'index "cheap" is over some of the rows only: it is left out', False),
        (None, 'index "gin" is of kind gin: it is left out', False),
        (None, 'index "lowered" is over an expression: it is left out', False),
        (None, 'index "day" holds further columns (INCLUDE), which are left out of it', False),
        (None, 'check "cheap" (CHECK ((price < (100)::numeric))) is left out', False),
    ]
