"""What should be there at each stage. The one place that knows; pure."""

from dataclasses import dataclass, replace
from enum import Enum

from airlift.ledger import Stage

CAPTURE, BACK, GUARD, VIEW, UNVERIFIED, UNRETURNED = "log", "back", "guard", "view", "unverified", "unreturned"
"""Kinds of our triggers and objects: what notes changes of the old tables, what notes those of the new ones, and the rest."""
HEARTBEAT, HEARTBEAT_BACK, WAY_BACK = "heartbeat", "heartbeat_back", "way_back"
"""Kinds of which a migration has one: a heartbeat beside each capture, and on the source how far the way back has come."""
FENCE, FENCE_BACK = "fence", "unfence"
"""Kinds of the views by which a side's tables are locked, where that needs any."""


class Should(Enum):
    """Whether something should be there: it must, it may (it is being made or taken away), or it must not."""

    MUST = "must be there"
    MAY = "may be there"
    NOT = "must not be there"


class Names(Enum):
    """Which tables have the service."""

    OLD = "the old tables"
    UNDECIDED = "undecided"
    NEW = "the new tables"
    ANY = "whoever has them"


@dataclass(frozen=True)
class Expected:
    """What should be there. `triggers` and `logs` note changes of the old tables, `back` those of the new ones.

    `guard` shuts the new tables, `shut` the old ones. `step` names the tasks that come next, and `how` says how to go on from here;
    both may have the migration's name as a hole.
    """

    names: Names
    tables: Should
    triggers: Should
    logs: Should
    guard: Should
    shut: Should
    back: Should
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
    "failed, clear it. If sync.keep_in_sync failed, clear it too: it keeps the lag small while the gate is open. To end it all instead, "
    "answer Reject, or trigger roll_back_{name}"
)
_AGAIN = "Clear cutover.rename: it looks who owns the name and goes on from what is there"
_MOVE = "Clear cutover.rename if it failed: it moves the services to the target. The decision stands; don't turn back by hand"
_CONTRACT = (
    "If cutover.validate failed, clear it. contract.sync_back carries every change to the old tables while contract.approve waits; if it "
    "failed, clear it. Answer that gate when all servers run the new code; a failed task after it is cleared with what comes after it. "
    "To go back to the old tables instead, trigger roll_back_{name}: it says what it would do, and waits for an approval"
)
_WINDOWS_BACK = "cutover.validate, then contract.sync_back and contract.approve"
_ROLL_BACK = "rename_back in roll_back_{name}"
_LOOK_BACK = "Clear rename_back in roll_back_{name}: it looks who has the service and goes on from what is there"
_OVER = "Nothing is left to do; a new trigger of the DAG begins a new migration"
# Until the indexes are built a new table may be open: it is shut after the load where a guard looks at each row.
_TABLE: dict[Stage, Expected] = {
    #                               names            tables triggers logs   guard  shut   back   views
    Stage.PREPARED: Expected(Names.OLD, _MAY, _NOT, _NOT, _MAY, _NOT, _NOT, _NOT, "prepare.create_target", _CLEAR),
    Stage.TARGET_CREATED: Expected(Names.OLD, _MUST, _MAY, _MAY, _MAY, _NOT, _NOT, _NOT, "prepare.install_triggers", _CLEAR),
    Stage.CAPTURING: Expected(Names.OLD, _MUST, _MUST, _MUST, _MAY, _NOT, _NOT, _NOT, "prepare.watermark", _CLEAR),
    Stage.WATERMARK_TAKEN: Expected(Names.OLD, _MUST, _MUST, _MUST, _MAY, _NOT, _NOT, _NOT, "copy.plan", _CLEAR),
    Stage.PLANNED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MAY, _NOT, _NOT, _NOT, "copy.dump_and_import", _CLEAR),
    Stage.COPIED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MAY, _NOT, _NOT, _NOT, "copy.build_indexes", _CLEAR),
    Stage.INDEXED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, _NOT, "sync.delta_windows", _CLEAR),
    Stage.IN_SYNC: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _NOT, _NOT, "sync.keep_in_sync and sync.validate", _CLEAR),
    Stage.REPORTED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _MAY, _MAY, "cutover.create_views", _CLEAR),
    Stage.VIEWS_CREATED: Expected(Names.OLD, _MUST, _MUST, _MUST, _MUST, _NOT, _MUST, _MUST, "cutover.approve, then cutover.rename", _GATE),
    Stage.OPENING: Expected(Names.UNDECIDED, _MUST, _MUST, _MUST, _MAY, _MAY, _MUST, _MUST, "cutover.rename", _AGAIN),
    Stage.SWITCHED: Expected(Names.NEW, _MUST, _MUST, _MUST, _NOT, _MUST, _MUST, _MUST, "the rest of cutover.rename", _MOVE),
    Stage.SETTLED: Expected(Names.NEW, _MUST, _MUST, _MUST, _NOT, _MUST, _MUST, _MAY, _WINDOWS_BACK, _CONTRACT),
    Stage.ROLLING_BACK: Expected(Names.UNDECIDED, _MUST, _MUST, _MUST, _MAY, _MAY, _MUST, _MAY, _ROLL_BACK, _LOOK_BACK),
    Stage.CONTRACTING: Expected(Names.NEW, _MUST, _MAY, _MAY, _NOT, _MAY, _MAY, _NOT, "contract.clean_up", _CLEAR),
    Stage.CLEANED_UP: Expected(Names.ANY, _MAY, _NOT, _NOT, _NOT, _NOT, _NOT, _MAY, "nothing", _OVER),
}
_BEGIN = "Trigger the DAG: its preflight begins the migration"
_UNKNOWN = Expected(Names.ANY, _MAY, _NOT, _NOT, _NOT, _NOT, _NOT, _MAY, "prepare.preflight", _BEGIN)
"""What should be there where no ledger knows the migration: nothing of ours."""
_FORWARD_AGAIN = (
    "It was rolled back. To go forward again, clear sync.keep_in_sync and sync.validate with what comes after them: all rows are compared "
    "anew, and the gate is asked anew. To end it instead, trigger roll_back_{name} once more: before a cutover it abandons"
)
_MOVE_BACK = "Clear rename_back if it failed: it moves the services to the source. The decision stands; don't turn back by hand"
_LEAVE = "The migration was abandoned. If {task} is not at work, clear it: it takes away what is left of ours"
_CLEAN_UP = "contract.clean_up"


