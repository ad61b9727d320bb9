"""What a writer is told whose transaction meets a definition of ours on its table: nothing, and it waits for no second."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import pymysql
import pytest

from airlift.databases.failures import LockTimeout
from airlift.databases.mysql import defining
from airlift.databases.mysql.quoting import table
from testbed.serving import Database
from tests.capturing import Table, table_of, user_rows

HELD = 0.3
"""Seconds for which a definition tries again and again meanwhile."""


@pytest.fixture
def items(mariadb_database: Database) -> Table:
    """A table that is to be captured, with a row, and another table beside it."""
    user_rows(mariadb_database, "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)", "INSERT INTO items VALUES (1, 0)")
    user_rows(mariadb_database, "CREATE TABLE others (id int PRIMARY KEY)")
    found = table_of(mariadb_database, "items", ["id"])
    found.create_log()
    return found


@contextlib.contextmanager
def a_transaction(database: Database, statement: str) -> Iterator[pymysql.cursors.Cursor]:
    """A user's transaction that has begun with a statement."""
    with contextlib.closing(pymysql.connect(**database.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        yield cursor
        connection.commit()


def in_a_thread(items: Table) -> threading.Thread:
    """Put the triggers on the table, beside the test."""

    def install() -> None:
        with items.session() as session:
            items.capture.create_triggers(session, items.names, items.table)

    thread = threading.Thread(target=install)
    thread.start()
    return thread


def test_who_reads_a_table_may_still_write_it(items: Table) -> None:
    with a_transaction(items.database, "SELECT n FROM items WHERE id = 1") as cursor:
        thread = in_a_thread(items)
        time.sleep(HELD)
        cursor.execute("UPDATE items SET n = 1 WHERE id = 1")
    thread.join()
    assert len(items.standing().evidence) == 3


def test_a_database_that_is_never_quiet_keeps_nothing_from_a_table_that_is_free(items: Table) -> None:
    with a_transaction(items.database, "SELECT id FROM others"):
        in_a_thread(items).join()
        assert len(items.standing().evidence) == 3


def test_a_table_that_is_never_free_is_given_up_and_keeps_no_writer(items: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defining, "HOPES_FOR", 0.0)
    waited, over = [0.0], threading.Event()

    def write() -> None:
        while not over.is_set():
            began = time.monotonic()
            user_rows(items.database, "UPDATE items SET n = n + 1 WHERE id = 1")
            waited.append(time.monotonic() - began)

    holes = {"trigger": table(items.table), "event": "INSERT", "table": table(items.table), "body": "SET @n = 1"}
    with a_transaction(items.database, "SELECT n FROM items WHERE id = 1"):
        thread = threading.Thread(target=write)
        thread.start()
        with pytest.raises(LockTimeout), items.session(lock_timeout=f"{HELD}s") as session:
            session.define("prepare/create_trigger", holes)
        over.set()
        thread.join()
    assert max(waited) < 0.9  # a lock that the server itself gives up is waited for a second
