"""Every type's values go through the copy and the windows as they are, byte by byte, and a difference in any byte is found."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from airlift.databases.mysql.loading import charset_for
from airlift.databases.values import KeyRange
from airlift.spec import TableName
from testbed.mariadb import MariaServer
from tests.family import IS_MARIADB, by_product
from tests.fix_servers import Pair
from tests.moving import Moving, moving, run

ALL_BYTES = "0x" + bytes(range(256)).hex()
TEXTS = [
    "'plain'", "''", "' trailing '", r"'back\\slash'", r"'\\N'", r"'\\\\N'", r"'tab\there'", r"'line\nbreak'", r"'\r\n'", r"'nul\0byte'",
    "'quote''s'", "'\"'", "'`'", r"'\\t'", r"'\Z'", r"'\b'", "'%s %% {}'", "'NULL'", r"'ends with \\'", r"'\n'",
]  # fmt: skip
# type, values as SQL
MATRIX: list[tuple[str, list[str]]] = [
    *((f"{name} {sign}", values) for name, sign, values in [
        ("tinyint", "", ["-128", "127", "0"]), ("tinyint", "unsigned", ["255"]), ("smallint", "", ["-32768", "32767"]),
        ("smallint", "unsigned", ["65535"]), ("mediumint", "", ["-8388608", "8388607"]), ("mediumint", "unsigned", ["16777215"]),
        ("int", "", ["-2147483648", "2147483647"]), ("int", "unsigned", ["4294967295"]), ("int(8)", "zerofill", ["42", "0"]),
        ("bigint", "", ["-9223372036854775808", "9223372036854775807"]), ("bigint", "unsigned", ["18446744073709551615"]),
        ("bigint", "unsigned zerofill", ["18446744073709551615", "7"]), ("tinyint(1)", "", ["1", "0", "5"]),
    ]),
    ("decimal(65,30)", ["'-12345678901234567890123456789012345.123456789012345678901234567890'", "0.000000000000000000000000000001"]),
    ("decimal(10,0)", ["-9999999999", "0"]),
    ("decimal(8,3) zerofill", ["1.5"]),
    ("float", ["16777216", "0.1", "3.4028234663852886e38", "1.17549435e-38", "1e-45", "1.1", "123456.789"]),
    ("float(10,3)", ["1234567.891", "-0.001"]),
    ("float zerofill", ["1.5"]),
    ("double", ["1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "0e0", "0.1", "0.30000000000000004", "1e23", "-1.5",
                "-1.2345678901234567e-100", "-1.7976931348623155e308"]),
    ("double zerofill", ["1.5"]),
    ("double(40,25)", ["-0.0000000001234567890123456"]),
    ("double(20,6)", ["12345678901234.567891", "0.1"]),
    ("bit(1)", ["b'1'", "b'0'"]),
    ("bit(8)", ["b'10101010'", "b'1010'", "0x5c", "0x0a", "0x00"]),
    ("bit(64)", ["0xffffffffffffffff", "0x8000000000000000"]),
    ("char(40)", TEXTS),
    ("varchar(60)", [*TEXTS, "'né Ω 漢字 🚀🏳️‍🌈'"]),
    ("varchar(60) CHARACTER SET latin1", [*TEXTS, "'né €'", f"CONVERT({ALL_BYTES[:66]} USING latin1)"]),
    ("varchar(260) CHARACTER SET latin1", [f"CAST({ALL_BYTES} AS CHAR CHARACTER SET latin1)", f"CONVERT({ALL_BYTES} USING latin1)"]),
    ("varchar(60) CHARACTER SET utf8mb3", [*TEXTS, "'né Ω 漢字'"]),
    ("varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", [*TEXTS, "'né 🚀'", "'e\u0301'"]),
    ("varchar(60) CHARACTER SET cp1251", ["'Привет'"]),
    ("varchar(60) CHARACTER SET sjis", ["'日本語'", r"'ソ\\能'"]),
    ("varchar(60) CHARACTER SET gbk", ["'中文'"]),
    ("varchar(60) CHARACTER SET ucs2", ["'né Ω'", r"'\\\t\n'"]),
    ("varchar(60) CHARACTER SET utf16", ["'né 🚀'"]),
    ("varchar(60) CHARACTER SET utf32", ["'né 🚀'"]),
    ("varchar(60) CHARACTER SET ascii", ["'ascii'"]),
    ("tinytext", TEXTS),
    ("text", [*TEXTS, "REPEAT('x', 65535)"]),
    ("text CHARACTER SET latin1", [*TEXTS, "'né'"]),
    ("mediumtext", [*TEXTS, "'🚀'", "REPEAT('\\\\', 3000000)"]),
    ("longtext", [*TEXTS, "REPEAT('é🚀', 100000)"]),
    ("binary(10)", ["'abc'", "0x00", "0x0a5c09", "''", "'12345678  '"]),
    ("binary(16)", ["UNHEX('00112233445566778899aabbccddeeff')"]),
    ("varbinary(300)", [ALL_BYTES, "''", r"'\\N'", "0x00", "'x '"]),
    ("tinyblob", ["''", "0x005c0a09"]),
    ("blob", [ALL_BYTES, "''", "REPEAT(0x00, 65535)"]),
    ("mediumblob", [f"REPEAT({ALL_BYTES}, 20)", "''"]),
    ("longblob", [f"REPEAT({ALL_BYTES}, 1000)", "''"]),
    ("date", ["'2024-02-29'", "'0000-00-00'", "'2024-00-00'", "'2024-05-00'", "'2023-02-31'", "'9999-12-31'", "'0001-01-01'"]),
    ("datetime", ["'2024-02-29 23:59:59'", "'0000-00-00 00:00:00'", "'2024-00-00 10:00:00'", "'2023-02-31 10:00:00'"]),
    *((f"datetime({no})", ["'2024-03-31 02:30:00.123456'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'"]) for no in range(1, 7)),
    ("timestamp NULL", ["'2024-03-31 02:30:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'0000-00-00 00:00:00'"]),
    ("timestamp(6) NULL", ["'2024-10-27 01:30:00.000001'", "'2024-10-27 00:30:00.999999'"]),
    ("time", ["'838:59:59'", "'-838:59:59'", "'00:00:00'", "'-00:00:01'", "'25:00:00'"]),
    ("time(6)", ["'838:59:58.999999'", "'-00:00:00.000001'", "'-100:30:00.5'"]),
    ("year", ["2024", "1901", "2155", "'0000'"]),
    ("enum('a','B','with space','né','q''s')", ["'a'", "'B'", "'with space'", "'né'", "'q''s'", "'no member'"]),
    ("enum('0','1','00')", ["'0'", "'1'", "'00'", "'no member'"]),
    ("enum('','x')", ["''", "'x'"]),
    ("enum('x','y') CHARACTER SET latin1", ["'y'"]),
    ("set('a','b','c d')", ["''", "'a'", "'a,c d'", "'b'"]),
    ("json", ["'{\"a\": 1, \"b\": [null, \"\\\\u00e9 🚀\"]}'", "'[]'", "'null'", r"""'"\\n \\\\ tab"'"""]),
    *by_product(
        mariadb=[
            ("uuid", ["'123e4567-e89b-12d3-a456-426614174000'"]),
            ("inet6", ["'::1'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.128'"]),
            ("inet4", ["'192.0.2.1'"]),
        ],
        mysql=[
            ("json", ["JSON_OBJECT('t', CAST('2024-01-01 00:00:00.5' AS DATETIME(6)), 'd', 1e300, 'u', 18446744073709551615)"]),
            ("vector(3)", ["TO_VECTOR('[1.5, -0.1, 1e-10]')"]),
            ("point SRID 4326", ["ST_GeomFromText('POINT(10 20)', 4326)"]),
            ("varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs", [*TEXTS, "'e\u0301'"]),
        ],
    ),
    ("point", ["ST_GeomFromText('POINT(1 -0.1)')", "ST_GeomFromText('POINT(10 20)', 4326)"]),
    ("geometry", ["ST_GeomFromText('POLYGON((0 0, 1 0, 1 1, 0 0))')", "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))')"]),
]  # fmt: skip
# type, value on the source, value on the target: pairs that many a comparison takes for equal
FAULTS = [
    ("varchar(20)", "'abc'", "'abd'"),
    ("varchar(20)", "'abc'", "'ABC'"),
    ("varchar(20)", "'abc'", "'abc '"),
    ("varchar(20)", "NULL", "''"),
    ("varchar(20)", "'é'", "'e\u0301'"),
    ("varchar(20)", "'é'", "'e'"),
    ("varchar(20) CHARACTER SET latin1", "'é'", "'e'"),
    ("varchar(20)", r"'\\N'", "NULL"),
    ("varchar(20)", r"'a\tb'", r"'a\\tb'"),
    ("text", "'abc'", "'ABC'"),
    ("text", "'a'", "'a '"),
    ("text", "NULL", "''"),
    ("longtext", "''", "NULL"),
    # MariaDB keeps JSON as the text that it is, MySQL as what it says
    ("json", "'{\"a\":1}'", by_product(mariadb="'{\"a\": 1}'", mysql="'{\"a\": 1.0}'")),
    ("varbinary(9)", "0x00", "0x0000"),
    ("binary(4)", "0x61", "0x6120"),
    ("longblob", f"REPEAT({ALL_BYTES}, 500)", f"CONCAT(REPEAT({ALL_BYTES}, 499), {ALL_BYTES[:-1]}e)"),
    ("blob", "''", "NULL"),
    ("double", "0.1", "0.10000000000000002"),
    ("double", "NULL", "0"),
    ("float", "16777216", "16777215"),
    ("float", "0.1", "0.10000001"),
    ("bigint unsigned", "18446744073709551615", "0"),
    ("bigint", "-1", "4294967295"),
    ("int", "0", "NULL"),
    ("decimal(10,2)", "1.00", "1.01"),
    ("bit(8)", "b'0'", "NULL"),
    ("bit(64)", "1", "2"),
    ("datetime(6)", "'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000002'"),
    ("datetime", "'0000-00-00'", "NULL"),
    ("timestamp(6) NULL", "'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000000'"),
    ("time(6)", "'-00:00:00.000001'", "'00:00:00.000001'"),
    ("date", "'2024-00-00'", "'2024-01-00'"),
    ("year", "'0000'", "2000"),
    ("enum('a','b')", "'no member'", "NULL"),
    ("enum('a','b')", "'a'", "'b'"),
    ("set('a','b')", "'a'", "'a,b'"),
    ("set('a','b')", "''", "NULL"),
    ("point", "NULL", "ST_GeomFromText('POINT(1 1)')"),
    ("point", "ST_GeomFromText('POINT(0 1)')", "ST_GeomFromText('POINT(0 1)', 4326)"),
    *by_product(
        mariadb=[("uuid", "NULL", "'00000000-0000-0000-0000-000000000000'")],
        mysql=[
            ("vector(2)", "TO_VECTOR('[1, 2]')", "TO_VECTOR('[1, 2.0000002]')"),
            ("json", "JSON_OBJECT('a', 1.50)", "JSON_OBJECT('a', 1.5)"),
        ],
    ),
]  # fmt: skip


def columns_of(types: list[str]) -> str:
    made = ", ".join(f"c{number} {kind} NULL" if " NULL" not in kind else f"c{number} {kind}" for number, kind in enumerate(types))
    return f"(id int PRIMARY KEY, neighbour int NOT NULL DEFAULT 0, {made}) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"


def fill(on: Moving, types: list[tuple[str, list[str]]] = MATRIX) -> int:
    """A row for each value, another column of it NULL in each; how many."""
    cells = [(column, value) for column, (_, values) in enumerate(types) for value in ("NULL", *values)]
    made = [f"INSERT INTO matrix (id, c{column}) VALUES ({number}, {value})" for number, (column, value) in enumerate(cells, 1)]
    run(on.pair.source, "SET NAMES utf8mb4", *made)
    return len(cells)


@pytest.fixture
def matrix(mariadb_databases: Pair) -> Iterator[Moving]:
    with moving(mariadb_databases, "matrix", definition=columns_of([kind for kind, _ in MATRIX])) as on:
        yield on


@pytest.fixture
def foreign_zones(mariadb_servers: tuple[MariaServer, MariaServer]) -> Iterator[None]:
    """Both servers in time zones of their own, neither of which is UTC."""
    for server, zone in zip(mariadb_servers, ("+05:45", "-09:30"), strict=True):
        with server.connect() as session, session.cursor() as cursor:
            cursor.execute("SET GLOBAL time_zone = %s", (zone,))
    yield
    for server in mariadb_servers:
        with server.connect() as session, session.cursor() as cursor:
            cursor.execute("SET GLOBAL time_zone = '+03:00'")


def test_every_value_is_copied_byte_by_byte(matrix: Moving, foreign_zones: None) -> None:
    rows = fill(matrix)
    assert matrix.copy() == rows
    assert matrix.exact()
    ours, theirs = matrix.sums()
    assert ours == theirs
    assert ours.rows == rows
    assert matrix.suspects() == 0


def test_lines_for_texts_of_their_own_bytes_are_read_as_such(mariadb_databases: Pair, foreign_zones: None) -> None:
    told = re.compile(r"CHARACTER SET (?!utf8mb4)|json|uuid|inet|point|geometry|vector")
    types = [(kind, values) for kind, values in MATRIX if not told.search(kind)]
    with moving(mariadb_databases, "matrix", definition=columns_of([kind for kind, _ in types])) as on:
        rows = fill(on, types)
        assert on.copy() == rows
        assert on.exact()
        assert charset_for(on.target, on.layout.target) == "binary"


@pytest.mark.parametrize("kind", ["varchar(9) CHARACTER SET latin1", "json", *by_product(mariadb=["uuid", "inet6"], mysql=["point"])])
def test_lines_for_a_table_with_other_texts_are_read_as_text(mariadb_databases: Pair, kind: str) -> None:
    with moving(mariadb_databases, "told", definition=f"(id int PRIMARY KEY, c {kind} NULL) CHARACTER SET utf8mb4") as on:
        is_text = IS_MARIADB and kind == "json"
        assert charset_for(on.target, on.layout.target) == ("binary" if is_text else "utf8mb4")
        # as one that somebody changes just then is left out by the server
        assert charset_for(on.target, TableName(on.layout.target.schema, "unseen")) == "utf8mb4"


def test_every_value_goes_through_a_window_byte_by_byte(matrix: Moving, foreign_zones: None) -> None:
    rows = fill(matrix)
    matrix.note(*range(1, rows + 1), op="I")
    assert matrix.carry() == (rows, 0)
    assert matrix.exact()
    run(matrix.pair.source, "UPDATE matrix SET neighbour = neighbour + 1")
    matrix.note(*range(1, rows + 1))
    assert matrix.carry() == (rows, 0)
    assert matrix.exact()


@pytest.fixture(scope="module")
def faulty(mariadb_servers: tuple[MariaServer, MariaServer]) -> Iterator[Moving]:
    """A row with one fault for each pair."""
    source, target = (server.create_database("faulty") for server in mariadb_servers)
    with moving(Pair(source, target), "faults", definition=columns_of([kind for kind, _, _ in FAULTS])) as on:
        for database, side in ((source, 1), (target, 2)):
            made = [f"INSERT INTO faults (id, c{number}) VALUES ({number}, {fault[side]})" for number, fault in enumerate(FAULTS)]
            run(database, "SET NAMES utf8mb4", *made)
        yield on
    for server in mariadb_servers:
        server.drop_database("faulty")
        server.drop_database("airlift")


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=lambda number: " ".join(FAULTS[number])[:60])
def test_a_planted_difference_is_found_by_every_comparison(faulty: Moving, number: int) -> None:
    run(faulty.pair.target, "DELETE FROM airlift.move_unverified_1")
    only = KeyRange([str(number)], [str(number + 1)])
    ours, theirs = faulty.sums(only)
    assert ours.rows == theirs.rows == 1
    assert ours.checksum != theirs.checksum
    assert faulty.suspects(only) == 1
    run(faulty.pair.target, "DELETE FROM airlift.move_unverified_1")
    faulty.note(number, op="V")
    assert faulty.carry() == (1, 1)
    assert faulty.verdicts().differing == 1
