"""The target's disk: copy, index builds and windows stop before the room that is said of it is taken, and go on when there is more."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pymysql
import pytest

from airlift.databases import Disk
from airlift.databases.mysql.signals import MariaDBSignals
from airlift.errors import Refused
from airlift.phases import pacing, pressure
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.plan import plan
from airlift.phases.migration import Migration, Settings
from airlift.phases.prepare.preflight import preflight
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.keep_in_sync import keep_in_sync
from testbed.driving import Driver
from testbed.mariadb import MariaServer
from testbed.servers import Database
from tests.examining import run
from tests.family import only_mariadb
from tests.fix_servers import Pair
from tests.integration.test_limits import Running, copy, pause, resume, tiny_ranges, wait_for_pause, wait_until

__all__ = ["tiny_ranges"]

ROWS = 6000
STOPPED = "This task stops here, before the disk is full"
TABLE = "CREATE TABLE items (id int PRIMARY KEY, code int, note varchar(1000))"
FILL = "INSERT INTO items VALUES " + ", ".join(["(%s, %s, %s)"] * 500)
READ = "SELECT id, code, note FROM {} ORDER BY id"
BEYOND = 1 << 40


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


def fill(database: Database, first: int, last: int) -> None:
    """Rows from a number to another one, that no index can make smaller."""
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        for start in range(first, last + 1, 500):
            cursor.execute(FILL, [each for n in range(start, start + 500) for each in (n, n, random.Random(n).randbytes(450).hex())])


def driver_of(pair: Pair, *indexes: str, **words: Any) -> Driver:
    """A table of about 6 MB."""
    run(pair.source, TABLE, *indexes)
    fill(pair.source, 1, ROWS)
    run(pair.source, "ANALYZE items" if pair.source.engine == "postgres" else "ANALYZE TABLE items")
    return Driver(pair.source, pair.target, {"tables": {"*": {}}}, **words)


def made(driver: Driver) -> int:
    """What the migration has made on the target by now."""
    m = driver.migration()
    with m.target.session() as target:
        with target.transaction():
            names = [layout.target for layout in m.layouts(target)]
        return m.target.signals.made_bytes(target, names)


def room_for(driver: Driver, more: int) -> int:
    """A room that so many bytes more can be taken of, before a file's next step would take all of it."""
    return made(driver) + driver.settings.workers * driver.migration().target.signals.file_step + more


def allow(driver: Driver, room: int) -> None:
    """What the button on the page does."""
    run(driver.target, f"UPDATE airlift.controls SET target_room = {room}, target_room_by = 'dba'")


def batches_done(driver: Driver) -> int:
    ((number,),) = run(driver.target, "SELECT count(*) FROM airlift.batches WHERE done_at IS NOT NULL")
    return int(number)


def must_stop(driver: Driver, step: Callable[[Migration], Any], room: int) -> str:
    """A step is refused before the room is taken, and says what to do; what it says."""
    with pytest.raises(Refused, match=STOPPED) as caught:
        driver.run(step)
    said = str(caught.value)
    assert said.startswith("What the migration has made on the target takes ")
    assert "(said by dba)" in said
    assert "say how much on the page Airlift of this run, and clear this task, which goes on where it was" in said
    assert "abandon the migration with its DAG roll_back_shop" in said
    assert made(driver) < room
    return said


def must_be_equal(driver: Driver) -> None:
    assert run(driver.target, READ.format("items")) == run(driver.source, READ.format("items"))


def test_the_copy_stops_before_the_room_is_taken_and_goes_on_with_more(
    pair: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture
) -> None:
    driver = driver_of(pair)
    driver.prepare()
    driver.run(plan)
    room = room_for(driver, 4_000_000)
    allow(driver, room)
    must_stop(driver, copy, room)
    done = batches_done(driver)
    assert done > 0
    assert any(line.endswith("Before it is full, this task stops.") and "full in about" in line for line in log.messages)
    said = must_stop(driver, copy, room)
    assert re.search(r"What is to come next takes about \d+ kB more", said)
    assert batches_done(driver) == done, "a task that is cleared without more room copies nothing"
    ((taken, of),) = run(driver.target, "SELECT max(target_bytes), max(target_room) FROM airlift.rests")
    assert 0 < taken < of == room, "the page shows it"
    allow(driver, room + 20_000_000)
    driver.copy()
    driver.catch_up()
    must_be_equal(driver)


