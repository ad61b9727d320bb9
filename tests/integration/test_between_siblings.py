"""From MySQL to MariaDB and the other way: every type there and back, and what one of them says otherwise or does not have."""

from __future__ import annotations

from typing import Any

import pytest

from airlift.databases.translating.siblings.collations import there
from airlift.errors import Refused
from airlift.phases.prepare.preflight import preflight
from airlift.phases.roll_back.rename_back import rename_back
from testbed.driving import APPROVED, Driver
from testbed.live import until
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import SIBLINGS
from tests.fix_servers import Pair
from tests.integration.test_between_keys import refused
from tests.integration.test_between_types import ROLL_BACK, goes_there_and_back
from tests.translating import between, on_mariadb

pytestmark = pytest.mark.skipif(not SIBLINGS, reason="needs MySQL beside MariaDB, as scripts/test-newest has them")
both_ways = pytest.mark.parametrize("ends", SIBLINGS, indirect=True)
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
    columns = filled(ends.source)
    goes_there_and_back(ends, list(columns), lambda database, table: contents(database, table, columns), mode=[ANYTHING_GOES])


TABLES = {
    "MySQL": """CREATE TABLE t (
      a int unsigned NOT NULL DEFAULT 5 COMMENT 'it''s', b varchar(20) CHARACTER SET latin1 DEFAULT 'x', t text DEFAULT ('hm'),
      g int GENERATED ALWAYS AS (a + 1) STORED NOT NULL, v varchar(30) GENERATED ALWAYS AS (concat(b, 'x')) VIRTUAL INVISIBLE,
      u char(36) DEFAULT (uuid()), d date DEFAULT (curdate()), dt datetime DEFAULT now(),
      ts timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3), inv int INVISIBLE NOT NULL DEFAULT 3,
      p point NOT NULL SRID 4326, j json DEFAULT (json_object('a', 1)), bi bit(3) DEFAULT b'101', bin varbinary(9) DEFAULT 0x00ff,
      e enum('a','b') DEFAULT 'a', s set('x','y') DEFAULT 'x,y', y year DEFAULT 2020, z int(8) zerofill, f float(10,3),
      dd decimal(10,2) DEFAULT 1.50, tt tinyint(1), ve vector(3), gc geomcollection, d2 date DEFAULT '0000-00-00', i int, bg bigint,
      PRIMARY KEY (a DESC), KEY low ((lower(b))), KEY unseen (b) INVISIBLE COMMENT 'c', SPATIAL KEY places (p), FULLTEXT KEY words (t),
      KEY pre (t(10)), CONSTRAINT off CHECK (a > 0) NOT ENFORCED, CONSTRAINT held CHECK (b <> 'q')
    ) COMMENT='tab' ROW_FORMAT=DYNAMIC COMPRESSION='zlib' STATS_PERSISTENT=1 COLLATE utf8mb4_0900_as_cs""",
    "MariaDB": """CREATE TABLE t (
      a int unsigned NOT NULL DEFAULT 5 COMMENT 'it''s' CHECK (a > 0), b varchar(20) CHARACTER SET latin1 DEFAULT 'x', t text DEFAULT 'hm',
      g int GENERATED ALWAYS AS (a + 1) STORED, v varchar(30) GENERATED ALWAYS AS (concat(b, 'x')) VIRTUAL INVISIBLE,
      u uuid DEFAULT uuid(), d date DEFAULT now(), vn varchar(30) DEFAULT now(), dt6 datetime(6) DEFAULT now(6),
      ts timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3), inv int INVISIBLE NOT NULL DEFAULT 3,
      p point REF_SYSTEM_ID=4326 NOT NULL, j json DEFAULT '{}', bi bit(3) DEFAULT b'101', bin varbinary(9) DEFAULT 'xy',
      e enum('a','b') DEFAULT 'a', s set('x','y') DEFAULT 'x,y', y year DEFAULT 2020, z int(8) zerofill, f float(10,3),
      dd decimal(10,2) DEFAULT 1.50, tt tinyint(1), gc geometrycollection, d2 date DEFAULT '0000-00-00', x int DEFAULT (a * 2 + 1),
      long_one longtext COMPRESSED, i4 inet4, i6 inet6,
      PRIMARY KEY (a), KEY unseen (b) COMMENT 'c' IGNORED, SPATIAL KEY places (p), FULLTEXT KEY words (t), KEY pre (t(10)),
      KEY down (a DESC), CONSTRAINT held CHECK (a < 10000), CHECK (b <> 'q')
    ) COMMENT='tab' ROW_FORMAT=DYNAMIC PAGE_COMPRESSED=1 STATS_PERSISTENT=1 COLLATE utf8mb4_uca1400_as_cs""",
}  # fmt: skip
TOLD = {
    "MySQL": [
        ("g", "is computed there by the same words, ((`a` + 1)) STORED, and not compared"), ("g", "is computed and NOT NULL"),
        ("v", "is computed there by the same words, (concat(`b`,_latin1'x')) VIRTUAL, and not compared"),
        ("p", "has SRID 4326 in its definition, which is left out"), ("p", "keeps places, which come over byte by byte"),
        ("j", "is a document"), ("f", "tells -0 from 0"), ("ve", "is of type vector(3)"),
        ("gc", "keeps places, which come over byte by byte"), (None, 'compares the texts of "t", "v", "u", "e", "s" by utf8mb4_0900_as_cs'),
        (None, 'index "low" is over an expression: it is left out'), (None, 'check "off" is not enforced, which MariaDB has none of'),
        (None, "has options of its server (COMPRESSION='zlib'), which are left out"),
    ],
    "MariaDB": [
        ("g", "is computed there by the same words, (`a` + 1) STORED, and not compared"),
        ("v", "is computed there by the same words, (concat(`b`,'x')) VIRTUAL, and not compared"), ("u", "is of type uuid"),
        ("p", "keeps places, which come over byte by byte"), ("j", "is a document"), ("gc", "keeps places, which come over byte by byte"),
        ("long_one", "has COMPRESSED in its definition, which is left out"), ("i4", "is of type inet4"), ("i6", "is of type inet6"),
        (None, 'compares the texts of "t", "v", "vn", "e", "s", "long_one" by utf8mb4_uca1400_as_cs'),
        (None, 'index "places" is over a column without an SRID of its own'),
        (None, "has options of its server (PAGE_COMPRESSED='1'), which are left out"),
    ],
}  # fmt: skip


