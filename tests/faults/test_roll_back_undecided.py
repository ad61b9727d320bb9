"""Deaths beside the decision of a roll back: the old tables are open and the new ones have the service, or nobody heard the answer."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from airlift import faults
from airlift.errors import Ambiguous, Interrupted
from airlift.ledger import Stage
from airlift.phases.contract.sync_back import sync_back
from airlift.phases.cutover import deciding
from airlift.phases.roll_back.handing_back import noted
from airlift.phases.roll_back.preflight import ROLL_BACK
from airlift.phases.roll_back.rename_back import rename_back
from airlift.phases.ways import Way
from testbed import dying, router
from testbed.driving import APPROVED, Driver
from testbed.live import RouterSwitch, patient
from testbed.proxy import proxy as proxied
from testbed.proxy import through
from tests.faults.test_frozen import PATIENT, PAUSE, PROMISE
from tests.faults.test_undecided import end_session_of_fence
from tests.fix_gates import Gate
from tests.small import Service, ask, attempts, execute, stage

WAYS = pytest.mark.parametrize("way", ["across", "in place"])


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], None]], None]:
    """Have something done once, when this process is at a named point."""
    hooks: dict[str, Callable[[], None]] = {}

    def reached(point: str) -> None:
        if hook := hooks.pop(point, None):
            hook()

    monkeypatch.setattr(faults, "reached", reached)
    return hooks.__setitem__


def after_cutover(gate: Gate, way: str, path: Path | None = None, *, max_pause: float = PATIENT) -> tuple[Driver, Service]:
    """A migration after its cutover, with something for the windows back to carry."""
    driver = gate(way, switch=RouterSwitch(path=path) if path else None, max_pause=PATIENT)
    service = Service(driver)
    driver.cut_over()
    service.write_back()
    return driver.returning(max_pause=max_pause), service


def back(driver: Driver) -> dict[str, Any]:
    """The roll back, as its task runs it."""
    return rename_back(driver.migration("rename_back"), APPROVED, ROLL_BACK)


def write_old(database: Any) -> None:
    """A write of somebody who was sent to the source too early."""
    execute(database, "UPDATE children SET body = 'astray' WHERE id = 17")


def finish(driver: Driver, service: Service, way: str) -> None:
    """The service is on the old tables, and nothing is lost."""
    assert stage(driver) == Stage.VIEWS_CREATED
    assert service.write_back() == ("source" if way == "across" else "target")
    service.must_be_whole("children", driver.source)


@pytest.mark.parametrize(
    ("way", "point"),
    [
        ("across", "cutover.locked"), ("in place", "cutover.proved"), ("across", "roll_back.announcing"), ("across", "cutover.announced"),
        ("in place", "cutover.announced"), ("across", "cutover.deciding"),
    ],
)  # fmt: skip
def test_the_servers_let_the_writers_go(gate: Gate, way: str, point: str) -> None:
    driver, service = after_cutover(gate, way, max_pause=PAUSE)
    with dying.frozen(partial(back, driver), point) as victim:
        began = time.monotonic()
        assert service.write_back() == "target"
        assert time.monotonic() - began < PROMISE
        result = back(patient(driver, max_pause=PATIENT))
        assert result["attempts"] == 2
        service.write_back()
        victim.thaw()
        assert not victim.wait().killed
    finish(driver, service, way)


def test_a_zombie_opens_no_old_table(gate: Gate) -> None:
    """Frozen after it has told the ledger and thawed when its attempt was taken from it: it renames nothing."""
    driver, service = after_cutover(gate, "across", max_pause=PAUSE)
    with dying.frozen(partial(back, driver), "roll_back.announcing") as victim:
        m = patient(driver, max_pause=PATIENT).migration("rename_back")
        m.standing(Stage.ROLLING_BACK)
        assert deciding.recover(noted(m)) is False
        assert stage(driver) == Stage.SETTLED
        victim.thaw()
        end = victim.wait()
    # that try went on with an attempt of its own, which it brought to its end
    assert end.is_done, end.said
    assert [state for state, _ in attempts(driver)] == ["switched", "given up", "switched"]
    finish(driver, service, "across")


def test_the_claim_of_an_attempt_that_was_given_up_holds_up_no_undecided_one(
    gate: Gate, at: Callable[[str, Callable[[], None]], None]
) -> None:
    """Two tries beside each other: one is about to decide, and the other one's attempt, begun later, is given up."""
    driver, service = after_cutover(gate, "across")

    def begin_and_give_up() -> None:
        execute(driver.target, "INSERT INTO airlift.attempts (migration, no, state, is_back) VALUES ('shop', 3, 'given up', true)")
        execute(driver.source, "UPDATE airlift.shop_way_back SET attempt = 3")

    at("roll_back.announcing", begin_and_give_up)
    driver.until_done(lambda m: rename_back(m, APPROVED, ROLL_BACK), seconds=10.0)
    assert [state for state, _ in attempts(driver)] == ["switched", "given up", "given up", "switched"]
    finish(driver, service, "across")


