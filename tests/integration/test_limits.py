"""Limits: copy and windows slow down under pressure and for a person, hold nothing while they rest, and stop before a disk is full."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa
from psycopg2.extras import REPLICATION_PHYSICAL, PhysicalReplicationConnection

from airlift.databases import CaptureNames
from airlift.databases.postgres.signals import Signals
from airlift.errors import Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases import pacing, pressure
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover.create_views import create_views
from airlift.phases.migration import Migration, Settings
from airlift.phases.prepare.preflight import preflight
from airlift.phases.sync import delta_windows as windows
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.keep_in_sync import keep_in_sync
from airlift.phases.sync.validate import validate
from testbed.driving import Driver
from testbed.servers import Database
from tests.comparing import differences
from tests.examining import run
from tests.fix_servers import Pair
from tests.ranges import between_ranges, tiny_ranges
from tests.small import Service, ask, execute, session, small, stage

__all__ = ["tiny_ranges"]

TABLE = (
    "CREATE TABLE ledger (id int PRIMARY KEY, code int UNIQUE, note text) WITH (autovacuum_enabled = off)",
    "INSERT INTO ledger SELECT n, n, repeat('x', 900) FROM generate_series(1, 1000) AS n",
)
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops that hear and look at every rest, so that a test has to wait for none."""
    for name in ("HEAR_EVERY", "LOOK_EVERY"):
        monkeypatch.setattr(pacing, name, 0.0)
    monkeypatch.setattr(pacing, "SHARE", 1.0)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the person on duty is told."""
    caplog.set_level(logging.INFO, "airlift.test")
    return caplog


class Running:
    """A step under way in a thread of its own."""

    def __init__(self, driver: Driver, step: Callable[[Migration], Any]) -> None:
        self.migration = driver.migration(getattr(step, "__name__", "step"))
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(step,))
        self._thread.start()

    def _run(self, step: Callable[[Migration], Any]) -> None:
        try:
            step(self.migration)
        except BaseException as error:
            self.error = error

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        """Wait for its end; what it raised is raised."""
        self._thread.join(PATIENCE)
        assert not self.is_running
        if self.error:
            raise self.error


def wait_until(holds: Callable[[], Any], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, f"not in time: {what}"
        time.sleep(0.02)


def pause(driver: Driver) -> None:
    """What the button on the page does."""
    execute(driver.target, "UPDATE airlift.controls SET paused_at = clock_timestamp(), paused_by = 'dba', reason = 'the sale'")


def resume(driver: Driver) -> None:
    execute(driver.target, "UPDATE airlift.controls SET paused_at = NULL, paused_by = NULL, reason = NULL")


def allow_log(driver: Driver, room: int) -> None:
    execute(driver.target, "UPDATE airlift.controls SET log_room = %s", (room,))


def slowed(driver: Driver) -> list[str]:
    """What the ledger says that slows each loop now."""
    return [words for (words,) in ask(driver.target, "SELECT now FROM airlift.rests WHERE now IS NOT NULL")]


def lost(driver: Driver) -> dict[str, float]:
    """Seconds lost by cause, over all loops."""
    found: dict[str, float] = {}
    for (causes,) in ask(driver.target, "SELECT lost FROM airlift.rests"):
        for cause, seconds in causes.items():
            found[cause] = found.get(cause, 0.0) + seconds
    return found


def is_paused(driver: Driver) -> bool:
    return any(words.startswith("paused by dba since") and words.endswith(": the sale") for words in slowed(driver))


def wait_for_pause(driver: Driver, running: Running) -> None:
    wait_until(lambda: is_paused(driver) or not running.is_running, "the pause")
    assert running.is_running, running.error


def must_hold_nothing(driver: Driver) -> None:
    """No transaction is open for long: none of those that are seen now is there later. Looks whether the pause is over are short."""
    query = (
        "SELECT pid, xact_start FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    seen = [set(ask(database, query, admin=True)) for database in (driver.source, driver.target)]
    time.sleep(3)
    for before, database in zip(seen, (driver.source, driver.target), strict=True):
        assert before & set(ask(database, query, admin=True)) == set()


def planned(databases: Pair, **words: Any) -> Driver:
    """A table in many ranges, before the first of them is copied."""
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}}, **words)
    driver.prepare()
    driver.run(plan)
    return driver


def copy(m: Migration) -> Any:
    """The copy as one stream."""
    return dump_and_import(m, "stream 1 of 1")


def must_be_copied_whole(driver: Driver) -> None:
    driver.copy()
    driver.catch_up()
    assert differences(driver, "ledger") == []


# ---- signals


@contextlib.contextmanager
def lock_waiters(source: Database, number: int) -> Iterator[list[int]]:
    """So many sessions of another role that wait for one row; their processes."""
    execute(source, "CREATE TABLE hot (id int PRIMARY KEY); INSERT INTO hot VALUES (1)")
    with contextlib.ExitStack() as stack:
        holder = stack.enter_context(session(source, autocommit=False))
        holder.cursor().execute("UPDATE hot SET id = 1")
        waiters = [stack.enter_context(session(source, admin=True)) for _ in range(number)]
        threads = [threading.Thread(target=waiter.cursor().execute, args=("UPDATE hot SET id = 1",)) for waiter in waiters]
        for thread in threads:
            thread.start()
        pids = [waiter.info.backend_pid for waiter in waiters]
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s) AND wait_event_type = 'Lock'"
        wait_until(lambda: ask(source, waiting, (pids,), admin=True) == [(number,)], "sessions that wait for locks")
        try:
            yield pids
        finally:
            holder.rollback()
            for thread in threads:
                thread.join()


def test_sessions_that_queue_for_locks_slow_the_copy_and_are_named(
    databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure, "WAIT_SECONDS", 0.0)
    driver = planned(databases)
    with lock_waiters(databases.source, 3) as pids:
        driver.run(copy)
    said = [line for line in log.messages if "3 sessions wait for locks" in line]
    assert len(said) == 1
    assert said[0].startswith("Slowed to 25% of full speed by lock waits on the source")
    assert all(str(pid) in said[0] for pid in pids)
    assert lost(driver)["lock waits on the source"] > 0
    assert any(line.startswith("Rested ") and "for lock waits on the source" in line for line in log.messages)
    assert slowed(driver) == []
    must_be_copied_whole(driver)


def test_a_few_that_wait_are_nothing_to_slow_for(
    databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(pressure, "COMMIT_SECONDS", 60.0)
    driver = planned(databases)
    with lock_waiters(databases.source, 2):
        driver.run(copy)
    assert "lock waits on the source" not in lost(driver)
    assert not [line for line in log.messages if line.startswith(("Slowed", "Unknown"))]


@contextlib.contextmanager
def standby(source: Database) -> Iterator[None]:
    """A session that fetches the server's WAL as a standby does, and replays nothing of it."""
    ((lsn, number),) = ask(source, "SELECT lsn::text, (lsn - '0/0')::bigint FROM pg_current_wal_flush_lsn() AS lsn", admin=True)
    dsn = {name: value for name, value in source.admin_dsn.items() if name != "dbname"}
    with contextlib.closing(psycopg2.connect(**dsn, connection_factory=PhysicalReplicationConnection)) as made:
        cursor = made.cursor()
        cursor.start_replication(slot_type=REPLICATION_PHYSICAL, start_lsn=lsn)
        cursor.send_feedback(number, number, number, force=True)
        streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL"
        wait_until(lambda: ask(source, streaming, admin=True) == [(1,)], "the standby")
        yield