def test_indexes_are_not_begun_that_would_not_fit_and_are_built_with_more_room(pair: Pair, tiny_ranges: None) -> None:
    driver = driver_of(pair, "CREATE INDEX items_note ON items (code, note)" if pair.source.engine == "postgres" else WIDE)
    driver.prepare()
    driver.run(plan, copy)
    room = room_for(driver, 2_000_000)
    allow(driver, room)
    must_stop(driver, build_indexes, room)
    assert not run(driver.target, INDEXES[pair.source.engine])
    allow(driver, room + 50_000_000)
    driver.run(build_indexes)
    assert run(driver.target, INDEXES[pair.source.engine])
    driver.catch_up()
    must_be_equal(driver)


WIDE = "CREATE INDEX items_note ON items (code, note(700))"
INDEXES = {
    "postgres": "SELECT 1 FROM pg_indexes WHERE indexname = 'items_note'",
    "mysql": "SELECT 1 FROM information_schema.STATISTICS WHERE INDEX_NAME = 'items_note' AND TABLE_SCHEMA = database()",
}


@pytest.mark.parametrize("step", ["delta_windows", "keep_in_sync"])
def test_windows_stop_before_the_room_is_taken_and_go_on_with_more(pair: Pair, step: str) -> None:
    steps = {"delta_windows": delta_windows, "keep_in_sync": lambda m: keep_in_sync(m, lambda: False)}
    driver = driver_of(pair)
    driver.prepare()
    driver.copy()
    if step == "keep_in_sync":
        driver.catch_up()
    room = room_for(driver, 500_000 if step == "keep_in_sync" else 0)
    allow(driver, room)
    running = Running(driver, steps[step])
    fill(pair.source, ROWS + 1, ROWS + 4000)
    with pytest.raises(Refused, match=STOPPED):
        running.end()
    allow(driver, BEYOND)
    if step == "delta_windows":
        driver.catch_up()
    with driver.kept_in_sync():
        wait_until(lambda: run(driver.target, COUNT) == run(driver.source, COUNT), "all rows")
    must_be_equal(driver)
    driver.validate()


COUNT = "SELECT count(*) FROM items"


def test_a_room_that_is_taken_in_a_pause_stops_the_copy_when_it_ends(databases: Pair, tiny_ranges: None) -> None:
    driver = driver_of(databases)
    driver.prepare()
    driver.run(plan)
    pause(driver)
    allow(driver, made(driver) + 100_000)
    running = Running(driver, copy)
    wait_for_pause(driver, running)
    resume(driver)
    with pytest.raises(Refused, match=STOPPED):
        running.end()
    assert batches_done(driver) == 0


def test_what_is_said_in_the_form_counts_from_the_beginning(pair: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture) -> None:
    driver = driver_of(pair, settings=settings(100_000_000))
    result = driver.run(preflight)
    assert (result["space"]["room"], result["space"]["by"]) == (100_000_000, "said in the form of this run")
    assert any(line.startswith("Room on the target's disk: 100 MB (said in the form of this run)") for line in log.messages)
    assert any("more while the largest index is sorted" in each and "of WAL besides" in each for each in result["warnings"])
    assert run(driver.target, "SELECT target_room, target_room_by FROM airlift.controls") == [(100_000_000, "the form of the run")]


def settings(room: int | None) -> Settings:
    return Settings(workers=2, max_pause=2.0, attempts=20, target_room=room)


def test_preflight_refuses_a_room_that_is_too_small(pair: Pair) -> None:
    driver = driver_of(pair, settings=settings(2_000_000))
    with pytest.raises(Refused, match=r"Disk of target \"new\" has room for 2 MB \(said in the form of this run\)"):
        driver.run(preflight)
    driver.settings = settings(None)
    driver.run(preflight)


def test_preflight_says_once_that_nobody_knows_and_what_to_do(pair: Pair, log: pytest.LogCaptureFixture) -> None:
    driver = driver_of(pair)
    assert driver.run(preflight)["space"]["room"] is None
    (said,) = [line for line in log.messages if line.startswith("Nobody knows how much room the target's disk has")]
    assert driver.migration().target.signals.disk_remedy in said
    assert "Say it in the form of the run (target_room), or on its page Airlift" in said


def test_what_was_on_the_target_beforehand_is_not_counted(pair: Pair) -> None:
    run(pair.source, TABLE)
    first = Driver(pair.source, pair.target, {"tables": {"*": {}}})
    first.prepare()
    m = first.migration()
    with m.target.session() as target, target.transaction():
        there = m.ledger.report(target, "prepare.preflight")["space"]["there"]  # type: ignore[index]
    assert there == 0
    run(pair.source, "CREATE TABLE others (id int PRIMARY KEY)")
    other = Driver(pair.source, pair.target, {"name": "second", "tables": {"others": {}}})
    ledger = made(first)
    assert 0 < other.run(preflight)["space"]["there"] <= ledger


