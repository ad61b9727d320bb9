"""Carry one window: what changed on the sender since a position comes to the receiver, is compared, and commits with the position."""

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

from airlift import faults
from airlift.databases import CaptureNames, Cascade, Changes, Position, Session
from airlift.databases.cascading import refuse_strays, widen
from airlift.databases.shapes import Layout
from airlift.errors import Ambiguous
from airlift.ledger import Stage, windows
from airlift.phases.fitting import fitting
from airlift.phases.migration import Migration
from airlift.phases.ways import Overtaken, Way

PRUNE_AT = 10_000
"""The change log is pruned also after a window with so many changes: each window reads all of it."""


@dataclass(frozen=True)
class Window:
    """A window that was carried. `lag` is how far the receiver was behind, in seconds, when it had committed."""

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
    """The sessions that windows go through: one reads, one writes, one makes the sender durable."""

    way: Way
    layouts: list[Layout]
    rows: dict[int, int]
    cascades: list[Cascade]
    sending: Session
    receiving: Session
    beating: Session

    @property
    def m(self) -> Migration:
        """The migration."""
        return self.way.m

    @property
    def ledger(self) -> Session:
        """The one that is on the ledger's server and free between windows."""
        return self.beating if self.way.is_back else self.receiving

    def carry(self, at_least: Stage) -> Window | None:
        """Carry what came since the position; None when nothing did. The migration has to stand at `at_least`."""
        start = self.position(at_least)
        with self.sending.transaction(snapshot=True):
            window = self.carry_seen_by(self.sending, start)
        if window and (window.changes >= PRUNE_AT or window.no % self.way.sender.positions.prune_every == 0):
            self.prune(window)
        return window

    def position(self, at_least: Stage) -> str:
        """Where the next window begins, when the migration stands at `at_least`."""
        with self.ledger.transaction() as ledger:
            standing = self.m.standing_in(ledger, at_least)
            if not self.way.is_back:
                return self.way.position(standing, ledger)
        with self.receiving.transaction() as receiving:
            return self.way.position(standing, receiving)

    def carry_seen_by(self, sending: Session, start: str) -> Window | None:
        """Carry what the transaction of `sending` sees and the position has not; that transaction is the window's end."""
        began = time.monotonic()
        m, sender = self.m, self.way.sender
        names = [m.capture_names(layout) for layout in self.layouts]
        end = sender.positions.now(sending, names)
        found = sender.windows.changes(sending, names, start)
        # also where nothing is found: a log that was pruned looks like one in which nothing was noted
        if sender.positions.is_pruned_beyond(sending, m.name, self.way.side, start):
            self._tell_pruned(start)
        if not found:
            return None
        faults.reached("window.read")
        with self.beating.transaction():
            sender.positions.make_durable(self.beating, m.name, self.way.side)
        faults.reached("window.durable")
        with self.receiving.transaction(airlift__applying=self.way.applying):
            self.way.move_position(self.receiving, start=start, end=end)
            widened = self._widen(sending, names, found)
            changes = {**{no: Changes(no, 0, 0, is_truncated=False) for no in widened}, **{each.no: each for each in found}}
            changed = [(layout, changes[layout.no]) for layout in self.layouts if layout.no in changes]
            keys = sum(self._receive(sending, layout, each, start, is_widened=layout.no in widened) for layout, each in reversed(changed))
            window = Window(
                no=0, start=start, end=end, changes=sum(each.changes for each in found), keys=keys,
                differing=self._apply(changed), seconds=time.monotonic() - began, lag=0.0,
            )  # fmt: skip
            if not self.way.is_back:
                window = self._noted(self.receiving, window)
            faults.reached("window.applied")
        faults.reached("window.committed")
        if self.way.is_back:
            # the ledger is on the other server: what is said there of a window on the way back is for people only
            with self.ledger.transaction() as ledger:
                window = self._noted(ledger, window)
        return replace(window, lag=time.monotonic() - began)

    def _widen(self, sending: Session, names: list[CaptureNames], found: list[Changes]) -> set[int]:
        """Find the keys that cascades have changed beside the `found` ones; the numbers of the tables that have some."""
        sides = self.way.sender.side(sending, on_source=True), self.way.receiver.side(self.receiving, on_source=False)
        return widen(*sides, self.cascades, layouts=self.layouts, names=names, changed={each.no for each in found if each.changes})

    def _noted(self, ledger: Session, window: Window) -> Window:
        """The window with its number, under which it is in the ledger."""
        no = self.m.ledger.next_no(ledger, windows)
        self.m.ledger.add(
            ledger, windows, no=no, at=window.end.at, changes=window.changes, keys=window.keys, compared=window.keys,
            differing=window.differing, seconds=window.seconds, lag_seconds=window.seconds, is_back=self.way.is_back,
        )  # fmt: skip
        return replace(window, no=no)

    def _tell_pruned(self, start: str) -> NoReturn:
        """Another process carried and pruned what we were about to carry; or the record of the position is older than the log."""
        name = self.m.name
        if self.position(Stage.INDEXED) != start:
            raise Overtaken(f'A window of migration "{name}" was carried by another process meanwhile; this one reads anew.')
        raise Ambiguous(
            f'The change log of migration "{name}" was pruned beyond the position that is to be carried from: the record of that is older '
            f"than the log, as after a restore of {self.way.receiver.where}. Nothing was carried. Abandon the migration and start over."
        )

    def prune(self, window: Window) -> None:
        """Take out of the change log what a window has committed on the receiver."""
        m, sender = self.m, self.way.sender
        names = [m.capture_names(layout) for layout in self.layouts]
        with self.beating.transaction():
            removed = sender.positions.prune(self.beating, names, m.name, self.way.side, position=window.end.text)
        if removed:
            sender.positions.vacuum(self.beating, names)

    def _receive(self, source: Session, layout: Layout, each: Changes, start: str, *, is_widened: bool) -> int:
        """Bring a table's changes to the receiver, where the rows that they replace go."""
        if each.is_truncated:
            self._empty(layout)
        rows = self.rows[layout.no]
        are_few = rows == 0 or each.changes + each.checks < self.way.sender.windows.few * rows
        names = self.m.capture_names(layout)
        receive = self.way.receiver.windows.receive
        with fitting(layout):
            return receive(self.way.sender.sends(source), self.receiving, layout, names, start, are_few=are_few, is_widened=is_widened)

    def _apply(self, changed: Iterable[tuple[Layout, Changes]]) -> int:
        """Insert what was received, after all deletes, so that unique values may have been swapped between rows; then compare it."""
        apply = self.way.receiver.windows
        layouts = [layout for layout, _ in changed]
        for layout in layouts:
            with fitting(layout):
                apply.insert(self.receiving, layout)
        self._refuse_strays({layout.no for layout in layouts})
        return sum(apply.compare(self.receiving, self.m.name, layout) for layout in layouts)

    def _refuse_strays(self, received: Collection[int]) -> None:
        """Refuse rows that a cascade of the sender changes and the receiver would not find."""
        own = [each for each in self.cascades if each.child in received]
        if own:
            refuse_strays(self.way.receiver.side(self.receiving, on_source=False), own, self.layouts)

    def _empty(self, layout: Layout) -> None:
        """Empty a table as the sender's was. No capture is to note that: what truncates later would take away what only one side has."""
        self.m.log.info('Table "%s" was truncated; "%s" is emptied.', layout.source, layout.target)
        self.receiving.set_local(airlift__applying="on")
        self.way.receiver.streams.empty(self.receiving, layout.target)
        self.receiving.set_local(airlift__applying=self.way.applying)


@contextmanager
def carrier(m: Migration, *, is_back: bool = False) -> Iterator[Carrier]:
    """The sessions for windows, for as long as a step carries them."""
    way = Way(m, is_back)
    with ExitStack() as stack:
        sending = stack.enter_context(way.sender.session())
        receiving = stack.enter_context(way.receiver.session())
        beating = stack.enter_context(way.sender.session())
        with m.ledger_session() as ledger:
            layouts = way.layouts(ledger)
        with sending.transaction():
            relations = way.sender.catalog.relations(sending)
            cascades = way.sender.windows.cascades(sending, layouts)
        rows = {layout.no: relations[layout.source].rows for layout in layouts if layout.source in relations}
        yield Carrier(way, layouts, rows, cascades, sending, receiving, beating)
