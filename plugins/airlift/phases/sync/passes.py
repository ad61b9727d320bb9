"""A full pass: every row of every table compared on both sides by ranges of keys, while writers write.

A range whose checksums differ is read again row by row; its differing keys are suspects until a window has compared them at one
position. Keys that change during the pass are compared by their windows anyway.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airlift.databases import KeyRange, Session
from airlift.databases.shapes import Layout
from airlift.errors import Refused
from airlift.ledger import NOW, Stage, checks, passes, windows
from airlift.phases.migration import Migration
from airlift.phases.sync.premises import are_complete, premises
from airlift.phases.sync.ranges import ranges
from airlift.phases.ways import Way

_BACK = "Ask the doctor, which puts back what is missing; then this step compares all rows, and brings those that differ"


def newest(m: Migration, ledger: Session, *, is_back: bool = False) -> dict[str, Any] | None:
    """The newest pass of a way, finished or not."""
    found = m.ledger.rows(ledger, passes, is_back=is_back)
    return found[-1] if found else None


def age(found: dict[str, Any]) -> float:
    """Seconds since a finished pass began to read."""
    return float((datetime.now(UTC) - found["started_at"]).total_seconds())


def begin(way: Way) -> int:
    """Begin a pass, unless one is under way; its number. Premises are noted before the first range is read.

    Keys that an earlier one found to differ are compared anew: somebody may have mended their rows.
    """
    m = way.m
    with way.sender.session() as sending, way.receiver.session() as receiving, m.ledger_session() as ledger:
        m.ledger.lock(ledger)
        under_way = newest(m, ledger, is_back=way.is_back)
        if under_way and under_way["finished_at"] is None:
            return int(under_way["no"])
        layouts = way.layouts(ledger)
        with sending.transaction(snapshot=True), receiving.transaction():
            found = premises(way, sending, receiving, layouts)
        missing = are_complete(way, found, layouts)
        if missing:
            remedy = _BACK if way.is_back else "Abandon the migration and start over"
            raise Refused(f"A comparison would prove nothing: {'; '.join(missing)}. {remedy}.")
        no = m.ledger.next_no(ledger, passes)
        first_window = m.ledger.next_no(ledger, windows)
        m.ledger.add(ledger, passes, no=no, premises=found, first_window=first_window, is_back=way.is_back)
        m.ledger.remove(ledger, checks)
        number = 0
        # until all keys are read, whose number grows with the tables
        ledger.rest_long()
        for layout in layouts:
            with receiving.transaction(), sending.transaction(airlift__applying="on"):
                if way.receiver.checksums.doubt(receiving, m.name, layout):
                    _log_suspects(way, sending, receiving, layout)
            for keys in ranges(way, sending, receiving, layout):
                number += 1
                m.ledger.add(ledger, checks, pass_no=no, no=number, table_no=layout.no, lower=keys.lower, upper=keys.upper)
    return no


@dataclass(frozen=True)
class Comparison:
    """A pass at work: its sessions, and the tables by their numbers."""

    way: Way
    pass_no: int
    layouts: dict[int, Layout]
    sending: Session
    receiving: Session
    ledger: Session

    def check_next(self) -> dict[str, Any] | None:
        """Compare the next range that nobody holds; its ledger row, or None when there is none left."""
        m, way = self.way.m, self.way
        with self.ledger.transaction():
            check = m.ledger.claim(self.ledger, checks, pass_no=self.pass_no)
            if check is None:
                return None
            layout, keys = self.layouts[check["table_no"]], KeyRange(check["lower"], check["upper"])
            is_whole = keys == KeyRange(None, None)
            if is_whole:
                # however large the table is
                self.ledger.rest_long()
            with self.sending.transaction(snapshot=True), self.receiving.transaction():
                if is_whole:
                    self.receiving.rest_long()
                ours = way.sender.checksums.source_sum(self.sending, layout, keys)
                theirs = way.receiver.checksums.target_sum(self.receiving, layout, keys)
            suspects = 0
            if ours != theirs:
                with self.sending.transaction(snapshot=True), self.receiving.transaction():
                    if is_whole:
                        self.receiving.rest_long()
                    suspects = way.receiver.checksums.note_suspects(way.sender.sends(self.sending), self.receiving, m.name, layout, keys)
            done = {"source_rows": ours.rows, "target_rows": theirs.rows, "suspects": suspects}
            m.ledger.change(self.ledger, checks, {"pass_no": self.pass_no, "no": check["no"]}, done_at=NOW, **done)
        if suspects:
            log_suspects(way, self.sending, self.receiving, [layout])
        return {**check, **done}


@contextmanager
def comparison(way: Way, pass_no: int) -> Iterator[Comparison]:
    """The sessions of a pass, for as long as a step compares."""
    with ExitStack() as stack:
        sending, receiving, ledger = (stack.enter_context(each.session()) for each in (way.sender, way.receiver, way.m.target))
        with ledger.transaction():
            layouts = {layout.no: layout for layout in way.layouts(ledger)}
        yield Comparison(way, pass_no, layouts, sending, receiving, ledger)


def log_suspects(way: Way, sending: Session, receiving: Session, layouts: list[Layout]) -> None:
    """Have the next window compare every key that waits for a verdict."""
    for layout in layouts:
        with receiving.transaction(), sending.transaction(airlift__applying="on"):
            _log_suspects(way, sending, receiving, layout)


def _log_suspects(way: Way, sending: Session, receiving: Session, layout: Layout) -> None:
    names = way.m.capture_names(layout)
    way.sender.checksums.log_suspects(sending, way.receiver.sends(receiving), way.m.name, layout, names)


def log_waiting(way: Way, sending: Session, receiving: Session, layouts: list[Layout]) -> None:
    """The same for all tables that have such keys: who found them may have died before it told the windows."""
    with receiving.transaction():
        waiting = {each.no for each in way.receiver.windows.unverified(receiving, way.m.name, layouts) if each.waiting}
    log_suspects(way, sending, receiving, [layout for layout in layouts if layout.no in waiting])


def finish(m: Migration, pass_no: int) -> bool:
    """Note the pass as finished when its last range is done; whether it is finished."""
    with m.ledger_session() as ledger:
        if m.ledger.rows(ledger, checks, pass_no=pass_no, done_at=None):
            return False
        m.ledger.change(ledger, passes, {"no": pass_no, "finished_at": None}, finished_at=NOW)
    return True


def run_through(way: Way, pass_no: int) -> None:
    """Work through a pass to its end, in this process alone."""
    with comparison(way, pass_no) as under_way:
        while under_way.check_next():
            pass
    finish(way.m, pass_no)


def repeat_when_old(way: Way, ledger: Session) -> None:
    """While the gate is open: repeat the pass when half of `validation_age` is gone, one range at each call."""
    m = way.m
    with ledger.transaction():
        standing, last = m.ledger.standing(ledger), newest(m, ledger)
    if standing is None or standing.stage < Stage.REPORTED or last is None:
        return
    if last["finished_at"] is None:
        with comparison(way, last["no"]) as under_way:
            if under_way.check_next() is None and finish(m, last["no"]):
                m.log.info("Comparison %s of all rows is done.", last["no"])
    elif age(last) > m.spec.validation_age / 2:
        m.log.info("The last comparison of all rows is %.0f s old: it is repeated.", age(last))
        begin(way)
