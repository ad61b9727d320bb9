"""What changes hands: names, foreign keys, sequences, guards. In place one commit; across servers two. Decides nothing itself.

The side that the service is on is fenced and gives it up; the other one is shut and is opened. Who is shut out in the end is what an
attempt decides: each kind of hand-over says how that is told from the catalogs, and how an opening that was not decided is taken back.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

from airlift import ledger as record
from airlift.databases import Database, Exchange, Follower, Lock, Session
from airlift.databases.shapes import ForeignKey, Layout, Sequence
from airlift.errors import Ambiguous, Interrupted, Refused
from airlift.ledger import Stage, attempts, objects
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.additions import additions, refuse
from airlift.phases.sync.carrying import Carrier
from airlift.phases.sync.premises import capturing, guarding
from airlift.phases.ways import Way
from airlift.spec import TableName

MARGIN = 10_000
"""Values by which the other side's sequences are ahead: some may have been drawn by transactions that have not written yet."""
BROUGHT_TO_ITS_END = "Another try has brought the undecided attempt to its end meanwhile. This one changed nothing more, and looks again."
OLD_KEY = "old_foreign_key"
NEW_KEYS = ("foreign_key", "repointed_key")
KEYS = (*NEW_KEYS, OLD_KEY)
"""Kinds of the ledger's objects: foreign keys as they are on the old side, and on the new one."""


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

    def announced(self, ledger: Session, attempt: int, **values: Any) -> None:
        """Note the attempt as about to decide, unless another try has taken it for dead."""
        if self.m.ledger.change(ledger, attempts, {"no": attempt, "state": "begun"}, state="deciding", **values) != 1:
            raise Interrupted(f"Another try of this task took attempt {attempt} for dead and went on; this one opened nothing.")
        self.m.ledger.reach(ledger, self.undecided)
        # behind the row's lock: who abandons the migration or takes it over waits for this commit, or has come before it
        if self.m.standing_in(ledger, self.before).stage != self.undecided:
            raise Interrupted("The migration has gone on meanwhile; this attempt opened nothing.")


