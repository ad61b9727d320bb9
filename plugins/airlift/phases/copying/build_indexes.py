"""After the load: take back what the copy can't be sure of, then build keys, indexes and statistics in parallel."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from airlift.databases.shapes import Layout
from airlift.errors import Interrupted
from airlift.ledger import Stage, batches, objects, tables
from airlift.phases.migration import Migration

BESIDE_EACH_OTHER = ("index", "statistics")
"""What may be built side by side on one table; constraints come after, one table in one thread."""


def build_indexes(m: Migration) -> None:
    """Make the loaded tables' keys unique and build their indexes. May run again: the ledger has each object that is made."""
    standing = m.standing(Stage.PLANNED)
    if standing.stage >= Stage.INDEXED:
        m.log.info("The indexes are built already.")
        return
    with m.ledger_session() as ledger:
        left = m.ledger.rows(ledger, batches, done_at=None)
        if left:
            raise Interrupted(f"{len(left)} batches of the copy are not done yet. Clear the copy's streams.")
        m.ledger.reach(ledger, Stage.COPIED)
        layouts = m.layouts(ledger)
    began = time.monotonic()
    with ThreadPoolExecutor(m.settings.workers, thread_name_prefix="airlift-index") as pool:
        for done in [pool.submit(_make_keys_unique, m, layout, str(standing.watermark)) for layout in layouts]:
            done.result()
        waiting = [(layout, each) for layout in layouts for each in _waiting(m, layout, BESIDE_EACH_OTHER)]
        for done in [pool.submit(_build, m, layout, each) for layout, each in waiting]:
            done.result()
        for done in [pool.submit(_build_constraints, m, layout) for layout in layouts]:
            done.result()
        for done in [pool.submit(_analyze, m, layout) for layout in layouts]:
            done.result()
    with m.ledger_session() as ledger:
        m.ledger.reach(ledger, Stage.INDEXED)
    m.log.info("%s indexes and constraints were built in %.1f s.", len(waiting), time.monotonic() - began)


def _make_keys_unique(m: Migration, layout: Layout, watermark: str) -> None:
    """Remove every key that is in the log so far, before the unique key is built; the first window brings them back.

    Ranges were read at different instants: a row that moved between two of them is there twice or not at all, and its key is
    in the log. Done as long as no window was carried, so that nothing is removed that a window has brought.
    """
    with m.source.session() as source, m.target.session() as target, target.transaction(airlift__applying="on"):
        if m.ledger.rows(target, tables, no=layout.no)[0]["keys_unique_at"] is not None:
            return
        with source.transaction(snapshot=True):
            removed = m.target.streams.remove_logged_keys(source, target, layout, m.capture_names(layout), watermark)
        m.ledger.change(target, tables, {"no": layout.no}, keys_unique_at=sa.func.clock_timestamp())
    if removed:
        m.log.info('%s rows of "%s" changed during the copy; the first window brings them anew.', f"{removed:,}", layout.target)


def _waiting(m: Migration, layout: Layout, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    with m.ledger_session() as ledger:
        return [each for each in m.ledger.rows(ledger, objects, table_no=layout.no, made_at=None) if each["kind"] in kinds]


def _build_constraints(m: Migration, layout: Layout) -> None:
    for each in _waiting(m, layout, ("constraint",)):
        _build(m, layout, each)


def _build(m: Migration, layout: Layout, each: dict[str, Any]) -> None:
    began = time.monotonic()
    with m.target.session() as target, target.transaction(airlift__applying="on", maintenance_work_mem="512MB"):
        m.target.streams.build(target, layout.target, each["kind"], each["name"], each["definition"])
        m.ledger.change(target, objects, {"table_no": layout.no, "no": each["no"]}, made_at=sa.func.clock_timestamp())
    m.log.info('"%s" on "%s": %.1f s.', each["name"], layout.target, time.monotonic() - began)


def _analyze(m: Migration, layout: Layout) -> None:
    with m.target.session() as target, target.transaction():
        m.target.streams.analyze(target, layout.target)
