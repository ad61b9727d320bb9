"""Deaths beside the decision: the target is open and the source has not decided, or it has and nobody heard the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from airlift import faults
from airlift.errors import Ambiguous, Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.cutover import deciding
from airlift.phases.cutover.rename import noted
from testbed import dying, router
from testbed.proxy import proxy as proxied
from testbed.proxy import through
from testbed.servers import Database
from tests.faults.test_frozen import PATIENT, at_the_gate, cut_over
from tests.fix_gates import Gate
from tests.small import Service, ask, attempts, execute, stage

WAYS = pytest.mark.parametrize("way", ["across", "in place"])
Hook = Callable[[], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Hook], None]:
    """Have something done once, when this process is at a named point."""
    hooks: dict[str, Hook] = {}

    def reached(point: str) -> None:
        hook = hooks.pop(point, None)
        if hook:
            hook()

    monkeypatch.setattr(faults, "reached", reached)
    return hooks.__setitem__


def write_new(database: Database) -> None:
    """A write of somebody who was sent to the target too early."""
    execute(database, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")


def end_session_of_fence(database: Database) -> None:
    """End our own session that holds the fence."""
    found = ask(
        database,
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.mode = 'AccessExclusiveLock' AND l.granted AND l.locktype = 'relation' "
        "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.pid <> pg_backend_pid() LIMIT 1",
        admin=True,
    )
    assert found == [(True,)]


def finish(driver: Any, service: Service) -> None:
    """Bring the migration to its end and compare."""
    assert stage(driver) == Stage.SETTLED
    service.write()
    driver.contract()
    service.must_be_whole()


@WAYS
@pytest.mark.parametrize("point", ["cutover.announced", "cutover.deciding"])
def test_killed_before_the_decision_the_source_goes_on_and_the_next_try_works(gate: Gate, tmp_path: Path, way: str, point: str) -> None:
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    driver, service = at_the_gate(gate, way, path if way == "across" else None, max_pause=PATIENT)
    dying.killed(partial(cut_over, driver), point)
    assert stage(driver) == Stage.OPENING
    assert service.write() == "source"
    with pytest.raises(Refused, match="not decided yet"):
        clean_up(driver.migration())
    m = driver.migration("rename")
    m.standing(Stage.OPENING)
    assert deciding.recover(noted(m)) is False
    assert stage(driver) == Stage.VIEWS_CREATED
    if way == "across":
        assert router.read(path) == {"state": "source", "attempt": "shop-1"}
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="is shut"):
            write_new(driver.target)
        keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        assert ask(driver.target, keys) == [(0,)]
    service.write()
    assert cut_over(driver)["attempts"] == 2
    finish(driver, service)


def test_a_write_on_the_target_before_the_decision_is_for_a_person(gate: Gate) -> None:
    driver, service = at_the_gate(gate, "across", max_pause=PATIENT)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    write_new(driver.target)
    for _ in range(2):
        with pytest.raises(Ambiguous, match=r'"public\.children_v2".*airlift\.shop_back_<n>'):
            cut_over(driver)
        # it is shut all the same, and the service goes on at the source
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            write_new(driver.target)
        assert service.write() == "source"
    number = ask(driver.target, "SELECT no FROM airlift.tables WHERE layout -> 'target' ->> 1 = 'children_v2'")[0][0]
    assert ask(driver.target, f"SELECT k1 FROM airlift.shop_back_{number}") == [(17,)]
    # the person mends the row and says so
    body = service.rows[17][1]
    changed = f"UPDATE children_v2 SET body = '{body}' WHERE id = 17; TRUNCATE airlift.shop_back_{number}"
    execute(driver.target, f"SET airlift.applying = 'on'; {changed}")
    cut_over(driver)
    finish(driver, service)


@WAYS
def test_our_session_ended_by_somebody_just_before_the_decision(gate: Gate, at: Callable[[str, Hook], None], way: str) -> None:
    driver, service = at_the_gate(gate, way, max_pause=PATIENT)
    at("cutover.deciding", lambda: end_session_of_fence(driver.source))
    result = cut_over(driver)
    assert result["attempts"] == 2
    assert [state for state, _ in attempts(driver)] == ["given up", "switched"]
    finish(driver, service)


@WAYS
def test_our_session_ended_by_somebody_under_the_fence(gate: Gate, at: Callable[[str, Hook], None], way: str) -> None:
    driver, service = at_the_gate(gate, way, max_pause=PATIENT)
    at("cutover.locked", lambda: end_session_of_fence(driver.source))
    assert cut_over(driver)["attempts"] == 2
    finish(driver, service)


@WAYS
def test_a_lost_answer_to_the_decision_is_read_from_the_catalogs(gate: Gate, at: Callable[[str, Hook], None], way: str) -> None:
    driver, service = at_the_gate(gate, way, max_pause=PATIENT)
    with proxied(driver.source) as proxy:
        at("cutover.deciding", proxy.lose_answer)
        result = cut_over(replace(driver, source=through(driver.source, proxy.port)))
    assert proxy.lost == 1
    assert result["attempts"] == 1
    assert [state for state, _ in attempts(driver)] == ["switched"]
    finish(driver, service)


@WAYS
def test_a_decision_that_never_arrived_is_no_decision(gate: Gate, at: Callable[[str, Hook], None], way: str) -> None:
    driver, service = at_the_gate(gate, way, max_pause=PATIENT)
    with proxied(driver.source) as proxy:
        at("cutover.deciding", proxy.lose_commit)
        result = cut_over(replace(driver, source=through(driver.source, proxy.port)))
    assert result["attempts"] == 2
    finish(driver, service)


def test_a_fault_before_the_announcement_leaves_the_target_shut(gate: Gate, at: Callable[[str, Hook], None]) -> None:
    driver, service = at_the_gate(gate, "across", max_pause=PATIENT)

    def fail() -> None:
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            write_new(driver.target)
        raise Interrupted("something went wrong")

    at("cutover.proved", fail)
    assert cut_over(driver)["attempts"] == 2
    assert attempts(driver)[0] == ("given up", "something went wrong")
    finish(driver, service)


@WAYS
def test_a_name_that_is_taken_at_the_last_moment_changes_nothing(gate: Gate, at: Callable[[str, Hook], None], way: str) -> None:
    """Refused after the announcement: shut again at once, not only by a next try."""
    driver, service = at_the_gate(gate, way, max_pause=PATIENT)
    execute(driver.source, "CREATE TABLE children_obsolete (id int)")
    with pytest.raises(Refused, match="children_obsolete"):
        cut_over(driver)
    assert stage(driver) == Stage.VIEWS_CREATED
    if way == "across":
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            write_new(driver.target)
    assert service.write() == "source"
    execute(driver.source, "DROP TABLE children_obsolete")
    cut_over(driver)
    finish(driver, service)