@dataclass
class ToTarget(HandOver):
    """The cutover. Who owns the old name on the source owns the service."""

    before: ClassVar[Stage] = Stage.VIEWS_CREATED
    undecided: ClassVar[Stage] = Stage.OPENING

    sequences: list[Sequence] = field(default_factory=list)
    returning: dict[str, Any] = field(default_factory=dict)
    """The new side's premises for the way back, from right before the fence: until it is opened nobody can write there."""

    def locks(self) -> list[Lock]:
        fence = self.m.source.fence
        # across servers the new ones' other ends are on the target
        parents, children = self.outer([*self.old_keys, *(self.new_keys if self.in_place else ())])
        names = [*parents, *(layout.source for layout in self.forward), *children]
        return [Lock(name, fence.writers_out) for name in (*names, *self._kept_names)]

    @property
    def _kept_names(self) -> list[TableName]:
        """In place, where names follow the commit: those that the old tables get, kept free until then."""
        return [layout.obsolete for layout in self.forward] if self.exchanges else []

    def opened(self) -> list[TableName]:
        return [layout.target for layout in self.forward]

    def begin(self, sessions: Carrier, attempt: int) -> None:
        """The receiver has the ledger itself, which knows the attempt."""

    def make_ready(self, sending: Session, receiving: Session) -> None:
        super().make_ready(sending, receiving)
        self.m.source.fence.keep_names(sending, self._kept_names)
        self.returning = capturing(Way(self.m, is_back=True), receiving, [layout.mirrored() for layout in self.forward])

    def proof(self) -> dict[str, Any]:
        with self.m.ledger_session() as ledger:
            last = passes.newest(self.m, ledger)
        if last is None or last["finished_at"] is None:
            raise Interrupted("The comparison of all rows is not finished; this step looks again.")
        return dict(last["premises"])

    def announce(self, sessions: Carrier, attempt: int, pid: int, *, longest: float) -> None:
        with sessions.receiving.transaction(snapshot=False, airlift__applying="on", **self.opening(longest)) as target:
            self.announced(target, attempt, pid=pid)
            if self.opens_first:
                with target.batch():
                    self._open(target)
        if self.exchanges and self.new_going:
            # only now, for these would stop the service's own deletes: whoever comes after a crash finds whom to look for
            with sessions.receiving.transaction(snapshot=False, **self.opening(longest)) as target:
                self.add_keys(target, self.new_going, of_others=False)
                self.returning = capturing(Way(self.m, is_back=True), target, [layout.mirrored() for layout in self.forward])

    def decide(self, fenced: Session, *, longest: float) -> None:
        m = self.m
        fenced.set_local(lock_timeout=f"{longest * 1000:.0f}ms")
        with fenced.batch():
            for key in self.old_going:
                m.source.fence.drop_foreign_key(fenced, key)
            if self.exchanges:
                # before the names: who dies between the two keeps the service waiting for them, and no row without its key
                self.add_keys(fenced, self.new_going, of_others=True)
            self._give_names_up(fenced, self.forward)
            m.source.definitions.create_guard(fenced, m.name, [layout.obsolete for layout in self.forward])
            if self.in_place:
                self._take_over(fenced)
        back, shut = Way(m, is_back=True), [each.mirrored() for each in self.forward]
        if not m.source.fence.names_in_commit:
            shut = [replace(each, target=layout.source) for each, layout in zip(shut, self.forward, strict=True)]
        m.source.way_back.open(fenced, m.name, {**self.returning, **guarding(back, fenced, shut)})

    def _give_names_up(self, source: Session, layouts: list[Layout]) -> None:
        """Give old tables their other names; in place their views get those that they had."""
        fence = self.m.source.fence
        if self.in_place:
            fence.exchange(source, [Exchange(each.source, each.obsolete, each.compatibility_view(in_place=True)) for each in layouts])
        else:
            for each in layouts:
                fence.rename_table(source, each.source, each.obsolete.name)

    def _take_over(self, fenced: Session) -> None:
        """In place: the new tables get what hangs on the old ones."""
        m = self.m
        for sequence, layout, column in shared_sequences(self.forward, self.sequences):
            m.target.definitions.own_sequence(fenced, sequence.name, layout.target, column)
        if not self.exchanges:
            self._open(fenced)

    def is_decided(self, session: Session) -> bool:
        m = self.m
        copied = self._copied()
        owners = []
        for layout in self.forward:
            old = copied[layout.source]
            kept, given = m.source.fence.owner_of(session, layout.source), m.source.fence.owner_of(session, layout.obsolete)
            if kept and kept[0] == old:
                owners.append(False)
            elif given and given[0] == old:
                owners.append(True)
            else:
                raise Ambiguous(
                    f'On {m.source.where} neither "{layout.source}" nor "{layout.obsolete}" is the table that was copied (oid {old}). '
                    f"Nothing more was touched. Look at: {m.source.advice.numbered([old] if old else [])}"
                )
        if not m.source.fence.names_in_commit:
            # what decides is that nobody may write them any more; the names follow
            shut = m.source.definitions.shut_tables(session, m.name, [layout.source for layout in self.forward])
            owners = [layout.source in shut for layout in self.forward]
        if len(set(owners)) != 1:
            raise Ambiguous(f"On {m.source.where} only some tables were given up, which no commit of ours does. Nothing was touched.")
        return owners[0]

    def complete(self) -> None:
        m = self.m
        copied = self._copied()
        with m.source.session() as source, source.transaction():
            left = self._kept(source, copied)

        def rename(source: Session) -> None:
            # another try may have been faster
            for layout in self._kept(source, copied):
                self._give_names_up(source, [layout])

        if self.exchanges:
            self._bring_keys()

        if left:
            under_locks(m, m.source, [Lock(layout.source, m.source.fence.writers_out) for layout in left], rename)
            m.log.info("The old tables have their new names.")

    def _bring_keys(self) -> None:
        """What the fence would have done behind its commit. Each may be done already."""
        m = self.m
        with m.source.session() as source, source.transaction():
            for key in self.old_going:
                m.source.fence.drop_foreign_key(source, key)
            self.add_keys(source, self.new_going, of_others=True)

    def _kept(self, session: Session, copied: dict[TableName, int | None]) -> list[Layout]:
        """The tables whose names have not changed."""
        owner_of = self.m.source.fence.owner_of
        return [each for each in self.forward if (found := owner_of(session, each.source)) and found[0] == copied[each.source]]

    def _copied(self) -> dict[TableName, int | None]:
        """The oids of the old tables, as the last comparison has them."""
        with self.m.ledger_session() as ledger:
            last = passes.newest(self.m, ledger)
        heaps = last["premises"]["heaps"] if last else {}
        return {layout.source: heaps.get(str(layout.source), {}).get("oid") for layout in self.forward}

    def shut(self, attempt: dict[str, Any]) -> None:
        m = self.m

        def shut(target: Session) -> None:
            # under its row's lock: another try may have brought it to its end, and the service may be here by now
            if m.ledger.change(target, attempts, {"no": attempt["no"], "state": "deciding"}, state="deciding") != 1:
                raise Interrupted(BROUGHT_TO_ITS_END)
            m.target.definitions.create_guard(target, m.name, self.opened())
            for key in self.new_going:
                if not (self.exchanges and key.child not in self._ours):
                    m.target.fence.drop_foreign_key(target, key)

        under_locks(m, m.target, [Lock(name, m.target.fence.writers_out) for name in self.opened()], shut)
        m.log.info("The target is shut again.")
        written = written_since_opened(m, self.forward)
        if written:
            names = ", ".join(f'"{name}"' for name in written)
            raise Ambiguous(
                f"While the target was open and the source kept the service, somebody wrote {names}. Their keys are in the tables "
                f"airlift.{m.name}_back_<n> on the target, which is shut again. Nothing more was touched: decide whose rows are right, "
                "make the target's equal to the source's, empty those tables, and clear cutover.rename."
            )

    def note(self, ledger: Session) -> None:
        # what was compared on the way back of an earlier cutover proves nothing for this one
        self.m.ledger.remove(ledger, record.passes, is_back=True)
        self.m.ledger.leave(ledger, self.undecided, to=Stage.SWITCHED)

    def take_back(self, ledger: Session) -> None:
        self.m.ledger.leave(ledger, self.undecided, to=self.before)

    def _open(self, session: Session) -> None:
        for layout in self.forward:
            self.m.target.definitions.drop_guard(session, self.m.name, layout.target)
        if not self.exchanges:
            for key in self.new_going:
                self.m.target.fence.add_foreign_key(session, key)


