"""Tables translated between the families, without a server: what the integration tests can't ask, and MySQL, which they don't have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from airlift.databases.mysql.clauses import column_clause
from airlift.databases.shapes import Column, Index
from airlift.databases.translating import Note, Shape, Translated, translator
from airlift.spec import TableName

TO_POSTGRES = translator("MySQL", "PostgreSQL")
TO_MYSQL = translator("PostgreSQL", "MySQL")
TO_MARIADB = translator("PostgreSQL", "MariaDB")
_CATALOG = {"integer": "int4", "bigint": "int8", "boolean": "bool", "timestamp with time zone": "timestamptz"}


def mysql(definition: str, **facts: Any) -> Column:
    """A column of MySQL's, of a definition as SHOW CREATE TABLE has it."""
    clause = column_clause(definition)
    is_generated = "GENERATED" in definition
    found = {
        "name": clause.name, "type": clause.type, "type_name": re.split(r"\W", clause.type)[0], "type_schema": "", "type_kind": "b",
        "is_built_in": True, "has_custom_element": False, "has_binary_form": False, "base_type": clause.type,
        "not_null": clause.is_not_null, "identity": "d" if clause.is_numbered else "", "generated": "v" if is_generated else "",
        "default_expression": clause.default, "is_deterministic": True, "collation": None, "comment": None, "definition": definition,
    }  # fmt: skip
    return Column(**{**found, **facts})


def postgres(name: str, kind: str, **facts: Any) -> Column:
    """A column of PostgreSQL's."""
    bare = re.sub(r"\(.*?\)", "", kind)
    found = {
        "name": name, "type": kind, "type_name": _CATALOG.get(bare, bare), "type_schema": "pg_catalog", "type_kind": "b",
        "is_built_in": True, "has_custom_element": False, "has_binary_form": True, "base_type": bare, "not_null": False, "identity": "",
        "generated": "", "default_expression": None, "is_deterministic": True, "collation": None, "comment": None,
        "definition": f'"{name}" {kind}',
    }  # fmt: skip
    return Column(**{**found, **facts})


def index(name: str, tail: str, columns: list[str], **facts: Any) -> Index:
    """An index, as either catalog has it."""
    found = {
        "name": name, "is_unique": False, "is_primary": False, "is_valid": True, "tail": tail, "constraint_name": None,
        "constraint_type": None, "constraint_definition": None, "is_deferrable": False, "deferring": "", "is_key": False,
        "columns": columns,
    }  # fmt: skip
    return Index(**{**found, **facts})


PRIMARY = {"is_unique": True, "is_primary": True, "is_key": True}


def shape(
    columns: list[Column],
    *indexes: Index,
    checks: Sequence[dict[str, Any]] = (),
    keyed: Sequence[str] = (),
    labels: Mapping[str, Sequence[str]] | None = None,
    options: str = "",
    types: Mapping[str, str] | None = None,
) -> Shape:
    """A table "t"."""
    return Shape(TableName("shop", "t"), columns, list(indexes), list(checks), frozenset(keyed), labels or {}, options, types or {})


def refused(made: Translated) -> list[tuple[str | None, str]]:
    """What is refused, and why."""
    return [(note.column, note.fact) for note in made.notes if note.is_refused]


@pytest.mark.parametrize(
    ("kind", "there"),
    [
        ("int", "integer"), ("int unsigned", "bigint"), ("tinyint(1)", "boolean"), ("tinyint", "smallint"), ("year", "smallint"),
        ("decimal(10,2) unsigned", "numeric(10,2)"), ("json", "json"), ("vector(3)", "bytea"), ("geomcollection", "bytea"),
        ("set('a')", "text"), ("timestamp(6)", "timestamp(6) with time zone"), ("bit(1)", "bit(1)"), ("char(0)", "text"),
        ("varbinary(16)", "bytea"),
    ],
)  # fmt: skip
def test_types_of_mysql(kind: str, there: str) -> None:
    assert TO_POSTGRES.there(mysql(f"`c` {kind}")).type == there


@pytest.mark.parametrize(
    ("kind", "there"),
    [
        ("integer", "int"), ("bigint", "bigint"), ("uuid", "char(36)"), ("jsonb", "longtext"),
        ("text", "longtext"), ("boolean", "tinyint(1)"),
        ("timestamp with time zone", "datetime(6)"), ("interval hour to minute", "longtext"), ("bit(64)", "bit(64)"),
        ("numeric(3)", "decimal(3,0)"),
    ],
)  # fmt: skip
def test_types_for_mysql(kind: str, there: str) -> None:
    assert TO_MYSQL.there(postgres("c", kind)).type == there


