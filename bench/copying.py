"""Copies with their indexes, of one wide table and of many small ones, and one stream of narrow rows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from airlift.databases import connect
from airlift.databases.pumping import Outgoing, Wire, pump
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from bench.engine import engine
from bench.peers import Peers, has_pgcopydb
from bench.results import Line, paired
from bench.sides import SIDES
from bench.stand import SQL, Stand, load_wide, run_file, timed, vacuum
from testbed.servers import Database

SMALL_TABLES = 200
SMALL_ROWS = 100
OURS = "ours"
DUMP = "pg_dump | psql"
PIPE = "psql | psql"
FOLDER = "pg_dump -j2, pg_restore -j2"
PGCOPYDB = "pgcopydb"
LIMITS = {DUMP: 1.0, PGCOPYDB: 0.6}
Contender = Callable[[Peers], float]
NONE: Mapping[str, Contender] = {}


def copy(stand: Stand) -> Iterator[Line]:
    """The wide table with its indexes."""
    with stand.database(stand.source) as source:
        load_wide(source, stand.rows)
        what = f"copy with indexes, {stand.rows:,} rows of 15 columns"
        yield from _against_all(stand, source, what, {"wide": stand.rows}, others={PIPE: _timed(_by_pipe)})


def small(stand: Stand) -> Iterator[Line]:
    """Many small tables, where what each table costs decides."""
    with stand.database(stand.source) as source:
        expected = load_small(stand, source)
        what = f"copy with indexes, {len(expected)} tables of {SMALL_ROWS} rows"
        yield from _against_all(stand, source, what, expected)


def load_small(stand: Stand, source: Database) -> dict[str, int]:
    """The small tables; how many rows each has."""
    tables = max(2, min(SMALL_TABLES, stand.rows // 1000))
    run_file(source, "small_tables.sql", tables=tables, rows=SMALL_ROWS)
    vacuum(source)
    return {f"small_{number}": SMALL_ROWS for number in range(1, tables + 1)}


def narrow(stand: Stand) -> Iterator[Line]:
    """One stream of narrow rows: what passing the bytes on costs."""
    with stand.database(stand.source) as source, stand.database(stand.target) as target:
        run_file(source, "narrow_table.sql", rows=stand.rows)
        run_file(target, "narrow_table.sql", rows=0)
        vacuum(source)
        take, put = "COPY narrow TO STDOUT (FORMAT binary)", "COPY narrow FROM STDIN (FORMAT binary)"

        def turn(work: Callable[[], object]) -> float:
            with contextlib.closing(target.connect()) as session, session.cursor() as cursor:
                cursor.execute("TRUNCATE narrow")
            stand.settle()
            seconds = timed(work)
            must_have(target, "narrow", stand.rows)
            return seconds

        peers = Peers(stand, source, target)
        found = stand.take_turns(
            {OURS: lambda: turn(lambda: _pump(source, take, target, put)), PIPE: lambda: turn(lambda: peers.pipe(take, put))}
        )
        yield paired(f"one stream, {stand.rows:,} rows of 114 bytes: {PIPE}", found[OURS], found[PIPE], unit="s", limit=1.05)


def _pump(source: Database, take: str, target: Database, put: str) -> None:
    old = connect("postgres", source.dsn, where="old", search_path_schema=None)
    new = connect("postgres", target.dsn, where="new", search_path_schema=None)
    with old.session() as sender, new.session() as receiver, sender.transaction(), receiver.transaction():
        pump(Outgoing(sender, take, Wire.BINARY), receiver, put)


def _against_all(
    stand: Stand, source: Database, what: str, expected: Mapping[str, int], *, others: Mapping[str, Contender] = NONE
) -> Iterator[Line]:
    """Everybody copies the whole of `source` into an empty database; `expected` rows are counted afterwards."""
    contenders = {OURS: _ours, DUMP: _timed(Peers.dump_pipe), FOLDER: _timed(Peers.dump_folder), **others}
    if has_pgcopydb():
        contenders[PGCOPYDB] = _timed(Peers.pgcopydb)
    else:
        stand.say("  pgcopydb is not installed: there is no ratio to it.")

    def turn(run: Contender) -> float:
        with stand.database(stand.target) as target:
            stand.settle()
            seconds = run(Peers(stand, source, target))
            for table, rows in expected.items():
                must_have(target, table, rows)
            return seconds

    found = stand.take_turns({name: partial(turn, run) for name, run in contenders.items()})
    for peer in contenders:
        if peer != OURS:
            yield paired(f"{what}: {peer}", found[OURS], found[peer], unit="s", limit=LIMITS.get(peer))


def _timed(run: Callable[[Peers], None]) -> Contender:
    return lambda peers: timed(lambda: run(peers))


def _ours(peers: Peers) -> float:
    """Making the tables and the copy count, as they do for the others; capture and its checks are nobody else's work."""
    moving = engine(peers.source, peers.target)
    moving.run(preflight)
    seconds = timed(lambda: moving.run(create_target))
    moving.run(install_triggers, watermark)
    seconds += timed(moving.copy)
    forget(peers.source)
    return seconds


def forget(source: Database) -> None:
    """The source as it was: no trigger and nothing of ours."""
    SIDES[source.engine].forget(source)


def _by_pipe(peers: Peers) -> None:
    peers.run_file(SQL / "wide_table.sql")
    peers.pipe("COPY wide TO STDOUT (FORMAT binary)", "COPY wide FROM STDIN (FORMAT binary)")
    peers.run_file(SQL / "wide_indexes.sql")


def must_have(target: Database, table: str, rows: int) -> None:
    """Raises unless a copied table has all its rows."""
    with contextlib.closing(target.connect(admin=True)) as session, session.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM public."{table}"')
        found = cursor.fetchone()[0]  # type: ignore[index]
    if found != rows:
        raise AssertionError(f"{table} has {found} rows after the copy, not {rows}")
