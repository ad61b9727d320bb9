"""Ranges of keys on MariaDB: whatever the key is, they are the table, each row once; and rows of any length come through."""

from __future__ import annotations

import itertools
import resource
import threading

import pymysql
import pytest

from airlift.databases.mysql import sending
from airlift.databases.mysql.session import Session
from airlift.databases.mysql.transfers import CutShort
from airlift.databases.values import KeyRange, Range
from airlift.errors import Interrupted
from testbed.mariadb import MariaServer
from tests.family import IS_MARIADB, only_mariadb, seq
from tests.fix_servers import Pair
from tests.moving import moving, relation, run

# definition of the key's columns with its PRIMARY KEY, and what fills them from a sequence
KEYS = {
    "dense": ("id int PRIMARY KEY", "seq"),
    "negative": ("id int PRIMARY KEY", "CAST(seq AS signed) - 150"),
    "sparse": ("id bigint PRIMARY KEY", "seq * seq * 1000000007"),
    "one far away": ("id bigint unsigned PRIMARY KEY", "IF(seq = 300, 18446744073709551615, seq)"),
    "unsigned": ("id int unsigned PRIMARY KEY", "4294967295 - seq"),
    "decimal": ("id decimal(65,30) PRIMARY KEY", "seq / 3 - 50"),
    "decimals that are one double": ("id decimal(30,20) PRIMARY KEY", "1 + seq * 0.00000000000000000001"),
    "double": ("id double PRIMARY KEY", "seq / 7 - 20"),
    "float": ("id float PRIMARY KEY", "seq / 7 - 20"),
    "year": ("y year, id int, PRIMARY KEY (y, id)", "IF(seq > 200, '0000', 1901 + seq), seq"),
    "bit": ("id bit(20) PRIMARY KEY", "seq * 17"),
    "text": ("id varchar(30) PRIMARY KEY", "CONCAT('key ', seq)"),
    "text in any case": ("id varchar(30) COLLATE utf8mb4_unicode_ci PRIMARY KEY", "CONCAT(CHAR(65 + seq % 26 + 32 * (seq % 2)), seq)"),
    "latin1": ("id varchar(30) CHARACTER SET latin1 PRIMARY KEY", "CONCAT('é\\\\\\'', seq)"),
    "odd characters": ("id varchar(30) COLLATE utf8mb4_bin PRIMARY KEY", "CONCAT(CHAR(seq % 128), '\\\\%s{}🚀', seq)"),
    "char with blanks": ("id char(30) PRIMARY KEY", "CONCAT(seq, '  ')"),
    "binary": ("id binary(16) PRIMARY KEY", "UNHEX(LEFT(SHA2(seq, 256), 32))"),
    "varbinary": ("id varbinary(300) PRIMARY KEY", "CONCAT(CHAR(seq % 256 USING binary), seq)"),
    "date": ("id date PRIMARY KEY", "IF(seq = 1, '0000-00-00', ADDDATE('2024-01-01', seq))"),
    "datetime": ("id datetime(6) PRIMARY KEY", "TIMESTAMPADD(MICROSECOND, seq, '2024-01-01')"),
    "timestamp": ("id timestamp(6) PRIMARY KEY", "TIMESTAMPADD(MICROSECOND, seq * 17000001, '2024-03-31 00:30:00')"),
    "time": ("id time(3) PRIMARY KEY", "SEC_TO_TIME(seq * 1000.001 - 150000)"),
    "enum and number": ("kind enum('z','a','m'), id int, PRIMARY KEY (kind, id)", "1 + seq % 3, seq DIV 3"),
    "set": ("id set('z','a','m','b','c','d','e','f','g') PRIMARY KEY", "seq"),
    "two numbers": ("a int, b int, PRIMARY KEY (a, b)", "seq DIV 40, seq"),
    "text, number and bytes": (
        "a varchar(9), b int, c varbinary(20), PRIMARY KEY (a, b, c)",
        "CONCAT('x', seq DIV 100), CAST(seq AS signed) DIV 10 - 15, UNHEX(LEFT(SHA2(seq, 256), 32))",
    ),
    "in another order than the columns": ("a int, b varchar(9), PRIMARY KEY (b, a)", "seq, CONCAT('x', seq % 5)"),
}  # fmt: skip
if IS_MARIADB:
    KEYS["uuid"] = ("id uuid PRIMARY KEY", "CONCAT(LEFT(SHA2(seq, 256), 8), '-1111-4222-8333-', RIGHT(SHA2(seq, 256), 12))")
    KEYS["inet6"] = ("id inet6 PRIMARY KEY", "CONCAT('2001:db8::', HEX(seq))")
else:
    KEYS["invisible"] = ("id int PRIMARY KEY INVISIBLE", "seq")


