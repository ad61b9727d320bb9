"""A full pass: every row of every table compared on both sides by ranges of keys, while writers write.

A range whose checksums differ is read again row by row; its differing keys are suspects until a window has compared them at one
position. Keys that change during the pass are compared by their windows anyway.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from airlift.databases import KeyRange, Session
from airlift.databases.shapes import Layout
from airlift.errors import Refused
from airlift.ledger import NOW, Stage, checks, passes, windows
from airlift.phases.migration import Migration
from airlift.phases.sync.premises import are_complete, premises

ROWS = 50_000
"""Rows of a range."""


def newest(m: Migration, ledger: Session) -> dict[str, Any] | None:
    """The newest pass, finished or not."""
    found = m.ledger.rows(ledger, passes)
    return found[-1] if found else None


def age(found: dict[str, Any]) -> float:
    """Seconds since a finished pass began to read."""
    return float((datetime.now(UTC) - found["started_at"]).total_seconds())


def begin(m: Migration) -> int:
    """Begin a pass, unless one is under way; its number. Premises are noted before the first range is read.

    Keys that an earlier one found to differ are compared anew: somebody may have mended their rows.
    """
    with m.source.session() as source, m.target.session() as target, target.transaction():
        m.ledger.lock(target)
        under_way = newest(m, target)
        if under_way and under_way["finished_at"] is None:
            return int(under_way["no"])
        layouts = m.layouts(target)
        with source.transaction(snapshot=True):
            found = premises(m, source, target, layouts)
            missing = are_complete(found, layouts)
            if missing:
                raise Refused(f"A comparison would prove nothing: {'; '.join(missing)}. Abandon the migration and start over.")
        no = m.ledger.next_no(target, passes)
        m.ledger.add(target, passes, no=no, premises=found, first_window=m.ledger.next_no(target, windows))
        m.ledger.remove(target, checks)
        number = 0
        for layout in layouts:
            if m.target.checksums.doubt(target, m.name, layout):
                with source.transaction(airlift__applying="on"):
                    m.target.checksums.log_suspects(source, target, m.name, layout, m.capture_names(layout))
            for keys in _ranges(m, source, layout):
                number += 1
                m.ledger.add(target, checks, pass_no=no, no=number, table_no=layout.no, lower=keys.lower, upper=keys.upper)
    return no


def _ranges(m: Migration, source: Session, layout: Layout) -> Iterator[KeyRange]:
    """Half-open ranges of about `ROWS` rows; the first is open below and the last above, so that no key is left out."""
    lower: list[str] | None = None
    while True:
        with source.transaction():
            upper = m.source.checksums.next_boundary(source, layout, lower, ROWS)
        yield KeyRange(lower, upper)
        if upper is None:
            return
        lower = upper


def check_next(m: Migration, source: Session, target: Session, layouts: dict[int, Layout], pass_no: int) -> dict[str, Any] | None:
    """Compare the next range that nobody holds; its ledger row, or None when there is none left."""
    with target.transaction():
        check = m.ledger.claim(target, checks, pass_no=pass_no)
        if check is None:
            return None
        layout, keys = layouts[check["table_no"]], KeyRange(check["lower"], check["upper"])
        with source.transaction(snapshot=True):
            ours, theirs = (
                m.source.checksums.source_sum(source, layout, keys),
                m.target.checksums.target_sum(target, layout, keys),
            )
        suspects = 0
        if ours != theirs:
            with source.transaction(snapshot=True):
                suspects = m.target.checksums.note_suspects(source, target, m.name, layout, keys)
        done = {"source_rows": ours.rows, "target_rows": theirs.rows, "suspects": suspects}
        m.ledger.change(target, checks, {"pass_no": pass_no, "no": check["no"]}, done_at=NOW, **done)
    if suspects:
        log_suspects(m, source, target, [layout])
    return {**check, **done}


def log_suspects(m: Migration, source: Session, target: Session, layouts: list[Layout]) -> None:
    """Have the next window compare every key that waits for a verdict."""
    for layout in layouts:
        with target.transaction(), source.transaction(airlift__applying="on"):
            m.target.checksums.log_suspects(source, target, m.name, layout, m.capture_names(layout))


def finish(m: Migration, pass_no: int) -> bool:
    """Note the pass as finished when its last range is done; whether it is finished."""
    with m.ledger_session() as ledger:
        if m.ledger.rows(ledger, checks, pass_no=pass_no, done_at=None):
            return False
        m.ledger.change(ledger, passes, {"no": pass_no, "finished_at": None}, finished_at=NOW)
    return True


def run_through(m: Migration, pass_no: int) -> None:
    """Work through a pass to its end, in this process alone."""
    layouts = {layout.no: layout for layout in m.all_layouts()}
    with m.source.session() as source, m.target.session() as target:
        while check_next(m, source, target, layouts, pass_no):
            pass
    finish(m, pass_no)


def repeat_when_old(m: Migration, source: Session, target: Session) -> None:
    """While the gate is open: repeat the pass when half of `validation_age` is gone, one range at each call."""
    with target.transaction():
        standing, last = m.ledger.standing(target), newest(m, target)
        layouts = {layout.no: layout for layout in m.layouts(target)}
    if standing is None or standing.stage < Stage.REPORTED or last is None:
        return
    if last["finished_at"] is None:
        if check_next(m, source, target, layouts, last["no"]) is None and finish(m, last["no"]):
            m.log.info("Comparison %s of all rows is done.", last["no"])
    elif age(last) > m.spec.validation_age / 2:
        m.log.info("The last comparison of all rows is %.0f s old: it is repeated.", age(last))
        begin(m)
