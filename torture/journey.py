"""The way of a migration through its tasks, as its DAGs have it: forward, in some rounds back and forward again, and to one of its ends."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.contract.sync_back import sync_back
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
from airlift.phases.roll_back import preflight as looking
from airlift.phases.roll_back import validate as after_roll_back
from airlift.phases.roll_back.preflight import ABANDON, ROLL_BACK
from airlift.phases.roll_back.rename_back import rename_back
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.keep_in_sync import keep_in_sync
from airlift.phases.sync.report import report
from airlift.phases.sync.validate import validate
from testbed.driving import APPROVED

Work = Callable[[Migration], Any]
WINDOW = ("window.read", "window.durable", "window.applied", "window.committed")
HAND_OVER = (
    "cutover.held", "cutover.locked", "cutover.carried", "cutover.proved", "cutover.announced", "cutover.deciding", "cutover.decided",
    "cutover.switching", "cutover.moved", "cutover.noted",
)  # fmt: skip
CUTOVER = (*HAND_OVER, "cutover.recovered", "cutover.settling")
DECISIVE = ("cutover.announced", "cutover.deciding", "cutover.decided")
"""The points beside the decision. What is found there after a death is told from the catalogs alone, so they are met more often."""
ROLLING_BACK = (*HAND_OVER, "roll_back.announcing", "roll_back.recovered", "roll_back.settling")
ABANDONING = ("clean_up.abandoned", "clean_up.triggers_dropped", "clean_up.target_left")


@dataclass(frozen=True)
class Step:
    """A task: its work, and the named points that a fault may meet on its way. `tries`: how often it ran before this leg."""

    name: str
    work: Work
    points: tuple[str, ...] = ()
    tries: int = 0
    decided_on: str | None = None
    """The server whose commit hands the service over, where this task asks for it."""


@dataclass(frozen=True)
class Leg:
    """Tasks that run side by side; the next leg begins when all have ended."""

    steps: tuple[Step, ...]
    to: str | None = None
    """The side that the service is on afterwards, where this leg hands it over."""
    beside: str | None = None
    """What carries windows beside it: `keep_in_sync`, `sync_back` or nothing."""
    begun: bool = True
    """Whether the migration has begun: nobody but a person repeats its preflight, and nothing is brought down on that."""
    returning: bool = False
    """Whether its tasks are those of a roll back's run."""
    ends: bool = False
    """Whether it takes away what guards and captures: what is beside it may be refused then."""
    is_before_hand_over: bool = False
    """Whether a window of what is beside it may be frozen from here on until the service was handed over by the next leg."""
    lasts: float = 0.0
    """Seconds that it takes at least, for the service to write in."""

    @property
    def name(self) -> str:
        """The first task's name."""
        return self.steps[0].name


def keeping(name: str, answered: Path) -> Step:
    """What carries windows beside other legs, until a file says that the gate was answered."""
    work = {"keep_in_sync": keep_in_sync, "sync_back": sync_back}[name]
    points = WINDOW if name == "keep_in_sync" else (*WINDOW, "sync_back.carried")
    return Step(name, partial(work, answered=answered.exists), points)


def journey(chance: random.Random) -> tuple[Leg, ...]:
    """A round's legs. Half of the rounds go back; some of those end there, the others go forward again, a few back once more."""
    legs = (*PREPARING, *FIRST_COMPARISON, *SWITCHING)
    if chance.random() < 0.5:
        return legs + CONTRACTING
    legs += RETURNING
    if chance.random() < 0.3:
        return legs + ABANDONED
    legs += (*COMPARED_AGAIN, *SWITCHING)
    return (*legs, *RETURNING, *ABANDONED) if chance.random() < 0.3 else legs + CONTRACTING


def _streams(name: str, work: Callable[[Migration, str], Any], points: tuple[str, ...] = (), tries: int = 0) -> tuple[Step, ...]:
    return tuple(Step(f"{name}_{no}", partial(work, stream=f"stream {no} of 2"), points, tries) for no in (1, 2))


def _approved(m: Migration) -> Any:
    return rename(m, APPROVED)


def _look(m: Migration, action: str) -> Any:
    found = looking.preflight(m)
    assert found["action"] == action, found["action"]
    return found


def _roll_back(action: str, points: tuple[str, ...], **words: Any) -> tuple[Leg, ...]:
    """A run of the roll back's DAG, that does what its preflight says."""
    words = {"returning": True, **words}
    return (
        Leg((Step("roll_back_preflight", partial(_look, action=action)),), lasts=1.5, returning=True, beside=words["beside"],
            is_before_hand_over="to" in words),
        Leg((Step("rename_back", partial(rename_back, approval=APPROVED, action=action), points,
                  decided_on="target" if "to" in words else None),), **words),
        Leg((Step("roll_back_validate", partial(after_roll_back.validate, action=action), ("roll_back.key_checked",)),),
            **{**words, "to": None}),
    )  # fmt: skip


def _compared(tries: int) -> tuple[Leg, ...]:
    return (
        Leg(_streams("validate", validate, tries=tries), beside="keep_in_sync", lasts=0.5),
        Leg((Step("report", report),), beside="keep_in_sync", is_before_hand_over=True, lasts=1.0),
        Leg((Step("create_views", create_views, ("views.created",)),), beside="keep_in_sync"),
    )


PREPARING: tuple[Leg, ...] = (
    Leg((Step("preflight", preflight),), begun=False),
    Leg((Step("create_target", create_target, ("target.tables_made",)),)),
    Leg((Step("install_triggers", install_triggers, ("locks.taken", "triggers.installed")),)),
    Leg((Step("watermark", watermark),)),
    Leg((Step("plan", plan),)),
    Leg(_streams("dump_and_import", dump_and_import, ("copy.imported", "copy.committed", "copy.moved"))),
    Leg((Step("build_indexes", build_indexes, ("indexes.log_read", "indexes.keys_unique", "indexes.built")),)),
    Leg((Step("delta_windows", delta_windows, WINDOW),)),
)
FIRST_COMPARISON = _compared(tries=0)
COMPARED_AGAIN = _compared(tries=100)
"""More tries than it had before: as a person has cleared the task."""
SWITCHING: tuple[Leg, ...] = (
    Leg((Step("rename", _approved, (*CUTOVER, *WINDOW), decided_on="source"),), to="target"),
    Leg((Step("validate_after", after.validate, ("validate.key_checked",)),), beside="sync_back"),
)
RETURNING = _roll_back(ROLL_BACK, (*ROLLING_BACK, *WINDOW), to="source", beside="sync_back")
ABANDONED = _roll_back(ABANDON, ABANDONING, ends=True, beside="keep_in_sync")
CONTRACTING: tuple[Leg, ...] = (
    Leg((Step("last_report", last_report, WINDOW),), beside="sync_back"),
    Leg((Step("drop_views", drop_views, ("drop_views.dropped",)),)),
    Leg((Step("clean_up", clean_up, ("clean_up.triggers_dropped", "clean_up.way_back_closed")),), ends=True),
)
