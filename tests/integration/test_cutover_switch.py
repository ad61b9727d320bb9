"""What `cutover.switch` is told, and what happens when it fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airlift.errors import Interrupted
from airlift.ledger import Stage
from airlift.phases.cutover import attempt, deciding
from airlift.phases.cutover.rename import rename
from airlift.phases.locking import OLD_MS
from airlift.phases.switching import Switch
from testbed import router
from testbed.driving import APPROVED, Driver
from testbed.live import RouterSwitch
from tests.fix_gates import Gate
from tests.small import Service, attempts, session, stage


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between tries."""
    monkeypatch.setattr(attempt, "QUIET_WITHIN", 0.3)


@pytest.fixture
def route(tmp_path: Path) -> Path:
    """A router file that points to the source."""
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    return path


def at_the_gate(gate: Gate, switch: Switch, **settings: Any) -> tuple[Driver, Service]:
    """A migration with a switch, that waits for its approval; patient, for attempts are counted."""
    driver = gate("across", switch=switch, **{"max_pause": 20.0, **settings})
    return driver, Service(driver)


def cut_over(driver: Driver) -> dict[str, Any]:
    """The cutover, as its task runs it."""
    return rename(driver.migration("rename"), APPROVED)


def finish(driver: Driver, service: Service) -> None:
    """Bring the migration to its end and compare."""
    assert service.write() == "target"
    driver.contract()
    service.must_be_whole()


def test_an_attempt_whose_hold_fails_is_given_up_and_the_source_told(gate: Gate, route: Path) -> None:
    switch = RouterSwitch(path=route, failing={"hold": 1})
    driver, service = at_the_gate(gate, switch)
    assert cut_over(driver)["attempts"] == 2
    assert switch.calls == [("hold", "shop-1"), ("source", "shop-1"), ("hold", "shop-2"), ("target", "shop-2")]
    assert attempts(driver)[0] == ("given up", "the switch does not work: hold")
    finish(driver, service)


def test_a_given_up_attempt_tells_the_source_first(gate: Gate, route: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switch = RouterSwitch(path=route)
    driver, service = at_the_gate(gate, switch, attempts=1)
    with monkeypatch.context() as patch, session(driver.source, autocommit=False) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM children")
        patch.setattr(attempt, "wait_for_quiet", lambda *_, **__: [])
        with pytest.raises(Interrupted):
            cut_over(driver)
    assert switch.calls == [("hold", "shop-1"), ("source", "shop-1")]
    assert router.read(route) == {"state": "source", "attempt": "shop-1"}
    cut_over(driver)
    finish(driver, service)


def test_nobody_is_held_while_a_blocker_is_seen_from_afar(gate: Gate, route: Path) -> None:
    switch = RouterSwitch(path=route)
    driver, service = at_the_gate(gate, switch, attempts=1)
    with session(driver.source, autocommit=False) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM children")
        time.sleep(2 * OLD_MS / 1000)
        with pytest.raises(Interrupted):
            cut_over(driver)
    assert switch.calls == []
    cut_over(driver)
    finish(driver, service)


def test_a_source_that_can_not_be_told_is_told_by_the_next_try(
    gate: Gate, route: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = RouterSwitch(path=route, failing={"source": deciding.TRIES_TO_CALL_BACK})
    driver, service = at_the_gate(gate, switch)
    with monkeypatch.context() as patch, session(driver.source, autocommit=False) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM children")
        patch.setattr(attempt, "wait_for_quiet", lambda *_, **__: [])
        with pytest.raises(Interrupted, match="the switch does not work: source"):
            cut_over(driver)
    assert router.read(route)["state"] == "hold"
    loud = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(loud) == deciding.TRIES_TO_CALL_BACK
    assert "THE SERVICES MAY STILL BE HELD" in loud[0]
    switch.calls.clear()
    cut_over(driver)
    assert switch.calls == [("source", "shop-1"), ("hold", "shop-2"), ("target", "shop-2")]
    finish(driver, service)


def test_a_target_that_fails_is_told_again_loudly_and_the_decision_stands(
    gate: Gate, route: Path, caplog: pytest.LogCaptureFixture
) -> None:
    switch = RouterSwitch(path=route, failing={"target": 2})
    driver, service = at_the_gate(gate, switch)
    assert cut_over(driver)["attempts"] == 1
    assert switch.calls == [("hold", "shop-1"), *[("target", "shop-1")] * 3]
    loud = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(loud) == 2
    assert "THE SERVICES WERE NOT MOVED (try 1)" in loud[0]
    finish(driver, service)


def test_a_target_that_goes_on_failing_is_told_by_the_next_try(gate: Gate, route: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airlift.phases.cutover.rename.TRIES_TO_SWITCH", 2)
    switch = RouterSwitch(path=route, failing={"target": 3})
    driver, service = at_the_gate(gate, switch)
    with pytest.raises(Interrupted, match="the switch does not work: target"):
        cut_over(driver)
    assert stage(driver) == Stage.SWITCHED
    assert cut_over(driver)["attempts"] == 1
    assert router.read(route) == {"state": "target", "attempt": "shop-1"}
    finish(driver, service)


def test_in_place_nobody_is_told_anything(gate: Gate) -> None:
    switch = RouterSwitch()
    gate("in place", switch=switch).cut_over()
    assert switch.calls == []


def test_a_hold_that_takes_too_long_is_ended_within_the_pause(gate: Gate, tmp_path: Path, program: Callable[..., tuple[str, ...]]) -> None:
    calls = tmp_path / "calls"
    slow = program(f'echo "$@" >> {calls}\n[ "$1 $2" = "hold shop-1" ] && sleep 60\nexit 0')
    driver, service = at_the_gate(gate, Switch(command=slow), max_pause=1.0)
    assert cut_over(driver)["attempts"] == 2
    assert calls.read_text().splitlines() == ["hold shop-1", "source shop-1", "hold shop-2", "target shop-2"]
    assert "took longer than" in str(attempts(driver)[0][1])
    finish(driver, service)


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """Makes a command of a shell script."""

    def make(script: str) -> tuple[str, ...]:
        path = tmp_path / "switch.sh"
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)
        return (str(path),)

    return make
