"""A second run of a migration: refused with the holder's name, or it takes over, or it starts over, as the person has chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlift.errors import Refused
from airlift.ledger import Stage
from airlift.phases.copying.plan import plan
from airlift.phases.migration import Settings
from airlift.phases.prepare.preflight import preflight
from airlift.phases.sync.report import report
from testbed.driving import Driver
from tests.fix_gates import Gate
from tests.fix_servers import Pair
from tests.small import Service, ask, small, stage

WAYS = pytest.mark.parametrize("way", ["across", "in place"])


def second(driver: Driver, unfinished: str) -> Driver:
    """The same migration as a second run would work on it."""
    return replace(driver, run_id="manual__2", settings=replace(driver.settings, unfinished=unfinished))


@WAYS
def test_a_second_run_is_refused_and_told_who_holds_it(gate: Gate, way: str) -> None:
    driver = gate(way)
    with pytest.raises(Refused, match=r'held by run "manual__1".*`go on`.*`start over`'):
        second(driver, Settings.REFUSE).run(preflight)
    driver.cut_over()


@WAYS
def test_a_second_run_goes_on_where_the_first_stands(gate: Gate, way: str) -> None:
    driver = gate(way)
    service = Service(driver)
    other = second(driver, Settings.GO_ON)
    other.run(preflight)
    with pytest.raises(Refused, match='held by run "manual__2"'):
        driver.run(report)
    service.write()
    other.up_to_gate()
    service.write()
    other.cut_over()
    service.write()
    other.contract()
    service.must_be_whole()


@WAYS
def test_a_second_run_starts_over(databases: Pair, way: str) -> None:
    driver = small(databases.source, databases.target if way == "across" else None)
    driver.prepare()
    driver.run(plan)
    service = Service(driver)
    service.write()
    other = second(driver, Settings.START_OVER)
    other.run(preflight)
    assert stage(other) == Stage.PREPARED
    assert ask(driver.source, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'airlift%'") == [(0,)]
    other.run(preflight)
    other.up_to_gate()
    service.write()
    other.cut_over()
    other.contract()
    service.must_be_whole()


def test_after_the_cutover_nothing_starts_over(gate: Gate) -> None:
    driver = gate("across")
    driver.cut_over()
    with pytest.raises(Refused, match=r"past its cutover.*roll_back_shop"):
        second(driver, Settings.START_OVER).run(preflight)
    assert stage(driver) == Stage.SETTLED


def test_an_edited_spec_is_not_gone_on_with(gate: Gate) -> None:
    driver = gate("across")
    edited = replace(second(driver, Settings.GO_ON), spec={**driver.spec, "obsolete": "drop"})
    with pytest.raises(Refused, match=r"`obsolete` was .*keep"):
        edited.run(preflight)
    driver.run(report)
