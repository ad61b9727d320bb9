"""A client that freezes under the fence: the servers let the writers go, a next try ends the migration, a zombie changes nothing."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import psycopg2
import pytest

from airlift.ledger import Stage
from airlift.phases.cutover import deciding
from airlift.phases.cutover.rename import rename
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.ways import Way
from testbed import dying, router
from testbed.driving import APPROVED, Driver
from testbed.live import RouterSwitch, live_shop, must_be_right, patient, until
from tests.fix_gates import Gate
from tests.fix_servers import Pair
from tests.small import Service, ask, attempts, execute, small, stage

PAUSE = 1.0
PROMISE = PAUSE + 2.0
PATIENT = 20.0
"""A longer pause than any of these tests takes on the busiest machine: attempts are counted."""
"""Seconds within which a writer goes on, whatever became of us."""
OPEN_WAYS = [(way, point) for way in ("across", "in place") for point in ("cutover.announced", "cutover.deciding")]


def at_the_gate(gate: Gate, way: str, path: Path | None = None, *, max_pause: float = PAUSE) -> tuple[Driver, Service]:
    """A migration that waits for its approval, with something for the last windows to carry."""
    driver = gate(way, switch=RouterSwitch(path=path) if path else None, max_pause=max_pause)
    service = Service(driver)
    service.write()
    return driver, service


def cut_over(driver: Driver) -> dict[str, object]:
    """The cutover, as its task runs it."""
    return rename(driver.migration("rename"), APPROVED)


def seconds_for(service: Service, *, side: str = "source") -> float:
    """How long a write takes, from when it is asked for."""
    began = time.monotonic()
    assert service.write() == side
    seconds = time.monotonic() - began
    print(f"a writer went on after {seconds * 1000:.0f} ms; max_pause is {PAUSE * 1000:.0f} ms")
    return seconds


@pytest.mark.parametrize(
    ("way", "point"),
    [("across", "cutover.locked"), ("in place", "cutover.carried"), ("in place", "cutover.proved"), *OPEN_WAYS],
)
def test_the_servers_let_the_writers_go(gate: Gate, way: str, point: str) -> None:
    driver, service = at_the_gate(gate, way)
    with dying.frozen(partial(cut_over, driver), point) as victim:
        assert seconds_for(service) < PROMISE
        service.write()
        # a next try begins while the frozen one is still there, as a scheduler would have it
        result = cut_over(patient(driver, max_pause=PATIENT))
        assert result["attempts"] == 2
        after = service.write()
        assert after == ("target" if way == "across" else "source")
        victim.thaw()
        end = victim.wait()
        assert not end.killed
    assert stage(driver) == Stage.SETTLED
    service.write()
    driver.contract()
    service.must_be_whole()


@pytest.mark.parametrize(
    ("way", "point", "side"),
    [
        ("across", "cutover.carried", "source"), ("across", "cutover.proved", "source"), ("across", "cutover.decided", "target"),
        ("in place", "cutover.locked", "source"), ("in place", "cutover.decided", "source"),
    ],
)  # fmt: skip
def test_writers_go_on_at_one_side_whatever_is_frozen(gate: Gate, way: str, point: str, side: str) -> None:
    """All of Airflow stands still: the servers alone decide when, and where, the service goes on. Nobody comes after it."""
    driver, service = at_the_gate(gate, way)
    with dying.frozen(partial(cut_over, driver), point):
        assert seconds_for(service, side=side) < PROMISE
        assert {service.write() for _ in range(3)} == {side}
        if side == "source" and way == "across":
            with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="is shut"):
                execute(driver.target, "UPDATE children_v2 SET body = 'astray'")
    is_decided = point == "cutover.decided"
    service.must_be_whole("children_v2" if is_decided else "children", driver.target if is_decided else driver.source)
    cut_over(patient(driver, max_pause=PATIENT))
    service.write()
    driver.contract()
    service.must_be_whole()


def test_a_zombie_opens_nothing(gate: Gate) -> None:
    """Frozen before it announced and thawed after another try gave up: the target stays shut."""
    driver, service = at_the_gate(gate, "across", max_pause=PATIENT)
    with dying.frozen(partial(cut_over, driver), "cutover.proved") as victim:
        deciding.take_over(Way(driver.migration("rename")))
        victim.thaw()
        end = victim.wait()
    # the zombie's own attempt was taken from it; that try went on with an attempt of its own
    assert end.is_done, end.said
    assert [state for state, _ in attempts(driver)] == ["given up", "switched"]
    service.write()
    driver.contract()
    service.must_be_whole()


def test_services_on_hold_go_on_when_the_next_try_begins(gate: Gate, tmp_path: Path) -> None:
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    driver, service = at_the_gate(gate, "across", path, max_pause=PATIENT)
    dying.killed(partial(cut_over, driver), "cutover.locked")
    assert router.read(path)["state"] == "hold"
    deciding.take_over(Way(driver.migration("rename")))
    assert router.read(path) == {"state": "source", "attempt": "shop-1"}
    cut_over(driver)
    assert router.read(path) == {"state": "target", "attempt": "shop-2"}
    driver.contract()
    service.must_be_whole()


@pytest.mark.parametrize("point", ["cutover.held", "cutover.proved"])
def test_services_on_hold_need_nobody_when_the_switch_heeds_its_limit(databases: Pair, tmp_path: Path, point: str) -> None:
    with live_shop(databases.source, databases.target, tmp_path) as live:
        driver = patient(live.driver, max_pause=PAUSE)
        driver.up_to_gate()
        with dying.frozen(partial(cut_over, driver), point):
            held = router.read(live.route)
            assert (held["state"], held["before"]) == ("hold", "source")
            until(lambda: router.where(router.read(live.route)) == "source", PROMISE)
            written = ask(driver.source, "SELECT max(id) FROM orders")
            until(lambda: ask(driver.source, "SELECT max(id) FROM orders") > written)
        cut_over(patient(driver, max_pause=PATIENT))
        live.run_new_code()
        driver.contract()
        book, verdict = live.end()
    must_be_right(book, verdict)


def test_triggers_are_installed_under_a_lease_too(databases: Pair) -> None:
    driver = patient(small(databases.source, databases.target), max_pause=PAUSE)
    driver.run(preflight, create_target)
    service = Service(driver)
    with dying.frozen(partial(install_triggers, driver.migration("install_triggers")), "locks.taken"):
        assert seconds_for(service) < PROMISE
        service.write()
    driver.run(install_triggers)
    service.write()
    assert ask(driver.source, "SELECT count(*) FROM airlift.shop_log_2") == [(5,)]