def test_texts_keep_apart_what_postgres_tells_apart() -> None:
    assert (
        TO_MYSQL.there(postgres("c", "character varying(9)")).definition == "`c` VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin"
    )
    assert TO_MARIADB.there(postgres("c", "text")).definition == "`c` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"


def test_all_of_a_column_is_in_its_definition() -> None:
    odd = postgres("o`d", "character varying(9)", not_null=True, default_expression="'it''s'::text", comment="a 'b' \\ 5%")
    assert TO_MYSQL.there(odd).definition == (
        r"`o``d` VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL DEFAULT 'it''s' COMMENT 'a ''b'' \\ 5%'"
    )
    back = TO_POSTGRES.there(mysql(r"""`o"d` varchar(9) NOT NULL DEFAULT 'it''s \\'"""))
    assert back.definition == r""""o""d" character varying(9) DEFAULT 'it''s \' NOT NULL"""


@pytest.mark.parametrize(
    ("definition", "free", "keyed"),
    [("bigint unsigned", "numeric(20,0)", "bigint"), ("tinyint(1)", "boolean", "smallint"), ("int unsigned", "bigint", "bigint")],
)
def test_numbers_in_foreign_keys_are_whole_at_both_ends(definition: str, free: str, keyed: str) -> None:
    child = mysql(f"`c` {definition}")
    assert (TO_POSTGRES.there(child).type, TO_POSTGRES.there(child, is_keyed=True).type) == (free, keyed)
    assert TO_POSTGRES.there(mysql(f"`c` {definition} NOT NULL AUTO_INCREMENT")).type == keyed


def test_what_a_smaller_type_does_not_take_is_unfit() -> None:
    parent = mysql("`c` bigint unsigned NOT NULL AUTO_INCREMENT")
    assert [each.condition for each in TO_POSTGRES.unfit(parent, TO_POSTGRES.there(parent))] == ["`c` >= 9223372036854775808"]
    free = mysql("`c` bigint unsigned")
    assert TO_POSTGRES.unfit(free, TO_POSTGRES.there(free)) == []


@pytest.mark.parametrize(
    ("source", "target", "conditions"),
    [
        ("int", "smallint", ["`c` >= 32768 OR `c` <= -32769"]),
        ("int", "numeric(5,2)", ["`c` >= 1000 OR `c` <= -1000"]),
        ("decimal(5,2)", "integer", ["`c` <> ROUND(`c`, 0)"]),
        ("int", "numeric", []),
        ("tinyint(1)", "smallint", []),
        ("time", "interval", []),
        ("bit(3)", "boolean", ["`c` + 0 NOT IN (0, 1)"]),
    ],
)
def test_types_of_the_spec_have_limits_too(source: str, target: str, conditions: list[str]) -> None:
    assert [each.condition for each in TO_POSTGRES.unfit(mysql(f"`c` {source}"), postgres("c", target))] == conditions


@pytest.mark.parametrize(
    ("source", "target", "conditions"),
    [
        ("bigint", "int(11)", ['"c" >= 2147483648 OR "c" <= -2147483649']),
        ("integer", "int(10) unsigned", ['"c" <= -1']),
        ("text", "text", ['OCTET_LENGTH("c"::pg_catalog.text) > 65535']),
        ("timestamp with time zone", "timestamp(6)", ["\"c\" < '1970-01-01 00:00:01+00' OR \"c\" >= '2038-01-19 03:14:08+00'"]),
        ("bytea", "binary(16)", ['OCTET_LENGTH("c") <> 16']),
        ("uuid", "char(36)", []),
        ("date", "longtext", []),
    ],
)
def test_types_of_the_spec_have_limits_on_mysql_too(source: str, target: str, conditions: list[str]) -> None:
    assert [each.condition for each in TO_MYSQL.unfit(postgres("c", source), mysql(f"`c` {target}"))] == conditions


