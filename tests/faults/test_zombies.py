"""A process that freezes with a transaction open: the server ends it, the next try goes on, and what comes to life changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from airlift.databases.postgres import session as sessions
from airlift.errors import Interrupted
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover import deciding
from airlift.phases.cutover.create_views import create_views
from airlift.phases.migration import Migration
from airlift.phases.sync.delta_windows import delta_windows
from testbed import dying
from testbed.driving import Driver
from tests.fix_servers import Pair
from tests.small import Service, small

LEASE = "700ms"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for what is frozen, or for a service that does not write by itself."""
    monkeypatch.setitem(sessions.SETTINGS, "idle_in_transaction_session_timeout", LEASE)
    monkeypatch.setattr(deciding, "FIRST_WRITE_WITHIN", 0.1)


def copied(m: Migration) -> Any:
    """The copy as one stream."""
    return dump_and_import(m, "stream 1 of 1")


def until_done(driver: Driver, step: Callable[[Migration], Any]) -> None:
    """Run a step until it comes to its end, as its task would."""
    until = time.monotonic() + 20
    while True:
        try:
            driver.run(step)
            return
        except Interrupted:
            assert time.monotonic() < until, f"{step} waits for the frozen one for ever"


def to_the_end(driver: Driver, service: Service) -> None:
    """The rest of the migration."""
    driver.validate()
    driver.run(create_views)
    service.write()
    driver.cut_over()
    service.write()
    driver.contract()
    service.must_be_whole()


@pytest.mark.parametrize(
    ("step", "point"),
    [(copied, "copy.imported"), (build_indexes, "indexes.built"), (delta_windows, "window.durable"), (delta_windows, "window.applied")],
)
def test_the_next_try_goes_on_beside_a_frozen_one(databases: Pair, step: Callable[[Migration], Any], point: str) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    service = Service(driver)
    steps: list[Callable[[Migration], Any]] = [plan, copied, build_indexes, delta_windows]
    service.write()
    driver.run(*steps[: steps.index(step)])
    service.write()
    with dying.frozen(partial(step, driver.migration("zombie")), point) as zombie:
        service.write()
        for each in steps[steps.index(step) :]:
            until_done(driver, each)
        zombie.thaw()
        assert not zombie.wait().killed
    driver.catch_up()
    to_the_end(driver, service)