def to_target(sessions: Carrier) -> ToTarget:
    """The cutover, planned anew before each attempt: foreign keys and sequences may have come since the last."""
    m, layouts = sessions.m, sessions.layouts
    attached = _attached(sessions)
    with sessions.sending.transaction() as source:
        relations = m.source.catalog.relations(source)
        chosen = [relations[layout.source] for layout in layouts if layout.source in relations]
        sequences = m.source.catalog.sequences(source, chosen)
        old_keys = m.source.catalog.foreign_keys(source, chosen)
    with sessions.receiving.transaction() as target:
        in_place = m.ledger.must_stand(target, ToTarget.before).in_place
        new_keys = noted_keys(m, target, *NEW_KEYS)
        _note_old_keys(m, target, layouts, old_keys, new_keys)
        both = sequences_of_both(m, target, layouts, sequences, in_place=in_place)
        followers = [Follower(name, m.source.quoted_table(each.name), each) for each, name in both]
    return ToTarget(
        Way(m), layouts, in_place, new_keys=[each.key for each in new_keys], old_keys=old_keys, followers=followers, attached=attached,
        sequences=sequences,
    )  # fmt: skip


def _attached(sessions: Carrier) -> dict[str, Any]:
    """What is on the old tables, by number. Refused for what came or went since the migration began and would be lost."""
    m, names = sessions.m, [layout.source for layout in sessions.layouts]
    with sessions.sending.transaction() as source, sessions.receiving.transaction() as ledger:
        # in this order: what comes between the two is refused now, and what comes later is seen under the fence
        found = {str(name): heap["attached"] for name, heap in m.source.capture.heaps(source, names).items()}
        refuse(additions(m, source, ledger, sessions.layouts))
    return found


