"""The cutover as the service feels it: the longest time that a writer waited, in place and across two servers."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from airlift.phases.switching import Switch
from bench.crew import Crew, longest
from bench.engine import engine
from bench.results import Line, absolute
from bench.stand import Stand, load_wide
from testbed.servers import Database

CUTOVERS = 3
"""In each round, so that the usual three rounds make nine."""
READER_SECONDS = 2.0
BEFORE = 1.0
"""Seconds in which the writers write before the cutover begins."""
LIMIT_IDLE, LIMIT_WITH_READER = 50.0, 200.0
NEW_SHAPE = {"wide": {"to": "wide_v2", "columns": {"currency": {"add": "char(3) NOT NULL DEFAULT 'EUR'"}}}}
# What moves the services: puts the word where the writers look, in one step.
SWITCH = 'printf %s "$2" > "$1.new" && mv "$1.new" "$1"'


def cutover(stand: Stand) -> Iterator[Line]:
    """Every cutover is of a migration of its own."""
    rows = max(1000, stand.rows // 100)
    with stand.database(stand.source) as loaded:
        load_wide(loaded, rows)
        for in_place in (True, False):
            for has_reader in (False, True):
                found = [_cut_over(stand, loaded, rows, in_place=in_place, has_reader=has_reader) for _ in range(CUTOVERS * stand.rounds)]
                where = "in place" if in_place else "across servers"
                beside = f"a {READER_SECONDS:.0f} s reader" if has_reader else "idle"
                stand.say(f"  {where}, {beside}: " + ", ".join(f"{each.longest:.0f}" for each in found) + " ms")
                yield absolute(
                    f"cutover {where}, {beside}: longest wait (peer: without a cutover)",
                    median(each.longest for each in found),
                    unit="ms",
                    peer=median(each.before for each in found),
                    limit=LIMIT_WITH_READER if has_reader else LIMIT_IDLE,
                )


@dataclass(frozen=True)
class Waits:
    """Milliseconds: the longest that a writer waited in the cutover, and in the time before it."""

    longest: float
    before: float


def _cut_over(stand: Stand, loaded: Database, rows: int, *, in_place: bool, has_reader: bool) -> Waits:
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(stand.database(stand.source, like=loaded.name))
        target = source if in_place else stack.enter_context(stand.database(stand.target))
        route = stand.folder / f"route-{source.name}"
        route.write_text("source")
        moving = engine(source, target, tables=NEW_SHAPE)
        if not in_place:
            moving.switch = Switch(command=("/bin/sh", "-c", SWITCH, "switch", str(route)))
        moving.up_to_gate()
        sides = {"source": source.dsn} | ({} if in_place else {"target": target.dsn})
        crew = stack.enter_context(Crew(route, sides, rows))
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
