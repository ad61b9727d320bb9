"""Capture on MariaDB: keys of all types byte by byte, the statements that only these servers have, and that users notice nothing."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import text

from airlift.databases.naming import CaptureNames, heartbeat, pruned
from airlift.errors import Refused
from testbed.serving import Database
from tests.capturing import NAME, Table, capture, table_of, user_rows
from tests.family import IS_MARIADB, SERVER, by_product, said


@pytest.fixture
def database(mariadb_database: Database) -> Database:
    """An empty database."""
    return mariadb_database


@pytest.fixture
def items(database: Database) -> Table:
    """A captured table with nine rows from before."""
    user_rows(database, "CREATE TABLE items (id int AUTO_INCREMENT PRIMARY KEY, code varchar(20) UNIQUE, note varchar(20))")
    user_rows(database, "INSERT INTO items VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', NULL), (4, NULL, NULL), (5, NULL, NULL)")
    return table_of(database, "items", ["id"]).install()


@contextlib.contextmanager
def user_of(database: Database, **options: Any) -> Iterator[Any]:
    """A user's session as the driver makes it, in autocommit unless said otherwise."""
    with contextlib.closing(pymysql.connect(**database.dsn, **{"autocommit": True, **options})) as session, session.cursor() as cursor:
        yield cursor


@pytest.fixture
def user(database: Database) -> Iterator[Any]:
    with user_of(database) as cursor:
        yield cursor


