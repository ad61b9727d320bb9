"""Copies from and to MariaDB: the table that sysbench has, with its key and its index, against what others do that with."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from bench.engine import engine
from bench.mariadb_peers import CURSOR, DUMP, MYDUMPER, PGLOADER, MariaPeers, missing
from bench.peers import PeerFailed
from bench.results import Line, paired, without_peer
from bench.sides import SIDES
from bench.spending import Spent, spent
from bench.stand import SQL, Stand
from testbed.dialects import FAILURES
from testbed.serving import Database, LocalServer

OURS = "ours"
TIMES = {MYDUMPER: 1.0, DUMP: 2.0, PGLOADER: 4.0, CURSOR: 2.5}
"""How many times as fast as each peer we are to be."""
Peer = Callable[[MariaPeers], None]


@dataclass(frozen=True)
class Turn:
    """What a contender's turn took, or how it failed."""

    spent: Spent
    failure: str = ""

    def __str__(self) -> str:
        return self.failure or str(self.spent)


def copy(stand: Stand) -> Iterator[Line]:
    """MariaDB to itself, to PostgreSQL, and back."""
    source, target = stand.mariadb
    yield from _against(stand, source, target, {DUMP: MariaPeers.dump_pipe, MYDUMPER: MariaPeers.mydumper})
    yield from _against(stand, source, stand.target, {PGLOADER: MariaPeers.pgloader})
    yield from _against(stand, stand.source, target, {CURSOR: MariaPeers.cursor})


def rows_of(stand: Stand) -> int:
    """How many rows the table has: as many as PostgreSQL's, which are about twice as long."""
    return max(1000, stand.rows)


def load(database: Database, rows: int) -> None:
    """The table that is copied."""
    for what in ("table", "rows"):
        run_script(database, what, rows=rows)


def run_script(database: Database, what: str, **values: Any) -> None:
    """Run one of our files for the table, as its engine has it."""
    text = (SQL / f"sbtest_{what}_{database.engine}.sql").read_text()
    with contextlib.closing(database.connect()) as session:
        database.dialect.run_script(session, text, values)


def direction(source: LocalServer, target: LocalServer) -> str:
    """From where to where, in words."""
    return f"{source.product} to {target.product}"


def _against(stand: Stand, old: LocalServer, new: LocalServer, peers: Mapping[str, Peer]) -> Iterator[Line]:
    """Everybody copies the table into an empty database; afterwards what arrived is compared."""
    rows = rows_of(stand)
    with stand.database(old) as source:
        load(source, rows)
        expected = _sum(source)
        contenders = {OURS: partial(_turn, stand, source, new, expected, None)}
        for name, peer in peers.items():
            if absent := missing(name):
                stand.say(f"  {', '.join(absent)} not installed: there is no ratio to {name}.")
            else:
                contenders[name] = partial(_turn, stand, source, new, expected, peer)
        found = stand.take_turns(contenders, words=str)
    for name in contenders:
        if name != OURS:
            yield from _lines(f"{direction(old, new)} with indexes, {rows:,} sysbench rows", name, found[OURS], found[name])


def _lines(what: str, peer: str, ours: list[Turn], theirs: list[Turn]) -> Iterator[Line]:
    """The time, and the processors' time. A peer that failed in any round has no ratio."""
    failures = [each.failure for each in theirs if each.failure]
    if failures:
        yield without_peer(f"{what}: {peer}", [each.spent.wall for each in ours], failures[0], unit="s")
        return
    for name, which, limit in (("", 0, 1 / TIMES[peer]), (", CPU of all", 1, None)):
        own, other = ([each.spent[which] for each in turns] for turns in (ours, theirs))
        yield paired(f"{what}{name}: {peer}", own, other, unit="s", limit=limit)


def _turn(stand: Stand, source: Database, server: LocalServer, expected: tuple[int, int], peer: Peer | None) -> Turn:
    """A turn of a peer's, or of ours, whose failures are raised."""
    with stand.database(server) as target:
        stand.settle(source.server, server)
        if peer is None:
            took = _ours(source, target)
            _must_be(expected, _sum(target))
            SIDES[target.engine].forget(target)
            return Turn(took)
        try:
            took = spent(lambda: peer(MariaPeers(stand, source, target)), source.server, server)
        except PeerFailed as error:
            stand.say(f"  {error}")
            return Turn(Spent(0.0, 0.0), "died")
        return Turn(took, _verdict(expected, target))


def _ours(source: Database, target: Database) -> Spent:
    """Making the tables and the copy count, as they do for the others; capture and its checks are nobody else's work."""
    moving = engine(source, target)
    moving.run(preflight)
    made = spent(lambda: moving.run(create_target), source.server, target.server)
    moving.run(install_triggers, watermark)
    copied = spent(moving.copy, source.server, target.server)
    SIDES[source.engine].forget(source)
    return Spent(made.wall + copied.wall, made.cpu + copied.cpu)


def _sum(database: Database) -> tuple[int, int]:
    """How many rows there are, and what is in them."""
    with contextlib.closing(database.connect(admin=True)) as session, session.cursor() as cursor:
        cursor.execute((SQL / f"sbtest_sum_{database.engine}.sql").read_text())
        count, total = cursor.fetchone()
    return int(count), int(total or 0)


def _must_be(expected: tuple[int, int], found: tuple[int, int]) -> None:
    if found != expected:
        raise AssertionError(f"{found[0]:,} rows arrived of {expected[0]:,}, with the sum {found[1]} and not {expected[1]}")


def _verdict(expected: tuple[int, int], target: Database) -> str:
    """What is wrong with a peer's copy; nothing where it is right."""
    try:
        found = _sum(target)
    except FAILURES as error:
        return f"copied nothing: {error}"
    return "" if found == expected else f"copied wrongly: {found[0]:,} rows of {expected[0]:,}"
