"""What changes hands at the cutover: names, foreign keys, sequences, the guard. In place one commit; across servers two."""

from collections.abc import Iterator
from dataclasses import dataclass

from airlift.databases import Lock, Session
from airlift.databases.shapes import ForeignKey, Layout, Sequence
from airlift.errors import Interrupted
from airlift.ledger import Stage, attempts
from airlift.phases.migration import Migration
from airlift.phases.sync.carrying import Carrier


@dataclass(frozen=True)
class HandOver:
    """The hand-over of all tables. `keys` are foreign keys to be added, by kind, as they are on the new side."""

    m: Migration
    sessions: Carrier
    layouts: list[Layout]
    old_sequences: list[Sequence]
    keys: list[tuple[str, ForeignKey]]
    in_place: bool

    def locks(self) -> list[Lock]:
        """The fence's locks: parents before children, each table once. In place also the tables at the foreign keys' other ends."""
        fence = self.m.source.fence
        own = [Lock(layout.source, fence.writers_out) for layout in self.layouts]
        if not self.in_place:
            return own
        ours = {layout.source for layout in self.layouts} | {layout.target for layout in self.layouts}
        children = {key.child for kind, key in self.keys if kind == "repointed_key"}
        parents = {key.parent for kind, key in self.keys if kind == "foreign_key"} - ours - children
        return [
            *(Lock(name, fence.no_new_references) for name in sorted(parents)),
            *own,
            *(Lock(name, fence.writers_out) for name in sorted(children)),
        ]

    def sequences(self, target: Session) -> Iterator[tuple[Sequence, str]]:
        """The source's sequences whose place another one takes, each with that one's name on the target."""
        by_source = {layout.source: layout for layout in self.layouts}
        for sequence in self.old_sequences:
            layout = by_source[sequence.table]
            column = next((each.column for each in layout.carried if each.old == sequence.column), None)
            if column is None:
                continue
            name = self.m.target.fence.column_sequence(target, layout.target, column)
            if name is None and not sequence.is_identity and not self.in_place:
                name = self.m.target.quoted_table(sequence.name)
            if name is not None:
                yield sequence, name

    def announce(self, attempt: int, pid: int, *, longest: float) -> None:
        """The last commit on the target before the decision: whoever comes after a crash finds here whom to look for.

        Across servers it opens the target: foreign keys on, guard off. The source still decides. Each lock on the new tables may be
        waited for as long as all those of the fence. Interrupted when another try has taken the attempt for dead.
        """
        m = self.m
        with self.sessions.target.transaction(airlift__applying="on", lock_timeout=f"{longest * 1000:.0f}ms") as target:
            if m.ledger.change(target, attempts, {"no": attempt, "state": "begun"}, state="deciding", pid=pid) != 1:
                raise Interrupted(f"Another try of this task took attempt {attempt} for dead and went on; this one opened nothing.")
            if not self.in_place:
                self._open(target)
            m.ledger.reach(target, Stage.OPENING)

    def decide(self, fenced: Session, *, longest: float) -> None:
        """In the fence's own transaction: give the old tables other names, and in place everything else with it."""
        m = self.m
        fenced.set_local(lock_timeout=f"{longest * 1000:.0f}ms")
        if self.in_place:
            self._drop_repointed(fenced)
        for layout in self.layouts:
            m.source.fence.rename_table(fenced, layout.source, layout.obsolete.name)
        if not self.in_place:
            return
        for layout in self.layouts:
            view = layout.compatibility_view(in_place=True)
            m.source.fence.rename_view(fenced, view, layout.source.name)
        self._own_sequences(fenced)
        self._open(fenced)

    def _open(self, session: Session) -> None:
        for layout in self.layouts:
            self.m.target.definitions.drop_guard(session, self.m.name, layout.target)
        for _, key in self.keys:
            self.m.target.fence.add_foreign_key(session, key)

    def _drop_repointed(self, fenced: Session) -> None:
        for kind, key in self.keys:
            if kind == "repointed_key":
                self.m.source.definitions.drop_foreign_key(fenced, key.child, key.name)

    def _own_sequences(self, fenced: Session) -> None:
        by_source = {layout.source: layout for layout in self.layouts}
        for sequence in self.old_sequences:
            layout = by_source[sequence.table]
            column = next((each.column for each in layout.carried if each.old == sequence.column), None)
            # a table that somebody made beforehand draws from what it was made with
            if column and layout.is_created and sequence.is_owned and not sequence.is_identity:
                self.m.target.definitions.own_sequence(fenced, sequence.name, layout.target, column)