@pytest.mark.parametrize(
    ("own", "other", "to_postgres", "to_mysql"),
    [
        ("int(11)", "bigint", "decimal", "decimal"), ("year(4)", "smallint", "decimal", "decimal"),
        ("decimal(9,2)", "numeric(9,2)", "decimal", "decimal"), ("decimal(65,30)", "numeric", "numeral", "numeral"),
        ("int", "numeric", "numeral", "numeral"), ("tinyint(1)", "boolean", "boolean", "boolean"),
        ("bit(1)", "boolean", "boolean", "boolean"), ("bit(3)", "bit(3)", "bits", "bits"), ("float", "real", "double", "double"),
        ("double", "double precision", "double", "double"), ("double", "numeric(9,2)", "decimal", "double"),
        ("int", "text", "string", "string"), ("varchar(9)", "character varying(9)", "string", "string"),
        ("enum('a')", "text", "string", "string"),
        ("longtext", "integer[]", "string", "string"), ("longtext", "bit varying(9)", "string", "string"),
        ("blob", "bytea", "bytea", "bytea"),
        ("point", "bytea", "bytea", "bytea"), ("date", "date", "date", "date"),
        ("datetime", "timestamp without time zone", "datetime", "datetime"),
        ("datetime(6)", "timestamp with time zone", "instant", "instant"), ("timestamp", "timestamp with time zone", "instant", "instant"),
        ("time", "time without time zone", "time", "time"), ("time", "interval", "time", "time"),
        ("longtext", "interval", "string", "string"),
        ("uuid", "uuid", "uuid", "uuid"), ("char(36)", "uuid", "uuid", "uuid"), ("json", "json", "json", "json"),
        ("json", "jsonb", "json", "json"), ("longtext CHECK (json_valid(`c`))", "json", "json", "json"),
        ("longtext", "json", "string", "string"), ("json", "text", "string", "string"), ("inet6", "text", "string", "string"),
        ("inet6", "inet", "string", "string"), ("varchar(9)", "tsvector", "string", "string"),
    ],
)  # fmt: skip
def test_the_form_in_which_values_are_compared(own: str, other: str, to_postgres: str, to_mysql: str) -> None:
    left, right = mysql(f"`c` {own}"), postgres("c", other)
    assert (TO_POSTGRES.kind(left, right), TO_MYSQL.kind(right, left)) == (to_postgres, to_mysql)


@pytest.mark.parametrize("way", [TO_MYSQL, TO_MARIADB])
@pytest.mark.parametrize("kind", ["json", "jsonb", "uuid", "timestamp with time zone", "boolean", "numeric", "bytea"])
def test_a_column_has_one_form_as_translated_and_as_read(way: Any, kind: str) -> None:
    source = postgres("c", kind)
    made = way.there(source)
    has_check = way is TO_MARIADB and made.type == "longtext"
    read = mysql("`c` longtext CHECK (json_valid(`c`))" if has_check else f"`c` {made.type}")
    assert way.kind(source, made) == way.kind(source, read)


def test_back_is_what_the_other_side_would_have() -> None:
    assert TO_POSTGRES.back(postgres("c", "character varying(9)")).type == "varchar(9)"
    assert TO_MYSQL.back(mysql("`c` datetime(6)")).type == "timestamp(6) without time zone"


@pytest.mark.parametrize(
    ("definition", "default"),
    [
        ("`c` tinyint(1) DEFAULT '1'", "true"), ("`c` decimal(9,2) DEFAULT '1.50'", "1.50"),
        ("`c` varchar(9) DEFAULT (_utf8mb4'x')", "'x'"), ("`c` datetime(3) DEFAULT CURRENT_TIMESTAMP(3)", "LOCALTIMESTAMP(3)"),
        ("`c` date DEFAULT (curdate())", "CURRENT_DATE"), ("`c` timestamp DEFAULT '2024-01-01 00:00:00'", "'2024-01-01 00:00:00+00'"),
        ("`c` bit(3) DEFAULT b'1'", "B'001'"), ("`c` varbinary(9) DEFAULT 0x00FF", r"'\x00FF'"),
        ("`c` uuid DEFAULT uuid()", "gen_random_uuid()"),
        ("`c` char(36) DEFAULT (uuid())", "gen_random_uuid()::text"), ("`c` set('a','b') DEFAULT 'a,b'", "'a,b'"),
    ],
)  # fmt: skip
def test_defaults_of_mysql(definition: str, default: str) -> None:
    column = mysql(definition)
    assert TO_POSTGRES.there(column).default_expression == default
    assert refused(TO_POSTGRES.shape(shape([column]))) == []