@both_ways
def test_a_table_with_everything_is_made_as_it_was_told(ends: Pair) -> None:
    source, target = on_mariadb(ends.source), on_mariadb(ends.target)
    product = ends.source.server.product
    source.run(TABLES[product])
    made = between(source, target).shape(source.shape("t"))
    columns, indexes = target.create("t", made)
    for wanted, found in zip(made.columns, columns, strict=True):
        facts = ("name", "type", "type_name", "base_type", "not_null", "identity", "generated", "collation")
        assert [getattr(wanted, fact) for fact in facts] == [getattr(found, fact) for fact in facts]
        assert (wanted.default_expression is None) == (found.default_expression is None)
    assert sorted(each.name for each in indexes) == sorted(each.name for each in made.indexes)
    assert [(note.column, note.fact.partition(";")[0].partition(": it is left out")[0]) for note in made.notes] == [
        (column, fact.partition(": it is left out")[0]) for column, fact in TOLD[product]
    ]
    assert not [note for note in made.notes if note.is_refused]
    # what was translated is translated back
    back = between(target, source).shape(target.shape("t"))
    ours = {each.name: each.type for each in source.shape("t").columns}
    others = {"MySQL": ["j", "ve"], "MariaDB": ["u", "long_one", "i4", "i6"]}
    assert [each.name for each in back.columns if each.type != ours[each.name]] == others[product]


