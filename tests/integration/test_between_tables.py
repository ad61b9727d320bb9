"""Every type of one family made on the other: the server takes it, and its catalog says what the translation said before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

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
def sides(databases: Pair, mariadb_databases: Pair) -> Iterator[Sides]:
    yield Sides(on_postgres(databases.source), on_mariadb(mariadb_databases.source))


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


def test_every_type_of_postgres_is_made_on_mariadb(sides: Sides) -> None:
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(FROM_POSTGRES))
    sides.postgres.run(
        "CREATE TYPE mood AS ENUM ('sad', 'it''s', '5%')", "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
        "CREATE TYPE pair AS (a int, b text)", f"CREATE TABLE t (id int PRIMARY KEY, {columns})",
    )  # fmt: skip
    way = between(sides.postgres, sides.mariadb)
    made = way.shape(sides.postgres.shape("t"))
    found, _ = sides.mariadb.create("t", made)
    assert [each.type for each in found][1:] == list(FROM_POSTGRES.values())
    assert [(each.name, each.type, each.type_name, each.not_null) for each in made.columns] == [
        (each.name, each.type, each.type_name, each.not_null) for each in found
    ]
    texts = {each.collation for each in found if each.type_name in ("longtext", "varchar", "char", "enum")}
    assert texts == {"utf8mb4_nopad_bin", "utf8mb4_bin"}
    assert not [note for note in made.notes if note.is_refused]
