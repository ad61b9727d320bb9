"""What a writer is told whose transaction meets a definition of ours on its table: nothing, and it waits for no second."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

import pymysql
import pytest

from airlift.databases.failures import LockTimeout
from airlift.databases.mysql import defining
from airlift.databases.mysql.fence import Fence
from airlift.databases.mysql.quoting import table
from airlift.databases.mysql.session import Session
from airlift.ledger import Stage
from airlift.phases import locking
from airlift.phases.cutover import attempt
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from testbed.live import until
from testbed.serving import Database
from tests.capturing import Table, table_of, user_rows
from tests.family import ENGINE, only_mariadb
from tests.fix_servers import Pair
from tests.integration.mysql.test_in_place import ALL_NEW
from tests.small_mysql import GONE, Queue, attempts, small, stage

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


def a_trigger(items: Table) -> dict[str, str]:
    """What makes a trigger on the table."""
    return {"trigger": table(items.table), "event": "INSERT", "table": table(items.table), "body": "SET @n = 1"}


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

    with a_transaction(items.database, "SELECT n FROM items WHERE id = 1"):
        thread = threading.Thread(target=write)
        thread.start()
        with pytest.raises(LockTimeout), items.session(lock_timeout=f"{HELD}s") as session:
            session.define("prepare/create_trigger", a_trigger(items))
        over.set()
        thread.join()
    assert max(waited) < 0.9  # a lock that the server itself gives up is waited for a second


def test_writers_come_to_their_turn_between_two_requests_for_a_table_that_is_never_free(
    items: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(defining, "HOPES_FOR", 0.0)
    monkeypatch.setattr(defining, "RESTS_FOR", HELD)
    asked, insisting = list[float](), ENGINE.session_class._insist

    def insist(session: Session, *words: Any, seconds: float) -> None:
        asked.append(time.monotonic())
        insisting(session, *words, seconds=seconds)

    monkeypatch.setattr(ENGINE.session_class, "_insist", insist)
    with (
        a_transaction(items.database, "SELECT n FROM items WHERE id = 1"),
        pytest.raises(LockTimeout),
        items.session(lock_timeout="2s") as session,
    ):
        session.define("prepare/create_trigger", a_trigger(items))
    assert len(asked) > 1
    assert min(later - earlier for earlier, later in pairwise(asked)) >= HELD


def test_whoever_rests_in_a_transaction_is_waited_for_from_a_distance(mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, insisted, looking = list[object](), list[object](), locking.wait_for_quiet

    def look(*asked: Any, **words: Any) -> list[str]:
        looks.append(asked)
        return looking(*asked, **words)

    driver = small(mariadb_databases.source, mariadb_databases.target)
    driver.run(preflight, create_target)
    monkeypatch.setattr(locking, "POLITE_FOR", 0.5)
    monkeypatch.setattr(locking, "wait_for_quiet", look)
    monkeypatch.setattr(Fence, "insist", lambda *asked: insisted.append(asked))
    installing = threading.Thread(target=driver.run, args=(install_triggers,))
    try:
        with a_transaction(driver.source, "SELECT id FROM children"):
            installing.start()
            until(lambda: len(looks) == 3)
            assert insisted == []
    finally:
        installing.join()
    assert stage(driver) == Stage.CAPTURING


@only_mariadb("a limit for what a statement waits and works together")
def test_what_may_take_its_time_is_not_waited_for(items: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defining, "HOPES_FOR", 0.0)
    with (
        a_transaction(items.database, "SELECT n FROM items WHERE id = 1"),
        Queue(items.database) as queue,
        pytest.raises(LockTimeout),
        items.session(lock_timeout=f"{HELD}s") as session,
    ):
        session.define("prepare/comment_on_table", {"table": table(items.table)}, comment="")
    assert queue.looks > 20
    assert queue.seen == []


@dataclass
class Relay:
    """Two sessions that write the table children in turn, each until the other one has begun: it is free only where both are kept out."""

    database: Database
    told: list[int] = field(default_factory=list)
    written: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _begun: tuple[threading.Event, threading.Event] = field(default_factory=lambda: (threading.Event(), threading.Event()))

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in (0, 1)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        own, others = self._begun[number], self._begun[1 - number]
        with contextlib.closing(pymysql.connect(**self.database.dsn)) as connection, connection.cursor() as cursor:
            while not self._over.is_set():
                try:
                    cursor.execute("UPDATE children SET amount = amount + 1 WHERE id = %s", (1 + number,))
                    own.set()
                    # he may be kept out, and waits for us then
                    others.wait(0.02)
                    others.clear()
                    connection.commit()
                except pymysql.Error as error:
                    self.told.append(error.args[0])
                    return
                self.written += 1


@pytest.fixture
def soon_insisting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for tables in the server's queue as soon as they were not free once."""
    monkeypatch.setattr(defining, "HOPES_FOR", 0.2)
    monkeypatch.setattr(locking, "POLITE_FOR", 0.2)
    monkeypatch.setattr(attempt, "POLITE_ATTEMPTS", 1)


@pytest.mark.usefixtures("soon_insisting")
@pytest.mark.parametrize("is_in_place", [False, True])
def test_tables_that_are_never_free_are_migrated_all_the_same(mariadb_databases: Pair, is_in_place: bool) -> None:
    source = mariadb_databases.source
    driver = small(source, spec={"target": "old", "tables": ALL_NEW}) if is_in_place else small(source, mariadb_databases.target)
    with Relay(source) as relay:
        until(lambda: relay.written > 10)
        driver.up_to_gate()
        driver.cut_over()
        before = relay.written
        if is_in_place:
            until(lambda: relay.written > before + 10)
    assert relay.told == ([] if is_in_place else [GONE, GONE])
    read = user_rows(driver.target, "SELECT CAST(SUM(amount) AS SIGNED) FROM children_v2 WHERE id IN (1, 2)")
    assert read == [(3 + relay.written,)]
    assert attempts(driver)[-1] == ("switched", None)


@pytest.mark.usefixtures("soon_insisting")
def test_where_nobody_knows_who_has_a_table_an_old_transaction_elsewhere_keeps_us_from_none(
    mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fence, "shows_holders", lambda *_: False)
    monkeypatch.setattr(attempt, "QUIET_WITHIN", 0.5)
    driver = small(mariadb_databases.source, mariadb_databases.target, spec={"tables": ALL_NEW})
    user_rows(driver.source, "CREATE TABLE others (id int PRIMARY KEY)")
    with Relay(driver.source) as relay, a_transaction(driver.source, "SELECT id FROM others"):
        until(lambda: relay.written > 10)
        driver.up_to_gate()
        driver.cut_over()
    assert relay.told == [GONE, GONE]
    assert attempts(driver)[-1] == ("switched", None)
