"""What is there, as `examine` has found it: for those that judge it and tell of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airlift.databases import Advice
from airlift.databases.examined import Attached, Installed, Kept, Occupant, OurSession
from airlift.databases.shapes import Layout
from airlift.ledger import Stage, Standing
from airlift.phases.doctor.expected import Expected, Turn, expected
from airlift.spec import TableName


@dataclass(frozen=True)
class Side:
    """A server: what of ours is there, and who is connected. `moved_to` says which other server it is than the ledger's, if it is."""

    where: str
    advice: Advice
    moved_to: str | None
    capturing: int
    """How many triggers note the changes of one table."""
    triggers: list[Installed]
    kept: list[Kept]
    filled: frozenset[str]
    """The names of our tables that hold what only a person may throw away."""
    sessions: list[OurSession]
    blocked: list[Attached]
    prepared: list[tuple[str, str]]
    old_transactions: list[Attached]


@dataclass(frozen=True)
class Table:
    """A table of the migration, and who owns its names. `old_oid` is what the last comparison read; None before the first."""

    layout: Layout
    view: TableName | None
    old_oid: int | None
    old: Occupant | None
    """What owns the old name on the source."""
    obsolete: Occupant | None
    """What owns, on the source, the name that the old table gets."""
    new: Occupant | None
    """What owns the new name on the target."""
    viewed: Occupant | None
    """What owns the view's name on the target."""
    waiting: int | None = None
    """Rows of the change log that the position has not seen; None where that can't be known."""
    changed: list[str] = field(default_factory=list)
    """Which premises of the last comparison don't hold any more, in words."""
    unverified: int = 0
    differing: int = 0
    waiting_back: int | None = None
    """The same on the way back: rows of the new table's log that its position has not seen."""
    changed_back: list[str] = field(default_factory=list)
    """Which premises of a roll back don't hold any more, in words."""
    unreturned: int = 0
    differing_back: int = 0
    is_written_early: bool = False
    """Whether the old table was written after a roll back opened it that is not decided."""


@dataclass(frozen=True)
class Comparison:
    """The newest comparison of all rows. `age` in seconds since it began to read."""

    no: int
    age: float
    is_finished: bool
    is_restarted_since: bool
    started_at: datetime


@dataclass(frozen=True)
class Place:
    """Positions. `ahead` is how many seconds the source's clock is past the position."""

    watermark_at: str | None
    watermark: str | None
    position_at: str | None
    position: str | None
    ahead: float | None = None
    pruned_to: str | None = None
    is_pruned_beyond: bool = False


@dataclass(frozen=True)
class Back:
    """How far the way back is, as the source has it. `ahead` is how many seconds the target's clock is past the position.

    `is_open` says that the service was handed over at least once; `stands_still` why nothing is carried, if it was told.
    """

    at: str
    position: str
    ahead: float
    is_open: bool
    pruned_to: str | None
    is_pruned_beyond: bool
    is_restarted_since: bool
    stands_still: str | None


@dataclass(frozen=True)
class Facts:
    """All that is judged. `source` is None where it could not be looked at, `trouble` says why."""

    migration: str
    in_place: bool
    has_ledger: bool
    standing: Standing | None
    started_at: datetime | None
    stage_at: datetime | None
    stage_seconds: float
    edits: list[str]
    attempts: list[dict[str, Any]]
    windows: int
    comparison: Comparison | None
    validation_age: float
    place: Place
    tables: list[Table]
    target: Side
    source: Side | None
    trouble: str | None = None
    may_decide: bool = False
    """Whether the session that was to decide the undecided attempt is still at work."""
    switched: dict[str, Any] | None = None
    """The last attempt that handed the service over, whichever way."""
    stands_still: str | None = None
    """What `contract.sync_back` last told of a value that does not fit the old tables."""
    back: Back | None = None
    """None where the source has nothing of a way back, or could not be looked at."""

    @property
    def stage(self) -> Stage | None:
        """Where the migration stands; None where no ledger knows it."""
        return self.standing.stage if self.standing else None

    @property
    def is_returned(self) -> bool:
        """Whether the service went back to the old tables, and was not handed over since."""
        return self.stage == Stage.VIEWS_CREATED and self.switched is not None and bool(self.switched["is_back"])

    @property
    def is_void(self) -> bool:
        """Whether the newest comparison was made before the service went back: it proves nothing any more."""
        before = self.comparison is None or (self.switched is not None and self.comparison.started_at < self.switched["started_at"])
        return self.is_returned and before

    @property
    def turn(self) -> Turn:
        """What the stage alone does not say."""
        if self.standing and self.standing.abandoned_by:
            return Turn.REJECTED if self.standing.abandoned_by == self.standing.run_id else Turn.ABANDONED
        if self.is_returned and self.switched and self.switched["settled_at"] is None:
            return Turn.HANDED_BACK
        return Turn.RETURNED if self.is_void else Turn.NONE

    @property
    def is_going_on(self) -> bool:
        """Whether nobody has abandoned it."""
        return self.turn not in (Turn.ABANDONED, Turn.REJECTED)

    @property
    def should(self) -> Expected:
        """What should be there."""
        return expected(self.stage, self.turn)

    @property
    def sides(self) -> list[Side]:
        """Each server that could be looked at, once."""
        if self.source is None:
            return [self.target]
        return [self.source] if self.in_place else [self.source, self.target]

    @property
    def at_work(self) -> list[OurSession]:
        """Our sessions of tasks, on either server."""
        return [session for side in self.sides for session in side.sessions]
