"""What should be there at each stage. The one place that knows; pure."""

from dataclasses import dataclass
from enum import Enum

from airlift.ledger import Stage

CAPTURE, EARLY, GUARD, HEARTBEAT, VIEW, UNVERIFIED = "log", "back", "guard", "heartbeat", "view", "unverified"
"""The kinds of our triggers and objects: what notes changes on the source, what notes early writes on the target, and the rest."""


class Should(Enum):
    """Whether something should be there: it must, it may (it is being made or taken away), or it must not."""

    MUST = "must be there"
    MAY = "may be there"
    NOT = "must not be there"


class Names(Enum):
    """Who owns the old names on the source, and so the service."""

    OLD = "the old tables"
    UNDECIDED = "undecided"
    NEW = "the new tables"
    ANY = "whoever has them"


@dataclass(frozen=True)
class Expected:
    """What should be there. `early` is what notes writes to the target before the cutover is settled; `step` is what comes next.

    `step` names the tasks, and `how` says how to go on from here.
    """

    names: Names
    tables: Should
    triggers: Should
    logs: Should
    guard: Should
    early: Should
    views: Should
    step: str
    how: str

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done."""
        return self.names is Names.ANY


_MUST, _MAY, _NOT = Should.MUST, Should.MAY, Should.NOT
_CLEAR = "If no task of the run is at work, clear it with all that comes after it; it goes on where it was"
_GATE = (
    "If cutover.approve waits for its answer, read the report and answer it. After Approve, cutover.rename goes on by itself; if it "
    "failed, clear it. If sync.keep_in_sync failed, clear it too: it keeps the lag small while the gate is open"
)
_AGAIN = "Clear cutover.rename: it looks who owns the name and goes on from what is there"
_MOVE = "Clear cutover.rename if it failed: it moves the services to the target. The decision stands; don't turn back by hand"
_CONTRACT = (
    "If cutover.validate failed, clear it. If contract.approve waits, answer it when all servers run the new code; a failed task after it "
    "is cleared with what comes after it"
)
_OVER = "Nothing is left to do; a new trigger of the DAG begins a new migration"
_TABLE: dict[Stage, Expected] = {
    #                               names            tables triggers logs   guard  early  views
    Stage.PREPARED: Expected(Names.OLD, _MAY, _NOT, _NOT, _MAY, _NOT, _NOT, "prepare.create_target", _CLEAR),
    Stage.TARGET_CREATED: Expected(Names.OLD, _MUST, _MAY, _MAY, _MUST, _NOT, _NOT, "prepare.install_triggers", _CLEAR),
    Stage.CAPTURING: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, "prepare.watermark", _CLEAR),
    Stage.WATERMARK_TAKEN: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, "copy.plan", _CLEAR),
    Stage.PLANNED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, "copy.dump_and_import", _CLEAR),
    Stage.COPIED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, "copy.build_indexes", _CLEAR),
    Stage.INDEXED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, "sync.delta_windows", _CLEAR),
    Stage.IN_SYNC: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, "sync.keep_in_sync and sync.validate", _CLEAR),
    Stage.REPORTED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _MAY, _MAY, "cutover.create_views", _CLEAR),
    Stage.VIEWS_CREATED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _MUST, _MUST, "cutover.approve, then cutover.rename", _GATE),
    Stage.OPENING: Expected(Names.UNDECIDED, _MUST, _MUST, _MUST, _MAY, _MUST, _MUST, "cutover.rename", _AGAIN),
    Stage.SWITCHED: Expected(Names.NEW, _MUST, _MAY, _MAY, _NOT, _MAY, _MUST, "the rest of cutover.rename", _MOVE),
    Stage.SETTLED: Expected(Names.NEW, _MUST, _MAY, _MAY, _NOT, _NOT, _MAY, "cutover.validate, then contract.approve", _CONTRACT),
    Stage.CONTRACTING: Expected(Names.NEW, _MUST, _MAY, _MAY, _NOT, _NOT, _NOT, "contract.clean_up", _CLEAR),
    Stage.CLEANED_UP: Expected(Names.ANY, _MAY, _NOT, _NOT, _NOT, _NOT, _MAY, "nothing", _OVER),
}
_BEGIN = "Trigger the DAG: its preflight begins the migration"
_UNKNOWN = Expected(Names.ANY, _MAY, _NOT, _NOT, _NOT, _NOT, _MAY, "prepare.preflight", _BEGIN)
"""What should be there where no ledger knows the migration: nothing of ours."""


def expected(stage: Stage | None) -> Expected:
    """What should be there at a stage; None is a migration that no ledger knows."""
    return _TABLE[stage] if stage is not None else _UNKNOWN
