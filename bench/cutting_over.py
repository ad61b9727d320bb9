"""The cutover as the service feels it: the longest time that a writer waited, in place and across two servers, of one engine or two."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from airlift.phases.switching import Switch
from bench import between
from bench.crew import Crew, Writing, longest
from bench.engine import engine
from bench.results import Line, absolute
from bench.sides import SIDES
from bench.stand import Stand, load_wide
from testbed.serving import Database, LocalServer

CUTOVERS = 3
"""In each round, so that the usual three rounds make nine."""
READER_SECONDS = 2.0
BEFORE = 1.0
"""Seconds in which the writers write before the cutover begins."""
LIMIT_IDLE, LIMIT_WITH_READER = 50.0, 200.0
LIMIT_BETWEEN = 150.0
WIDE = Writing(
    "UPDATE wide SET product_id = product_id + 1, note = %(note)s WHERE id = %(key)s",
    """
    INSERT INTO wide (customer_id, product_id, reference, status, amount, is_paid, placed_at)
    VALUES (%(key)s, 1, gen_random_uuid(), 'new', 1.50, false, clock_timestamp())""",
)
SBTEST = Writing(
    "UPDATE sbtest1 SET k = k + 1, c = %(note)s WHERE id = %(key)s", "INSERT INTO sbtest1 (k, c, pad) VALUES (%(key)s, %(note)s, 'new')"
)
# What moves the services: puts the word where the writers look, in one step.
SWITCH = 'printf %s "$2" > "$1.new" && mv "$1.new" "$1"'


def cutover(stand: Stand) -> Iterator[Line]:
    """Every cutover is of a migration of its own."""
    rows = rows_of(stand)
    with stand.database(stand.source) as loaded:
        load_wide(loaded, rows)
        for in_place in (True, False):
            for has_reader in (False, True):
                moved = Moved("wide", WIDE, loaded, rows, to=None if in_place else stand.target)
                where = "in place" if in_place else "across servers"
                beside = f"a {READER_SECONDS:.0f} s reader" if has_reader else "idle"
                limit = LIMIT_WITH_READER if has_reader else LIMIT_IDLE
                yield _median(stand, moved, f"cutover {where}, {beside}", limit=limit, has_reader=has_reader)


def with_mariadb(stand: Stand) -> Iterator[Line]:
    """The same with MariaDB at an end, in place and across idle servers."""
    source, target = stand.mariadb
    rows = rows_of(stand)
    for old, new in ((source, None), (source, target), (source, stand.target), (stand.source, target)):
        with stand.database(old) as loaded:
            between.load(loaded, rows)
            moved = Moved("sbtest1", SBTEST, loaded, rows, to=new)
            what = between.direction(old, new) if new else f"{old.product} in place"
            yield _median(stand, moved, f"cutover, {what}", limit=LIMIT_BETWEEN)


def rows_of(stand: Stand) -> int:
    """How many rows the tables have."""
    return max(1000, stand.rows // 100)


@dataclass(frozen=True)
class Moved:
    """What is cut over: a table that is cloned from `loaded` each time, to another server or in place."""

    table: str
    writing: Writing
    loaded: Database
    rows: int
    to: LocalServer | None

    @property
    def shape(self) -> dict[str, object]:
        """The spec of its new shape."""
        return {self.table: {"to": f"{self.table}_v2", "columns": {"currency": {"add": "char(3) NOT NULL DEFAULT 'EUR'"}}}}


def _median(stand: Stand, moved: Moved, what: str, *, limit: float, has_reader: bool = False) -> Line:
    found = [_cut_over(stand, moved, has_reader=has_reader) for _ in range(CUTOVERS * stand.rounds)]
    stand.say(f"  {what}: " + ", ".join(f"{each.longest:.0f}" for each in found) + " ms")
    return absolute(
        f"{what}: longest wait (peer: without a cutover)",
        median(each.longest for each in found),
        unit="ms",
        peer=median(each.before for each in found),
        limit=limit,
    )


@dataclass(frozen=True)
class Waits:
    """Milliseconds: the longest that a writer waited in the cutover, and in the time before it."""

    longest: float
    before: float


def _cut_over(stand: Stand, moved: Moved, *, has_reader: bool) -> Waits:
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(stand.database(moved.loaded.server, like=moved.loaded.name))
        target = stack.enter_context(stand.database(moved.to)) if moved.to else source
        for database in (source, target):
            stack.callback(SIDES[database.engine].forget, database)
        route = stand.folder / f"route-{source.name}"
        route.write_text("source")
        moving = engine(source, target, tables=moved.shape)
        if moved.to:
            moving.switch = Switch(command=("/bin/sh", "-c", SWITCH, "switch", str(route)))
        moving.up_to_gate()
        sides = {"source": source} | ({"target": target} if moved.to else {})
        crew = stack.enter_context(Crew(route, sides, moved.rows, moved.writing))
        began = time.monotonic()
        time.sleep(BEFORE)
        reader = _reader(source) if has_reader else None
        cut = time.monotonic()
        moving.cut_over()
        done = time.monotonic()
        time.sleep(0.1)
        made = crew.stop()
        if reader:
            reader.join()
    return Waits(longest(made, since=cut, until=done), longest(made, since=began, until=cut - 0.01))


def _reader(database: Database) -> threading.Thread:
    """A transaction that has read the table and stays open."""
    is_reading = threading.Event()

    def read() -> None:
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM wide")
            is_reading.set()
            cursor.execute("SELECT pg_sleep(%s)", (READER_SECONDS,))
            cursor.execute("COMMIT")

    thread = threading.Thread(target=read)
    thread.start()
    is_reading.wait()
    return thread