@pytest.mark.parametrize(
    "definition",
    [
        "`c` datetime DEFAULT '0000-00-00 00:00:00'", "`c` int DEFAULT (1 + 1)", "`c` varchar(9) DEFAULT (concat('a','b'))",
        "`c` time DEFAULT '25:00:00'", "`c` tinyint(1) DEFAULT 2", "`c` enum('a') DEFAULT ''", r"`c` varchar(9) DEFAULT '\0'",
        "`c` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL",
    ],
)  # fmt: skip
def test_other_defaults_of_mysql_are_refused(definition: str) -> None:
    made = TO_POSTGRES.shape(shape([mysql(definition)]))
    assert [column for column, _ in refused(made)] == ["c"]
    assert "DEFAULT" not in made.columns[0].definition


@pytest.mark.parametrize(
    ("kind", "expression", "default"),
    [
        ("bigint", "'-1'::integer", "-1"), ("text", "'x'::text", "('x')"), ("jsonb", "'{}'::jsonb", "('{}')"),
        ("uuid", "gen_random_uuid()", "(uuid())"), ("timestamp with time zone", "now()", "(utc_timestamp(6))"),
        ("timestamp(3) without time zone", "now()", "current_timestamp(3)"), ("date", "(now())::date", "(curdate())"),
        ("date", "'2024-01-01'::date", "'2024-01-01'"), ("bytea", r"'\x00ff'::bytea", "(x'00ff')"),
        ("timestamp with time zone", "'2024-01-01 10:00:00+00'::timestamp with time zone", "'2024-01-01 10:00:00'"),
        ("bit(3)", "B'101'", "b'101'"), ("time without time zone", "LOCALTIME", "(curtime(6))"), ("text[]", "'{}'::text[]", "('{}')"),
    ],
)  # fmt: skip
def test_defaults_of_postgres(kind: str, expression: str, default: str) -> None:
    column = postgres("c", kind, default_expression=expression)
    assert TO_MYSQL.there(column).default_expression == default
    assert refused(TO_MYSQL.shape(shape([column]))) == []


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("date", "'infinity'::date"), ("double precision", "'NaN'::double precision"), ("text", "('a'::text || 'b'::text)"),
        ("text", "CURRENT_USER"), ("timestamp with time zone", "(now() + '1 day'::interval)"), ("integer", "nextval('s'::regclass)"),
    ],
)  # fmt: skip
def test_other_defaults_of_postgres_are_refused(kind: str, expression: str) -> None:
    made = TO_MYSQL.shape(shape([postgres("c", kind, default_expression=expression)]))
    assert [column for column, _ in refused(made)] == ["c"]
    assert "DEFAULT" not in made.columns[0].definition


def test_null_is_no_default() -> None:
    column = postgres("c", "character varying", default_expression="NULL::character varying")
    assert refused(TO_MYSQL.shape(shape([column]))) == []


def test_one_column_is_numbered_and_needs_an_index() -> None:
    both = [postgres("a", "bigint", identity="a", not_null=True),
            postgres("b", "integer", default_expression="nextval('s'::regclass)", not_null=True)]  # fmt: skip
    made = TO_MYSQL.shape(shape(both, index("t_pkey", "USING btree (b)", ["b"], **PRIMARY)))
    assert [each.definition for each in made.columns] == ["`a` BIGINT NOT NULL", "`b` INTEGER NOT NULL AUTO_INCREMENT"]
    assert [column for column, _ in refused(made)] == ["a"]
    assert [each.column for each in TO_MYSQL.shape(shape(both)).notes if each.is_refused] == ["a", "b"]


def test_a_column_that_may_be_null_is_not_numbered_there() -> None:
    column = postgres("c", "integer", default_expression="nextval('s'::regclass)")
    made = TO_MYSQL.shape(shape([column], index("i", "USING btree (c)", ["c"])))
    assert made.columns[0].identity == ""
    assert [column for column, _ in refused(made)] == ["c"]


def test_a_row_has_room_for_its_columns() -> None:
    columns = [
        postgres("id", "character varying(700)", not_null=True),
        *(postgres(f"c{no}", f"character varying({no}000)") for no in (1, 4, 5, 6)),
    ]
    made = TO_MYSQL.shape(shape(columns, index("t_pkey", "USING btree (id)", ["id"], **PRIMARY)))
    assert [each.type for each in made.columns] == ["varchar(700)", "varchar(1000)", "varchar(4000)", "varchar(5000)", "longtext"]
    assert [note.column for note in made.notes if "6000 characters" in note.fact] == ["c6"]