def test_a_standby_that_our_role_may_not_see_slows_by_half_and_is_told_once(
    databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture
) -> None:
    driver = planned(databases)
    with standby(databases.source):
        driver.run(copy)
    told = [line for line in log.messages if line.startswith("Unknown means slow, 50% of full speed")]
    assert len(told) == 1
    assert "standbys of the source" in told[0]
    assert told[0].endswith('Grant the role "pg_read_all_stats".')
    assert lost(driver)["standbys of the source"] > 0
    must_be_copied_whole(driver)


@contextlib.contextmanager
def seeing(database: Database) -> Iterator[None]:
    """Our role may see the standbys."""
    execute(database, f"GRANT pg_read_all_stats TO {database.owner}", admin=True)
    try:
        yield
    finally:
        execute(database, f"REVOKE pg_read_all_stats FROM {database.owner}", admin=True)


@pytest.mark.usefixtures("tiny_ranges")
@pytest.mark.parametrize(("limit", "is_slow"), [(pressure.STANDBY_BYTES, False), (1, True)])
def test_a_standby_that_our_role_may_see_slows_when_it_falls_behind(
    databases: Pair, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, limit: int, is_slow: bool
) -> None:
    monkeypatch.setattr(pressure, "STANDBY_BYTES", limit)
    monkeypatch.setattr(pressure, "STANDBY_SECONDS", 3600.0)
    driver = planned(databases)
    with seeing(databases.source), standby(databases.source):
        driver.run(copy)
    said = [line for line in log.messages if line.startswith("Slowed to 25% of full speed by standbys of the source:")]
    assert bool(said) == is_slow
    assert ("standbys of the source" in lost(driver)) == is_slow
    assert not [line for line in log.messages if line.startswith("Unknown")]
    must_be_copied_whole(driver)