# ---- in place, and after the cutover


def test_in_place_the_log_takes_of_the_same_room(one_database: Database, tiny_ranges: None) -> None:
    driver = driver_of(Pair(one_database, one_database))
    driver.spec = {"target": "old", "tables": {"items": {"to": "items_v2"}}}
    driver.prepare()
    driver.copy()
    driver.catch_up()
    room = room_for(driver, 300_000)
    allow(driver, room)
    pause(driver)
    running = Running(driver, lambda m: keep_in_sync(m, lambda: False))
    wait_for_pause(driver, running)
    for _ in range(5):
        run(one_database, "UPDATE items SET code = code + 1")
        if running.error:
            break
    with pytest.raises(Refused, match=r"The change log on the source takes .* are paused by dba since .*\. Resume, and clear this task"):
        running.end()
    resume(driver)
    allow(driver, BEYOND)
    with driver.kept_in_sync():
        last = "SELECT sum(code::bigint) FROM {}"
        wait_until(lambda: run(one_database, last.format("items")) == run(one_database, last.format("items_v2")), "all changes")


# ---- a server that can be asked


@only_mariadb("a plugin that tells how full a disk is")
def test_a_server_that_can_be_asked_is_asked_and_some_of_its_disk_stays_free(
    mariadb_databases: Pair, tiny_ranges: None, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [200_000_000]
    total = 400_000_000
    monkeypatch.setattr(MariaDBSignals, "disk", lambda self, session: Disk(total, free[0]))
    driver = driver_of(mariadb_databases)
    result = driver.run(preflight)
    assert result["space"]["room"] == 180_000_000
    driver.prepare()
    driver.run(plan)
    free[0] = int(total * pressure.KEPT_PART) + 2 * MariaDBSignals.file_step + 100_000
    with pytest.raises(Refused, match=STOPPED) as caught:
        driver.run(copy)
    assert "said by" not in str(caught.value)
    free[0] = 100_000_000
    driver.copy()
    driver.catch_up()
    must_be_equal(driver)


@only_mariadb("a plugin that tells how full a disk is")
def test_the_change_log_takes_no_more_than_the_sources_disk_has_left(
    mariadb_databases: Pair, tiny_ranges: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = driver_of(mariadb_databases)
    driver.prepare()
    driver.run(plan)
    full = Disk(1 << 40, pressure.MOST_KEPT)
    monkeypatch.setattr(MariaDBSignals, "disk", lambda self, session: full if session._where == "old" else Disk(1 << 40, 1 << 39))
    with pytest.raises(Refused, match=r"The change log on the source takes .*The copy stops here, before the disk is full"):
        driver.run(copy)
    monkeypatch.setattr(MariaDBSignals, "disk", lambda self, session: None)
    driver.copy()


@pytest.fixture
def telling(mariadb_servers: tuple[MariaServer, MariaServer]) -> Iterator[None]:
    """A target that tells how full its disk is; skipped where there is no such plugin."""
    with contextlib.closing(mariadb_servers[1].connect()) as session, session.cursor() as cursor:
        try:
            cursor.execute("INSTALL SONAME 'disks'")
        except pymysql.OperationalError as error:
            pytest.skip(f"no plugin that knows the disks: {error}")
        yield
        cursor.execute("UNINSTALL SONAME 'disks'")


@only_mariadb("a plugin that tells how full a disk is")
def test_the_plugins_word_is_taken_where_our_role_may_hear_it(telling: None, mariadb_databases: Pair) -> None:
    driver = driver_of(mariadb_databases)
    assert driver.run(preflight)["space"]["room"] is None, "without the right FILE the plugin shows no disk"
    with contextlib.closing(mariadb_databases.target.server.connect()) as session, session.cursor() as cursor:
        owner = mariadb_databases.target.owner
        cursor.execute("GRANT FILE ON *.* TO %s@'127.0.0.1'", (owner,))
        try:
            m = driver.migration()
            with m.target.session() as target:
                disk = m.target.signals.disk(target)
        finally:
            cursor.execute("REVOKE FILE ON *.* FROM %s@'127.0.0.1'", (owner,))
    seen = os.statvfs(mariadb_databases.target.server.folder)
    assert disk is not None
    assert disk.total == pytest.approx(seen.f_blocks * seen.f_frsize, rel=0.01)
    assert disk.free == pytest.approx(seen.f_bavail * seen.f_frsize, rel=0.1)
