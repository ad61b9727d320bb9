"""Carry one window: what changed on the source since the ledger's position comes to the target, is compared, and commits with it."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NoReturn

from airlift import faults
from airlift.databases import Changes, Position, Session
from airlift.databases.shapes import Layout
from airlift.errors import Ambiguous, Interrupted
from airlift.ledger import Stage, Standing, windows
from airlift.phases.migration import Migration

PRUNE_EVERY = 20
PRUNE_AT = 10_000
"""The change log is pruned up to the committed position after so many windows, or after one with so many changes: each window
reads all of it.
"""


@dataclass(frozen=True)
class Window:
    """A window that was carried. `lag` is how far the target was behind, in seconds, when it had committed."""

    no: int
    start: str
    end: Position
    changes: int
    keys: int
    differing: int
    seconds: float
    lag: float


@dataclass(frozen=True)
class Carrier:
    """The sessions that windows go through: one reads, one writes, one makes the source durable."""

    m: Migration
    layouts: list[Layout]
    rows: dict[int, int]
    source: Session
    target: Session
    beating: Session

    def carry(self, at_least: Stage) -> Window | None:
        """Carry what came since the ledger's position; None when nothing did. The migration has to stand at `at_least`."""
        with self.target.transaction():
            standing = self.m.standing_in(self.target, at_least)
        with self.source.transaction(snapshot=True):
            window = self.carry_seen_by(self.source, standing)
        if window and (window.changes >= PRUNE_AT or window.no % PRUNE_EVERY == 0):
            self.prune(window.end.text)
        return window

    def carry_seen_by(self, source: Session, standing: Standing) -> Window | None:
        """Carry what the transaction of `source` sees and the position has not; that transaction is the window's end."""
        began = time.monotonic()
        m, start = self.m, str(standing.position)
        end = m.source.positions.now(source)
        found = m.source.windows.changes(source, [m.capture_names(layout) for layout in self.layouts], start)
        # also where nothing is found: a log that was pruned looks like one in which nothing was noted
        if m.source.positions.is_pruned_beyond(source, m.name, start):
            self._tell_pruned(start)
        if not found:
            return None
        faults.reached("window.read")
        with self.beating.transaction():
            m.source.positions.make_durable(self.beating, m.name)
        faults.reached("window.durable")
        with self.target.transaction(airlift__applying="on"):
            m.ledger.move_position(self.target, start=start, end=end.text, at=end.at)
            changed = [(layout, each) for layout in self.layouts for each in found if each.no == layout.no]
            keys = sum(self._receive(source, layout, each, start) for layout, each in changed)
            differing = self._apply(changed)
            seconds = time.monotonic() - began
            no = m.ledger.next_no(self.target, windows)
            changes = sum(each.changes for each in found)
            m.ledger.add(
                self.target, windows, no=no, at=end.at, changes=changes, keys=keys, compared=keys, differing=differing,
                seconds=seconds, lag_seconds=seconds,
            )  # fmt: skip
            faults.reached("window.applied")
        faults.reached("window.committed")
        return Window(no, start, end, changes, keys, differing, seconds, time.monotonic() - began)

    def _tell_pruned(self, start: str) -> NoReturn:
        """Another process carried and pruned what we were about to carry; or the ledger is older than the log."""
        m = self.m
        with m.ledger_session() as ledger:
            now = m.ledger.must_stand(ledger, Stage.INDEXED).position
        if now != start:
            raise Interrupted(f'A window of migration "{m.name}" was carried by another process meanwhile; this one reads anew.')
        raise Ambiguous(
            f'The change log of migration "{m.name}" was pruned beyond the ledger\'s position: the ledger is older than '
            "the log, as after a restore of the target. Nothing was carried. Abandon the migration and start over."
        )

    def prune(self, position: str) -> None:
        """Take out of the change log what the ledger has committed."""
        m = self.m
        names = [m.capture_names(layout) for layout in self.layouts]
        with self.beating.transaction():
            removed = m.source.positions.prune(self.beating, names, m.name, position)
        if removed:
            m.source.positions.vacuum(self.beating, names)

    def _receive(self, source: Session, layout: Layout, each: Changes, start: str) -> int:
        are_few = each.changes + each.checks < self.m.source.windows.few * self.rows[layout.no]
        names = self.m.capture_names(layout)
        return self.m.target.windows.receive(source, self.target, layout, names, start, are_few=are_few)

    def _apply(self, changed: Iterable[tuple[Layout, Changes]]) -> int:
        """All deletes before all inserts, so that unique values may have been swapped between rows; then the comparison."""
        apply = self.m.target.windows
        changed = list(changed)
        for layout, each in reversed(changed):
            if each.is_truncated:
                self.m.log.info('Table "%s" was truncated; "%s" is emptied.', layout.source, layout.target)
                self.m.target.streams.empty(self.target, layout.target)
            apply.delete(self.target, layout)
        for layout, _ in changed:
            apply.insert(self.target, layout)
        return sum(apply.compare(self.target, self.m.name, layout) for layout, _ in changed)


@contextmanager
def carrier(m: Migration) -> Iterator[Carrier]:
    """The sessions for windows, for as long as a step carries them."""
    with ExitStack() as stack:
        source = stack.enter_context(m.source.session())
        target = stack.enter_context(m.target.session())
        beating = stack.enter_context(m.source.session())
        layouts = m.all_layouts()
        with source.transaction():
            relations = m.source.catalog.relations(source)
        rows = {layout.no: relations[layout.source].rows for layout in layouts if layout.source in relations}
        yield Carrier(m, layouts, rows, source, target, beating)