def test_labels_with_a_blank_at_their_end_stay_texts() -> None:
    column = postgres("c", "public.mood", type_kind="e", type_name="mood", type_schema="public", base_type="public.mood")
    assert TO_MYSQL.there(column, labels=["a", "it's"]).type == "enum('a','it''s')"
    made = TO_MYSQL.shape(shape([column], labels={"c": ["a", "a "]}))
    assert made.columns[0].type == "longtext"
    assert [note.fact for note in made.notes] == ["is an enum; there it is a text whose values nobody checks"]


@pytest.mark.parametrize(
    ("tail", "facts", "is_refused"),
    [
        ("FULLTEXT KEY `i` (`c`)", {}, False), ("SPATIAL KEY `i` (`c`)", {}, False), ("KEY `i` (`c`(5))", {}, False),
        ("KEY `i` ((lower(`c`)))", {}, False), ("UNIQUE KEY `i` (`c`(5))", {"is_unique": True}, True),
        ("UNIQUE KEY `i` ((lower(`c`)))", {"is_unique": True}, True),
    ],
)  # fmt: skip
def test_indexes_that_postgres_does_not_have(tail: str, facts: dict[str, Any], is_refused: bool) -> None:
    made = TO_POSTGRES.shape(shape([mysql("`c` varchar(9)")], index("i", tail, ["c"], **facts)))
    assert made.indexes == []
    assert [note.is_refused for note in made.notes] == [is_refused]


@pytest.mark.parametrize(
    ("tail", "facts", "is_refused"),
    [
        ("USING gin (c)", {}, False), ("USING hash (c)", {}, False), ("USING btree (c) WHERE (c IS NOT NULL)", {}, False),
        ("USING btree (lower(c))", {"columns": []}, False), ("USING btree (c) WHERE (c <> 'a, b'::text)", {"is_unique": True}, True),
        ("USING btree (c) NULLS NOT DISTINCT", {"is_unique": True}, True), ("USING gist (c WITH &&)", {"constraint_type": "x"}, True),
        ("USING btree (c)", {"is_valid": False}, False), ("USING btree (doc)", {"columns": ["doc"], "is_unique": True}, True),
    ],
)  # fmt: skip
def test_indexes_that_mysql_does_not_have(tail: str, facts: dict[str, Any], is_refused: bool) -> None:
    columns = [postgres("c", "character varying(9)"), postgres("doc", "jsonb")]
    made = TO_MARIADB.shape(shape(columns, index("i", tail, **{"columns": ["c"], **facts})))
    assert made.indexes == []
    assert [note.is_refused for note in made.notes if note.column is None] == [is_refused]


def test_what_is_said_of_an_index_of_postgres() -> None:
    tail = 'USING btree ("Odd, (" COLLATE "C" text_pattern_ops DESC NULLS LAST, n) INCLUDE (x) WITH (fillfactor=\'70\')'
    columns = [postgres("Odd, (", "text"), postgres("n", "integer"), postgres("x", "integer")]
    made = TO_MYSQL.shape(shape(columns, index("i", tail, ["Odd, (", "n"])))
    assert [each.tail for each in made.indexes] == ["KEY `i` (`Odd, (` DESC,`n`)"]
    assert [note.fact for note in made.notes] == ['index "i" holds further columns (INCLUDE), which are left out of it']


def test_names_of_indexes_are_free_in_their_schema() -> None:
    long = "k" * 64
    made = TO_POSTGRES.shape(
        shape(
            [mysql("`id` int NOT NULL"), mysql("`n` int")],
            index("PRIMARY", "PRIMARY KEY (`id` DESC)", ["id"], **PRIMARY), index(long, f"KEY `{long}` (`n`)", ["n"]),
            index("t_by_n", "UNIQUE KEY `t_by_n` (`n`,`id`) USING BTREE", ["n", "id"], is_unique=True),
        )
    )  # fmt: skip
    assert [(each.name, each.tail, each.constraint_type) for each in made.indexes] == [
        ("t_pkey", 'USING btree ("id")', "p"),
        (f"t_{'k' * 61}", 'USING btree ("n")', None),
        ("t_by_n", 'USING btree ("n", "id")', None),
    ]
    assert [note.fact for note in made.notes] == ['index "PRIMARY" is in descending order, which a primary key there can\'t be']


