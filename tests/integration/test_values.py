"""Every built-in type, with the values that are easily lost, through copy, insert, update, a neighbour's update and delete."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg2 import sql

from airlift.databases.postgres.values import can_pass_binary
from airlift.spec import TableName
from testbed.driving import Driver
from testbed.servers import Server, find_binaries, release_of
from tests.comparing import differences, rows
from tests.examining import run

LONG = "".join(chr(33 + (n * n) % 90) for n in range(120_000))
"""Does not compress well: it is kept outside of its row."""
TEXTS = ["", " ", "trailing  ", r"\N", r"a\b\\c", "line\nfeed", "carriage\r\nreturn", "tab\tbed", "é 😀 \u200d", "'\"%{}", "NULL", LONG]
DOCUMENTS = ['{"b": 1, "a": 1.0, "a": 1.00,\t"c" : [ ]}', "null", '"\\u0041"', "  [1, 2]  ", "1e2"]

BINARY: dict[str, list[str]] = {
    "smallint": ["-32768", "0", "32767"],
    "integer": ["-2147483648", "0", "2147483647"],
    "bigint": ["-9223372036854775808", "-1", "4294967297", "9223372036854775807"],
    "numeric": ["1", "1.0", "1.00", "NaN", "Infinity", "-Infinity", "-0.000", "1e-40", "123456789012345678901234567890.123456789"],
    "numeric(12,3)": ["1.5", "-0.001", "NaN"],
    "real": ["0", "-0", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e38", "0.1"],
    "double precision": ["0", "-0", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308", "0.1", "0.30000000000000004"],
    "money": ["0", "-92233720368547758.08", "12.34"],
    "text": TEXTS,
    "character varying": TEXTS,
    "character varying(20)": ["", " a ", "x" * 20],
    "character(5)": ["", "a", " a", "abcde", "é😀"],
    '"char"': ["a", "", "\\"],
    "name": ["", "Name with spaces", "n" * 63],
    "bytea": ["\\x", "\\x" + bytes(range(256)).hex(), "\\x00", "\\x5c4e", "\\x" + "00ff5c0a" * 30_000],
    "boolean": ["true", "false"],
    "date": ["infinity", "-infinity", "4713-11-24 BC", "0001-01-01", "5874897-12-31", "2024-02-29"],
    "time": ["00:00:00", "24:00:00", "23:59:59.999999"],
    "time(3)": ["12:00:00.123"],
    "time with time zone": ["00:00:00+15:59", "24:00:00-15:59", "12:00:00.000001+05:30", "17:00:00+10:30"],
    "timestamp": ["infinity", "-infinity", "4713-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999", "2000-01-01 00:00:00.000001"],
    "timestamp with time zone": ["infinity", "-infinity", "4713-11-24 00:00:00+00 BC", "2024-03-31 01:30:00.000001+01"],
    "interval": ["1 mon", "30 days", "720:00:00", "-1 year +1 day -00:00:00.000001", "178000000 years", "0"],
    "interval hour to minute": ["05:06:00"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "json": DOCUMENTS,
    "jsonb": DOCUMENTS,
    "jsonpath": ["$", "strict $.a[*] ? (@ > 1.50)"],
    "integer[]": ["{}", "{NULL,1}", "{{1,2},{3,4}}", "[-2:0]={1,2,3}", "[0:1][5:6]={{1,2},{3,NULL}}"],
    "text[]": ["{}", '{"",NULL,"NULL","a\\"b","\\\\N","x,y"," "}', "{{a,b},{c,d}}"],
    "numeric[]": ["{1,1.0,1.00,NaN}"],
    "double precision[]": ["{0,-0,NaN,5e-324}"],
    "interval[]": ["{1 mon,30 days}"],
    "character(3)[]": ["{a,ab,abc}"],
    "bytea[]": ['{"\\\\x","\\\\x00ff",NULL}'],
    "json[]": ['{"{\\"a\\":1,\\"a\\": 1.0}"}'],
    "timestamp with time zone[]": ["{infinity,2024-01-01 00:00:00+00}"],
    "point": ["(0,-0)", "(1e300,5e-324)", "(NaN,Infinity)"],
    "line": ["{1,-1,0}"],
    "lseg": ["[(0,0),(1,-0)]"],
    "box": ["(2,2),(0,-0)"],
    "path": ["((0,0),(1,1),(2,0))", "[(0,0),(1,1)]"],
    "polygon": ["((0,0),(1,1),(2,0))"],
    "circle": ["<(0,0),1e-10>"],
    "inet": ["192.168.0.1/24", "192.168.0.1", "::ffff:1.2.3.4/128", "0.0.0.0/0"],
    "cidr": ["192.168.0.0/24", "::/0"],
    "macaddr": ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"],
    "macaddr8": ["00:00:00:00:00:00:00:00", "08:00:2b:01:02:03:04:05"],
    "bit(7)": ["0000000", "1111111"],
    "bit varying": ["", "0", "00", "0000000001"],
    "bit varying(9)": ["101"],
    "tsvector": ["", "'a':1A,5B 'b':2 'c''d'", "plain words"],
    "pg_lsn": ["0/0", "FFFFFFFF/FFFFFFFF", "0/1"],
    "xid8": ["0", "18446744073709551615"],
    "xid": ["0", "4294967295"],
    "cid": ["0", "4294967295"],
    "tid": ["(0,0)", "(4294967295,65535)"],
    "oid": ["0", "4294967295"],
    "pg_snapshot": ["10:20:10,14,15"],
    "txid_snapshot": ["10:20:10,14,15"],
    "refcursor": ["", "cursor 1"],
    "int4range": ["empty", "[1,5)", "(,)", "[,5)"],
    "int8range": ["[1,9223372036854775807)"],
    "numrange": ["[1,1.0]", "[1.00,2)", "(1.0,)", "empty"],
    "tsrange": ["[2024-01-01,infinity]", "[2024-01-01,infinity)"],
    "tstzrange": ["(-infinity,2024-01-01 00:00:00+00]", "[,]"],
    "daterange": ["[2024-01-01,2024-02-01)"],
    "int4multirange": ["{}", "{[1,3),[5,8)}"],
    "int8multirange": ["{[1,3)}"],
    "nummultirange": ["{[1,1.0],(2.50,3)}"],
    "tsmultirange": ["{[2024-01-01,2024-01-02)}"],
    "tstzmultirange": ["{(,2024-01-01 00:00:00+00]}"],
    "datemultirange": ["{[2024-01-01,2024-02-01)}"],
    "mood": ["sad", "it's 100% \\ fine"],
    "label": ["", "Case"],
    "citext": ["", "ABC", "abc", "Abc "],
    "hstore": ["", 'a=>1,b=>NULL,"c d"=>"x,y"'],
}
"""Types whose binary form means the same on every server."""
TEXT: dict[str, list[str]] = {
    "tsquery": ["", "'a' & !('b' | 'c':*AB) <-> 'd'"],
    "xml": [
        "", "<a/>", "text <b>only</b>", "<?xml version=\"1.0\"?>\n<a> </a>", '<?xml version="1.0" encoding="UTF-8"?><a>é</a>',
        '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?><a>é</a>', "\n<a/>",
    ],
    "xml[]": ['{"<?xml version=\\"1.0\\"?><a/>",NULL,"<b/>"}'],
    "oidvector": ["", "1 2 3"],
    "int2vector": ["", "1 -2 3"],
    "mood[]": ["{}", "{sad,NULL}", '{{sad,sad},{"it\'s 100% \\\\ fine",NULL}}', "[3:4]={sad,sad}"],
    "label[]": ["{a,NULL}"],
    "address": ['("Long street",1.00,)', "(,,)", '("a ""b"" \\\\ c",NaN,"2024-01-01 00:00:00+00")'],
    "address[]": ['{"(a,1.0,)",NULL}'],
    "price": ["(1.50,EUR)"],
    "degrees": ["[1.50,2)", "empty", "(,)"],
    "isbn": ["978-0-393-04002-9"],
    "regclass": ["pg_class", "-"],
    "regclass[]": ["{pg_class,pg_type}"],
    "regtype": ["integer"],
    "regproc": ["now"],
    "regprocedure": ["abs(integer)"],
    "regoper": ["pg_catalog.||/"],
    "regoperator": ["+(integer,integer)"],
    "regrole": ["airlift_owner"],
    "regnamespace": ["pg_catalog"],
    "regconfig": ["english"],
    "regdictionary": ["simple"],
    "regcollation": ['"C"'],
    "aclitem": ["airlift_owner=arw*/airlift_owner", "=r/airlift_owner"],
    "aclitem[]": ["{=r/airlift_owner}"],
}  # fmt: skip
"""Types that must go as text: their binary form holds numbers of one server's catalog, changes the value, or is not there."""
NOT_STORED = {"pg_node_tree", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary",
              "pg_brin_minmax_multi_summary", "gtsvector"}  # fmt: skip
