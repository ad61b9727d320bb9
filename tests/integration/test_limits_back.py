"""Limits on the way back: its windows are slowed, paused and watched as those before the cutover, for the server with the service."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from airlift.databases import CaptureNames
from airlift.errors import Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases import pacing, pressure
from airlift.phases.contract.sync_back import sync_back
from airlift.phases.cutover import deciding
from airlift.phases.migration import Settings
from airlift.phases.roll_back.preflight import ROLL_BACK
from airlift.phases.roll_back.rename_back import rename_back
from testbed.driving import APPROVED, Driver
from tests.fix_gates import Gate
from tests.integration.test_limits import (
    Running,
    allow_log,
    lock_waiters,
    lost,
    must_hold_nothing,
    pause,
    resume,
    slowed,
    wait_for_pause,
    wait_until,
)
from tests.small import Service, ask, execute, session, stage

WAYS = pytest.mark.parametrize("way", ["across", "in place"])
POSITION = "SELECT position FROM airlift.shop_way_back"
SWELL = "UPDATE children_v2 SET body = repeat('x', 10) WHERE id BETWEEN 1 AND 200"


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops that hear and look at every rest, and nobody who writes by itself."""
    for name in ("HEAR_EVERY", "LOOK_EVERY"):
        monkeypatch.setattr(pacing, name, 0.0)
    monkeypatch.setattr(pacing, "SHARE", 1.0)
    monkeypatch.setattr(deciding, "FIRST_WRITE_WITHIN", 0.1)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the person on duty is told."""
    caplog.set_level(logging.INFO, "airlift.test")
    return caplog


def switched(gate: Gate, way: str = "across") -> tuple[Driver, Service]:
    """A migration after its cutover."""
    driver = gate(way)
    service = Service(driver)
    driver.cut_over()
    return driver, service


@contextmanager
def carrying(driver: Driver) -> Iterator[tuple[Running, Callable[[], None]]]:
    """The windows back beside the block; they are told to end by what is yielded with them, and at the latest after the block."""
    done = threading.Event()
    running = Running(driver, lambda m: sync_back(m, done.is_set))
    try:
        yield running, done.set
    finally:
        done.set()
        if running.is_running and not running.error:
            resume(driver)
        wait_until(lambda: not running.is_running, "the end of the windows back")


def caught_up(driver: Driver, service: Service) -> None:
    """Every write of the service is in the old table."""

    def is_whole() -> bool:
        try:
            service.must_be_whole("children_obsolete", driver.source)
        except AssertionError:
            return False
        return True

    wait_until(is_whole, "all changes in the old table")


def roll_back(driver: Driver) -> None:
    rename_back(driver.returning().migration("rename_back"), APPROVED, ROLL_BACK)


@WAYS
def test_a_pause_stops_the_windows_back_and_nothing_is_lost(gate: Gate, way: str) -> None:
    driver, service = switched(gate, way)
    with carrying(driver) as (running, end):
        pause(driver)
        wait_for_pause(driver, running)
        before = ask(driver.source, POSITION)
        for _ in range(5):
            service.write_back()
        must_hold_nothing(driver)
        assert ask(driver.source, POSITION) == before
        end()
        time.sleep(0.5)
        assert running.is_running, "an answered gate does not end a pause: the contract would follow"
        resume(driver)
        running.end()
    with driver.synced_back():
        caught_up(driver, service)
    assert lost(driver)["a pause"] > 1


@WAYS
def test_a_roll_back_waits_for_no_pause_and_ends_it(gate: Gate, way: str) -> None:
    driver, service = switched(gate, way)
    with carrying(driver) as (running, _):
        pause(driver)
        wait_for_pause(driver, running)
        service.write_back()
        roll_back(driver)
        assert stage(driver) == Stage.VIEWS_CREATED
        running.end()
    service.must_be_whole("children", driver.source)


def test_a_pause_of_the_way_back_hears_a_kill(gate: Gate) -> None:
    driver, _ = switched(gate)
    pause(driver)
    with carrying(driver) as (running, _):
        wait_for_pause(driver, running)
        running.migration.cancel()
        with pytest.raises(Interrupted, match="stopped while it rested"):
            running.end()
    resume(driver)


def test_a_pace_slows_the_windows_back(gate: Gate) -> None:
    driver, service = switched(gate)
    execute(driver.target, "UPDATE airlift.controls SET pace = 0.1, pace_by = 'dba'")
    with carrying(driver):
        wait_until(lambda: slowed(driver) == ["slowed to 10% of full speed by dba"], "a slow pace")
        service.write_back()
        caught_up(driver, service)
        wait_until(lambda: lost(driver).get("the pace", 0.0) > 0, "time lost")


@pytest.mark.usefixtures("windows_rest")
@pytest.mark.parametrize(("side", "is_slow"), [("target", True), ("source", False)])
def test_the_server_that_has_the_service_slows_the_windows_back(
    gate: Gate, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, side: str, is_slow: bool
) -> None:
    monkeypatch.setattr(pressure, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(pressure, "COMMIT_SECONDS", 60.0)
    driver, service = switched(gate)
    with lock_waiters(getattr(driver, side), 3), carrying(driver):
        service.write_back()
        caught_up(driver, service)
        if is_slow:
            wait_until(lambda: lost(driver).get("lock waits on the target", 0.0) > 0, "time lost")
        else:
            time.sleep(1.0)
    said = [line for line in log.messages if "3 sessions wait for locks" in line]
    assert bool(said) == is_slow
    assert all(line.startswith("Slowed to 25% of full speed by lock waits on the target") for line in said)
    assert "lock waits on the source" not in lost(driver)


@pytest.mark.usefixtures("windows_rest")
def test_slow_commits_of_the_new_side_slow_the_windows_back(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "COMMIT_SECONDS", 0.0)
    driver, service = switched(gate)
    with carrying(driver):
        service.write_back()
        caught_up(driver, service)
        wait_until(lambda: lost(driver).get("commits on the target", 0.0) > 0, "time lost")
    m = driver.migration()
    with m.target.session() as own, session(driver.target, autocommit=False) as other:
        other.cursor().execute("UPDATE airlift.shop_heartbeat_back SET beat = beat")
        assert m.target.signals.commit_seconds(own, "shop", CaptureNames.BACK) is None


def test_a_pause_in_which_the_new_tables_log_takes_its_room_ends_with_the_remedy(gate: Gate) -> None:
    driver, service = switched(gate)
    pause(driver)
    with carrying(driver) as (running, _):
        wait_for_pause(driver, running)
        ((taken,),) = ask(driver.target, "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'shop\\_back\\_%'")
        allow_log(driver, int(taken) + 50_000)
        for _ in range(10):
            execute(driver.target, SWELL)
        with pytest.raises(Refused, match=r"are paused by dba since .*: the sale\. Resume, and clear this task") as caught:
            running.end()
    assert "The change log on the target takes" in str(caught.value)
    assert "approve contract.approve and go back no more, which drops the log" in str(caught.value)
    resume(driver)
    allow_log(driver, 1_000)  # windows under way are not stopped: only they empty it
    service.rows = {key: (row[0], "xxxxxxxxxx" if 1 <= key <= 200 else row[1], row[2]) for key, row in service.rows.items()}
    with driver.synced_back():
        caught_up(driver, service)


def test_the_new_tables_log_takes_no_more_than_is_left_of_the_targets_room(gate: Gate) -> None:
    driver, service = switched(gate)
    m = driver.migration()
    with m.target.session() as target, target.transaction():
        names = [layout.target for layout in m.layouts(target)]
    with m.target.session() as target:
        taken = m.target.signals.made_bytes(target, names)
    execute(driver.target, "UPDATE airlift.controls SET target_room = %s, target_room_by = 'dba'", (taken + 100_000,))
    pause(driver)
    with carrying(driver) as (running, _):
        wait_for_pause(driver, running)
        for _ in range(10):
            execute(driver.target, SWELL)
        with pytest.raises(Refused, match=r"The change log on the target takes .* are paused by dba"):
            running.end()
    resume(driver)
    service.rows = {key: (row[0], "xxxxxxxxxx" if 1 <= key <= 200 else row[1], row[2]) for key, row in service.rows.items()}
    with driver.synced_back():  # windows under way are not stopped: only they empty it
        caught_up(driver, service)


def test_windows_back_that_fall_behind_rest_no_more(gate: Gate) -> None:
    driver, _ = switched(gate)
    driver.settings = Settings(workers=2, max_pause=2.0, attempts=20, pace=0.01)
    m = driver.migration("contract.sync_back")
    m.standing(Stage.SWITCHED)
    with m.source.session() as source, m.target.session() as target, pacing.pacing(m, source, target, is_back=True) as paced:
        paced.rest(60.0, lag=60.0)
        assert any(words.startswith("not slowed, for catching up comes first: the lag is over 10 s") for words in slowed(driver))


def test_the_old_tables_log_is_watched_while_the_way_back_fills_it(
    gate: Gate, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure, "LEAST_ROOM", 20_000)
    driver, _ = switched(gate)
    allow_log(driver, 1 << 30)  # that is said of the target's disk
    with carrying(driver):
        for _ in range(5):
            execute(driver.target, SWELL)
            time.sleep(0.3)
        words = "It notes what comes back, for a next cutover"
        wait_until(lambda: any("The change log on the source takes" in line and words in line for line in log.messages), "the warning")
    assert not [line for line in log.messages if "The change log on the target takes" in line]


@pytest.mark.parametrize(("way", "left"), [("across", None), ("in place", 77_000_000)])
def test_what_was_said_of_a_disk_is_forgotten_when_the_log_is_on_another(gate: Gate, way: str, left: int | None) -> None:
    driver = gate(way)
    room = "SELECT log_room FROM airlift.controls"
    allow_log(driver, 77_000_000)
    driver.cut_over()
    assert ask(driver.target, room) == [(left,)]
    allow_log(driver, 77_000_000)
    roll_back(driver)
    assert ask(driver.target, room) == [(left,)]