def test_every_collation_has_one_on_the_other_server(mariadb_databases: Pair, sibling_databases: Pair) -> None:
    of_mysql = {name for (name,) in user_rows(mariadb_databases.source, "SELECT collation_name FROM information_schema.collations")}
    full = "SELECT full_collation_name FROM information_schema.collation_character_set_applicability"
    of_mariadb = {name for (name,) in user_rows(sibling_databases.source, full)}
    assert len(of_mysql) > 200
    assert len(of_mariadb) > 500
    assert [name for name in of_mysql if there(name, "MariaDB").name not in of_mariadb] == []
    assert [name for name in of_mariadb if there(name, "MySQL").name not in of_mysql] == []


ONE_THERE = {
    "MySQL": ("varchar(9) COLLATE utf8mb4_nb_0900_ai_ci", "('bare'), ('båre'), ('x')"),
    "MariaDB": ("varchar(9) CHARACTER SET latin1 COLLATE latin1_nopad_bin", "('bare'), ('bare '), ('x')"),
}


@both_ways
def test_keys_that_would_be_one_there_are_refused(ends: Pair) -> None:
    kind, rows = ONE_THERE[ends.source.server.product]
    user_rows(ends.source, "SET NAMES utf8mb4", f"CREATE TABLE t (k {kind} PRIMARY KEY)", f"INSERT INTO t VALUES {rows}")
    said = refused(Driver(ends.source, ends.target, {}))
    assert "1 to put right" in said
    assert 'ndex "PRIMARY" of table' in said
    assert "has rows that the target would take for one, as it compares texts: those with 'bare'" in said
    kind = "varchar(9) COLLATE utf8mb4_0900_bin" if ends.target.server.product == "MySQL" else "varchar(9) COLLATE utf8mb4_nopad_bin"
    spec = {"tables": {"t": {"columns": {"k": {"type": kind}}}}}
    assert Driver(ends.source, ends.target, spec).up_to_gate()["equal"]


@pytest.mark.parametrize("ends", SIBLINGS[:1], indirect=True)
@pytest.mark.parametrize("made", ["k varchar(9) PRIMARY KEY", "id int AUTO_INCREMENT PRIMARY KEY, k varchar(9), UNIQUE (k)"])
def test_letters_that_only_the_newer_unicode_has_stop_the_copy(ends: Pair, made: str) -> None:
    """Georgian letters have a large form since Unicode 11: MySQL takes the two for two, MariaDB for one, and MySQL can't foresee it."""
    user_rows(ends.source, "SET NAMES utf8mb4", f"CREATE TABLE t ({made})", "INSERT INTO t (k) VALUES ('\u1c90'), ('\u10d0')")
    driver = Driver(ends.source, ends.target, {})
    driver.prepare()
    with pytest.raises(Refused, match=r"(?s)Duplicate entry"):
        driver.copy()


REFERENCES = (
    "CREATE TABLE parents (code varchar(20) PRIMARY KEY, n int) COLLATE {0}",
    """CREATE TABLE children (id int PRIMARY KEY, code varchar(20), CONSTRAINT of_parent FOREIGN KEY (code) REFERENCES parents (code)
       ON DELETE CASCADE ON UPDATE CASCADE) COLLATE {0}""",
    "INSERT INTO parents VALUES ('a', 1), ('b', 1), ('c', 1)",
    "INSERT INTO children VALUES (1, 'a'), (2, 'B'), (3, 'C')",
)