"""Types of the catalogs, of which nobody can write a value."""

ENUM = "CREATE TYPE mood AS ENUM ('sad', 'it''s 100% \\ fine')"
EXTENSIONS = ("CREATE EXTENSION hstore", "CREATE EXTENSION citext", "CREATE EXTENSION isn")
BOTH_SIDES = (
    "CREATE DOMAIN label AS character varying(30) CHECK (VALUE <> 'never')",
    "CREATE TYPE address AS (street text, no numeric, since timestamptz)",
    "CREATE TYPE price AS (amount numeric(10, 2), currency character(3))",
    "CREATE TYPE degrees AS RANGE (subtype = numeric)",
)
WORK = ("copied", "inserted", "updated", "touched", "deleted")
RELEASE = release_of(find_binaries())
LATER = {"numeric": ("Infinity", "-Infinity")}
"""Samples that servers before version 14 don't know; nor do they know multiranges."""
KNOWN = {
    kind: [sample for sample in samples if RELEASE >= 14 or sample not in LATER.get(kind, ())]
    for kind, samples in BINARY.items()
    if RELEASE >= 14 or "multirange" not in kind
}
FORMS = {"binary": KNOWN, "text": {**KNOWN, **TEXT}}
LENGTH = max(map(len, FORMS["text"].values()))