class Turn(Enum):
    """What the stage alone does not say: what became of the migration by a run of its roll back."""

    NONE = "none"
    HANDED_BACK = "the old tables have the service again, and the services are not moved yet"
    RETURNED = "the old tables have the service again, and nothing was compared since"
    ABANDONED = "it was abandoned by a run of its roll back"
    REJECTED = "its own gate was rejected"


def expected(stage: Stage | None, turn: Turn = Turn.NONE) -> Expected:
    """What should be there at a stage; None is a migration that no ledger knows."""
    should = _TABLE[stage] if stage is not None else _UNKNOWN
    if turn is Turn.NONE or should.is_over:
        return should
    if turn is Turn.HANDED_BACK:
        return replace(should, step="the rest of rename_back in roll_back_{name}", how=_MOVE_BACK)
    if turn is Turn.RETURNED:
        return replace(should, step="sync.keep_in_sync and sync.validate, or nothing", how=_FORWARD_AGAIN)
    return _leaving(should, *((_CLEAN_UP, _CLEAN_UP) if turn is Turn.REJECTED else (_ROLL_BACK, "rename_back")))


def _leaving(should: Expected, step: str, task: str) -> Expected:
    """Of an abandoned migration everything may be gone already, and nothing has to be there."""
    parts = ("tables", "triggers", "logs", "guard", "shut", "back", "views")
    may = {part: _MAY for part in parts if getattr(should, part) is _MUST}
    return replace(should, **may, step=step, how=_LEAVE.format(task=task))  # type: ignore[arg-type]
