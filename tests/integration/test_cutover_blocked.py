"""A cutover that has to give up: it says who is in the way, the writers go on, and it succeeds when the way is free."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg2
import pytest

from airlift import faults
from airlift.errors import Interrupted
from airlift.ledger import Stage
from airlift.phases.cutover import attempt
from airlift.phases.cutover.rename import rename
from airlift.phases.locking import OLD_MS
from testbed.driving import APPROVED, Driver
from testbed.live import patient, until
from testbed.servers import Database
from tests.fix_gates import Gate
from tests.small import Service, ask, attempts, execute, session, stage

WAITED_FOR = 2 * OLD_MS / 1000
"""Seconds after which a transaction is surely one that is waited for from a distance, and named."""
LONGEST = 1.0
"""Seconds that a writer may have waited in these tests. An attempt costs it a tenth of a second; the rest is for a busy machine."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The blockers of these tests do not end by waiting."""
    monkeypatch.setattr(attempt, "QUIET_WITHIN", 0.3)


class Probe:
    """A writer of one row, over and over, that remembers how long it had to wait at most."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self.writes = 0
        self.longest = 0.0
        self.failed: BaseException | None = None
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.failed:
            raise self.failed

    def _work(self) -> None:
        try:
            with session(self._database, name="probe") as made, made.cursor() as cursor:
                while not self._stop.is_set():
                    began = time.monotonic()
                    cursor.execute("UPDATE children SET amount = amount WHERE id = 250")
                    self.longest = max(self.longest, time.monotonic() - began)
                    self.writes += 1
                    time.sleep(0.005)
        except BaseException as error:
            self.failed = error


@contextmanager
def held(database: Database, *statements: str, isolation: str = "READ COMMITTED") -> Iterator[int]:
    """A session that did something and whose transaction is left open; its process on the server."""
    with session(database, autocommit=True, name="held open") as made, made.cursor() as cursor:
        cursor.execute(f"BEGIN ISOLATION LEVEL {isolation}")
        for statement in statements:
            cursor.execute(statement)
        time.sleep(WAITED_FOR)
        yield made.info.backend_pid


def at_the_gate(gate: Gate, way: str, **settings: Any) -> tuple[Driver, Service]:
    """A migration that waits for its approval, and gives up after one attempt."""
    driver = gate(way, **{"attempts": 1, **settings})
    service = Service(driver)
    service.write()
    return driver, service


def cut_over(driver: Driver) -> dict[str, Any]:
    """The cutover, as its task runs it."""
    return rename(driver.migration("rename"), APPROVED)


def must_give_up(driver: Driver, *names: str) -> None:
    """The cutover gives up, naming what is in the way, and no writer waited for long."""
    with Probe(driver.source) as probe:
        until(lambda: probe.writes > 3)
        with pytest.raises(Interrupted, match="the service runs on the old tables as before"):
            cut_over(driver)
        before = probe.writes
        until(lambda: probe.writes > before + 3)
    state, detail = attempts(driver)[-1]
    assert state == "given up"
    for name in names:
        assert name in str(detail)
    assert probe.longest < LONGEST
    assert stage(driver) == Stage.VIEWS_CREATED


def must_succeed(driver: Driver, service: Service) -> None:
    """The cutover goes through, and nothing is lost."""
    assert cut_over(patient(driver, attempts=10))["attempts"] > 1
    service.write()
    driver.contract()
    service.must_be_whole()


READER = "SELECT count(*) FROM children"
WRITER = "UPDATE children SET body = body WHERE id = 20"
MAINTENANCE = "LOCK TABLE children IN SHARE UPDATE EXCLUSIVE MODE"
DDL = "ALTER TABLE children ALTER COLUMN body SET STATISTICS 50"


@pytest.mark.parametrize(
    ("way", "statement", "isolation", "mode"),
    [
        ("across", READER, "READ COMMITTED", "AccessShareLock on children"),
        ("in place", READER, "READ COMMITTED", "AccessShareLock on children"),
        ("in place", WRITER, "READ COMMITTED", "RowExclusiveLock on children"),
        ("across", MAINTENANCE, "READ COMMITTED", "ShareUpdateExclusiveLock on children"),
        ("in place", DDL, "READ COMMITTED", "ShareUpdateExclusiveLock on children"),
        ("in place", "SELECT 1 FROM pg_class LIMIT 1", "REPEATABLE READ", "idle in transaction"),
        ("in place", "SELECT count(*) FROM notes", "READ COMMITTED", "AccessShareLock on notes"),
        ("in place", "UPDATE parents SET name = name WHERE id = 30", "READ COMMITTED", "RowExclusiveLock on parents"),
        ("across", "SELECT count(*) FROM children_v2", "READ COMMITTED", "AccessShareLock on children_v2"),
        ("in place", "SELECT count(*) FROM children_v2", "READ COMMITTED", "AccessShareLock on children_v2"),
    ],
)
def test_who_is_in_the_way_is_named(gate: Gate, way: str, statement: str, isolation: str, mode: str) -> None:
    driver, service = at_the_gate(gate, way)
    with held(driver.target if "_v2" in statement else driver.source, statement, isolation=isolation) as pid:
        must_give_up(driver, f"process {pid} of role", "(held open)", mode)
    must_succeed(driver, service)


@pytest.mark.parametrize("way", ["across", "in place"])
def test_a_prepared_transaction_is_named_before_any_writer_waits(gate: Gate, way: str) -> None:
    driver, service = at_the_gate(gate, way)
    execute(driver.source, "BEGIN; UPDATE children SET body = body WHERE id = 20; PREPARE TRANSACTION 'half done'")
    must_give_up(driver, 'prepared transaction "half done"')
    assert ask(driver.target, "SELECT max(pause_ms) FROM airlift.attempts") == [(0,)]
    execute(driver.source, "COMMIT PREPARED 'half done'")
    must_succeed(driver, service)


@pytest.mark.parametrize("way", ["across", "in place"])
def test_whoever_comes_at_the_last_moment_makes_nobody_wait(gate: Gate, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Behind a lock that is asked for, every writer queues: it is asked for a tenth of a second and no longer."""
    driver, service = at_the_gate(gate, way)
    with monkeypatch.context() as patch, held(driver.source, READER):
        patch.setattr(attempt, "wait_for_quiet", lambda *_, **__: [])
        must_give_up(driver, "lock timeout")
    must_succeed(driver, service)