def columns(types: dict[str, list[str]]) -> list[str]:
    return [f"c{number}" for number in range(len(types))]


def create(name: str, types: dict[str, list[str]]) -> str:
    own = ", ".join(f"{column} {kind}" for column, kind in zip(columns(types), types, strict=True))
    return f"CREATE TABLE {name} (id bigint PRIMARY KEY, touched integer NOT NULL DEFAULT 0, {own})"


def values(types: dict[str, list[str]], number: int) -> list[str | None]:
    """A row's values: of each type the sample of that number; behind the last one NULL, and then from the first again."""
    turns = [(samples, number % (len(samples) + 1)) for samples in types.values()]
    return [samples[turn] if turn < len(samples) else None for samples, turn in turns]


def casts(types: dict[str, list[str]]) -> list[str]:
    return [f"%s::{kind}" for kind in types]


def insert(cursor: Any, name: str, types: dict[str, list[str]]) -> None:
    for number in range(LENGTH + 1):
        cursor.execute(f"INSERT INTO {name} VALUES ({number}, 0, {', '.join(casts(types))})", values(types, number))


def update(cursor: Any, name: str, types: dict[str, list[str]]) -> None:
    """Give every row the values of the next."""
    pairs = ", ".join(f"{column} = {cast}" for column, cast in zip(columns(types), casts(types), strict=True))
    for number in range(LENGTH + 1):
        cursor.execute(f"UPDATE {name} SET {pairs} WHERE id = {number}", values(types, number + 1))


@pytest.fixture(scope="module")
def story(servers: tuple[Server, Server]) -> Iterator[tuple[Driver, dict[str, Any]]]:
    """A migration of all types through the whole data path, with the report at its end."""
    source, target = (server.create_database("values") for server in servers)
    for database in (source, target):
        run(database, *EXTENSIONS, admin=True)
        run(database, *BOTH_SIDES)
    run(source, ENUM, *(create(f"{form}_{work}", types) for form, types in FORMS.items() for work in WORK))
    driver = Driver(source, target, {"tables": {"*": {}}})
    with contextlib.closing(source.connect()) as session, session.cursor() as cursor:
        for form, types in FORMS.items():
            for work in WORK:
                if work != "inserted":
                    insert(cursor, f"{form}_{work}", types)
        driver.prepare()
        driver.copy()
        for form, types in FORMS.items():
            insert(cursor, f"{form}_inserted", types)
            update(cursor, f"{form}_updated", types)
            cursor.execute(f"UPDATE {form}_touched SET touched = touched + 1")
            cursor.execute(f"DELETE FROM {form}_deleted WHERE id % 2 = 0")
    driver.catch_up()
    yield driver, driver.validate()
    for server in servers:
        server.drop_database("values")


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("form", FORMS)
def test_every_value_arrives(story: tuple[Driver, dict[str, Any]], form: str, work: str) -> None:
    driver, _ = story
    assert sum(rows(driver.source, f"{form}_{work}").values()) > LENGTH / 2 - 1
    assert differences(driver, f"{form}_{work}") == []


def test_the_comparison_finds_all_types_equal_at_once(story: tuple[Driver, dict[str, Any]]) -> None:
    _, report = story
    assert report["equal"]
    assert [table["suspects"] for table in report["tables"]] == [0] * len(FORMS) * len(WORK)


def test_only_what_means_the_same_everywhere_goes_in_binary(story: tuple[Driver, dict[str, Any]]) -> None:
    driver, _ = story
    database = driver.migration().source
    with database.session() as session, session.transaction():
        relation = database.catalog.relations(session)[TableName("public", "text_copied")]
        found = {column.name: can_pass_binary(column) for column in database.catalog.columns(session, relation)[2:]}
    types = FORMS["text"]
    assert found == {column: kind in BINARY for column, kind in zip(columns(types), types, strict=True)}
    layouts = run(driver.target, "SELECT layout -> 'target' ->> 1, layout ->> 'form' FROM airlift.tables")
    assert {name: form == "binary" for name, form in layouts} == {f"{form}_{work}": form == "binary" for form in FORMS for work in WORK}


def test_every_builtin_type_is_among_the_samples(story: tuple[Driver, dict[str, Any]]) -> None:
    driver, _ = story
    known = sql.SQL(", ").join(sql.Literal(name) for name in FORMS["text"])
    with contextlib.closing(driver.source.connect()) as session, session.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "SELECT format_type(oid, NULL) FROM pg_type WHERE typtype IN ('b', 'r', 'm') AND typcategory <> 'A' AND oid < 16384"
                " AND typnamespace = 'pg_catalog'::regnamespace AND NOT oid IN (SELECT unnest(ARRAY[{}]::regtype[]))"
            ).format(known)
        )
        missing = {name for (name,) in cursor.fetchall()}
    assert missing - NOT_STORED == set()