def _note_old_keys(m: Migration, ledger: Session, layouts: list[Layout], old: list[ForeignKey], new: list["NotedKey"]) -> None:
    """Keep in the ledger what a roll back brings again. Refused for one that nothing on the new side takes the place of, or the reverse."""
    ours = {layout.source: layout for layout in layouts}
    taken = {(each.key.child, each.old_name) for each in new}
    for key in old:
        child = ours.get(key.child)
        if (child.target if child else key.child, key.name) not in taken and (child is None or child.is_created):
            raise Refused(
                f'Foreign key "{key.name}" of {key.child} to {key.parent} was made after the migration began: nothing would bring it to '
                "the new table. Drop it, and add it again after the cutover; or reject the gate and start over."
            )
    there = {(key.child, key.name) for key in old}
    for kind, name, key in new:
        if kind == "repointed_key" and (key.child, name) not in there:
            raise Refused(
                f'Foreign key "{name}" of {key.child} was dropped after the migration began: the cutover would make it again, to '
                f"{key.parent}. Bring it back, and drop it after the cutover; or reject the gate and start over."
            )
    m.ledger.remove(ledger, objects, kind=OLD_KEY)
    for key in old:
        no = (ours.get(key.child) or ours[key.parent]).no
        number = m.ledger.next_no(ledger, objects, table_no=no)
        m.ledger.add(ledger, objects, table_no=no, no=number, kind=OLD_KEY, name=key.name, definition=key.to_json())


class NotedKey(NamedTuple):
    """A foreign key that the ledger has. `old_name` is that of the one on the old side whose place it takes."""

    kind: str
    old_name: str
    key: ForeignKey


def noted_keys(m: Migration, ledger: Session, *kinds: str) -> list[NotedKey]:
    """The foreign keys that the ledger has."""
    rows = [row for kind in kinds for row in m.ledger.rows(ledger, objects, kind=kind)]
    return [NotedKey(row["kind"], row["name"], ForeignKey.from_json(row["definition"])) for row in rows]


def early_keys(m: Migration, ledger: Session, *, in_place: bool) -> list[ForeignKey]:
    """The foreign keys of the new side that may be there before the cutover."""
    planned = ToTarget(Way(m), m.layouts(ledger), in_place, [each.key for each in noted_keys(m, ledger, *NEW_KEYS)], old_keys=[])
    return [key for key in planned.new_keys if key not in planned.new_going]


def columns_of(layouts: list[Layout], sequences: list[Sequence]) -> Iterator[tuple[Sequence, Layout, str]]:
    """The old tables' sequences, each with its table and the new column that its values go to."""
    by_source = {layout.source: layout for layout in layouts}
    for sequence in sequences:
        layout = by_source[sequence.table]
        column = next((each.column for each in layout.carried if each.old == sequence.column), None)
        if column is not None:
            yield sequence, layout, column


def sequences_of_both(
    m: Migration, target: Session, layouts: list[Layout], sequences: list[Sequence], *, in_place: bool
) -> Iterator[tuple[Sequence, str]]:
    """The source's sequences whose place another one takes, each with that one's name on the target, quoted."""
    for sequence, layout, column in columns_of(layouts, sequences):
        if in_place and _is_shared(sequence, layout):
            continue
        name = m.target.fence.column_sequence(target, layout.target, column)
        if name is None and m.target.has_sequences and not sequence.is_identity and not in_place:
            name = m.target.quoted_table(sequence.name)
        if name is not None:
            yield sequence, name


def shared_sequences(layouts: list[Layout], sequences: list[Sequence]) -> Iterator[tuple[Sequence, Layout, str]]:
    """In place: the owned sequences that serve both tables. A table takes along what its columns own when it is dropped."""
    for sequence, layout, column in columns_of(layouts, sequences):
        if sequence.is_owned and _is_shared(sequence, layout):
            yield sequence, layout, column


def _is_shared(sequence: Sequence, layout: Layout) -> bool:
    # a table that somebody made beforehand draws from what it was made with
    return layout.is_created and not sequence.is_identity


def written_since_opened(m: Migration, layouts: list[Layout]) -> list[TableName]:
    """The new tables that somebody has written since the way back's position: the guard let nobody before they were opened."""
    with m.source.session() as source, source.transaction():
        position = m.source.way_back.read(source, m.name).position
    back = {layout.no: layout.mirrored() for layout in layouts}
    with m.target.session() as target, target.transaction(snapshot=True):
        found = m.target.windows.changes(target, [m.capture_names(layout) for layout in back.values()], position)
    return [back[each.no].source for each in found]