@pytest.mark.parametrize("way", ["across", "in place"])
def test_a_reader_of_the_new_table_at_the_last_moment(gate: Gate, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """The guard can't go while somebody reads below it. Across servers nothing was announced then; in place all is undone."""
    driver, service = at_the_gate(gate, way)
    with ExitStack() as stack, monkeypatch.context() as patch:
        opened = {"across": "cutover.proved", "in place": "cutover.announced"}[way]
        readers: list[int] = []

        def reached(point: str) -> None:
            if point == opened and not readers:
                readers.append(stack.enter_context(held(driver.target, "SELECT count(*) FROM children_v2")))

        patch.setattr(faults, "reached", reached)
        must_give_up(driver, "lock timeout")
        assert readers
    guard = "tgname = 'airlift_shop_guard' AND tgrelid = 'children_v2'::regclass"
    guarded = ask(driver.target, f"SELECT count(*) FROM pg_trigger WHERE {guard}")
    assert guarded == [(1,)]
    must_succeed(driver, service)


def test_time_that_is_used_up_on_the_target_is_given_up(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers' lease counts statements one by one; the client's own clock counts them together."""
    driver, service = at_the_gate(gate, "across", max_pause=1.0)
    with ExitStack() as stack, monkeypatch.context() as patch:

        def reached(point: str) -> None:
            if point == "cutover.locked":
                locked = "SELECT 1 FROM airlift.migrations FOR UPDATE"
                stack.enter_context(held(driver.target, locked))

        caught_up = attempt.Attempt.make

        def make(self: attempt.Attempt) -> None:
            service.write()  # something for the last window
            caught_up(self)

        patch.setattr(faults, "reached", reached)
        patch.setattr(attempt.Attempt, "make", make)
        with Probe(driver.source) as probe, pytest.raises(Interrupted):
            cut_over(driver)
        assert probe.longest < 2.0
    assert "max_pause was nearly used up" in str(attempts(driver)[-1][1])
    must_succeed(driver, service)


@pytest.mark.parametrize(("way", "table"), [("across", "children"), ("in place", "children"), ("across", "children_v2")])
def test_autovacuum_gives_way_and_no_writer_waits_for_it(gate: Gate, way: str, table: str) -> None:
    driver, service = at_the_gate(gate, way, attempts=5)
    database = driver.target if table == "children_v2" else driver.source
    with autovacuum_on(database, table), Probe(driver.source) as probe:
        result = cut_over_beside(driver, probe)
    assert result["pause_ms"] < LONGEST * 1000
    service.write()
    driver.contract()


def cut_over_beside(driver: Driver, probe: Probe) -> dict[str, Any]:
    """The cutover with a writer on the old name; across servers that one loses its table in the end."""
    until(lambda: probe.writes > 3)
    result = cut_over(driver)
    if driver.source is not driver.target:
        until(lambda: probe.failed)
        assert isinstance(probe.failed, psycopg2.errors.UndefinedTable)
        probe.failed = None
    assert probe.longest < LONGEST
    return result


@contextmanager
def autovacuum_on(database: Database, table: str) -> Iterator[None]:
    """In the block autovacuum is at work on a table, and would be for a long time."""
    soon = "autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0"
    slow = f"{soon}, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1"
    with closing(database.connect(admin=True)) as admin, admin.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")
        cursor.execute("SELECT pg_reload_conf()")
        try:
            cursor.execute("SET airlift.applying = 'on'")
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"ALTER TABLE {table} SET ({slow})")
            cursor.execute(f"UPDATE {table} SET body = body")
            at_work = "SELECT 1 FROM pg_stat_progress_vacuum WHERE relid = %s::regclass"
            until(lambda: cursor.execute(at_work, (table,)) or cursor.fetchall(), 60)
            yield
        finally:
            cursor.execute("ALTER SYSTEM RESET autovacuum_naptime")
            cursor.execute("SELECT pg_reload_conf()")


def test_an_attempt_that_cannot_be_proved_is_given_up(gate: Gate) -> None:
    """A premise that breaks is seen before any writer waits, and all rows are compared again."""
    driver, service = at_the_gate(gate, "across")
    execute(driver.source, "ALTER TABLE children DISABLE TRIGGER airlift_shop_log_keys")
    execute(driver.source, "ALTER TABLE children ENABLE ALWAYS TRIGGER airlift_shop_log_keys")
    passes = "SELECT count(*) FROM airlift.passes"
    before = ask(driver.target, passes)[0][0]
    result = cut_over(driver)
    assert result["attempts"] == 1
    assert ask(driver.target, passes) == [(before + 1,)]
    service.write()
    driver.contract()
    service.must_be_whole()
