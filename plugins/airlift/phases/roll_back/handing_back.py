"""The hand-over back to the old tables. Once the service is on the new ones, their guard says who has it: who is shut out has not."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from airlift import faults
from airlift.databases import Exchange, Follower, Lock, Session
from airlift.databases.shapes import ForeignKey, Layout, Sequence
from airlift.errors import Ambiguous, Interrupted, Refused
from airlift.ledger import Stage, attempts, objects
from airlift.phases.cutover.hand_over import BROUGHT_TO_ITS_END, HandOver
from airlift.phases.cutover.noted_keys import NEW_KEYS, OLD_KEY, noted_keys
from airlift.phases.cutover.sequences import columns_of, sequences_of_both
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.carrying import Carrier
from airlift.phases.ways import Way
from airlift.spec import TableName


@dataclass
class ToSource(HandOver):
    """The roll back. Across servers the old tables take their names first, and the commit that shuts the new ones decides."""

    before: ClassVar[Stage] = Stage.SWITCHED
    undecided: ClassVar[Stage] = Stage.ROLLING_BACK

    sequences: list[Sequence] = field(default_factory=list)
    """The old tables' sequences, each with its table's own name."""
    owned: set[TableName] = field(default_factory=set)
    """In place: the sequences that the new tables own and that serve the old ones too."""

    def locks(self) -> list[Lock]:
        parents, children = self.outer([*self.new_keys, *(self.old_keys if self.in_place else ())])
        mode, own = self.m.target.fence.writers_out, list[Lock]()
        for layout in self.forward:
            view = [layout.compatibility_view(in_place=False)] if self.in_place and layout.is_renamed else []
            own += [*(Lock(name, mode, is_named=True) for name in view), Lock(layout.target, mode)]
        others = (*children, *self.far_children, *self.farther_children)
        return [*(Lock(name, mode) for name in parents), *own, *(Lock(name, mode) for name in others), *self._sentries]

    @property
    def _kept_names(self) -> list[TableName]:
        """In place, where names follow the commit: those that the views get, kept free until then."""
        return [layout.compatibility_view(in_place=True) for layout in self.forward] if self.exchanges else []

    def make_ready(self, sending: Session, receiving: Session) -> None:
        super().make_ready(sending, receiving)
        self.m.target.fence.keep_names(sending, self._kept_names)

    def opened(self) -> list[TableName]:
        return [layout.obsolete for layout in self.forward]

    def begin(self, sessions: Carrier, attempt: int) -> None:
        with sessions.receiving.transaction() as source:
            self.m.source.way_back.claim(source, self.m.name, attempt)

    def proof(self) -> dict[str, Any]:
        m = self.m
        with m.ledger_session() as ledger:
            last = passes.newest(m, ledger, is_back=True)
        if last and last["finished_at"]:
            return dict(last["premises"])
        with m.source.session() as source, source.transaction():
            noted = m.source.way_back.read(source, m.name).premises
        if noted is None:
            raise Interrupted("The way back is not open: the cutover is not decided.")
        return noted

    def announce(self, sessions: Carrier, attempt: int, pid: int, *, longest: float) -> None:
        m = self.m
        with sessions.receiving.transaction(snapshot=True) as source:
            opened_at = m.source.positions.now(source, [m.capture_names(layout) for layout in self.forward]).text
        with sessions.ledger.transaction() as ledger:
            self.announced(ledger, attempt, pid=pid, opened_at=opened_at)
        if not self.opens_first:
            return
        faults.reached("roll_back.announcing")
        with sessions.receiving.transaction(snapshot=False, airlift__applying="back", **self.opening(longest)) as source:
            if not m.source.way_back.is_claimed(source, m.name, attempt):
                raise Interrupted(f"Another try of this task took attempt {attempt} for dead and went on; this one opened nothing.")
            with source.batch():
                self._open(source)
        if self.exchanges:
            # only now, for these would stop the service's own deletes: whoever comes after a crash finds whom to look for
            with sessions.receiving.transaction(snapshot=False, **self.opening(longest)) as source:
                self.add_keys(source, self._old_keys_as_called(self.forward), of_others=False)

    def decide(self, fenced: Session, *, longest: float) -> None:
        m = self.m
        fenced.set_local(lock_timeout=f"{longest * 1000:.0f}ms")
        with fenced.batch():
            for key in self.new_going:
                m.target.fence.drop_foreign_key(fenced, key)
            if self.exchanges:
                # before the names: who dies between the two keeps the service waiting for them, and no row without its key
                self.add_keys(fenced, self._old_keys_as_called(self.forward), of_others=True)
            if self.in_place:
                self._give_names_back(fenced, self.forward)
                self._take_over(fenced)
            m.target.definitions.create_guard(fenced, m.name, [layout.target for layout in self.forward])

    def _give_names_back(self, target: Session, layouts: list[Layout]) -> None:
        """In place: the views give the old names back to the old tables."""
        exchanges = [Exchange(each.source, each.compatibility_view(in_place=True), each.obsolete) for each in layouts]
        self.m.target.fence.exchange(target, exchanges, kept=self.kept)

    def _take_over(self, fenced: Session) -> None:
        """In place: the old tables get what hangs on the new ones."""
        m = self.m
        if not self.exchanges:
            self._open(fenced)
        for sequence, layout, _ in columns_of(self.forward, self.sequences):
            if sequence.name in self.owned:
                m.source.definitions.own_sequence(fenced, sequence.name, layout.source, sequence.column)

    def is_decided(self, session: Session) -> bool:
        m, names = self.m, [layout.target for layout in self.forward]
        shut = len(m.target.definitions.shut_tables(session, m.name, names))
        if shut not in (0, len(names)):
            raise Ambiguous(
                f"On {m.target.where} only {shut} of {len(names)} new tables are shut, which no commit of ours does. Nothing was touched. "
                f"Look at: {m.target.advice.guarded(m.name)}"
            )
        return shut > 0

    def complete(self) -> None:
        """Across servers the old tables have their names since they were announced; else all is in the commit, or follows it here."""
        m = self.m
        if not self.exchanges:
            return
        with m.target.session() as target, target.transaction():
            for key in self.new_going:
                m.target.fence.drop_foreign_key(target, key)
            left = self._kept(target)
            self.add_keys(target, self._old_keys_as_called(left), of_others=True)

        def rename(target: Session) -> None:
            # another try may have been faster
            for layout in self._kept(target):
                self._give_names_back(target, [layout])

        if left:
            under_locks(m, m.target, [Lock(layout.target, m.target.fence.writers_out) for layout in left], rename)
            m.log.info("The old tables have their names.")

    def _kept(self, session: Session) -> list[Layout]:
        """In place: the tables whose old names the views still have."""
        owner_of = self.m.target.fence.owner_of
        return [each for each in self.forward if (found := owner_of(session, each.source)) and found[1] == "v"]

    def _old_keys_as_called(self, left: list[Layout]) -> list[ForeignKey]:
        """The old tables' foreign keys as long as those that are `left` have not got their names back; they follow the tables."""
        called = {layout.source: layout.obsolete for layout in left}
        return [replace(key, child=called.get(key.child, key.child), parent=called.get(key.parent, key.parent)) for key in self.old_going]

    def shut(self, attempt: dict[str, Any]) -> None:
        m, over = self.m, self._over(attempt)
        with m.source.session() as source:
            with source.transaction():
                self._forbid(source, over)
            with source.transaction():
                # across servers only those that have their names
                owner_of = m.source.fence.owner_of
                opened = [layout for layout in self.forward if self.exchanges or owner_of(source, layout.obsolete) is None]

        def shut(source: Session) -> None:
            # again, under its row's lock: another try may have gone on, and the service may be here by now
            self._forbid(source, over)
            if self.exchanges:
                for key in self._old_keys_as_called(opened):
                    if key.child in called:
                        m.source.fence.drop_foreign_key(source, key)
            else:
                for key in self.old_going:
                    m.source.fence.drop_foreign_key(source, key)
                for layout in opened:
                    m.source.fence.rename_table(source, layout.source, layout.obsolete.name)
            m.source.definitions.create_guard(source, m.name, [layout.obsolete for layout in opened])

        called = {layout.obsolete if self.exchanges else layout.source for layout in opened}
        if opened:
            under_locks(m, m.source, [Lock(name, m.source.fence.writers_out) for name in sorted(called)], shut)
            m.log.info("The old tables are shut again.")
        written = self.written_since(str(attempt["opened_at"]))
        if written:
            names = ", ".join(f'"{name}"' for name in written)
            raise Ambiguous(
                f"While the old tables were open and the new ones kept the service, somebody wrote {names}. Their keys are in the tables "
                f"airlift.{m.name}_log_<n> on the source, whose tables are shut again. Nothing more was touched: decide whose rows are "
                "right, make the old tables' equal to the new ones', empty those tables, and clear rename_back."
            )

    def _over(self, attempt: dict[str, Any]) -> list[int]:
        """The attempt, and those that were given up: none of them is announced any more.

        Each claims the way back when it begins. The claim of one that was begun beside an undecided one and was given up would keep that
        from ever being shut.
        """
        with self.m.ledger_session() as ledger:
            given_up = self.m.ledger.rows(ledger, attempts, is_back=True, state="given up")
        return [int(each["no"]) for each in (attempt, *given_up)]

    def _forbid(self, source: Session, over: list[int]) -> None:
        """Have attempts that are over open nothing any more; Interrupted when another one is under way."""
        if not self.m.source.way_back.release(source, self.m.name, over):
            raise Interrupted(BROUGHT_TO_ITS_END)

    def note(self, ledger: Session) -> None:
        # the next cutover adds them anew
        self.m.ledger.change(ledger, objects, {"kind": list(NEW_KEYS)}, made_at=None)
        self.m.ledger.leave(ledger, self.undecided, to=Stage.VIEWS_CREATED)

    def take_back(self, ledger: Session) -> None:
        cutovers = self.m.ledger.rows(ledger, attempts, is_back=False, state="switched")
        is_settled = bool(cutovers and cutovers[-1]["settled_at"])
        self.m.ledger.leave(ledger, self.undecided, to=Stage.SETTLED if is_settled else Stage.SWITCHED)

    def _open(self, session: Session) -> None:
        m = self.m
        for layout in self.forward:
            if not self.in_place:
                m.source.fence.rename_table(session, layout.obsolete, layout.source.name)
            m.source.definitions.drop_guard(session, m.name, layout.source)
        if not self.exchanges:
            for key in self.old_going:
                m.source.fence.add_foreign_key(session, key)

    def written_since(self, position: str) -> list[TableName]:
        """The old tables that somebody has written since they were opened at a position."""
        m = self.m
        names = {layout.no: layout.source for layout in self.forward}
        with m.source.session() as source, source.transaction(snapshot=True):
            found = m.source.windows.changes(source, [m.capture_names(layout) for layout in self.forward], position)
        return [names[each.no] for each in found]


