"""Work through the copy's queue: each range is read in a short transaction of its own and commits with its ledger row."""

import time
from dataclasses import dataclass
from typing import Any

from airlift import faults
from airlift.databases import CaptureNames, Range, Session
from airlift.databases.shapes import Layout
from airlift.errors import Interrupted
from airlift.ledger import NOW, Stage, batches, ranges, tables
from airlift.phases.copying import plan as planning
from airlift.phases.copying.plan import add_batch, batched, cut_up
from airlift.phases.fitting import fitting
from airlift.phases.migration import Migration, Progress
from airlift.phases.pacing import BOTH, pacing


class Moved(Exception):
    """A table's heap is no longer the one that was planned: VACUUM FULL, CLUSTER or TRUNCATE came between."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(str(layout.source))
        self.layout = layout


def dump_and_import(m: Migration, stream: str) -> dict[str, Any]:
    """Take batches until the queue is empty; the rows and seconds of this stream.

    A batch is held by a row lock until it commits, so that a killed stream's batch is free at once and none is copied twice.
    """
    if m.standing(Stage.PLANNED).stage >= Stage.COPIED:
        m.log.info("All is copied already.")
        return {"rows": 0, "seconds": 0.0}
    layouts = {layout.no: layout for layout in m.all_layouts()}
    began = time.monotonic()
    rows = 0
    with m.ledger_session() as ledger:
        total, left = m.ledger.total(ledger, ranges.c.bytes), m.ledger.total(ledger, ranges.c.bytes, rows=None)
    together = m.settings.workers * planning.RANGE_BYTES
    progress = Progress(m.log, what="All streams", unit="MB", total=total / 1e6)
    words: dict[str, Any] = {"stream": stream, "fills": BOTH, "ahead": min(together, left)}
    with m.source.session() as source, m.target.session() as target, pacing(m, source, target, **words) as paced:
        while True:
            batch_began = time.monotonic()
            try:
                batch = _copy_batch(m, source, target, layouts, stream)
            except Moved as moved:
                _start_over(m, moved.layout)
                continue
            if batch is None:
                break
            rows += batch.rows
            progress.at((total - batch.bytes_left) / 1e6)
            paced.rest(time.monotonic() - batch_began, ahead=min(together, batch.bytes_left))
    seconds = time.monotonic() - began
    m.log.info("%s: %s rows in %.1f s. The queue is empty.", stream, f"{rows:,}", seconds)
    return {"rows": rows, "seconds": round(seconds, 3)}


@dataclass(frozen=True)
class Copied:
    """What a batch brought, and the bytes that all streams have still to copy."""

    rows: int
    bytes_left: int


def _copy_batch(m: Migration, source: Session, target: Session, layouts: dict[int, Layout], stream: str) -> Copied | None:
    """Copy the next batch, or return None when there is none left."""
    with target.transaction(airlift__applying="on"):
        batch = m.ledger.claim(target, batches)
        if batch is None:
            return None
        parts = [(layouts[part["table_no"]], part) for part in m.ledger.rows(target, ranges, batch=batch["no"])]
        rows = _copy_ranges(m, source, target, parts)
        with source.transaction():
            # a crash of the source takes back what was not durable, and its rows in the change log: nothing would take it back here
            m.source.positions.make_durable(source, m.name, CaptureNames.FORWARD)
        if rows:  # none is left in a batch whose tables have started over
            m.ledger.note_copied(target, batch["no"], rows)
        m.ledger.change(target, batches, {"no": batch["no"]}, done_at=NOW, stream=stream)
        result = Copied(sum(rows.values()), m.ledger.total(target, ranges.c.bytes, rows=None))
        faults.reached("copy.imported")
    faults.reached("copy.committed")
    return result


def _copy_ranges(m: Migration, source: Session, target: Session, parts: list[tuple[Layout, dict[str, Any]]]) -> dict[int, int]:
    """Copy the ranges of a batch, read in one short transaction; how many rows each brought, by its number."""
    names = sorted({layout.source for layout, _ in parts})
    with source.transaction(snapshot=True):
        m.source.streams.hold_heaps(source, names)
        heaps = m.source.capture.heaps(source, names)
        for layout, part in parts:
            if layout.source not in heaps or heaps[layout.source]["filenode"] != part["filenode"]:
                raise Moved(layout)
        sends, copy, rows = m.source.sends(source), m.target.streams.copy_range, {}
        for layout, part in parts:
            with fitting(layout):
                rows[part["no"]] = copy(sends, target, layout, Range(part["bounds"], part["bytes"]))
        return rows


def _start_over(m: Migration, layout: Layout) -> None:
    """Empty a table whose heap was replaced and plan it anew. The queue's rows go first: whoever copies one is waited for."""
    faults.reached("copy.moved")
    with m.target.session() as target, target.transaction(airlift__applying="on"):
        if m.ledger.hold(target) >= Stage.COPIED:
            raise Interrupted("Another try of this task has copied all; this one changed nothing more.")
        planned = _batches_of(m, target, layout)
        for number in planned:
            m.ledger.change(target, batches, {"no": number}, stream=None)
        if _batches_of(m, target, layout) != planned:
            m.log.info('Another stream has started the copy of "%s" over.', layout.source)
            return
        with m.source.session() as source, source.transaction():
            relations = m.source.catalog.relations(source)
            cuts = cut_up(m, source, layout, relations)
        if all(part["filenode"] == relations[layout.source].filenode for part in m.ledger.rows(target, ranges, table_no=layout.no)):
            m.log.info('The copy of "%s" was started over meanwhile.', layout.source)
            return
        m.log.warning('Table "%s" was rewritten while it was copied; its copy starts over.', layout.source)
        m.ledger.remove(target, ranges, table_no=layout.no)
        m.target.streams.empty(target, layout.target)
        m.ledger.change(target, tables, {"no": layout.no}, rows_copied=0)
        number = m.ledger.next_no(target, batches)
        for batch in batched((layout, cut) for cut in cuts):
            add_batch(m, target, number, batch, relations)
            number += 1


def _batches_of(m: Migration, target: Session, layout: Layout) -> list[int]:
    return sorted({part["batch"] for part in m.ledger.rows(target, ranges, table_no=layout.no)})