def test_unique_texts_that_are_alike_here_and_not_there_are_told() -> None:
    column = mysql("`c` varchar(9)", is_deterministic=False)
    made = TO_POSTGRES.shape(shape([column], index("u", "UNIQUE KEY `u` (`c`)", ["c"], is_unique=True)))
    assert [(note.column, note.is_refused) for note in made.notes] == [(None, False)]
    assert "differ in case" in made.notes[0].fact


def test_what_hangs_on_a_column_of_mysql_is_told() -> None:
    columns = [
        mysql("`at` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"), mysql("`n` int unsigned /*!80023 INVISIBLE */"),
        mysql("`m` int CHECK (`m` > 0)"), mysql("`z` int(8) unsigned zerofill"), mysql("`p` point"), mysql("`s` set('a')"),
        mysql("`e` enum('a')"), mysql("`doc` longtext CHECK (json_valid(`doc`))"),
    ]  # fmt: skip
    made = TO_POSTGRES.shape(shape(columns, options="ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=COMPRESSED\nPARTITION BY HASH (n)"))
    assert [note.column for note in made.notes] == ["at", "n", "n", "m", "z", "z", "p", "s", "e", None, None]
    assert made.checks == [{"name": "e_check", "definition": "CHECK (\"e\" IN ('a'))"}]
    assert refused(made) == []


@pytest.mark.parametrize("name", ["xmin", "é" * 40])
def test_names_that_postgres_does_not_take(name: str) -> None:
    assert [column for column, _ in refused(TO_POSTGRES.shape(shape([mysql(f"`{name}` int")])))] == [name]


@pytest.mark.parametrize("names", [["blank "], ["rocket 🚀"], ["same", "Same"]])
def test_names_that_mysql_does_not_take(names: list[str]) -> None:
    assert [column for column, _ in refused(TO_MYSQL.shape(shape([postgres(name, "integer") for name in names])))] == names


def test_every_note_says_what_to_do() -> None:
    made = TO_MYSQL.shape(
        shape([postgres("c", "jsonb"), postgres("d", "numeric", type="public.price")], checks=[{"name": "k", "definition": "CHECK (true)"}])
    )
    assert made.notes
    assert all(isinstance(note, Note) and note.fact and note.remedy for note in made.notes)


def test_a_type_of_the_spec_is_made_at_once() -> None:
    columns = [
        mysql("`flag` tinyint(1) NOT NULL DEFAULT '2'"),
        mysql("`span` time"),
        mysql("`kind` enum('a') DEFAULT 'a'"),
        mysql("`at` datetime DEFAULT now()"),
    ]
    given = {"flag": "smallint", "span": "interval", "kind": "public.kind", "at": "timestamptz"}
    made = TO_POSTGRES.shape(shape(columns, types=given))
    assert [each.definition for each in made.columns] == [
        '"flag" smallint DEFAULT 2 NOT NULL', '"span" interval', "\"kind\" public.kind DEFAULT 'a'",
        '"at" timestamptz DEFAULT CURRENT_TIMESTAMP(6)',
    ]  # fmt: skip
    assert (made.checks, made.notes) == ([], [])


def test_a_type_of_the_spec_is_made_at_once_on_mysql() -> None:
    columns = [
        postgres("at", "timestamp with time zone", default_expression="now()"),
        postgres("c", "text", default_expression="'x'::text"),
    ]
    made = TO_MYSQL.shape(shape(columns, types={"at": "timestamp(6)", "c": "varchar(40)"}))
    assert [each.definition for each in made.columns] == ["`at` timestamp(6) DEFAULT current_timestamp(6)", "`c` varchar(40) DEFAULT 'x'"]
    assert TO_MYSQL.there(columns[1], given="varchar(40)").type == "varchar(40)"


@pytest.mark.parametrize(("length", "is_told"), [(676, False), (677, True)])
def test_keys_that_may_be_too_long_for_postgres_are_told(length: int, is_told: bool) -> None:
    made = TO_POSTGRES.shape(shape([mysql(f"`c` varchar({length})")], index("i", "KEY `i` (`c`)", ["c"])))
    assert len(made.indexes) == 1
    assert [note.fact.startswith('index "i" may have keys longer than the 2704 bytes') for note in made.notes] == [True] * is_told
