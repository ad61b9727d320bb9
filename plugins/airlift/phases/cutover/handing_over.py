"""The hand-over to the new tables. In place one commit; across servers two, of which the source's decides."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from airlift import ledger as record
from airlift.databases import Exchange, Follower, Lock, Session
from airlift.databases.shapes import ForeignKey, Layout, Sequence
from airlift.errors import Ambiguous, Interrupted
from airlift.ledger import Stage, attempts
from airlift.phases.cutover.hand_over import BROUGHT_TO_ITS_END, HandOver
from airlift.phases.cutover.noted_keys import NEW_KEYS, note_old_keys, noted_keys
from airlift.phases.cutover.sequences import sequences_of_both, shared_sequences
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.additions import additions, refuse
from airlift.phases.sync.carrying import Carrier
from airlift.phases.sync.premises import capturing, guarding
from airlift.phases.ways import Way
from airlift.spec import TableName


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
        return [*(Lock(name, fence.writers_out) for name in (*names, *self.far_children, *self.farther_children)), *self._sentries]

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
            exchanges = [Exchange(each.source, each.obsolete, each.compatibility_view(in_place=True)) for each in layouts]
            fence.exchange(source, exchanges, kept=self.kept)
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
        if m.source.fence.names_in_commit:
            copied = self._copied()
            given_up = [self._is_given_up(session, layout, copied[layout.source]) for layout in self.forward]
        else:
            # what decides is that nobody may write them any more; the names follow. Their numbers say nothing: a rewrite gives others
            shut = m.source.definitions.shut_tables(session, m.name, [layout.source for layout in self.forward])
            given_up = [layout.source in shut for layout in self.forward]
        if len(set(given_up)) != 1:
            raise Ambiguous(f"On {m.source.where} only some tables were given up, which no commit of ours does. Nothing was touched.")
        return given_up[0]

    def _is_given_up(self, session: Session, layout: Layout, old: int | None) -> bool:
        """Whether the table that was copied has its other name."""
        fence = self.m.source.fence
        kept, given = fence.owner_of(session, layout.source), fence.owner_of(session, layout.obsolete)
        if kept and kept[0] == old:
            return False
        if given and given[0] == old:
            return True
        raise Ambiguous(
            f'On {self.m.source.where} neither "{layout.source}" nor "{layout.obsolete}" is the table that was copied (oid {old}). '
            f"Nothing more was touched. Look at: {self.m.source.advice.numbered([old] if old else [])}"
        )

    def complete(self) -> None:
        m = self.m
        if m.source.fence.names_in_commit:
            return
        with m.source.session() as source, source.transaction():
            left = self._kept(source)

        def rename(source: Session) -> None:
            # another try may have been faster
            for layout in self._kept(source):
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

    def _kept(self, session: Session) -> list[Layout]:
        """Where names follow the commit: the tables whose names have not changed. By its number alone no table is known: a rewrite gives it
        another one.
        """
        owner_of, copied = self.m.source.fence.owner_of, self._copied()
        named = [each for each in self.forward if (found := owner_of(session, each.source)) and found[1] == "r"]
        return [each for each in named if (owner_of(session, each.obsolete) or (None,))[0] != copied[each.source]]

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
        note_old_keys(m, target, layouts, old_keys, new_keys)
        both = sequences_of_both(m, target, layouts, sequences, in_place=in_place)
        followers = [Follower(name, m.source.quoted_table(each.name), each) for each, name in both]
    planned = ToTarget(
        Way(m), layouts, in_place, new_keys=[each.key for each in new_keys], old_keys=old_keys, followers=followers, attached=attached,
        sequences=sequences,
    )  # fmt: skip
    return planned.with_children(sessions.sending)


def _attached(sessions: Carrier) -> dict[str, Any]:
    """What is on the old tables, by number. Refused for what came or went since the migration began and would be lost."""
    m, names = sessions.m, [layout.source for layout in sessions.layouts]
    with sessions.sending.transaction() as source, sessions.receiving.transaction() as ledger:
        # in this order: what comes between the two is refused now, and what comes later is seen under the fence
        found = {str(name): heap["attached"] for name, heap in m.source.capture.heaps(source, names).items()}
        refuse(additions(m, source, ledger, sessions.layouts))
    return found


def early_keys(m: Migration, ledger: Session, *, in_place: bool) -> list[ForeignKey]:
    """The foreign keys of the new side that may be there before the cutover."""
    planned = ToTarget(Way(m), m.layouts(ledger), in_place, [each.key for each in noted_keys(m, ledger, *NEW_KEYS)], old_keys=[])
    return [key for key in planned.new_keys if key not in planned.new_going]


def written_since_opened(m: Migration, layouts: list[Layout]) -> list[TableName]:
    """The new tables that somebody has written since the way back's position: the guard let nobody before they were opened."""
    with m.source.session() as source, source.transaction():
        position = m.source.way_back.read(source, m.name).position
    back = {layout.no: layout.mirrored() for layout in layouts}
    with m.target.session() as target, target.transaction(snapshot=True):
        found = m.target.windows.changes(target, [m.capture_names(layout) for layout in back.values()], position)
    return [back[each.no].source for each in found]