@both_ways
def test_references_in_another_spelling_come_over_and_cascade(ends: Pair) -> None:
    source, target = ends.source, ends.target
    collation = "utf8mb4_0900_ai_ci" if source.server.product == "MySQL" else "utf8mb4_general_ci"
    user_rows(source, *(statement.format(collation) for statement in REFERENCES))
    driver = Driver(source, target, {})
    assert driver.up_to_gate()["equal"]
    user_rows(
        source,
        "INSERT INTO children VALUES (4, 'A')",
        "DELETE FROM parents WHERE code = 'b'",
        "UPDATE parents SET code = 'd' WHERE code = 'c'",
    )
    driver.cut_over()
    assert user_rows(target, "SELECT * FROM children ORDER BY id") == [(1, "a"), (3, "d"), (4, "A")]
    user_rows(target, "DELETE FROM parents WHERE code = 'A'")
    with driver.synced_back():
        until(lambda: user_rows(source, "SELECT * FROM children_obsolete") == [(3, "d")])


@pytest.mark.parametrize("ends", SIBLINGS[:1], indirect=True)
def test_references_that_the_spec_would_have_reference_none_are_refused(ends: Pair) -> None:
    user_rows(ends.source, *(statement.format("utf8mb4_general_ci") for statement in REFERENCES))
    typed = {"columns": {"code": {"type": "varchar(20) COLLATE utf8mb4_bin"}}}
    said = refused(Driver(ends.source, ends.target, {"tables": {"parents": typed, "children": typed}}))
    assert "is spelled otherwise in 2 rows" in said


@pytest.mark.parametrize("ends", SIBLINGS[1:], indirect=True)
def test_references_that_would_reference_none_there_are_refused(ends: Pair) -> None:
    """A text with blanks behind it is another one there."""
    user_rows(
        ends.source, *(statement.format("utf8mb4_uca1400_as_ci") for statement in REFERENCES), "INSERT INTO children VALUES (4, 'a ')"
    )
    assert 'Foreign key "of_parent" of table' in (said := refused(Driver(ends.source, ends.target, {})))
    assert "is spelled otherwise in 3 rows" in said


@pytest.mark.parametrize("ends", SIBLINGS[1:], indirect=True)
def test_documents_may_be_documents_of_mysql_where_they_are_written_so(ends: Pair) -> None:
    source, target = ends.source, ends.target
    user_rows(
        source,
        "CREATE TABLE t (id int PRIMARY KEY, doc json)",
        "SET sql_mode = ''",
        """INSERT INTO t VALUES (1, '{"a": [1, 2.5], "bb": null}'), (2, NULL), (3, '[]')""",
    )
    spec = {"tables": {"t": {"columns": {"doc": {"type": "json"}}}}}
    driver = Driver(source, target, spec)
    assert driver.up_to_gate()["equal"]
    driver.cut_over()
    assert user_rows(target, "SELECT JSON_EXTRACT(doc, '$.a[1]') FROM t WHERE id = 1") == [("2.5",)]


@pytest.mark.parametrize("ends", SIBLINGS[1:], indirect=True)
def test_documents_that_mysql_would_write_otherwise_are_refused(ends: Pair) -> None:
    user_rows(ends.source, "CREATE TABLE t (id int PRIMARY KEY, doc json)", """INSERT INTO t VALUES (1, '{"a":1}')""")
    said = refused(Driver(ends.source, ends.target, {"tables": {"t": {"columns": {"doc": {"type": "json"}}}}}))
    assert "is not spaced as MySQL would show it, and so could never be proven equal" in said


@pytest.mark.parametrize("ends", SIBLINGS[:1], indirect=True)
def test_documents_of_too_many_levels_are_refused(ends: Pair) -> None:
    user_rows(
        ends.source,
        "CREATE TABLE t (id int PRIMARY KEY, doc json)",
        "INSERT INTO t VALUES (1, CONCAT(REPEAT('[', 31), REPEAT(']', 31))), (2, CONCAT(REPEAT('[', 32), REPEAT(']', 32)))",
    )
    said = refused(Driver(ends.source, ends.target, {}))
    assert "1 to put right" in said
    assert "is a document of more than 31 levels" in said
    as_text = {"tables": {"t": {"columns": {"doc": {"type": "longtext"}}}}}
    assert Driver(ends.source, ends.target, as_text).up_to_gate()["equal"]


