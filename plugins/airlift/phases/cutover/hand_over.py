"""What changes hands: names, foreign keys, sequences, guards, whichever way. Decides nothing itself.

The side that the service is on is fenced and gives it up; the other one is shut and is opened. Who is shut out in the end is what an
attempt decides: each kind of hand-over says how that is told from the catalogs, and how an opening that was not decided is taken back.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from airlift.databases import CaptureNames, Database, Follower, Lock, Session
from airlift.databases.shapes import ForeignKey, Layout
from airlift.errors import Interrupted
from airlift.ledger import Stage, attempts
from airlift.phases.migration import Migration
from airlift.phases.sync.carrying import Carrier
from airlift.phases.ways import Way
from airlift.spec import TableName

MARGIN = 10_000
"""Values by which the other side's sequences are ahead: some may have been drawn by transactions that have not written yet."""
BROUGHT_TO_ITS_END = "Another try has brought the undecided attempt to its end meanwhile. This one changed nothing more, and looks again."


@dataclass
class HandOver(ABC):
    """The hand-over of all tables one way. `layouts` are the way's; `forward` the same tables as the migration maps them."""

    before: ClassVar[Stage]
    undecided: ClassVar[Stage]

    way: Way
    forward: list[Layout]
    in_place: bool
    new_keys: list[ForeignKey]
    """The foreign keys of the new side, those of others that point to it among them."""
    old_keys: list[ForeignKey]
    """The foreign keys of the old side, as they are while the old tables have their own names."""
    followers: list[Follower] = field(default_factory=list, kw_only=True)
    """The receiver's sequences that go on where the sender's end."""
    far_children: list[TableName] = field(default_factory=list, kw_only=True)
    """In place, where writers don't hold parents: what references the children at the other ends."""
    farther_children: list[TableName] = field(default_factory=list, kw_only=True)
    """The same: what references the far children."""
    attached: dict[str, Any] | None = field(default=None, kw_only=True)
    """What was on the sender's tables when the hand-over was planned; None where nothing is lost of it."""

    @property
    def m(self) -> Migration:
        """The migration."""
        return self.way.m

    @property
    def layouts(self) -> list[Layout]:
        """The tables as the way maps them."""
        return [layout.mirrored() for layout in self.forward] if self.way.is_back else self.forward

    @abstractmethod
    def locks(self) -> list[Lock]:
        """The fence's locks, on the sender: parents before children, each once."""

    @abstractmethod
    def opened(self) -> list[TableName]:
        """The receiver's tables that are locked for an instant when it is opened."""

    @abstractmethod
    def begin(self, sessions: Carrier, attempt: int) -> None:
        """Make the attempt known to the receiver, before anything is locked."""

    @abstractmethod
    def proof(self) -> dict[str, Any]:
        """The premises as they were when the last proof of equality began. Raises Interrupted where there is none."""

    @property
    def exchanges(self) -> bool:
        """Whether it is in place, and names follow the commit that decides."""
        return self.in_place and not self.way.sender.fence.names_in_commit

    @property
    def opens_first(self) -> bool:
        """Whether the receiver is opened by a commit of its own, before the one that decides."""
        return self.exchanges or not self.in_place

    @property
    def new_going(self) -> list[ForeignKey]:
        """Those of the new side's foreign keys that come with it, and go when it is shut.

        Where our own sessions check none they are there all the time, but in place for those to tables that no window brings: on new
        tables that follow by and by these would stop the service's own deletes.
        """
        return self._going(self.new_keys, self.m.target)

    @property
    def old_going(self) -> list[ForeignKey]:
        """The same of the old side's: a live one would let the service's own deletes fail on rows that nobody sees any more."""
        return self._going(self.old_keys, self.m.source)

    def _going(self, keys: list[ForeignKey], database: Database) -> list[ForeignKey]:
        if database.fence.checks_keys:
            return keys
        return [key for key in keys if not {key.child, key.parent} <= self._ours] if self.in_place else []

    def add_keys(self, session: Session, keys: list[ForeignKey], *, of_others: bool) -> None:
        """In place, where names follow the commit: add foreign keys of the receiver's tables, or those of others, which the fence holds."""
        for key in keys:
            if (key.child not in self._ours) == of_others:
                self.way.receiver.fence.add_foreign_key(session, key)

    @property
    def _ours(self) -> set[TableName]:
        return {name for layout in self.forward for name in (layout.source, layout.obsolete, layout.target)}

    def advance_sequences(self, fenced: Session, receiving: Session) -> None:
        """Move the receiver's sequences ahead of the sender's."""
        reached = self._reached(fenced)
        self.way.receiver.fence.advance_sequences(receiving, self.followers, reached, margin=MARGIN)

    def make_ready(self, sending: Session, receiving: Session) -> None:
        """Do what comes last before the fence."""
        self.way.receiver.fence.advance_ahead(receiving, self.followers, self._reached(sending), margin=MARGIN)

    def _reached(self, sending: Session) -> list[int]:
        return self.way.sender.fence.last_values(sending, [(each.leader, each.like) for each in self.followers])

    @abstractmethod
    def announce(self, sessions: Carrier, attempt: int, pid: int, *, longest: float) -> None:
        """The last commits before the decision: whoever comes after a crash finds in the ledger whom to look for.

        Across servers it opens the receiver. The sender still decides. Each lock may be waited for as long as all those of the fence.
        Interrupted when another try has taken the attempt for dead.
        """

    @abstractmethod
    def decide(self, fenced: Session, *, longest: float) -> None:
        """In the fence's own transaction: shut the sender, and in place do everything else with it."""

    @abstractmethod
    def is_decided(self, session: Session) -> bool:
        """Whether the service was handed over, by the sender's catalogs. Ambiguous when only some of its tables were."""

    @abstractmethod
    def complete(self) -> None:
        """After a decision whose attempt did not come to its end: do what is not in the commit that decides. May run again."""

    @abstractmethod
    def shut(self, attempt: dict[str, Any]) -> None:
        """Take an opening back that was not decided; then Ambiguous when somebody wrote to what was open."""

    @abstractmethod
    def note(self, ledger: Session) -> None:
        """Note in the ledger that the service was handed over: only for whom `note_decided` lets."""

    @abstractmethod
    def take_back(self, ledger: Session) -> None:
        """Note in the ledger that it was not."""

    def came_since(self, now: dict[str, Any]) -> list[str]:
        """The sender's tables on which somebody has changed something since the hand-over was planned, by the premises of `now`."""
        return [] if self.attached is None else [name for name, found in now["attached"].items() if found != self.attached.get(name)]

    def opening(self, longest: float) -> dict[str, str]:
        """The settings of a transaction that opens the receiver: its server ends it, too, when it stops moving."""
        server = self.way.receiver.server
        assert server is not None  # known since the migration's standing was read
        lease = self.way.receiver.fence.lease(seconds=self.m.settings.max_pause, version=server.version)
        return {**lease, "lock_timeout": f"{longest * 1000:.0f}ms"}

    def outer(self, keys: list[ForeignKey]) -> tuple[list[TableName], list[TableName]]:
        """The tables at the other ends of foreign keys that are none of the migration's: parents and children."""
        children = {key.child for key in keys} - self._ours
        return sorted({key.parent for key in keys} - self._ours - children), sorted(children)

    def with_children(self, session: Session) -> Self:
        """The same, with the tables that reference the children at the other ends.

        Whoever writes them has locked rows of those, and holds no lock that the fence would wait for. A change of a child's foreign key, or
        of a name that it references, takes the rows of all that references the changed table to itself: so the fence also holds what
        references these.
        """
        sender = self.way.sender
        near = self._near
        if not self.exchanges or sender.fence.writers_hold_parents or not near:
            return self
        with session.transaction():
            relations = sender.catalog.relations(session)

            def children(names: set[TableName]) -> set[TableName]:
                keys = sender.catalog.foreign_keys(session, [relations[name] for name in names if name in relations])
                return {key.child for key in keys if key.parent in names} - near - self._ours

            far = children(near)
            return replace(self, far_children=sorted(far), farther_children=sorted(children(far) - far))

    @property
    def _near(self) -> set[TableName]:
        return set(self.outer([*self.old_keys, *self.new_keys])[1])

    @property
    def kept(self) -> list[TableName]:
        """In place, where names follow the commit: the tables that stay and that nobody may begin to write until all names are handed over.

        He could wait for one of the names then, and have rows that it can't be handed over without.
        """
        return [*sorted(self._near), *self.far_children]

    @property
    def _sentries(self) -> list[Lock]:
        return [Lock(name, self.way.sender.fence.writers_out, is_named=True) for name in self._kept_names]

    @property
    @abstractmethod
    def _kept_names(self) -> list[TableName]:
        """In place, where names follow the commit: the names that tables or views get with it, kept free until then."""

    def get_ready(self, fenced: Session, locks: list[Lock], names: list[CaptureNames]) -> None:
        """Right before the fence, in its transaction: do what takes its time."""
        exchanged = [layout.source for layout in self.forward] if self.exchanges else []
        self.way.sender.fence.get_ready(fenced, locks, names, exchanged=exchanged, kept=self.kept if exchanged else [])

    def announced(self, ledger: Session, attempt: int, **values: Any) -> None:
        """Note the attempt as about to decide, unless another try has taken it for dead."""
        if self.m.ledger.change(ledger, attempts, {"no": attempt, "state": "begun"}, state="deciding", **values) != 1:
            raise Interrupted(f"Another try of this task took attempt {attempt} for dead and went on; this one opened nothing.")
        self.m.ledger.reach(ledger, self.undecided)
        # behind the row's lock: who abandons the migration or takes it over waits for this commit, or has come before it
        if self.m.standing_in(ledger, self.before).stage != self.undecided:
            raise Interrupted("The migration has gone on meanwhile; this attempt opened nothing.")