@pytest.mark.parametrize("name", KEYS)
def test_ranges_are_the_table_each_row_once(mariadb_databases: Pair, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy's and the comparison's."""
    monkeypatch.setattr(sending, "BLOCK_ROWS", 7)
    definition, key = KEYS[name]
    with moving(mariadb_databases, "cut", definition=f"({definition}, note int NOT NULL) CHARACTER SET utf8mb4") as on:
        columns = "(id, note)" if name == "invisible" else ""
        run(on.pair.source, "SET NAMES utf8mb4", f"INSERT INTO cut {columns} SELECT {key}, 5 FROM {seq(300)}")
        with on.source.transaction():
            cuts = on.streams.cut(on.source, relation(on, size=1000, rows=300), on.layout.source_key, 70)
        assert cuts[0].bounds["lower"] is None
        assert cuts[-1].bounds["upper"] is None
        assert all(one.bounds["upper"] == other.bounds["lower"] for one, other in itertools.pairwise(cuts))
        rows = [on.copy(cut) for cut in cuts]
        assert sum(rows) == 300
        assert len(cuts) > 8 or name == "one far away"
        assert max(rows) < 60
        assert on.exact()
        bounds: list[list[str] | None] = [None]
        with on.source.transaction():
            while (bound := on.checksums.next_boundary(on.source, on.layout, bounds[-1], 70)) is not None:
                bounds.append(bound)
        ranges = [KeyRange(lower, upper) for lower, upper in itertools.pairwise([*bounds, None])]
        sums = [on.sums(each) for each in ranges]
        assert [each.rows for each, _ in sums] == [70, 70, 70, 70, 20]
        assert all(ours == theirs for ours, theirs in sums)
        assert [on.suspects(each) for each in ranges] == [0] * 5


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_with_next_to_nothing_is_one_range(mariadb_databases: Pair, rows: int) -> None:
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, note text)") as on:
        run(on.pair.source, *["INSERT INTO cut VALUES (5, '')"] * rows)
        with on.source.transaction():
            cuts = on.streams.cut(on.source, relation(on, size=1000, rows=1000), ["id"], 100)
            assert on.checksums.next_boundary(on.source, on.layout, None, 10) is None
        assert sum(on.copy(cut) for cut in cuts) == rows
        assert on.sums()[0].rows == rows
        assert on.sums()[0] == on.sums()[1]


def test_a_table_of_one_column_that_may_be_empty_is_copied(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "cut", definition="(id varchar(9) PRIMARY KEY)") as on:
        run(on.pair.source, "INSERT INTO cut VALUES (''), ('a'), ('\\\\N')")
        assert on.copy() == 3
        assert on.exact()
        on.note("", "a", "\\N")
        assert on.carry() == (3, 0)
        assert on.exact()


GAPS = {
    "one in the middle": "IF(seq > 300, seq + 5000, seq)",
    "many": "seq + seq DIV 10 * 13",
    "less than half is there": "seq * 3",
    "a few far away": "IF(seq % 100 = 0, seq * 1000003, seq)",
    "at the end of the type": "9223372036854775807 - 600 + seq",
    "below zero": "CAST(seq AS signed) * 2 - 500",
}


@pytest.mark.parametrize("name", GAPS)
def test_each_row_comes_once_whatever_gaps_its_numbers_have(mariadb_databases: Pair, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BLOCK_ROWS", 7)
    with moving(mariadb_databases, "cut", definition="(id bigint PRIMARY KEY, note int NOT NULL)") as on:
        run(on.pair.source, f"INSERT INTO cut SELECT {GAPS[name]}, 5 FROM {seq(600)}")
        middle = str(run(on.pair.source, "SELECT id FROM cut ORDER BY id LIMIT 1 OFFSET 333")[0][0])
        assert on.copy(Range({"lower": None, "upper": [middle]}, 0)) == 333
        assert on.copy(Range({"lower": [middle], "upper": None}, 0)) == 267
        assert on.exact()


ODD = {
    "nothing odd": "CONCAT('text ', seq, 'é🚀')",
    "a tab": "IF(seq = 41, 'a\tb', 'text')",
    "a line break": "IF(seq = 41, 'a\nb', 'text')",
    "what looks like another row": "IF(seq = 41, 'a\n9999\tb\tc\td\te\tf', 'text')",
    "a carriage return": "IF(seq = 41, 'a\rb', 'text')",
    "a backslash": "IF(seq = 41, 'a\\\\b', 'text')",
    "what looks like NULL": "IF(seq % 3 = 0, '\\\\N', 'text')",
    "what looks like NULL beside one": "IF(seq % 3 = 0, '\\\\N', NULL)",
    "NULL": "IF(seq % 3 = 0, NULL, 'text')",
    "nothing but NULL": "NULL",
    "an empty text": "IF(seq % 3 = 0, '', NULL)",
    "all of it from a later block on": "IF(seq > 43, CONCAT('\\\\\t\n\r', seq), 'text')",
}


@pytest.mark.parametrize("name", ODD)
def test_what_has_to_be_escaped_is_seen_in_a_block_that_is_not(mariadb_databases: Pair, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In columns of several character sets and collations at once, whose bytes stand in one text."""
    monkeypatch.setattr(sending, "BLOCK_ROWS", 7)
    asked: list[str] = []
    one_value = Session.one_value
    monkeypatch.setattr(Session, "one_value", lambda self, statement: asked.append(statement) or one_value(self, statement))
    columns = (
        "a varchar(99), b varchar(99) COLLATE utf8mb4_bin, c varchar(99) CHARACTER SET utf8mb3 NOT NULL, d text CHARACTER SET ucs2, "
        "e varbinary(9)"
    )
    with moving(mariadb_databases, "cut", definition=f"(id int PRIMARY KEY, {columns}) CHARACTER SET utf8mb4") as on:
        value = ODD[name]
        three_bytes = f"COALESCE(REPLACE({value}, '🚀', ''), '')"
        values = f"seq, {value}, {value}, {three_bytes}, {three_bytes}, x'5C0D0A090041'"
        run(on.pair.source, "SET NAMES utf8mb4", f"INSERT INTO cut SELECT {values} FROM {seq(60)}")
        assert on.copy() == 60
        assert on.exact()
        assert on.sums()[0] == on.sums()[1]
        escaped = sum("REPLACE" in each for each in asked)
        has_odd = name not in ("nothing odd", "NULL", "nothing but NULL", "an empty text")
        assert bool(escaped) == has_odd
        # nine blocks, two beyond the end, which has to be found; one is asked for twice, and those behind it once
        assert len(asked) == 11 + has_odd


@only_mariadb("texts that are no characters")
def test_a_text_that_is_none_to_the_driver_comes_through(mariadb_databases: Pair) -> None:
    """Half a surrogate, which this server stores in a text."""
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, c varchar(9)) CHARACTER SET utf8mb4") as on:
        run(on.pair.source, "INSERT INTO cut VALUES (1, 'a'), (2, x'EDA080')")
        assert on.copy() == 2
        assert on.exact()


