"""The checksum of one side: ours in ranges as `sync.validate` makes it, against md5 of every row's text."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator

from airlift.databases import KeyRange
from airlift.databases.shapes import Layout
from airlift.phases.migration import Migration
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.preflight import preflight
from airlift.phases.sync.ranges import ROWS
from bench.engine import engine
from bench.results import Line, paired
from bench.stand import Stand, load_wide, timed
from testbed.servers import Database

LIMIT = 0.4
OURS, MD5 = "ours", "md5(row::text)"
MD5_SUM = "SELECT count(*), sum(('x' || left(md5(w::text), 16))::bit(64)::bigint::numeric) FROM wide AS w"


def validation(stand: Stand) -> Iterator[Line]:
    """Both read the whole wide table on one session; neither may use a second processor."""
    with stand.database(stand.source) as source, stand.database(stand.target) as target:
        load_wide(source, stand.rows)
        moving = engine(source, target)
        moving.run(preflight, create_target)
        m = moving.migration()
        (layout,) = m.all_layouts()
        found = stand.take_turns({OURS: lambda: timed(lambda: _ours(m, layout, stand.rows)), MD5: lambda: timed(lambda: _md5(source))})
        yield paired(f"validation of {stand.rows:,} wide rows, one side: {MD5}", found[OURS], found[MD5], unit="s", limit=LIMIT)
    if importlib.util.find_spec("reladiff") is None:
        stand.say("  reladiff is not installed, and the project does not need it: it was not measured.")


def _ours(m: Migration, layout: Layout, expected: int) -> None:
    """Where each range ends, and its sum, on one side."""
    rows, lower = 0, None
    with m.source.session() as session:
        while True:
            with session.transaction(snapshot=True, max_parallel_workers_per_gather="0"):
                upper = m.source.checksums.next_boundary(session, layout, lower, ROWS)
                rows += m.source.checksums.source_sum(session, layout, KeyRange(lower, upper)).rows
            if upper is None:
                break
            lower = upper
    if rows != expected:
        raise AssertionError(f"our ranges have {rows} rows, not {expected}")


def _md5(database: Database) -> None:
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute(MD5_SUM)
