"""What our capture trigger costs whoever writes: the backend's processor time for one-row updates, and for a bulk update."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from statistics import median

from psycopg2.extensions import connection as Connection

from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from bench.engine import engine
from bench.results import Line, absolute, paired
from bench.stand import Stand, backend, cpu_seconds, load_wide, run_file, timed, vacuum
from testbed.servers import Database

CHUNK = 200
MICROSECONDS = 4.0
BULK = 2.5
WITH, WITHOUT = "with our trigger", "without"


def trigger(stand: Stand) -> Iterator[Line]:
    """The same updates on two equal databases of one server, one of them captured."""
    rows = max(2000, stand.rows // 10)
    with contextlib.ExitStack() as stack:
        captured, free, target = (stack.enter_context(stand.database(server)) for server in (stand.source, stand.source, stand.target))
        for database in (captured, free):
            load_wide(database, rows)
        engine(captured, target).run(preflight, create_target, install_triggers)
        yield _one_row(captured, free, rows=rows, chunks=max(20, rows // CHUNK))
        yield from _bulk(stand, captured, free, rows=rows)


def _one_row(captured: Database, free: Database, *, rows: int, chunks: int) -> Line:
    """Chunks of single-row updates in turns. Commits don't wait for the disk, for that is time and no processor's."""
    with contextlib.closing(captured.connect()) as one, contextlib.closing(free.connect()) as other:
        sessions = {WITH: one, WITHOUT: other}
        for database, session in ((captured, one), (free, other)):
            run_file(database, "update_one_by_one.sql")
            session.cursor().execute("SET synchronous_commit = off")
        spent: dict[str, list[float]] = {WITH: [], WITHOUT: []}
        for number in range(chunks):
            first = 1 + number * CHUNK % max(rows - CHUNK, 1)
            for name in (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH):
                spent[name].append(_update(sessions[name], first))
    added = median(ours - free for ours, free in zip(spent[WITH], spent[WITHOUT], strict=True)) / CHUNK * 1e6
    what = "trigger, added to a one-row update, 100 a transaction (backend's CPU; peer: the update)"
    return absolute(what, added, unit="us", peer=median(spent[WITHOUT]) / CHUNK * 1e6, limit=MICROSECONDS)


def _update(session: Connection, first: int) -> float:
    pid = backend(session)
    with session.cursor() as cursor:
        before = cpu_seconds(pid)
        cursor.execute("CALL update_one_by_one(%s, %s)", (first, CHUNK))
        return cpu_seconds(pid) - before


def _bulk(stand: Stand, captured: Database, free: Database, *, rows: int) -> Iterator[Line]:
    def turn(database: Database) -> tuple[float, float]:
        vacuum(database)
        stand.settle()
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            before = cpu_seconds(backend(session))
            seconds = timed(lambda: cursor.execute("UPDATE wide SET product_id = product_id + 1"))
            return seconds, cpu_seconds(backend(session)) - before

    found: dict[str, list[tuple[float, float]]] = {WITH: [], WITHOUT: []}
    for number in range(stand.rounds):
        for name in (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH):
            found[name].append(turn(captured if name == WITH else free))
    for which, what in enumerate(("wall time", "backend's CPU")):
        ours, peer = ([each[which] for each in found[name]] for name in (WITH, WITHOUT))
        yield paired(f"trigger, bulk update of {rows:,} wide rows ({what})", ours, peer, unit="s", limit=BULK)