LONG = {
    "a blob of 10 MB": ("longblob", "REPEAT(UNHEX(LEFT(SHA2('x', 256), 32)), 655360)"),
    "a text of 10 MB": ("longtext", "REPEAT('0123456789abcdé\n', 625000)"),
    "a text that would be longer than a packet with its escapes": ("longtext", "REPEAT('\\\\\n', 5000000)"),
    "two blobs that are longer than a packet together": ("longblob, d longblob", "REPEAT('x', 9000000), REPEAT('y', 9000000)"),
    "a JSON document": ("json", "CONCAT('[\"', REPEAT('é', 3000000), '\"]')"),
}


@pytest.mark.parametrize("name", LONG)
def test_rows_that_are_longer_than_a_block_come_through(mariadb_databases: Pair, name: str) -> None:
    """The server's max_allowed_packet is 16 MB."""
    kind, value = LONG[name]
    with moving(mariadb_databases, "cut", definition=f"(id int PRIMARY KEY, c {kind}) CHARACTER SET utf8mb4") as on:
        nulls = "''" + ", NULL" * (kind.count(",") if "," in kind else 0)
        run(on.pair.source, "SET NAMES utf8mb4", f"INSERT INTO cut VALUES (1, {nulls if kind != 'json' else 'NULL'})",
            f"INSERT INTO cut VALUES (2, {value})", f"INSERT INTO cut VALUES (3, {value})")  # fmt: skip
        assert run(on.pair.source, "SELECT @@max_allowed_packet") == [(16 << 20,)]
        assert on.copy() == 3
        assert on.exact()
        assert on.sums()[0] == on.sums()[1]
        on.note(1, 2, 3)
        assert on.carry() == (3, 0)
        assert on.exact()
        if kind != "json":
            run(on.pair.target, "UPDATE cut SET c = CONCAT(LEFT(c, LENGTH(c) - 5), 'Z', RIGHT(c, 3)) WHERE id = 2")
            assert on.suspects() == 1
            on.note(2, op="V")
            assert on.carry() == (1, 1)


def test_long_and_short_rows_in_turn_come_through(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, c mediumtext, d mediumblob)") as on:
        values = "REPEAT('x\n', IF(seq % 100 < 10, 20000, 5)), REPEAT('y', IF(seq % 70 = 0, 500000, 9))"
        run(on.pair.source, f"INSERT INTO cut SELECT seq, {values} FROM {seq(10000)}")
        assert on.copy() == 10000
        assert on.exact()