@pytest.mark.parametrize("ends", SIBLINGS[1:], indirect=True)
def test_a_column_with_a_check_is_not_renamed_on_mysql(ends: Pair) -> None:
    user_rows(ends.source, "CREATE TABLE t (id int PRIMARY KEY, doc json)")
    said = refused(Driver(ends.source, ends.target, {"tables": {"t": {"columns": {"document": {"from": "doc"}}}}}))
    assert "column cannot be dropped or renamed" in said


@pytest.mark.parametrize("ends", SIBLINGS[1:], indirect=True)
def test_what_only_mariadb_has_is_refused_by_name(ends: Pair) -> None:
    user_rows(
        ends.source,
        "CREATE SEQUENCE numbers",
        "CREATE TABLE drawing (id int PRIMARY KEY DEFAULT nextval(numbers))",
        "CREATE TABLE kept (id int PRIMARY KEY) WITH SYSTEM VERSIONING",
        "CREATE TABLE hashed (id int PRIMARY KEY, words text, UNIQUE (words))",
        "CREATE TABLE cut (id int PRIMARY KEY) PARTITION BY LIST (id) (PARTITION a VALUES IN (1), PARTITION b DEFAULT)",
        "CREATE TABLE parents (id int PRIMARY KEY, n int, KEY (n))",
        "CREATE TABLE children (id int PRIMARY KEY, n int, CONSTRAINT of_parent FOREIGN KEY (n) REFERENCES parents (n))",
    )
    said = refused(Driver(ends.source, ends.target, {}))
    for words in (
        'drawing" draws its column "id" from a sequence', 'kept" is system-versioned', 'index "words" is over the whole of texts',
        'cut" is cut into partitions by DEFAULT', 'which there has to have a unique index of its own',
    ):  # fmt: skip
        assert words in said


@pytest.mark.parametrize("ends", SIBLINGS[:1], indirect=True)
def test_what_only_mysql_has_is_refused_by_name(ends: Pair) -> None:
    user_rows(
        ends.source,
        "CREATE TABLE lowered (id int PRIMARY KEY, words varchar(9), UNIQUE KEY low ((lower(words))))",
        "CREATE TABLE made (id int PRIMARY KEY, token binary(16) DEFAULT (uuid_to_bin(uuid())))",
        "CREATE TABLE unseen (id int PRIMARY KEY, n int NOT NULL INVISIBLE)",
    )
    said = refused(Driver(ends.source, ends.target, {}))
    for words in ('index "low" is over an expression', "UUID_TO_BIN", "`n` must have a default value"):
        assert words.lower() in said.lower()


PARTITIONED = """CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, x varchar(9), loud varchar(20) AS (concat(x, '!')) STORED,
  hidden int INVISIBLE DEFAULT 7) PARTITION BY RANGE (id) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (5),
  PARTITION p1 VALUES LESS THAN MAXVALUE)"""
UNSEEN_KEY = """CREATE TABLE t (id bigint unsigned NOT NULL INVISIBLE AUTO_INCREMENT PRIMARY KEY, x varchar(9) CHECK (x <> 'no'), KEY (x))
  AUTO_INCREMENT = 1000"""


