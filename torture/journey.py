"""The way of a migration through its tasks, as its DAG has it. What comes after the contract may be added as further legs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.contract.validate import validate as last_report
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
from airlift.phases.sync.keep_in_sync import keep_in_sync
from airlift.phases.sync.report import report
from airlift.phases.sync.validate import validate
from testbed.driving import APPROVED

Work = Callable[[Migration], Any]
WINDOW = ("window.read", "window.durable", "window.applied", "window.committed")


@dataclass(frozen=True)
class Step:
    """A task: its work, and the named points that a fault may meet on its way."""

    name: str
    work: Work
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leg:
    """Tasks that run side by side; the next leg begins when all have ended. `moved`: the service is on the new tables afterwards."""

    steps: tuple[Step, ...]
    moved: bool = False
    begun: bool = True
    """Whether the migration has begun: nobody but a person repeats its preflight, and nothing is brought down on that."""
    beside_windows: bool = False
    """Whether `keep_in_sync` runs beside it."""

    @property
    def name(self) -> str:
        """The first task's name."""
        return self.steps[0].name


def keeping(answered: Path) -> Step:
    """The windows beside other legs, until a file says that the gate was answered."""
    return Step("keep_in_sync", partial(keep_in_sync, answered=answered.exists), WINDOW)


def _streams(name: str, work: Callable[[Migration, str], Any], points: tuple[str, ...] = ()) -> tuple[Step, ...]:
    return tuple(Step(f"{name}_{no}", partial(work, stream=f"stream {no} of 2"), points) for no in (1, 2))


def _approved(m: Migration) -> Any:
    return rename(m, APPROVED)


CUTOVER = (
    "cutover.held", "cutover.locked", "cutover.carried", "cutover.proved", "cutover.announced", "cutover.deciding", "cutover.decided",
    "cutover.recovered", "cutover.switching", "cutover.moved", "cutover.noted", "cutover.settling",
)  # fmt: skip
FORWARD: tuple[Leg, ...] = (
    Leg((Step("preflight", preflight),), begun=False),
    Leg((Step("create_target", create_target, ("target.tables_made",)),)),
    Leg((Step("install_triggers", install_triggers, ("locks.taken", "triggers.installed")),)),
    Leg((Step("watermark", watermark),)),
    Leg((Step("plan", plan),)),
    Leg(_streams("dump_and_import", dump_and_import, ("copy.imported", "copy.committed", "copy.moved"))),
    Leg((Step("build_indexes", build_indexes, ("indexes.log_read", "indexes.keys_unique", "indexes.built")),)),
    Leg((Step("delta_windows", delta_windows, WINDOW),)),
    Leg(_streams("validate", validate), beside_windows=True),
    Leg((Step("report", report),), beside_windows=True),
    Leg((Step("create_views", create_views, ("views.created",)),), beside_windows=True),
    Leg((Step("rename", _approved, (*CUTOVER, *WINDOW)),), moved=True),
    Leg((Step("validate_after", after.validate, ("validate.key_checked",)),), moved=True),
    Leg((Step("last_report", last_report),), moved=True),
    Leg((Step("drop_views", drop_views, ("drop_views.dropped",)),), moved=True),
    Leg((Step("clean_up", clean_up, ("clean_up.triggers_dropped",)),), moved=True),
)
