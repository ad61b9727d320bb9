"""A server that crashes at every point of a migration: it goes on, and the target never keeps a row that the source has lost.

With `synchronous_commit = off` a crash takes back what was acknowledged. That is the service's own choice; but what the source lost
must not be on the target, and what it writes afterwards, with the same transaction ids, must be carried.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from airlift import faults
from airlift.ledger import Stage
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover import validate as after
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.rename import rename
from airlift.phases.migration import Migration
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.report import report
from airlift.phases.sync.validate import validate
from testbed.driving import APPROVED, Driver
from testbed.live import patient
from testbed.servers import Server, two_servers
from tests.small import READ, Service, ask, small, stage

Step = Callable[[Migration], Any]
_number = itertools.count(1)


def copied(m: Migration) -> Any:
    """The copy as one stream."""
    return dump_and_import(m, "stream 1 of 1")


def compared(m: Migration) -> Any:
    """The comparison as one stream."""
    return validate(m, "stream 1 of 1")


def approved(m: Migration) -> Any:
    """The cutover."""
    return rename(m, APPROVED)


WINDOW = ("window.read", "window.durable", "window.applied", "window.committed")
PHASES: list[tuple[Step, tuple[str, ...]]] = [
    (create_target, ("target.tables_made",)),
    (install_triggers, ("locks.taken", "triggers.installed")),
    (watermark, ("ends",)),
    (plan, ("ends",)),
    (copied, ("copy.imported", "copy.committed")),
    (build_indexes, ("indexes.copied", "indexes.keys_unique", "indexes.built")),
    (delta_windows, WINDOW),
    (compared, ()),
    (report, ()),
    (create_views, ("views.created",)),
    (approved, ("cutover.locked", "cutover.carried", "cutover.proved", "cutover.announced", "cutover.deciding", "cutover.decided")),
    (after.validate, ("validate.key_checked",)),
    (drop_views, ("drop_views.dropped",)),
    (clean_up, ("clean_up.triggers_dropped",)),
]
"""Every phase with the points at which a server crashes; "ends" is right after it. Across servers."""


WRITES: dict[Step, int] = {watermark: 160, copied: 30, build_indexes: 30}
"""How often the service writes before a phase, where not once. What a crash takes back before X leaves room for as many transaction ids
to be given out twice: more than are used up until the first window.
"""


@pytest.fixture(scope="module")
def crashing() -> Iterator[tuple[Server, Server]]:
    """Two servers for these tests alone."""
    with two_servers() as pair:
        yield pair
        for server in pair:
            server.crash()  # some of its processes are held back, and wouldn't end by themselves


class Crashes:
    """The small migration, whose servers are crashed on its way."""

    def __init__(self, servers: tuple[Server, Server], *, synchronous: bool) -> None:
        name = f"crash_{next(_number)}"
        self.driver: Driver = patient(small(*(server.create_database(name) for server in servers)), max_pause=1.0)
        if not synchronous:
            for server in servers:
                with server.connect() as session, session.cursor() as cursor:
                    cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
                session.close()
        self.service = Service(self.driver)
        self.crashed = 0

    def crash(self, server: Server) -> None:
        """Crash a server at once and start it again. The service finds out what is left, and writes on."""
        self.crashed += 1
        server.crash()
        server.start()
        where, table = self.driver.source, "children"
        if not self.is_at_source():
            where, table = self.driver.target, "children_v2"
        self.service.rows = {row[0]: (row[1], row[2], row[3]) for row in ask(where, READ.format(table))}
        server.hold_back()
        self.write(3)

    def is_at_source(self) -> bool:
        """Whether the service has its table at the source."""
        return ask(self.driver.source, "SELECT to_regclass('children') IS NOT NULL") == [(True,)]

    def write(self, times: int) -> None:
        """Writes of the service, as long as the code has its name."""
        for _ in range(times):
            self.service.write()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], None]], None]:
    """Have something done once, when this process is at a named point."""
    hooks: dict[str, Callable[[], None]] = {}

    def reached(point: str) -> None:
        if hook := hooks.pop(point, None):
            hook()

    monkeypatch.setattr(faults, "reached", reached)
    return hooks.__setitem__


@pytest.mark.parametrize(
    ("side", "synchronous"),
    [
        pytest.param("source", True, id="source"),
        pytest.param("source", False, id="source, synchronous_commit off"),
        pytest.param("target", True, id="target"),
    ],
)
def test_a_crash_in_any_phase_loses_nothing(
    crashing: tuple[Server, Server], at: Callable[[str, Callable[[], None]], None], side: str, synchronous: bool
) -> None:
    run = Crashes(crashing, synchronous=synchronous)
    server = getattr(run.driver, side).server
    run.driver.run(preflight)
    server.hold_back()
    expected = 0
    for step, points in PHASES:
        if step is drop_views:
            run.service.table = "children_v2"  # all servers run the new code by now
        for point in points:
            at(point, partial(run.crash, server))
        run.write(WRITES.get(step, 1))
        with run.driver.kept_in_sync() if step is report else contextlib.nullcontext():
            run.driver.until_done(step)
        if "ends" in points:
            run.crash(server)
        expected += len(points)
        assert run.crashed == expected, f"{step} was not crashed at each of {points}"
    assert stage(run.driver) == Stage.CLEANED_UP
    run.write(1)
    run.service.must_be_whole()