@both_ways
@pytest.mark.parametrize("made", [PARTITIONED, UNSEEN_KEY])
def test_a_table_of_another_kind_goes_there_and_back(ends: Pair, made: str) -> None:
    source, target = ends.source, ends.target
    user_rows(source, made, "INSERT INTO t (x) VALUES ('a'), ('b'), (NULL)")
    driver = Driver(source, target, {})
    assert driver.up_to_gate()["equal"]
    user_rows(source, "UPDATE t SET x = 'c' WHERE x = 'b'", "INSERT INTO t (x) VALUES ('d')")
    driver.cut_over()
    user_rows(target, "INSERT INTO t (x) VALUES ('e')", "DELETE FROM t WHERE x = 'a'")
    found = user_rows(target, "SELECT id, x FROM t ORDER BY id")
    assert [x for _, x in found] == ["c", None, "d", "e"]
    assert len({key for key, _ in found}) == 4
    # what is invisible here is so there
    seen = ["id", "x", "loud"] if "PARTITION" in made else ["x"]
    assert [len(row) for row in user_rows(target, "SELECT * FROM t")] == [len(seen)] * 4
    if "PARTITION" in made:
        shown = "SELECT loud, hidden FROM t ORDER BY id"
        assert user_rows(target, shown) == [("c!", 7), (None, 7), ("d!", 7), ("e!", 7)]
        cut = "SELECT count(*) FROM information_schema.partitions WHERE table_schema = database() AND table_name = 't'"
        assert user_rows(target, cut) == [(4,)]
    with driver.synced_back():
        until(lambda: user_rows(source, "SELECT id, x FROM t_obsolete ORDER BY id") == found)
        rename_back(driver.returning().migration("rename_back"), APPROVED, ROLL_BACK)
    user_rows(source, "INSERT INTO t (x) VALUES ('f')")
    assert [x for (x,) in user_rows(source, "SELECT x FROM t ORDER BY id")] == ["c", None, "d", "e", "f"]


@both_ways
def test_what_the_servers_are_set_to_is_told(ends: Pair) -> None:
    user_rows(ends.source, "CREATE TABLE t (id int PRIMARY KEY)")
    user_rows(ends.target, "SET GLOBAL sql_mode = CONCAT(@@GLOBAL.sql_mode, ',NO_ZERO_DATE')", admin=True)
    try:
        told = Driver(ends.source, ends.target, {}).run(preflight)["warnings"]
    finally:
        user_rows(ends.target, "SET GLOBAL sql_mode = REPLACE(@@GLOBAL.sql_mode, ',NO_ZERO_DATE', '')", admin=True)
    assert [words for words in told if "NO_ZERO_DATE on the target" in words]


@both_ways
def test_keys_of_texts_that_change_in_case_only(ends: Pair) -> None:
    source, target = ends.source, ends.target
    kinds = "e enum('b','a') NOT NULL, k varchar(20) NOT NULL"
    user_rows(source, f"CREATE TABLE t ({kinds}, x int, u varchar(9), PRIMARY KEY (e, k), UNIQUE (u))")
    user_rows(source, "INSERT INTO t VALUES ('a', 'one', 1, 'p'), ('a', 'two', 2, 'q'), ('b', 'three', 3, 'r'), ('b', 'four', 4, NULL)")
    driver = Driver(source, target, {})
    assert driver.up_to_gate()["equal"]
    changes = (
        "UPDATE t SET k = 'ONE' WHERE k = 'one'",
        "DELETE FROM t WHERE k = 'two'",
        "INSERT INTO t VALUES ('a', 'Two', 5, 'Q')",
        "UPDATE t SET e = 'a' WHERE k = 'three'",
        # unique values that rows take from each other
        "UPDATE t SET u = NULL WHERE k = 'one'",
        "UPDATE t SET u = 'P' WHERE k = 'four'",
    )
    user_rows(source, *changes)
    rows = "SELECT e, k, x, u FROM {} ORDER BY x"
    here = user_rows(source, rows.format("t"))
    driver.cut_over()
    assert user_rows(target, rows.format("t")) == here
    user_rows(target, "UPDATE t SET k = LOWER(k), u = UPPER(u)", "UPDATE t SET e = 'b', k = 'TWO' WHERE k = 'two'")
    there_now = user_rows(target, rows.format("t"))
    with driver.synced_back():
        until(lambda: user_rows(source, rows.format("t_obsolete")) == there_now)
    driver.contract()