def must_be_there(m: Migration, planned: ToSource) -> None:
    """Refused where an old table is gone: somebody has dropped it, and with it the way back."""
    with m.source.session() as source, source.transaction():
        # an attempt that is not decided yet may have given one its own name again
        names = {layout.obsolete: layout.source for layout in planned.forward}
        owner_of = m.source.fence.owner_of
        gone = [old for old, own in names.items() if owner_of(source, old) is None and owner_of(source, own) is None]
    if gone:
        raise Refused(
            f"There is no way back: {', '.join(map(str, gone))} {'is' if len(gone) == 1 else 'are'} gone on {m.source.where}. Nothing was "
            "changed. Approve the contract, or restore the table with all its rows."
        )


def to_source(sessions: Carrier) -> ToSource:
    """The roll back, planned anew before each attempt."""
    m = sessions.m
    planned = noted(m)
    names = {layout.obsolete: layout.source for layout in planned.forward}
    with sessions.receiving.transaction() as source:
        relations = m.source.catalog.relations(source)
        found = m.source.catalog.sequences(source, [relations[name] for name in names])
    with sessions.sending.transaction() as target:
        relations = m.target.catalog.relations(target)
        new = m.target.catalog.sequences(target, [relations[layout.target] for layout in planned.forward])
        sequences = [replace(each, table=names[each.table]) for each in found]
        both = sequences_of_both(m, target, planned.forward, sequences, in_place=planned.in_place)
        followers = [Follower(m.source.quoted_table(each.name), name, each) for each, name in both]
    owned = {each.name for each in new if each.is_owned and not each.is_identity} if planned.in_place else set()
    planned = replace(planned, followers=followers, sequences=sequences, owned=owned & {each.name for each in sequences})
    return planned.with_children(sessions.sending)


def noted(m: Migration) -> ToSource:
    """The roll back as the ledger has it: what an earlier try was about."""
    with m.ledger_session() as ledger:
        in_place = m.ledger.must_stand(ledger, Stage.VIEWS_CREATED).in_place
        new, old = noted_keys(m, ledger, *NEW_KEYS), noted_keys(m, ledger, OLD_KEY)
        way = Way(m, is_back=True)
        return ToSource(way, m.layouts(ledger), in_place, new_keys=[each.key for each in new], old_keys=[each.key for each in old])
