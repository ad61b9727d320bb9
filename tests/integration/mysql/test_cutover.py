"""The cutover and its way back from MariaDB to MariaDB: whatever dies or freezes at which step, one side has the service and every row."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pymysql
import pytest

from airlift import faults
from airlift.databases.mysql.session import Session
from airlift.errors import Ambiguous, Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases.cutover.handing_over import ToTarget
from airlift.phases.cutover.rename import rename
from airlift.phases.roll_back.rename_back import rename_back
from testbed import dying
from testbed.driving import APPROVED, Driver
from tests.fix_servers import Pair, slowly
from tests.small_mysql import Live, Queue, Service, ask, attempts, execute, session, small, stage

PAUSE = 1.0
PROMISE = PAUSE + 2.0
"""Seconds within which a writer goes on, whatever became of us."""
PATIENT = 20.0
BEFORE = ["cutover.locked", "cutover.carried", "cutover.proved", "cutover.announced", "cutover.deciding"]
Hook = Callable[[], None]


@pytest.fixture
def gate(mariadb_databases: Pair) -> Driver:
    """The small migration at its gate."""
    driver = small(mariadb_databases.source, mariadb_databases.target)
    driver = replace(driver, settings=replace(driver.settings, max_pause=PATIENT))
    driver.up_to_gate()
    return driver


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


def hasty(driver: Driver) -> Driver:
    """One whose servers end it soon."""
    return replace(driver, settings=replace(driver.settings, max_pause=PAUSE))


def cut_over(driver: Driver) -> dict[str, Any]:
    """The cutover, as its task runs it."""
    return rename(driver.migration("rename"), APPROVED)


def roll_back(driver: Driver) -> dict[str, Any]:
    """The roll back, as its task runs it."""
    return rename_back(driver.returning().migration("rename_back"), APPROVED, "roll back")


def names(driver: Driver) -> list[str]:
    """The old tables as they are called."""
    return [row[0] for row in ask(driver.source, "SHOW TABLES")]


def must_be_shut(driver: Driver) -> None:
    """Nobody writes the new tables."""
    with pytest.raises(pymysql.OperationalError, match="is shut"):
        execute(driver.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")


def finish(driver: Driver, service: Service) -> None:
    """The service is on the target, and nothing was lost."""
    assert stage(driver) == Stage.SETTLED
    assert names(driver) == ["children_obsolete", "notes_obsolete", "parents_obsolete"]
    assert service.write() == "target"
    service.must_be_whole()


def test_the_service_writes_all_the_time(gate: Driver) -> None:
    service = Service(gate)
    with Live(service) as live:
        result = cut_over(gate)
        time.sleep(0.2)
    print(f"pause {result['pause_ms']} ms, attempts {result['attempts']}, the longest write {live.longest * 1000:.0f} ms")
    assert set(live.sides) == {"source", "target"}
    finish(gate, service)
    for table in ("children_obsolete", "notes_obsolete"):
        with pytest.raises(pymysql.OperationalError, match="is shut"):
            execute(gate.source, f"DELETE FROM {table}")


def test_a_long_transaction_is_named_and_nobody_waits(gate: Driver) -> None:
    service = Service(gate)
    quick = replace(gate, settings=replace(gate.settings, attempts=1))
    with session(gate.source, autocommit=False) as somebody:
        somebody.cursor().execute("SELECT COUNT(*) FROM notes")
        with Live(service) as live, Queue(gate.source) as queue, pytest.raises(Interrupted):
            cut_over(quick)
        assert f"session {somebody.thread_id()} of user" in str(attempts(gate)[0][1])
    assert set(live.sides) == {"source"}
    assert queue.looks > 20
    assert queue.seen == []
    cut_over(gate)
    finish(gate, service)


def test_killed_before_the_decision_the_source_goes_on_and_the_next_try_works(gate: Driver) -> None:
    service = Service(gate)
    service.write()
    for point in BEFORE:
        dying.killed(partial(cut_over, gate), point)
        assert service.write() == "source"
        if point not in ("cutover.announced", "cutover.deciding"):
            must_be_shut(gate)
    assert cut_over(gate)["attempts"] == len(BEFORE) + 1
    finish(gate, service)


@pytest.mark.parametrize("point", slowly(BEFORE, "cutover.carried", "cutover.proved"))
def test_frozen_before_the_decision_the_servers_let_the_writers_go(gate: Driver, point: str) -> None:
    service = Service(gate)
    service.write()
    with dying.frozen(partial(cut_over, hasty(gate)), point) as victim:
        began = time.monotonic()
        assert service.write() == "source"
        assert time.monotonic() - began < PROMISE
        # a next try begins while the frozen one is still there, as a scheduler would have it
        assert cut_over(gate)["attempts"] == 2
        assert service.write() == "target"
        victim.thaw()
        assert not victim.wait().killed
    finish(gate, service)


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_once_it_is_decided_the_target_goes_on_whatever_becomes_of_us(gate: Driver, how: str) -> None:
    service = Service(gate)
    service.write()
    if how == "killed":
        dying.killed(partial(cut_over, gate), "cutover.decided")
        assert service.write() == "target"
    else:
        with dying.frozen(partial(cut_over, hasty(gate)), "cutover.decided"):
            assert service.write() == "target"
    assert stage(gate) == Stage.OPENING
    assert cut_over(gate)["attempts"] == 1
    finish(gate, service)


def end_session_of_fence(driver: Driver) -> None:
    """End our own session that holds the fence."""
    with session(driver.source, admin=True) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT ID FROM information_schema.PROCESSLIST WHERE IS_USED_LOCK(CONCAT('airlift decides in ', ID)) IS NOT NULL")
        ((number,),) = cursor.fetchall()
        cursor.execute("KILL %s", (number,))


@pytest.mark.parametrize("point", ["cutover.locked", "cutover.announced", "cutover.deciding"])
def test_our_session_ended_by_somebody(gate: Driver, at: Callable[[str, Hook], None], point: str) -> None:
    service = Service(gate)
    service.write()
    at(point, lambda: end_session_of_fence(gate))
    assert cut_over(gate)["attempts"] == 2
    assert [state for state, _ in attempts(gate)] == ["given up", "switched"]
    finish(gate, service)


@pytest.mark.parametrize("is_rewritten", [False, True])
def test_a_name_that_is_not_given_after_the_decision_is_given_by_the_next_try(
    gate: Driver, at: Callable[[str, Hook], None], *, is_rewritten: bool
) -> None:
    """The commit has decided: writers are kept out by the guard until the names are brought to their end."""
    service = Service(gate)
    at("cutover.deciding", lambda: execute(gate.source, "CREATE TABLE notes_obsolete (id INT)") and None)
    with pytest.raises(Interrupted):
        cut_over(gate)
    if is_rewritten:
        execute(gate.source, "ALTER TABLE notes FORCE")
    with pytest.raises(Refused, match="notes_obsolete"):
        cut_over(gate)
    assert service.write() == "target"
    with pytest.raises(pymysql.OperationalError, match="is shut"):
        execute(gate.source, "DELETE FROM notes")
    execute(gate.source, "DROP TABLE notes_obsolete")
    assert cut_over(gate)["attempts"] == 1
    finish(gate, service)


def test_tables_that_are_rewritten_at_the_last_moment_are_compared_anew(gate: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have other numbers then, which does not make anybody's who has the service."""
    make_ready, rewritten = ToTarget.make_ready, []

    def rewrite_first(self: ToTarget, sending: Session, receiving: Session) -> None:
        make_ready(self, sending, receiving)
        if not rewritten:
            rewritten.extend(layout.source.name for layout in self.forward)
            for name in rewritten:
                execute(gate.source, f"ALTER TABLE `{name}` FORCE")

    monkeypatch.setattr(ToTarget, "make_ready", rewrite_first)
    assert cut_over(gate)["attempts"] == 2
    assert rewritten
    assert stage(gate) == Stage.SETTLED