def test_a_server_that_does_not_answer_in_time_slows_by_half(
    databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(self: Signals, own: Any) -> Any:
        with own.transaction(statement_timeout="10ms"):
            own.execute(sa.text("SELECT pg_sleep(10)"))

    monkeypatch.setattr(Signals, "largest_slot", never)
    driver = planned(databases)
    driver.run(copy)
    told = [line for line in log.messages if line.startswith("Unknown means slow")]
    assert ["WAL kept on the source" in line or "WAL kept on the target" in line for line in told] == [True, True]
    assert all("statement timeout" in line for line in told)
    must_be_copied_whole(driver)


def test_a_slot_that_nobody_reads_is_seen_by_any_role(databases: Pair) -> None:
    driver = planned(databases)
    ask(databases.source, "SELECT pg_create_physical_replication_slot('forgotten', true)", admin=True)
    try:
        database = driver.migration().source
        with database.session() as own:
            found = database.signals.largest_slot(own)
    finally:
        ask(databases.source, "SELECT pg_drop_replication_slot('forgotten')", admin=True)
    assert found is not None
    assert found.name == "forgotten"
    assert found.bytes >= 0


def test_a_commit_is_not_measured_behind_our_own_work(databases: Pair) -> None:
    driver = planned(databases)
    database = driver.migration().source
    with database.session() as own, session(databases.source, autocommit=False) as other:
        measured = database.signals.commit_seconds(own, "shop", CaptureNames.FORWARD)
        assert measured is not None
        assert measured > 0
        other.cursor().execute("UPDATE airlift.shop_heartbeat SET beat = beat")
        assert database.signals.commit_seconds(own, "shop", CaptureNames.FORWARD) is None


# ---- a person


def test_a_pause_stops_the_copy_between_two_batches(databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture) -> None:
    driver = planned(databases)
    done = "SELECT count(*) FROM airlift.batches WHERE done_at IS NOT NULL"
    with between_ranges(lambda number: pause(driver) if number == 3 else None):
        running = Running(driver, copy)
        wait_for_pause(driver, running)
        assert ask(driver.target, done) == [(3,)]
        must_hold_nothing(driver)
        assert ask(driver.target, done) == [(3,)]
        resume(driver)
        running.end()
    assert lost(driver)["a pause"] > 1
    assert any("aused by dba since" in line and "No lock and no transaction is held" in line for line in log.messages)
    assert any("for a pause" in line for line in log.messages)
    must_be_copied_whole(driver)


def test_a_pause_stops_the_windows_and_nothing_is_lost(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    driver.copy()
    driver.catch_up()
    service = Service(driver)
    done = threading.Event()
    running = Running(driver, lambda m: keep_in_sync(m, done.is_set))
    position = "SELECT position FROM airlift.migrations"
    pause(driver)
    wait_for_pause(driver, running)
    before = ask(driver.target, position)
    for _ in range(5):
        service.write()
    must_hold_nothing(driver)
    assert ask(driver.target, position) == before
    done.set()
    time.sleep(0.5)
    assert running.is_running, "an answered gate does not end a pause: the cutover would follow"
    done.clear()
    resume(driver)
    wait_until(lambda: ask(driver.target, position) != before, "the first window after the pause")
    done.set()
    running.end()
    driver.validate()
    driver.run(create_views)
    driver.cut_over()
    service.must_be_whole()


@pytest.mark.parametrize("step", [delta_windows, lambda m: validate(m, "stream 1 of 1")], ids=["delta_windows", "validate"])
def test_what_begins_in_a_pause_does_nothing_before_its_end(databases: Pair, step: Callable[[Migration], Any]) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    driver.copy()
    service = Service(driver)
    service.write()
    if step is not delta_windows:
        driver.catch_up()
    work = "SELECT (SELECT count(*) FROM airlift.windows), (SELECT count(*) FROM airlift.checks WHERE done_at IS NOT NULL)"
    before = ask(driver.target, work)
    pause(driver)
    running = Running(driver, step)
    wait_for_pause(driver, running)
    must_hold_nothing(driver)
    assert ask(driver.target, work) == before
    resume(driver)
    running.end()
    assert ask(driver.target, work) != before


def test_a_pause_holds_up_the_next_index(databases: Pair, tiny_ranges: None) -> None:
    driver = planned(databases)
    driver.run(copy)
    pause(driver)
    running = Running(driver, build_indexes)
    wait_for_pause(driver, running)
    assert ask(driver.target, "SELECT count(*) FROM pg_indexes WHERE tablename = 'ledger'") == [(0,)]
    resume(driver)
    running.end()
    must_be_copied_whole(driver)


def test_a_cutover_rests_neither_for_a_pause_nor_for_the_pace(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    service = Service(driver)
    driver.up_to_gate()
    service.write()
    pause(driver)
    execute(driver.target, "UPDATE airlift.controls SET pace = 0.01")
    driver.cut_over()
    assert stage(driver) >= Stage.SWITCHED
    service.must_be_whole()


def test_a_pace_set_while_it_runs_counts_from_the_next_batch(databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture) -> None:
    driver = planned(databases)

    def act(number: int) -> None:
        if number == 2:
            execute(driver.target, "UPDATE airlift.controls SET pace = 0.5, pace_by = 'dba'")

    with between_ranges(act):
        driver.run(copy)
    assert "Slowed to 50% of full speed by dba." in log.messages
    assert lost(driver)["the pace"] > 0
    must_be_copied_whole(driver)


def test_the_runs_own_pace_holds_where_nobody_set_another(databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture) -> None:
    driver = planned(databases, settings=Settings(workers=1, max_pause=2.0, attempts=20, pace=0.5))
    driver.run(copy)
    assert "Slowed to 50% of full speed by the pace of this run." in log.messages
    assert lost(driver)["the pace"] > 0


def test_a_kill_ends_a_pause(databases: Pair, tiny_ranges: None) -> None:
    driver = planned(databases)
    pause(driver)
    running = Running(driver, copy)
    wait_for_pause(driver, running)
    running.migration.cancel()
    with pytest.raises(Interrupted):
        running.end()
    assert ask(driver.target, "SELECT count(*) FROM airlift.batches WHERE done_at IS NOT NULL") == [(0,)]
    resume(driver)
    must_be_copied_whole(driver)


def test_a_migration_that_is_abandoned_ends_a_pause(databases: Pair, tiny_ranges: None) -> None:
    driver = planned(databases)
    pause(driver)
    running = Running(driver, copy)
    wait_for_pause(driver, running)
    execute(driver.target, "UPDATE airlift.migrations SET abandoned_by = 'roll_back__1'")
    with pytest.raises(Refused, match='was abandoned by run "roll_back__1"'):
        running.end()


def test_time_lost_counts_over_all_tries_of_a_task(databases: Pair, tiny_ranges: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "WRITE_EVERY", 0.0)
    driver = planned(databases)
    pause(driver)
    for seconds in (0.5, 1.5):
        running = Running(driver, copy)
        wait_until(lambda seconds=seconds: lost(driver).get("a pause", 0.0) > seconds, "time lost")
        running.migration.cancel()
        with pytest.raises(Interrupted):
            running.end()
    assert ask(driver.target, "SELECT count(*) FROM airlift.rests") == [(1,)]


# ---- windows that fall behind


def test_windows_that_fall_behind_rest_no_more(databases: Pair, log: pytest.LogCaptureFixture) -> None:
    driver = small(databases.source, databases.target, settings=Settings(workers=2, max_pause=2.0, attempts=20, pace=0.01))
    driver.prepare()
    m = driver.migration()
    m.standing(Stage.WATERMARK_TAKEN)
    with m.source.session() as source, m.target.session() as target, pacing.pacing(m, source, target) as paced:
        paced.rest(60.0, lag=60.0)
        assert lost(driver) == {}
        assert any(words.startswith("not slowed, for catching up comes first: the lag is over 10 s") for words in slowed(driver))
        assert paced.catch_up("again") is False
        paced.rest(0.01, lag=0.1)
    assert lost(driver)["the pace"] > 0.5
    assert len([line for line in log.messages if "catching up comes first" in line]) == 1


def test_windows_whose_lag_does_not_fall_stop_resting_before_they_give_up(
    databases: Pair, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "SMALL_LAG", 0.0)
    monkeypatch.setattr(windows, "does_not_converge", lambda lags: len(lags) == 1)
    driver = small(databases.source, databases.target, settings=Settings(workers=2, max_pause=2.0, attempts=20, pace=0.9))
    driver.prepare()
    driver.copy()
    service = Service(driver)
    service.write()
    driver.run(delta_windows)
    assert [line for line in log.messages if "catching up comes first: the lag does not fall" in line]
    service.write()
    execute(driver.target, "UPDATE airlift.migrations SET stage = %s", (Stage.INDEXED,))
    driver.settings = Settings(workers=2, max_pause=2.0, attempts=20)
    with pytest.raises(Interrupted, match="The lag does not converge"):
        driver.run(delta_windows)


# ---- disks


FILL = "UPDATE ledger SET note = note WHERE id <= 600"


def test_a_log_that_takes_its_room_stops_the_copy_with_the_remedy(
    databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture
) -> None:
    driver = planned(databases)
    allow_log(driver, 100_000)
    with between_ranges(lambda _: run(databases.source, FILL)), pytest.raises(Refused, match="before the disk is full") as caught:
        driver.run(copy)
    assert "The change log on the source takes" in str(caught.value)
    assert "abandon the migration with its DAG roll_back_shop, which drops the log" in str(caught.value)
    assert any("When it is full, this task stops" in line for line in log.messages)
    copied = "SELECT count(*) FROM airlift.batches WHERE done_at IS NOT NULL"
    before = ask(driver.target, copied)
    with pytest.raises(Refused, match="before the disk is full"):
        driver.run(copy)
    assert ask(driver.target, copied) == before
    allow_log(driver, 100_000_000)
    must_be_copied_whole(driver)


def test_a_pause_in_which_the_log_takes_its_room_ends_with_the_remedy(databases: Pair) -> None:
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.prepare()
    driver.copy()
    driver.catch_up()
    allow_log(driver, 100_000)
    pause(driver)
    running = Running(driver, lambda m: keep_in_sync(m, lambda: False))
    wait_for_pause(driver, running)
    for _ in range(4):
        run(databases.source, FILL)
    with pytest.raises(Refused, match=r"that would empty it are paused by dba since .*: the sale\. Resume, and clear this task"):
        running.end()
    resume(driver)
    with driver.kept_in_sync():
        wait_until(lambda: differences(driver, "ledger") == [], "both sides equal")


def test_windows_under_way_are_not_stopped_by_a_full_log(databases: Pair) -> None:
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.prepare()
    driver.copy()
    driver.catch_up()
    allow_log(driver, 50_000)
    with driver.kept_in_sync():
        for _ in range(4):
            run(databases.source, FILL)
        wait_until(lambda: ask(driver.target, "SELECT sum(changes) >= 2400 FROM airlift.windows") == [(True,)], "all windows")
    assert differences(driver, "ledger") == []


def test_a_full_disk_interrupts_in_words_and_the_copy_goes_on_later(databases: Pair, tiny_ranges: None) -> None:
    driver = planned(databases)
    run(
        databases.target,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER no_room BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION no_room()",
    )
    with pytest.raises(Interrupted, match=r"There is no room left on the disk of new, .*No space left on device.*goes on by itself"):
        driver.run(copy)
    run(databases.target, "DROP FUNCTION no_room CASCADE")
    must_be_copied_whole(driver)


def test_preflight_says_how_much_room_is_needed(databases: Pair, log: pytest.LogCaptureFixture) -> None:
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    result = driver.run(preflight)
    ((taken,),) = ask(databases.source, "SELECT pg_total_relation_size('ledger')")
    ((sort,),) = ask(databases.source, "SELECT pg_relation_size('ledger_pkey')")
    needed = {"tables": taken, "wal": 4 << 30, "sort": sort, "log": pressure.LEAST_ROOM}
    assert result["space"] == {**needed, "there": 0, "room": None, "by": ""}
    assert any(line.startswith("Room that it needs: on the target's disk about 1 MB") for line in log.messages)