def test_a_block_that_the_server_cuts_short_is_not_taken_for_one(mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whatever byte it is cut, also in the last line."""
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, c varchar(100) NOT NULL)") as on:
        run(on.pair.source, f"INSERT INTO cut SELECT seq, seq FROM {seq(3)}")
        whole = len("1\t1\n2\t2\n3\t3\n")
        take = f"SELECT GROUP_CONCAT(id, x'09', c, x'0A' SEPARATOR ''), COUNT(*) FROM `{on.pair.source.name}`.cut"
        for room in range(4, whole + 2):
            with on.source.transaction(), open("/dev/null", "wb") as nowhere:
                on.source._raw.cursor().execute(f"SET group_concat_max_len = {room}")
                if room < whole:
                    with pytest.raises(CutShort):
                        on.source.copy_out(take, nowhere)
                else:
                    assert on.source.copy_out(take, nowhere) == 3


@pytest.fixture
def small_packets(mariadb_servers: tuple[MariaServer, MariaServer]):
    """A source whose server makes texts of 1 MB at most."""
    with mariadb_servers[0].connect() as session, session.cursor() as cursor:
        cursor.execute("SET GLOBAL max_allowed_packet = 1048576")
    yield
    with mariadb_servers[0].connect() as session, session.cursor() as cursor:
        cursor.execute("SET GLOBAL max_allowed_packet = 16777216")


def test_a_server_with_small_packets_sends_all_rows(mariadb_databases: Pair, small_packets: None) -> None:
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, c varchar(4000), d mediumblob)") as on:
        run(on.pair.source, f"INSERT INTO cut SELECT seq, REPEAT('x\n', 1500), REPEAT('y', IF(seq = 1000, 1000000, 9)) FROM {seq(2000)}")
        assert on.copy() == 2000
        assert on.exact()


def test_memory_stays_flat_whatever_the_number_of_rows(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, c varchar(300), d int)") as on:
        run(on.pair.source, f"INSERT INTO cut SELECT seq, REPEAT(LEFT(SHA2(seq, 256), 32), 8), seq FROM {seq(300000)}")
        on.copy(Range({"lower": None, "upper": ["20000"]}, 0))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert on.copy(Range({"lower": ["20000"], "upper": None}, 0)) == 280001
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
        assert on.exact()
        assert on.sums()[0] == on.sums()[1]


def test_a_table_that_is_read_is_not_rewritten_meanwhile(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY)") as on, on.source.transaction(snapshot=True):
        on.streams.hold_heaps(on.source, [on.layout.source])
        with on.pair.source.connect() as other, other.cursor() as cursor:
            cursor.execute("SET lock_wait_timeout = 1")
            with pytest.raises(pymysql.OperationalError, match="1205"):
                cursor.execute("TRUNCATE cut")
            cursor.execute("INSERT INTO cut VALUES (1)")


def test_a_copy_that_is_stopped_leaves_nothing(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, c varchar(300))") as on:
        run(on.pair.source, f"INSERT INTO cut SELECT seq, REPEAT('x', 250) FROM {seq(200000)}")
        stop = threading.Timer(0.4, lambda: (on.source.cancel(), on.target.cancel()))
        stop.start()
        with pytest.raises(Interrupted):
            on.copy()
        stop.join()
        assert run(on.pair.target, "SELECT COUNT(*) FROM cut") == [(0,)]
        assert on.copy() == 200000


def test_indexes_are_added_once_whatever_tries_there_were(mariadb_databases: Pair) -> None:
    made = [
        {"kind": "index", "name": "by_c", "definition": {"tail": "UNIQUE KEY `by_c` (`c`)"}},
        {"kind": "index", "name": "words", "definition": {"tail": "FULLTEXT KEY `words` (`t`)"}},
        {"kind": "index", "name": "more", "definition": {"tail": "FULLTEXT KEY `more` (`u`)"}},
    ]
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY, c int, t text, u text)") as on:
        for _ in range(2):
            with on.target.transaction(airlift__applying="on"):
                on.streams.build(on.target, on.layout.target, made)
                on.streams.analyze(on.target, [on.layout.target])
        names = run(on.pair.target, "SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_NAME = 'cut'")
        assert {name for (name,) in names} == {"PRIMARY", "by_c", "words", "more"}


def test_a_table_is_emptied_with_the_transaction(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "cut", definition="(id int PRIMARY KEY)") as on:
        run(on.pair.target, "INSERT INTO cut VALUES (1)")
        with on.target.transaction(airlift__applying="on"):
            on.streams.empty(on.target, on.layout.target)
            on.target._raw.rollback()
        assert run(on.pair.target, "SELECT COUNT(*) FROM cut") == [(1,)]
        with on.target.transaction(airlift__applying="on"):
            on.streams.empty(on.target, on.layout.target)
        assert run(on.pair.target, "SELECT COUNT(*) FROM cut") == [(0,)]
