"""A network that misbehaves at every point of a migration: it goes on, and every acknowledged row is there once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from airlift.databases.postgres import session as sessions
from airlift.ledger import Stage
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.prepare.preflight import preflight
from airlift.phases.sync.report import report
from testbed import proxy as proxies
from testbed.live import patient
from testbed.proxy import Proxy, through
from testbed.proxy import proxy as proxied
from tests.faults.test_crashes import PHASES, at
from tests.faults.test_frozen import PATIENT, at_the_gate, cut_over
from tests.fix_gates import Gate
from tests.fix_servers import Pair
from tests.small import Service, small, stage

__all__ = ["at"]
Hooks = Callable[[str, Callable[[], None]], None]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is half-open is told soon."""
    monkeypatch.setattr(proxies, "HALF_OPEN", 1.0)


@pytest.mark.parametrize("mode", [Proxy.drop, Proxy.half_close, Proxy.lose_answer, Proxy.lose_commit], ids=lambda mode: mode.__name__)
def test_a_whole_migration_through_a_network_that_misbehaves(
    databases: Pair, at: Hooks, monkeypatch: pytest.MonkeyPatch, mode: Callable[[Proxy], None]
) -> None:
    monkeypatch.setitem(sessions.SETTINGS, "idle_in_transaction_session_timeout", "700ms")
    direct = patient(small(databases.source, databases.target), max_pause=1.0)
    service, met = Service(direct), 0
    with proxied(direct.source) as near, proxied(direct.target) as far:
        driver = replace(direct, source=through(direct.source, near.port), target=through(direct.target, far.port))

        def misbehave(each: Proxy) -> None:
            nonlocal met
            met += 1
            mode(each)

        driver.until_done(preflight)
        for number, (step, points) in enumerate(PHASES):
            if step is drop_views:
                service.table = "children_v2"  # all servers run the new code by now
            for no, point in enumerate(points):
                at(point, partial(misbehave, (near, far)[(number + no) % 2]))
            service.write()
            if step is report:
                with direct.kept_in_sync():
                    driver.until_done(step)
            else:
                driver.until_done(step)
        lost = near.lost + far.lost
    assert stage(direct) == Stage.CLEANED_UP
    service.write()
    service.must_be_whole()
    # a lost answer to what was done is found out by the next try, which passes by the points behind it
    assert met > 15
    if mode in (Proxy.lose_answer, Proxy.lose_commit):
        assert lost > met / 2


def test_a_cutover_over_a_hundred_milliseconds(gate: Gate) -> None:
    """It comes to its end if it is given the time: the pause grows with the round trips under the fence."""
    driver, service = at_the_gate(gate, "in place", max_pause=PATIENT * 3)
    with proxied(driver.source) as near:
        near.delay(0.1)
        result = cut_over(replace(driver, source=through(driver.source, near.port)))
    print(f"over 100 ms to the source the pause was {result['pause_ms']} ms")
    assert service.write() == "source"
    driver.contract()
    service.must_be_whole()