def test_a_name_that_is_taken_before_changes_nothing(gate: Driver) -> None:
    service = Service(gate)
    execute(gate.source, "CREATE TABLE notes_obsolete (id INT)")
    with pytest.raises(Refused, match="notes_obsolete"):
        cut_over(gate)
    assert stage(gate) == Stage.VIEWS_CREATED
    must_be_shut(gate)
    assert service.write() == "source"
    execute(gate.source, "DROP TABLE notes_obsolete")
    cut_over(gate)
    finish(gate, service)


def test_a_write_on_the_target_before_the_decision_is_for_a_person(gate: Driver) -> None:
    service = Service(gate)
    dying.killed(partial(cut_over, gate), "cutover.announced")
    execute(gate.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")
    for _ in range(2):
        with pytest.raises(Ambiguous, match=r"children_v2.*airlift\.shop_back_<n>"):
            cut_over(gate)
        must_be_shut(gate)
        assert service.write() == "source"


@pytest.fixture
def switched(gate: Driver) -> tuple[Driver, Service]:
    """The small migration after its cutover, with changes on the new side."""
    service = Service(gate)
    gate.cut_over()
    service.write()
    return gate, service


def went_back(driver: Driver, service: Service) -> None:
    """The service is on the source, and nothing was lost."""
    assert stage(driver) == Stage.VIEWS_CREATED
    assert names(driver) == ["children", "notes", "parents"]
    must_be_shut(driver)
    assert service.write_back() == "source"
    service.must_be_whole("children", driver.source)


def test_the_service_goes_back_while_it_writes(switched: tuple[Driver, Service]) -> None:
    driver, service = switched
    with Live(service, is_back=True) as live:
        roll_back(driver)
        time.sleep(0.2)
    assert set(live.sides) == {"source", "target"}
    went_back(driver, service)
    driver.validate_again()
    cut_over(driver)
    assert service.write() == "target"
    service.must_be_whole()


def test_a_roll_back_that_is_killed_is_made_again(switched: tuple[Driver, Service]) -> None:
    driver, service = switched
    for point in (*BEFORE, "roll_back.announcing"):
        dying.killed(partial(roll_back, driver), point)
        assert service.write_back() == "target"
    roll_back(driver)
    went_back(driver, service)


@pytest.mark.parametrize("point", ["cutover.locked", "cutover.announced", "cutover.deciding"])
def test_a_roll_back_that_is_frozen_lets_the_writers_go(switched: tuple[Driver, Service], point: str) -> None:
    driver, service = switched
    with dying.frozen(partial(roll_back, hasty(driver)), point) as victim:
        began = time.monotonic()
        assert service.write_back() == "target"
        assert time.monotonic() - began < PROMISE
        roll_back(driver)
        assert service.write_back() == "source"
        victim.thaw()
        assert not victim.wait().killed
    went_back(driver, service)


def test_a_roll_back_that_is_decided_stays_so(switched: tuple[Driver, Service]) -> None:
    driver, service = switched
    dying.killed(partial(roll_back, driver), "cutover.decided")
    assert service.write_back() == "source"
    roll_back(driver)
    went_back(driver, service)
