"""A try at a hand-over that was frozen and comes to life when the service has been elsewhere and back: it changes nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from airlift import faults
from airlift.databases import Database, Lock, Session
from airlift.errors import Interrupted
from airlift.ledger import Stage
from airlift.phases.contract import clean_up
from airlift.phases.contract.clean_up import abandon
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.cutover import deciding
from airlift.phases.cutover.hand_over import HandOver
from airlift.phases.cutover.handing_over import ToTarget
from airlift.phases.cutover.rename import noted as noted_cutover
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration
from airlift.phases.roll_back.handing_back import ToSource
from airlift.phases.roll_back.handing_back import noted as noted_roll_back
from airlift.phases.sync.carrying import Carrier
from testbed import dying, router
from testbed.driving import Driver
from testbed.live import RouterSwitch, patient
from tests.faults.test_frozen import PATIENT, PAUSE, cut_over
from tests.faults.test_roll_back_undecided import back
from tests.fix_gates import Gate
from tests.small import Service, ask, attempts, execute, stage

Move = Callable[[Driver], object]
WAYS = pytest.mark.parametrize("way", ["across", "in place"])


@dataclass(frozen=True)
class FreezingSwitch(RouterSwitch):
    """Freezes the process once the services were called."""

    def call(self, direction: str, attempt: str, *, seconds: float = 30.0) -> None:
        super().call(direction, attempt, seconds=seconds)
        os.kill(os.getpid(), signal.SIGSTOP)


@pytest.fixture
def route(tmp_path: Path) -> Path:
    """The router file."""
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    return path


def at_gate(gate: Gate, route: Path, way: str = "across") -> tuple[Driver, Service]:
    """A migration that waits for its approval, with something for the last windows to carry."""
    driver = gate(way, switch=RouterSwitch(path=route), max_pause=PATIENT)
    service = Service(driver)
    service.write()
    return driver, service


def go_back(driver: Driver) -> object:
    """The roll back, by a run of its own."""
    return back(driver.returning(max_pause=PATIENT))


def go_forward(driver: Driver) -> object:
    """The next cutover: the comparison is made anew before."""
    driver.validate_again()
    return driver.cut_over()


def must_be_at_source(driver: Driver, service: Service, route: Path, way: str = "across") -> None:
    assert stage(driver) == Stage.VIEWS_CREATED
    assert way == "in place" or router.read(route)["state"] == "source"
    assert service.write() == "source"
    service.must_be_whole("children", driver.source)


def must_be_at_target(driver: Driver, service: Service, route: Path, way: str = "across") -> None:
    assert stage(driver) == Stage.SETTLED
    assert way == "in place" or router.read(route)["state"] == "target"
    assert service.write_back() == "target"
    service.must_be_whole()


LATE = ("cutover.locked", "cutover.proved", "cutover.announced", "cutover.decided", "cutover.switching", "cutover.noted")
ACROSS_AND_IN_PLACE = [*(("across", point) for point in LATE), *(("in place", point) for point in ("cutover.proved", "cutover.decided"))]


@pytest.mark.parametrize(("way", "point"), [*ACROSS_AND_IN_PLACE, ("across", "cutover.settling"), ("in place", "cutover.settling")])
def test_a_cutover_that_comes_late_after_a_roll_back_changes_nothing(gate: Gate, route: Path, way: str, point: str) -> None:
    driver, service = at_gate(gate, route, way)
    with dying.frozen(partial(cut_over, patient(driver, max_pause=PAUSE)), point) as victim:
        cut_over(driver)
        go_back(driver)
        made = [state for state, _ in attempts(driver)]
        victim.thaw()
        assert not victim.wait().killed
    assert [state for state, _ in attempts(driver)] == made
    must_be_at_source(driver, service, route, way)
    go_forward(driver)
    must_be_at_target(driver, service, route, way)


@pytest.mark.parametrize(("way", "point"), [*ACROSS_AND_IN_PLACE, ("across", "roll_back.announcing"), ("across", "roll_back.settling")])
def test_a_roll_back_that_comes_late_after_the_next_cutover_changes_nothing(gate: Gate, route: Path, way: str, point: str) -> None:
    driver, service = at_gate(gate, route, way)
    driver.cut_over()
    service.write_back()
    with dying.frozen(partial(back, driver.returning(max_pause=PAUSE)), point) as victim:
        go_back(driver)
        go_forward(driver)
        made = [state for state, _ in attempts(driver)]
        victim.thaw()
        assert not victim.wait().killed
    assert [state for state, _ in attempts(driver)] == made
    must_be_at_target(driver, service, route, way)
    go_back(driver)
    must_be_at_source(driver, service, route, way)


@pytest.mark.parametrize("is_back", [False, True])
def test_who_gives_up_beside_another_try_calls_no_service_back(
    gate: Gate, route: Path, monkeypatch: pytest.MonkeyPatch, is_back: bool
) -> None:
    """Two tries at once: the one that comes too late holds the services when they have been moved already."""
    driver, service = at_gate(gate, route)
    if is_back:
        driver.cut_over()
        service.write_back()
    kind, move = (ToSource, go_back) if is_back else (ToTarget, cut_over)
    begin = kind.begin

    def late(hand_over: HandOver, sessions: Carrier, attempt: int) -> None:
        begin(hand_over, sessions, attempt)
        monkeypatch.undo()
        assert dying.start(partial(move, driver)).wait().is_done

    monkeypatch.setattr(kind, "begin", late)
    with pytest.raises(Interrupted):
        move(driver)
    move(driver)
    (must_be_at_source if is_back else must_be_at_target)(driver, service, route)


def looks_late(look: Callable[[], object], meanwhile: Callable[[], object]) -> None:
    """A look at an undecided attempt that freezes as it calls the services back, while another try brings that to its end."""
    victim = dying.start(look)
    try:
        victim.wait_until_frozen()
        meanwhile()
        victim.thaw()
        assert victim.wait().error == "Interrupted"
    finally:
        victim.kill()


def test_a_late_look_at_an_undecided_cutover_shuts_nobody_out(gate: Gate, route: Path) -> None:
    driver, service = at_gate(gate, route)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    late = replace(driver, switch=FreezingSwitch(path=route)).migration("rename")
    late.standing(Stage.OPENING)
    looks_late(lambda: deciding.recover(noted_cutover(late)), lambda: cut_over(driver))
    must_be_at_target(driver, service, route)


def test_a_late_look_at_an_undecided_roll_back_shuts_nobody_out(gate: Gate, route: Path) -> None:
    driver, service = at_gate(gate, route)
    driver.cut_over()
    service.write_back()
    dying.killed(partial(back, driver.returning()), "cutover.announced")
    late = replace(driver.returning(), switch=FreezingSwitch(path=route)).migration("rename_back")
    late.standing(Stage.ROLLING_BACK)
    looks_late(lambda: deciding.recover(noted_roll_back(late)), lambda: go_back(driver))
    must_be_at_source(driver, service, route)


@WAYS
def test_a_contract_that_comes_late_after_a_roll_back_drops_no_view(gate: Gate, route: Path, way: str) -> None:
    driver, service = at_gate(gate, route, way)
    driver.cut_over()
    with dying.frozen(lambda: driver.run(drop_views), "locks.taken") as victim:
        go_back(driver)
        victim.thaw()
        assert victim.wait().error == "Refused"
    must_be_at_source(driver, service, route, way)
    go_forward(driver)
    must_be_at_target(driver, service, route, way)


@WAYS
def test_a_suspect_that_no_window_was_told_of_holds_no_hand_over_up(gate: Gate, route: Path, way: str) -> None:
    """Whoever found that a key differed for a moment died before it put it into the log."""
    driver, service = at_gate(gate, route, way)
    driver = patient(driver, attempts=1)
    no = 2 if way == "across" else 1
    execute(driver.target, f"INSERT INTO airlift.shop_unverified_{no} SELECT max(id) FROM children_v2")
    driver.cut_over()
    execute(driver.source, f"INSERT INTO airlift.shop_unreturned_{no} SELECT max(id) FROM children_obsolete")
    go_back(driver)
    must_be_at_source(driver, service, route, way)
    assert ask(driver.target, f"SELECT count(*) FROM airlift.shop_unverified_{no}") == [(0,)]


def test_a_roll_back_that_another_try_has_decided_meanwhile_looks_again(gate: Gate, route: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, service = at_gate(gate, route)
    driver.cut_over()
    service.write_back()

    def reached(point: str) -> None:
        if point == "window.read":
            monkeypatch.undo()
            assert dying.start(partial(go_back, driver)).wait().is_done

    monkeypatch.setattr(faults, "reached", reached)
    with pytest.raises(Interrupted, match="Another try has handed the service over"):
        go_back(driver)
    assert [state for state, _ in attempts(driver)] == ["switched", "switched"]
    go_back(driver)
    must_be_at_source(driver, service, route)


def test_a_table_that_another_try_drops_meanwhile_is_no_error(gate: Gate, route: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, service = at_gate(gate, route)
    returning = driver.returning()

    def late(m: Migration, database: Database, locks: list[Lock], work: Callable[[Session], None]) -> None:
        if database is m.target:
            monkeypatch.undo()
            assert dying.start(lambda: returning.run(abandon)).wait().is_done
        under_locks(m, database, locks, work)

    monkeypatch.setattr(clean_up, "under_locks", late)
    returning.run(abandon)
    assert stage(driver) == Stage.CLEANED_UP
    service.must_be_whole("children", driver.source)


def test_a_try_beside_one_that_died_on_its_decision_is_interrupted_and_refuses_nothing(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are the other way round by then, and the ledger does not know it yet."""
    driver = gate("across")
    service = Service(driver)
    others = [lambda: dying.killed(partial(cut_over, driver), "cutover.decided")]

    def begin(self: ToTarget, *_: object) -> None:
        if others:
            others.pop()()

    monkeypatch.setattr(ToTarget, "begin", begin)
    with pytest.raises(Interrupted, match="Another try has handed the service over meanwhile"):
        cut_over(driver)
    cut_over(driver)
    service.write_back()
    service.must_be_whole()
