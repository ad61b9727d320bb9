"""Carrying a backlog of changes: our windows against native logical replication, both from the same transactions."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator

from psycopg2.extensions import connection as Connection

from airlift.ledger import Stage
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from airlift.phases.sync.carrying import carrier
from airlift.phases.sync.delta_windows import delta_windows
from bench.engine import Engine, engine
from bench.results import Line, paired
from bench.stand import SQL, Stand, load_wide, timed, vacuum
from testbed.servers import Database

CHANGES = 200_000
IN_A_TRANSACTION = 100
TIMES = 2.0
OURS, NATIVE = "ours", "native"
SLOT = "bench_slot"


def apply(stand: Stand) -> Iterator[Line]:
    """Rounds of changes: both are asleep while they are made, then each carries them in its turn."""
    rows, changes = max(2000, stand.rows // 4), max(1000, min(CHANGES, stand.rows // 10))
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(stand.database(stand.source))
        ours, theirs = (stack.enter_context(stand.database(stand.target)) for _ in range(2))
        load_wide(source, rows)
        load_wide(theirs, rows)
        moving = engine(source, ours)
        moving.run(preflight, create_target, install_triggers, watermark)
        moving.copy()
        moving.run(delta_windows)
        vacuum(ours)  # as `load_wide` left the others: else our first round alone would pay for a table that nobody has read yet
        stack.enter_context(_subscription(source, theirs))
        writer = Writer(source, rows)
        found: dict[str, list[float]] = {OURS: [], NATIVE: []}
        for number in range(stand.rounds):
            writer.change(changes)
            stand.settle()
            for name in (OURS, NATIVE) if number % 2 else (NATIVE, OURS):
                seconds = _ours(moving) if name == OURS else _native(source, theirs)
                found[name].append(changes / seconds)
            stand.say(f"  round {number + 1}: " + ", ".join(f"{name} {found[name][-1]:,.0f} changes/s" for name in found))
            _must_be_equal(source, ours, theirs)
    what = f"apply, {changes:,} changes in transactions of {IN_A_TRANSACTION}: native logical replication"
    yield paired(what, found[OURS], found[NATIVE], unit="changes/s", limit=TIMES, at_least=True)


class Writer:
    """Makes changes: of ten, six updates, two inserts, two deletes, anywhere in the table."""

    def __init__(self, database: Database, rows: int) -> None:
        self._database = database
        self._chance = random.Random(1)
        self._there = list(range(1, rows + 1))
        self._next = rows + 1

    def change(self, count: int) -> None:
        """Commit `count` changes."""
        with contextlib.closing(self._database.connect()) as session, session.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
            cursor.execute((SQL / "prepare_changes.sql").read_text())
            for _ in range(0, count, IN_A_TRANSACTION):
                # one message of many statements is one transaction
                cursor.execute("; ".join(self._one() for _ in range(IN_A_TRANSACTION)))

    def _one(self) -> str:
        kind = self._chance.randrange(10)
        if kind < 2:
            self._there.append(self._next)
            self._next += 1
            return f"EXECUTE add ({self._next - 1})"
        place = self._chance.randrange(len(self._there))
        if kind < 4:
            gone, self._there[place] = self._there[place], self._there[-1]
            self._there.pop()
            return f"EXECUTE remove ({gone})"
        return f"EXECUTE change ({self._there[place]}, {self._chance.randrange(1_000_000)})"


@contextlib.contextmanager
def _subscription(source: Database, target: Database) -> Iterator[None]:
    """Native replication of the wide table, set up and asleep."""
    address = " ".join(f"{name}={value}" for name, value in source.admin_dsn.items())
    with contextlib.closing(source.connect(admin=True)) as old, contextlib.closing(target.connect(admin=True)) as new:
        old.cursor().execute("CREATE PUBLICATION bench FOR TABLE wide")
        old.cursor().execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (SLOT,))
        options = f"copy_data = false, create_slot = false, enabled = false, slot_name = {SLOT}"
        new.cursor().execute(f"CREATE SUBSCRIPTION bench CONNECTION %s PUBLICATION bench WITH ({options})", (address,))
        try:
            yield
        finally:
            new.cursor().execute("ALTER SUBSCRIPTION bench DISABLE")
            new.cursor().execute("ALTER SUBSCRIPTION bench SET (slot_name = NONE)")
            new.cursor().execute("DROP SUBSCRIPTION bench")
            _wait(old, "SELECT NOT active FROM pg_replication_slots WHERE slot_name = %s", SLOT)
            old.cursor().execute("SELECT pg_drop_replication_slot(%s)", (SLOT,))


def _ours(moving: Engine) -> float:
    """As a task does it: sessions of its own, windows with the comparison of every key, and a look that finds nothing more."""

    def carry() -> None:
        m = moving.migration("sync")
        m.standing(Stage.IN_SYNC)
        with carrier(m) as sessions:
            while sessions.carry(Stage.IN_SYNC):
                pass

    return timed(carry)


def _native(source: Database, target: Database) -> float:
    """From the moment that the worker has connected until it has confirmed all there was."""
    with contextlib.closing(source.connect(admin=True)) as old, contextlib.closing(target.connect(admin=True)) as new:
        with old.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn()::text")
            (end,) = cursor.fetchone()  # type: ignore[misc]
        new.cursor().execute("ALTER SUBSCRIPTION bench ENABLE")
        _wait(old, "SELECT active FROM pg_replication_slots WHERE slot_name = %s", SLOT)
        seconds = timed(lambda: _wait(old, "SELECT replay_lsn >= %s FROM pg_stat_replication WHERE application_name = 'bench'", end))
        new.cursor().execute("ALTER SUBSCRIPTION bench DISABLE")
        _wait(old, "SELECT NOT active FROM pg_replication_slots WHERE slot_name = %s", SLOT)
        return seconds


def _wait(session: Connection, question: str, *values: object) -> None:
    while True:
        with session.cursor() as cursor:
            cursor.execute(question, values)
            found = cursor.fetchone()
        if found and found[0]:
            return
        time.sleep(0.01)


def _must_be_equal(*databases: Database) -> None:
    sums = set()
    for database in databases:
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT count(*), sum(hashtextextended(w::text, 0)) FROM wide AS w")
            sums.add(cursor.fetchone())
    if len(sums) != 1:
        raise AssertionError(f"after the changes the databases differ: {sums}")