@WAYS
def test_a_window_back_that_comes_late_brings_no_stale_row(gate: Gate, way: str) -> None:
    driver, service = after_cutover(gate, way)
    looks = itertools.chain([False] * 2, itertools.repeat(True))
    with dying.frozen(lambda: sync_back(driver.migration("sync_back"), lambda: next(looks)), "window.durable") as victim:
        execute(driver.target, "UPDATE children_v2 SET body = 'newer' WHERE body = 'written 1'")
        service.rows = {key: (row[0], "newer" if row[1] == "written 1" else row[1], row[2]) for key, row in service.rows.items()}
        sync_back(driver.migration("sync_back"), iter([False, True]).__next__)
        victim.thaw()
        assert victim.wait().is_done
    back(driver)
    finish(driver, service, way)


@pytest.mark.parametrize("point", ["roll_back.announcing", "cutover.announced", "cutover.deciding"])
def test_killed_before_the_decision_the_new_side_goes_on(gate: Gate, tmp_path: Path, point: str) -> None:
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    driver, service = after_cutover(gate, "across", path)
    dying.killed(partial(back, driver), point)
    assert stage(driver) == Stage.ROLLING_BACK
    assert service.write_back() == "target"
    m = driver.migration("rename_back")
    m.standing(Stage.ROLLING_BACK)
    assert deciding.recover(noted(m)) is False
    assert router.read(path) == {"state": "target", "attempt": "shop-2"}
    assert ask(driver.source, "SELECT to_regclass('children'), to_regclass('children_obsolete') IS NOT NULL") == [(None, True)]
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="is shut"):
        execute(driver.source, "DELETE FROM children_obsolete")
    assert back(driver)["attempts"] == 2
    assert router.read(path)["state"] == "source"
    finish(driver, service, "across")


def test_a_write_on_the_old_tables_before_the_decision_is_for_a_person(gate: Gate) -> None:
    driver, service = after_cutover(gate, "across")
    dying.killed(partial(back, driver), "cutover.announced")
    write_old(driver.source)
    for _ in range(2):
        with pytest.raises(Ambiguous, match=r'"public\.children".*airlift\.shop_log_<n>'):
            back(driver)
        assert ask(driver.source, "SELECT to_regclass('children')") == [(None,)]
        assert service.write_back() == "target"


@WAYS
@pytest.mark.parametrize("point", ["cutover.locked", "cutover.deciding"])
def test_our_session_ended_by_somebody(gate: Gate, at: Callable[..., None], way: str, point: str) -> None:
    driver, service = after_cutover(gate, way)
    at(point, lambda: end_session_of_fence(driver.target))
    assert back(driver)["attempts"] == 2
    finish(driver, service, way)


@pytest.mark.parametrize(("mode", "made"), [("lose_answer", 1), ("lose_commit", 2)])
def test_a_lost_answer_to_the_decision_is_looked_up(gate: Gate, at: Callable[..., None], mode: str, made: int) -> None:
    driver, service = after_cutover(gate, "across")
    with proxied(driver.target) as proxy:
        at("cutover.deciding", getattr(proxy, mode))
        assert back(replace(driver, target=through(driver.target, proxy.port)))["attempts"] == made
    finish(driver, service, "across")


def test_a_fault_before_the_announcement_opens_nothing(gate: Gate, at: Callable[..., None]) -> None:
    driver, service = after_cutover(gate, "across")

    def fail() -> None:
        assert ask(driver.source, "SELECT to_regclass('children')") == [(None,)]
        raise Interrupted("something went wrong")

    at("cutover.proved", fail)
    assert back(driver)["attempts"] == 2
    finish(driver, service, "across")


def test_an_attempt_that_died_calls_the_services_back_to_the_new_side(gate: Gate, tmp_path: Path) -> None:
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    driver, service = after_cutover(gate, "across", path)
    dying.killed(partial(back, driver), "cutover.locked")
    assert router.read(path)["state"] == "hold"
    deciding.take_over(Way(driver.migration("rename_back"), is_back=True))
    assert router.read(path) == {"state": "target", "attempt": "shop-2"}
    back(driver)
    finish(driver, service, "across")