KEYS = {
    "tinyint": ("-128", "127"),
    "bigint unsigned": ("18446744073709551615", "0"),
    "int(5) unsigned zerofill": ("42", "7"),
    "decimal(30,10)": ("1.5", "-0.0000000001"),
    "double": ("0e0", "1.5e300"),
    "float": ("0.1", "16777217"),
    "varchar(20)": ("'abc'", "'abd'"),
    "varchar(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci": ("'é'", "'è'"),
    "varchar(20) CHARACTER SET utf16": ("'né'", "'\U0001f680'"),
    "char(36) CHARACTER SET ascii": ("uuid()", "'x'"),
    "binary(16)": ("unhex('00112233445566778899aabbccddee00')", "unhex('00')"),
    "varbinary(300)": ("unhex('00ff0d0a5c')", "''"),
    "bit(12)": ("b'101010101010'", "b'1'"),
    "date": ("'2024-02-29'", "'0001-01-01'"),
    "datetime(6)": ("'2024-02-29 23:59:59.999999'", "'1000-01-01'"),
    "timestamp(3)": ("'2024-02-29 23:59:59.999'", "'1980-01-01'"),
    "time(6)": ("'-838:59:58.999999'", "'00:00:00'"),
    "year": ("2024", "1901"),
    "enum('a','100%','it''s')": ("'100%'", "'it''s'"),
    "set('a','b')": ("'a,b'", "''"),
    **by_product(
        mariadb={
            "uuid": ("'123e4567-e89b-12d3-a456-426614174000'", "'123e4567-e89b-12d3-a456-426614174001'"),
            "inet6": ("'::1'", "'::2'"),
        },
        mysql={"varchar(20) COLLATE utf8mb4_0900_as_cs": ("'a'", "'a '"), "int INVISIBLE DEFAULT 7": ("7", "8")},
    ),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_any_type_is_noted_as_it_is(database: Database, user: Any, kind: str) -> None:
    first, second = KEYS[kind]
    capture(database, "keyed", f"`strange ``%s {{name}}` {kind} PRIMARY KEY, v int", ["strange `%s {name}"])
    user.execute("INSERT INTO keyed (`strange ``%s {name}`, v) SELECT " + first + ", 1")
    user.execute("UPDATE keyed SET v = 2")
    user.execute(f"UPDATE keyed SET `strange ``%s {{name}}` = {second}")
    user.execute("UPDATE keyed SET v = 3")
    (row,) = user_rows(database, "SELECT hex(`strange ``%s {name}`) FROM keyed")
    noted = user_rows(database, "SELECT op, hex(k1) FROM airlift.shop_log_1 ORDER BY id")
    assert [op for op, _ in noted] == ["I", "U", "U", "U", "U"]
    assert noted[0][1] == noted[1][1] == noted[2][1] != noted[3][1] == noted[4][1] == row[0]


SAME_BUT_FOR_BYTES = {
    "varchar(20) COLLATE utf8mb4_general_ci": ("'abc'", "'ABC'"),
    "varchar(20) COLLATE utf8mb4_unicode_ci": ("'e\u0301a'", "'\u00e9a'"),
    "varchar(20) COLLATE utf8mb4_bin": ("'a'", "'a '"),
    **by_product(mariadb={}, mysql={"varchar(20) COLLATE utf8mb4_0900_ai_ci": ("'\u00e9a'", "'EA'")}),
    "char(20) CHARACTER SET latin1": ("'stra\u00dfe'", "'STRASSE'"),
}


@pytest.mark.parametrize("kind", SAME_BUT_FOR_BYTES)
def test_a_key_that_changes_in_its_bytes_only_is_noted_twice(database: Database, user: Any, kind: str) -> None:
    old, new = SAME_BUT_FOR_BYTES[kind]
    capture(database, "keyed", f"k {kind}, v int, PRIMARY KEY (v), UNIQUE (k)", ["k"])
    user.execute(f"INSERT INTO keyed VALUES ({old}, 1)")
    user.execute(f"UPDATE keyed SET k = {new}")
    texts = user_rows(database, "SELECT op, hex(concat(k1)) FROM airlift.shop_log_1 ORDER BY id")
    assert [op for op, _ in texts] == ["I", "U", "U"]
    assert texts[1] != texts[2]


@pytest.mark.parametrize("zone", ["SYSTEM", "+05:30", "-12:00"])
def test_a_moment_as_key_is_the_same_in_every_time_zone(database: Database, user: Any, zone: str) -> None:
    moments = capture(database, "moments", "at timestamp(6) PRIMARY KEY, v int", ["at"])
    user.execute(f"SET time_zone = '{zone}'")
    user.execute("INSERT INTO moments VALUES (from_unixtime(1711846800.5), 1)")
    user.execute("UPDATE moments SET v = 2")
    with moments.session() as session:
        assert _value(session, "SELECT count(*) FROM airlift.shop_log_1 WHERE unix_timestamp(k1) = 1711846800.5") == 2


def test_an_hour_that_comes_twice_is_noted_as_the_one_that_it_is() -> None:
    """Where clocks are set back, two moments have one name: what is noted is the moment."""
    with _own_server(TZ="Europe/Berlin") as database:
        capture(database, "moments", "at timestamp PRIMARY KEY, v int", ["at"])
        twice = (1729985400, 1729989000)
        for moment in twice:
            user_rows(database, "SET time_zone = '+00:00'", f"INSERT INTO moments VALUES (from_unixtime({moment}), 1)")
        user_rows(database, "SET time_zone = 'SYSTEM'", "UPDATE moments SET v = 2")
        noted = "SELECT unix_timestamp(k1) FROM airlift.shop_log_1 WHERE op = 'U' ORDER BY id"
        found = user_rows(database, "SET time_zone = '+00:00'", noted)
        assert [int(moment) for (moment,) in found] == list(twice)


MODES = [
    "", "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,IGNORE_SPACE",
    by_product(mariadb="ORACLE", mysql="ALLOW_INVALID_DATES"), "TRADITIONAL", "NO_AUTO_VALUE_ON_ZERO,NO_UNSIGNED_SUBTRACTION",
]  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_no_mode_of_the_users_changes_what_is_noted(database: Database, user: Any, mode: str) -> None:
    capture(database, "keyed", "k char(9) COLLATE utf8mb4_general_ci, v varchar(3), PRIMARY KEY (k)", ["k"])
    user.execute(f"SET sql_mode = '{mode}', collation_connection = utf8mb4_general_ci, character_set_client = latin1")
    user.execute("INSERT INTO keyed VALUES ('a', 'x'), ('b', 'x')")
    user.execute("UPDATE keyed SET k = 'c' WHERE k = 'a'")
    user.execute("DELETE FROM keyed WHERE k = 'b'")
    noted = user_rows(database, "SELECT op, hex(k1) FROM airlift.shop_log_1 ORDER BY id")
    assert noted == [("I", "61"), ("I", "62"), ("U", "61"), ("U", "63"), ("D", "62")]


MARKS = [
    "'off'", "''", "'ON'", "'on '", "1", "1.5", "x'6f6e00'", "convert('on' USING utf16)", "_latin1'é'", "'\\\\'", "repeat('on', 1000)",
    "date'2024-01-01'", "'back'",
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_whatever_a_session_calls_its_own_mark_raises_nothing(items: Table, user: Any, mark: str) -> None:
    """Nor when it was called something else before, of whose type MySQL then takes it to be."""
    user.execute(f"SET @airlift_applying = {mark}")
    user.execute("UPDATE items SET note = 'x' WHERE id = 1")
    assert items.noted() == [("U", 1)]
    user.execute("SET @airlift_applying = 'on'")
    user.execute("UPDATE items SET note = 'y' WHERE id = 1")
    items.forget()
    with user_of(items.database) as other:
        other.execute("SET @airlift_applying = 'on'")
        other.execute("UPDATE items SET note = 'z' WHERE id = 1")
    assert items.noted() == []


STATEMENTS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "REPLACE of a row that is there": ("REPLACE INTO items VALUES (1, 'new', 'x')", [("D", 1), ("I", 1)]),
    "REPLACE of a row that comes": ("REPLACE INTO items VALUES (30, 'new', 'x')", [("I", 30)]),
    "REPLACE of two rows by one": ("REPLACE INTO items VALUES (1, 'b', 'x')", [("D", 2), ("D", 1), ("I", 1)]),
    "ON DUPLICATE KEY UPDATE": (
        "INSERT INTO items VALUES (1, 'x', ''), (31, 'y', '') ON DUPLICATE KEY UPDATE note = 'updated'", [("U", 1), ("I", 31)],
    ),
    "ON DUPLICATE KEY UPDATE of another key": (
        "INSERT INTO items VALUES (32, 'c', '') ON DUPLICATE KEY UPDATE id = id + 100", [("U", 3), ("U", 103)],
    ),
    "INSERT IGNORE": ("INSERT IGNORE INTO items VALUES (1, 'x', ''), (33, 'z', '')", [("I", 33)]),
    # MariaDB has the trigger fire for what it ignores, too
    "UPDATE IGNORE": ("UPDATE IGNORE items SET id = id + 1 WHERE id IN (4, 5) ORDER BY id",
                      [*by_product(mariadb=[("U", 4), ("U", 5)], mysql=[]), ("U", 5), ("U", 6)]),
    "UPDATE of two tables": ("UPDATE items AS i JOIN items AS j ON j.id = i.id + 1 SET i.note = 'x', j.code = NULL WHERE i.id = 1",
                             [("U", 1), ("U", 2)]),
    "DELETE of two tables": ("DELETE i, j FROM items AS i JOIN items AS j ON j.id = i.id + 1 WHERE i.id = 1", [("D", 1), ("D", 2)]),
    "INSERT ... SELECT": ("INSERT INTO items (code) SELECT concat(code, '!') FROM items WHERE id < 3 ORDER BY id", [("I", 6), ("I", 7)]),
    **by_product(mariadb={"INSERT ... RETURNING": ("INSERT INTO items (code) VALUES ('r') RETURNING id", [("I", 6)])}, mysql={}),
}  # fmt: skip


@pytest.mark.parametrize("what", STATEMENTS)
def test_statements_of_these_servers_are_noted(items: Table, user: Any, what: str) -> None:
    statement, noted = STATEMENTS[what]
    user.execute(statement)
    found = items.noted()
    assert sorted(found) == sorted(noted)


def test_load_data_is_noted(items: Table, tmp_path: Path) -> None:
    file = tmp_path / "rows.txt"
    file.write_text("41\tloaded\t\\N\n1\treplaced\t\\N\n")
    with user_of(items.database, local_infile=True) as cursor:
        cursor.execute(f"LOAD DATA LOCAL INFILE '{file}' REPLACE INTO TABLE items")
    assert sorted(items.noted()) == [("D", 1), ("I", 1), ("I", 41)]


def test_a_user_notices_nothing_of_it(database: Database) -> None:
    """What a statement answers is the same with and without our triggers: numbers given out, rows touched, warnings."""
    definition = "id int AUTO_INCREMENT PRIMARY KEY, code varchar(20) UNIQUE, n tinyint"
    user_rows(database, f"CREATE TABLE plain ({definition})", "CREATE TABLE keyless (a int PRIMARY KEY, b int)")
    capture(database, "counted", definition, ["id"])
    capture(database, "numberless", "a int PRIMARY KEY, b int", ["a"], no=2)
    # what has no number of its own must not give out that of a log that is far ahead
    for no in (1, 2):
        user_rows(database, f"ALTER TABLE airlift.shop_log_{no} AUTO_INCREMENT = {no}000000")
    without, through = (_answers(database, *tables) for tables in (("plain", "keyless"), ("counted", "numberless")))
    assert through == without


def _answers(database: Database, counted: str, numberless: str) -> list[Any]:
    answers = []
    with user_of(database) as cursor:
        for statement in (
            f"INSERT INTO {counted} (code) VALUES ('a'), ('b'), ('c')",
            f"INSERT INTO {numberless} VALUES (1, 1), (2, 2)",
            f"UPDATE {numberless} SET a = a + 10",
            f"UPDATE {numberless} SET b = b",
            f"REPLACE INTO {counted} VALUES (1, 'a', 5)",
            f"INSERT INTO {counted} (code) VALUES ('b') ON DUPLICATE KEY UPDATE n = 7",
            f"INSERT INTO {counted} (code) VALUES ('b') ON DUPLICATE KEY UPDATE id = last_insert_id(id), n = 8",
            "SET sql_mode = ''",
            f"INSERT INTO {counted} (code, n) VALUES ('w', 1000)",
            f"UPDATE {counted} SET id = id + 100 WHERE code = 'w'",
            f"DELETE FROM {counted} WHERE code IN ('a', 'w')",
            f"DELETE FROM {numberless} WHERE a = 99",
        ):
            cursor.execute(statement)
            asked = statement.replace(counted, "").replace(numberless, "")
            answers.append((asked, cursor.rowcount, cursor.lastrowid, cursor.warning_count))
            cursor.execute("SELECT last_insert_id(), row_count()")
            answers.append(cursor.fetchone())
    return answers


def test_the_users_own_triggers_stay_and_fire(database: Database, user: Any) -> None:
    user.execute("CREATE TABLE seen (id int AUTO_INCREMENT PRIMARY KEY, what varchar(20))")
    user.execute("CREATE TABLE items (id int PRIMARY KEY, note varchar(20))")
    user.execute("CREATE TRIGGER before_one BEFORE INSERT ON items FOR EACH ROW SET NEW.id = NEW.id + 1000, NEW.note = 'set'")
    user.execute("CREATE TRIGGER after_one AFTER INSERT ON items FOR EACH ROW INSERT INTO seen (what) VALUES (NEW.note)")
    items = table_of(database, "items", ["id"]).install()
    user.execute("CREATE TRIGGER later_one AFTER INSERT ON items FOR EACH ROW PRECEDES after_one INSERT INTO seen (what) VALUES ('later')")
    before = items.standing()
    user.execute("INSERT INTO items VALUES (1, 'given')")
    assert items.noted() == [("I", 1001)]
    assert user_rows(database, "SELECT what FROM seen ORDER BY id") == [("later",), ("set",)]
    user.execute("DROP TRIGGER later_one")
    now = items.standing()
    assert now.evidence == before.evidence
    assert now.heaps[items.table]["attached"] != before.heaps[items.table]["attached"]
    with items.session() as session:
        items.capture.drop_triggers(session, items.names, items.table)
    left = "SELECT trigger_name FROM information_schema.triggers WHERE event_object_schema = database() ORDER BY 1"
    assert user_rows(database, left) == [("after_one",), ("before_one",)]


def test_a_trigger_of_the_users_that_writes_a_captured_table_is_noted(items: Table, user: Any) -> None:
    user.execute("CREATE TABLE orders (id int PRIMARY KEY)")
    user.execute("CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW UPDATE items SET note = 'ordered' WHERE id = NEW.id")
    user.execute("INSERT INTO orders VALUES (3)")
    assert items.noted() == [("U", 3)]


@pytest.fixture
def stranger(database: Database) -> Iterator[Any]:
    """A session of a user who may write the tables and has no right on anything of ours."""
    user_rows(database, "CREATE USER stranger@'127.0.0.1' IDENTIFIED BY 'x'", admin=True)
    user_rows(database, f"GRANT SELECT, INSERT, UPDATE, DELETE ON `{database.name}`.* TO stranger@'127.0.0.1'", admin=True)
    dsn = {**database.dsn, "user": "stranger", "password": "x"}
    with contextlib.closing(pymysql.connect(**dsn, autocommit=True)) as session, session.cursor() as cursor:
        yield cursor
    user_rows(database, "DROP USER stranger@'127.0.0.1'", admin=True)


def test_writers_need_no_right_on_what_is_ours(items: Table, stranger: Any) -> None:
    with pytest.raises(pymysql.OperationalError, match="denied"):
        stranger.execute("SELECT * FROM airlift.shop_log_1")
    stranger.execute("INSERT INTO items (id) VALUES (50)")
    stranger.execute("UPDATE items SET id = 51 WHERE id = 50")
    stranger.execute("DELETE FROM items WHERE id = 51")
    assert items.noted() == [("I", 50), ("U", 50), ("U", 51), ("D", 51)]


def test_who_has_locked_the_table_is_noted(items: Table, user: Any) -> None:
    user.execute("LOCK TABLES items WRITE")
    user.execute("UPDATE items SET note = 'x' WHERE id = 1")
    user.execute("UNLOCK TABLES")
    assert items.noted() == [("U", 1)]


def test_no_writer_queues_behind_the_triggers(database: Database) -> None:
    """One writer rests in a transaction; the triggers wait for him, and nobody waits for them."""
    user_rows(database, "CREATE TABLE items (id int PRIMARY KEY, note varchar(20))", "INSERT INTO items VALUES (1, NULL)")
    items = table_of(database, "items", ["id"])
    items.create_log()
    with user_of(database, autocommit=False) as idle, user_of(database) as busy:
        idle.execute("UPDATE items SET note = 'rests' WHERE id = 1")
        before = _tried(database)
        installing = threading.Thread(target=items.install)
        installing.start()
        busy.execute("SET lock_wait_timeout = 1")
        numbers = itertools.count(2)
        for _ in range(3):
            if IS_MARIADB:
                _until(lambda: _tried(database), lambda found: found > before)
            else:  # at first it is not even asked for where somebody is in the way, and then for an instant
                threading.Event().wait(0.8)
            for number in itertools.islice(numbers, 100):
                busy.execute(f"INSERT INTO items VALUES ({number}, NULL)")
        assert installing.is_alive()
        idle.connection.commit()
        installing.join(60)
        assert not installing.is_alive()
        busy.execute("DELETE FROM items WHERE id = 3")
    assert ("D", 3) in items.noted()
    assert len(items.standing().evidence) == 3


def test_who_rolls_back_to_a_savepoint_keeps_nobody_out_of_the_log(items: Table, database: Database) -> None:
    """Some servers keep the gap where a row was that is taken back: at the end of the log everybody would wait for it."""
    with user_of(database, autocommit=False) as one, user_of(database, autocommit=False) as other:
        other.execute("SET innodb_lock_wait_timeout = 1")
        for cursor, ids in ((one, (1, 2)), (other, (3, 4))):
            cursor.execute("UPDATE items SET note = 'kept' WHERE id = %s", (ids[0],))
            cursor.execute("SAVEPOINT earlier")
            cursor.execute("UPDATE items SET note = 'taken back' WHERE id = %s", (ids[1],))
            cursor.execute("ROLLBACK TO SAVEPOINT earlier")
        other.execute("UPDATE items SET note = 'kept too' WHERE id = 5")
        other.connection.commit()
        one.connection.commit()
    assert sorted(items.noted()) == [("U", 1), ("U", 3), ("U", 5)]


def test_a_name_that_another_table_has_taken_is_refused(database: Database) -> None:
    user_rows(database, "CREATE TABLE items (id int PRIMARY KEY)", "CREATE TABLE old_items (id int PRIMARY KEY)")
    user_rows(database, "CREATE TRIGGER airlift_shop_log_update_1 AFTER UPDATE ON old_items FOR EACH ROW SET @x = 1")
    with pytest.raises(Refused, match=r'"airlift_shop_log_update_1".*is taken on another table'):
        table_of(database, "items", ["id"]).install()


def test_a_trigger_that_another_try_has_just_made_is_its_own(items: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = items.standing().evidence
    with monkeypatch.context() as patch:
        patch.setattr(type(items.capture), "evidence", lambda *_: [])  # as this one has seen it before
        items.install()
    assert items.standing().evidence == evidence


def test_triggers_without_a_log_are_refused(items: Table) -> None:
    with items.session() as session:
        items.capture.drop_triggers(session, items.names, items.table)
        items.capture.drop_log(session, items.names)
    with items.session() as session, pytest.raises(Refused, match="is gone"):
        items.capture.create_triggers(session, items.names, items.table)


def test_numbers_that_are_given_out_in_steps_are_pruned_as_seen(items: Table, user: Any) -> None:
    """Two masters number apart from each other, and a session may have a step of its own."""
    start = items.position()
    for step, offset in ((2, 1), (2, 2), (5, 3), (1, 1)):
        user.execute(f"SET auto_increment_increment = {step}, auto_increment_offset = {offset}")
        for _ in range(5):
            user.execute("UPDATE items SET note = concat(coalesce(note, ''), 'x') WHERE id = 1")
    with user_of(items.database, autocommit=False) as late:
        late.execute("SET auto_increment_increment = 2, auto_increment_offset = 1")
        late.execute("DELETE FROM items WHERE id IN (2, 3)")
        for number in (4, 5):
            user.execute(f"DELETE FROM items WHERE id = {number}")
        for step in (1, 2, 5):
            with items.snapshot() as session:
                _do(session, f"SET auto_increment_increment = {step}")
                end = items.positions.now(session, [items.names]).text
                (found,) = items.changes(session, start)
                assert found.changes == 22
                ids = {each for first, last, by in found.seen for each in range(first, last + 1, by)}
                assert ids == {int(number) for (number,) in user_rows(items.database, "SELECT id FROM airlift.shop_log_1")}
        late.connection.commit()
    assert items.prune(end) == 22
    assert sorted(items.noted()) == [("D", 2), ("D", 3)]
    with items.snapshot() as session:
        _do(session, "SET auto_increment_increment = 3")
        assert [each.changes for each in items.changes(session, end)] == [2]


def test_two_who_carry_may_prune_in_any_order(items: Table, user: Any) -> None:
    start = items.position()
    user.execute("DELETE FROM items WHERE id = 1")
    first, _found_first = items.window(start)
    user.execute("DELETE FROM items WHERE id = 2")
    second, _found_second = items.window(first)
    items.prune(second)
    items.prune(first)
    assert (items.is_beyond(start), items.is_beyond(first), items.is_beyond(second)) == (True, True, False)
    assert items.noted() == []


def test_a_clock_that_is_set_back_keeps_positions_in_order(items: Table, user: Any) -> None:
    ahead = 60_000_000_000_000_000
    user_rows(items.database, f"UPDATE airlift.{pruned(NAME, CaptureNames.FORWARD).name} SET number = {ahead}")
    start = items.position()
    assert not items.is_beyond(start)
    user.execute("DELETE FROM items WHERE id = 1")
    end, _found = items.window(start)
    assert items.prune(end) == 1


def test_checks_give_way_to_changes_when_a_log_is_brought_together(items: Table, database: Database) -> None:
    user_rows(database, "INSERT INTO airlift.shop_log_1 (op, k1) VALUES ('U', 1), ('V', 1), ('V', 2), ('V', 2), ('I', 3), ('D', 3)")
    with items.session() as session:
        items.positions.compact(session, items.names, items.key)
    assert sorted(items.noted()) == [("D", 3), ("U", 1), ("V", 2)]


def test_keys_that_differ_in_bytes_stay_apart_when_a_log_is_brought_together(database: Database, user: Any) -> None:
    keyed = capture(database, "keyed", "k varchar(9) COLLATE utf8mb4_general_ci PRIMARY KEY, v int", ["k"])
    for statement in ("INSERT INTO keyed VALUES ('abc', 1)", "UPDATE keyed SET k = 'ABC'", "UPDATE keyed SET v = 2"):
        user.execute(statement)
    with keyed.session() as session:
        keyed.positions.compact(session, keyed.names, keyed.key)
    assert sorted(key for _, key in keyed.noted()) == ["ABC", "abc"]


def test_an_orphaned_xa_transaction_is_told(items: Table, database: Database) -> None:
    with items.session() as session:
        assert items.positions.prepared(session) == (0, None)
    with user_of(database) as cursor:
        for statement in ("XA START 'left'", "DELETE FROM items WHERE id = 5", "XA END 'left'", "XA PREPARE 'left'"):
            cursor.execute(statement)
    with items.session() as session:
        assert items.positions.prepared(session) == (1, "left")
    user_rows(database, "XA ROLLBACK 'left'")


def test_what_a_proof_rests_on_can_be_read_under_locked_tables(items: Table, user: Any) -> None:
    """And the window, its position and its pruned mark: with just those tables locked that are read as tables."""
    user.execute("DELETE FROM items WHERE id = 1")
    before = items.standing()
    own = [items.names.log, pruned(NAME, CaptureNames.FORWARD)]
    with items.snapshot() as session:
        _do(session, f"LOCK TABLES {', '.join(f'`{name.schema}`.`{name.name}` WRITE' for name in (items.table, *own))}")
        found = items.capture.standing(session, [items.table], items.capture.triggers(items.names))
        position = items.positions.now(session, [items.names])
        assert not items.positions.is_pruned_beyond(session, NAME, CaptureNames.FORWARD, position.text)
        assert items.positions.prepared(session) == (0, None)
        assert found == before
        with items.session() as beating:  # its table is not among them
            items.positions.make_durable(beating, NAME, CaptureNames.FORWARD)
        _do(session, "UNLOCK TABLES")
    assert heartbeat(NAME, CaptureNames.FORWARD) not in own


def test_a_column_that_is_dropped_and_added_at_once_is_told(items: Table, user: Any) -> None:
    """No number of the table's says so, and its columns are the same again."""
    user.execute("DO sleep(1.1)")  # the server tells when a definition was written in whole seconds
    before = items.standing()
    user.execute("ALTER TABLE items DROP COLUMN note, ALGORITHM = INSTANT")
    user.execute("ALTER TABLE items ADD COLUMN note varchar(20), ALGORITHM = INSTANT")
    now = items.standing()
    assert now.columns == before.columns
    assert now.heaps[items.table]["filenode"] == before.heaps[items.table]["filenode"]
    assert now.heaps != before.heaps


def test_a_foreign_key_that_comes_is_told(items: Table, user: Any) -> None:
    user.execute("CREATE TABLE parents (id int PRIMARY KEY) ENGINE = InnoDB")
    user.execute("ALTER TABLE items ADD COLUMN parent int")
    before = items.standing().heaps[items.table]["attached"]
    user.execute("ALTER TABLE items ADD CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (id)")
    now = items.standing().heaps[items.table]["attached"]
    assert [each for each in now if each not in before and each.startswith("foreign key of_parent")]


def test_types_are_told_as_the_catalog_has_them(database: Database) -> None:
    kinds = {"a": said("int(10) unsigned"), "b": "varchar(20)", "c": "enum('x','y%')", "d": "timestamp(6)", "e": "decimal(9,2)"}
    typed = capture(database, "typed", ", ".join(f"{name} {kind} NOT NULL" for name, kind in kinds.items()) + ", PRIMARY KEY (a)", ["a"])
    assert typed.standing().columns[typed.table] == [[no, name, kind] for no, (name, kind) in enumerate(kinds.items(), start=1)]
    with typed.session() as session:
        shown = session.records("prepare/read_column_types", schema=database.name, names=["typed"])
    assert [each["type"] for each in shown] == [kind for _, kind, *_ in user_rows(database, "SHOW COLUMNS FROM typed")]


def test_names_of_any_characters_are_found(database: Database, user: Any) -> None:
    name = "strange `%s-\u00fc\u6f22/{x}"
    quoted = "`" + name.replace("`", "``") + "`"
    user.execute(f"CREATE TABLE {quoted} (id int PRIMARY KEY)")
    strange = table_of(database, name, ["id"]).install()
    user.execute(f"INSERT INTO {quoted} VALUES (7)")
    assert strange.noted() == [("I", 7)]
    assert strange.standing().heaps[strange.table]["oid"] > 0
    with strange.session() as session:
        (found,) = {each.oid for each in strange.inspection.triggers(session, NAME)}
        assert found == strange.standing().heaps[strange.table]["oid"]


def test_a_restart_is_told_and_no_more() -> None:
    with _own_server() as database:
        user_rows(database, "CREATE TABLE items (id int PRIMARY KEY)", "INSERT INTO items VALUES (1), (2)")
        items = table_of(database, "items", ["id"]).install()
        start = items.position()
        user_rows(database, "DELETE FROM items WHERE id = 1")
        before, again = items.standing(), items.standing()
        end, found = items.window(start)
        items.prune(end)
        user_rows(database, "DO sleep(1.1)")  # the server knows its start in whole seconds
        database.server.crash()
        database.server.start()
        now = items.standing()
        assert again == before
        assert now.started != before.started
        assert replace(now, started=before.started) == before
        assert (items.is_beyond(start), items.is_beyond(end)) == (True, False)
        user_rows(database, "DELETE FROM items WHERE id = 2")
        last, found = items.window(end)
        assert [each.changes for each in found] == [1]
        items.prune(last)
        assert (items.is_beyond(end), items.is_beyond(last)) == (True, False)


# -- what a doctor asks, and signals ---------------------------------------------------------------------------------------------------


def test_a_guard_is_enabled_while_it_shuts(items: Table, database: Database) -> None:
    user_rows(
        database, "CREATE TABLE airlift.shop_guard (no int PRIMARY KEY, table_schema text, table_name text, later_name text, shut boolean)",
        "INSERT INTO airlift.shop_guard VALUES (3, '', '', NULL, 0), (4, '', '', NULL, 1)",
        *(f"CREATE TRIGGER airlift_shop_guard_{event}_3 BEFORE {event} ON items FOR EACH ROW SET @x = 1" for event in ("insert", "delete")),
    )  # fmt: skip
    names = ["airlift_shop_guard_insert", "airlift_shop_guard_delete", "airlift_shop_guard_update"]

    def states() -> set[tuple[Any, ...]]:
        with items.session() as session:
            found = items.capture.evidence(session, [items.table], names)
            kinds = [each for each in items.inspection.triggers(session, NAME) if each.kind == "guard"]
        assert len(found) == len(kinds) == 2
        return {(each["enabled"], other.is_always, other.is_off) for each, other in zip(found, kinds, strict=True)}

    assert states() == {("D", False, True)}
    user_rows(database, "UPDATE airlift.shop_guard SET shut = 1 WHERE no = 3")
    assert states() == {("A", True, False)}
    with items.session() as session:
        assert {each.kind for each in items.inspection.kept(session, NAME)} == {"log", "heartbeat", "guard"}


def test_sessions_of_ours_are_told_by_their_names(items: Table, database: Database) -> None:
    named = table_of(database, "items", ["id"], application="airlift shop sync.keep_in_sync")
    with named.session() as at_work, items.session() as session:
        found = items.inspection.sessions(session, NAME)
        assert (at_work.pid, "sync.keep_in_sync") in {(each.pid, each.task) for each in found}
        assert items.inspection.sessions(session, "other") == []


def test_who_waits_for_whom_is_told(items: Table, database: Database) -> None:
    with items.session() as session:
        oid = items.inspection.occupants(session, [items.table])[items.table].oid
    with user_of(database, autocommit=False) as first, user_of(database, autocommit=False) as second, user_of(database) as third:
        first.execute("UPDATE items SET note = 'x' WHERE id = 1")
        waiting = [
            threading.Thread(target=second.execute, args=("UPDATE items SET note = 'y' WHERE id = 1",)),
            threading.Thread(target=third.execute, args=("ALTER TABLE items ADD COLUMN more int",)),
        ]
        numbers = [cursor.connection.thread_id() for cursor in (first, second, third)]
        waiting[0].start()
        try:
            with items.engine.session() as session:
                _until(lambda: items.signals.lock_waiters(session, seconds=1.0), lambda found: numbers[1] in found)
                waiting[1].start()  # only now: who comes after it waits for the whole table
                waiters = _until(lambda: set(items.signals.lock_waiters(session, seconds=1.0)), lambda found: set(numbers[1:]) <= found)
                with session.transaction():
                    told = [each.words for each in items.inspection.blocked(session, [oid], seconds=1.0)]
                    assert items.inspection.blocked(session, [oid + 1000], seconds=1.0) == []
                    assert items.inspection.blocked(session, [oid], seconds=1000.0) == []
        finally:
            first.connection.rollback()
            waiting[0].join(60)
            second.connection.rollback()
            if waiting[1].ident:
                waiting[1].join(60)
    assert numbers[0] not in waiters
    row = f'process {numbers[1]} of user "{database.owner}" has waited'
    assert [each for each in told if each.startswith(row) and f"for a row, behind process {numbers[0]}" in each]
    whole = f'process {numbers[2]} of user "{database.owner}" has waited'
    assert [each for each in told if each.startswith(whole) and f"for the table, behind process {numbers[0]}" in each]


def test_who_is_sent_the_binary_log_is_unknown(items: Table, database: Database) -> None:
    with items.engine.session() as session:
        assert items.signals.standbys(session) == []


# -- helpers ---------------------------------------------------------------------------------------------------------------------------


def _until(ask: Any, is_enough: Any) -> Any:
    """The answer that is enough; the test's own time-out is the limit."""
    while not is_enough(found := ask()):
        threading.Event().wait(0.1)
    return found


def _tried(database: Database) -> int:
    """How many triggers the server was asked to make since it started."""
    ((_, number),) = user_rows(database, "SHOW GLOBAL STATUS LIKE 'Com_create_trigger'")
    return int(number)


def _do(session: Any, statement: str) -> None:
    session.execute(text(statement))


def _value(session: Any, statement: str) -> Any:
    return session.execute(text(statement)).scalar()


@contextlib.contextmanager
def _own_server(**environment: str) -> Iterator[Database]:
    """A server of the test's own, whose time zone is the machine's, and a database on it."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        with SERVER("own", settings={"default_time_zone": "SYSTEM"}) as server:
            yield server.create_database("own")
