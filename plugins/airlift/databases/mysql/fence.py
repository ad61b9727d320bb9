"""Locks, leases, names: what keeps writers out for a moment and hands the service over. Decides nothing.

Nothing that defines anything is part of a transaction here. So what decides is a row: the guard's, which shuts the tables with the
commit of the session that holds them under LOCK TABLES. Behind that commit, in one message with it, the same session gives the tables
their new names and lets everybody go on: those who waited don't find the table any more, and should one of the names not be given, the
guard keeps them out until that is done.

In place those who waited are to find the view under the name. No session that holds tables may give one name to another, so that a session
of its own for each table stands in the queue for it, before all writers; it would do so also if ours died before its commit. So the name
that the table is to get is taken by a sentry, an empty table that our session drops behind its commit, as its last act.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airlift.databases.failures import LockTimeout, NotThere, UnfitValue
from airlift.databases.mysql import referencing
from airlift.databases.mysql.quoting import quoted, table, unquoted
from airlift.databases.mysql.session import QUEUES_AT_MOST, Session, seconds_of
from airlift.databases.naming import SCHEMA, SENTRY, CaptureNames, fence_kind, fence_view, guards, owner_of_object, pruned, way_back
from airlift.databases.shapes import ForeignKey, Sequence
from airlift.databases.values import Exchange, Follower, Lock
from airlift.errors import Interrupted, Refused
from airlift.spec import TableName

WRITERS_OUT = "WRITE"
NO_NEW_REFERENCES = "no new references"
NO_MAINTENANCE = "no maintenance"
"""Modes that nothing is locked for: what defines something takes its lock itself, and at once or not at all."""
TRY_EVERY = 0.001
"""Seconds between two requests for locks that are granted at once or not at all. Nothing is held between them."""
MOVES_WITHIN = "100ms"
"""For how long a table's next number is tried to be moved: writers may be waiting on the other side."""
NO_LEASE: Mapping[str, str] = {}
GATE = "\uffee_airlift"
"""A name behind all that people give their tables in a server's order: who asks for it has got all else."""
_SHOWN_BY_A_VIEW = 61
"""Tables that one view may join."""
_LASTING_SNAPSHOTS = ("REPEATABLE READ", "SERIALIZABLE")
"""At the other levels each statement looks anew."""


class Fence:
    """Each method is one act in the caller's transaction."""

    writers_out = WRITERS_OUT
    no_new_references = NO_NEW_REFERENCES
    no_maintenance = NO_MAINTENANCE
    names_in_commit = False
    """Whether names change with the transaction that hands them over. Here they follow it: what shuts the tables decides."""
    checks_keys = False
    """Whether our own sessions check foreign keys. Here none does, so that they may be there while rows are brought."""
    _at_once = "cutover/lock_tables"
    """What asks for tables where no writer is to wait for us."""
    writers_hold_parents = True
    """Whether who writes a row with a foreign key holds the table that it leads to, so that a lock on that waits for him."""

    def longest_wait(self, session: Session, at_most: float) -> float:  # noqa: ARG002
        """Seconds for which all our locks together may wait. A deadlock is seen at once here, so that none comes of waiting longer."""
        return at_most

    def lease(self, *, seconds: float, version: int) -> dict[str, str]:  # noqa: ARG002
        """The settings with which the server itself ends a transaction of ours that stops moving. It counts a session's rest in seconds."""
        milliseconds = f"{max(1, int(seconds * 1000))}ms"
        return {"idle_in_transaction_session_timeout": milliseconds, "statement_timeout": milliseconds}

    def take(self, session: Session, locks: list[Lock], *, seconds: float, lease: Mapping[str, str] = NO_LEASE) -> None:  # noqa: ARG002
        """Only begin the lease. Every definition takes its own lock, in another session of ours, which would wait for this one."""
        session.set_local(**lease)

    def keep_writers_out(
        self, session: Session, locks: list[Lock], names: Iterable[CaptureNames], *, seconds: float, lease: Mapping[str, str] = NO_LEASE
    ) -> None:
        """Take all locks, and keep them until the transaction has ended and the tables have the names that they get with it.

        All or none is taken, within `seconds`. A session that locks tables may use no other ones, so that our own are locked with
        them, those of the captures `names` and what else is the migration's. Raises LockTimeout.
        """
        decision = _decision(session.pid)
        session.value("cutover/hold_word", name=decision)
        session.at_end(session.text("cutover/unlock_tables"))
        session.at_end(session.text("cutover/release_word", name=decision))
        captures = list(names)
        own = _own_tables(session, captures)
        # should we die, or nobody watch: whoever waits behind us is let go by the server itself
        session.set_local(**lease, lock_timeout=f"{seconds * 1000:.0f}ms")
        session.lease = lease
        named = [*(lock.table for lock in locks if lock.is_named), *_views(locks, captures, own)]
        tables = [*(lock.table for lock in locks), *own]
        try:
            if session.insists:
                session.run_waiting("cutover/lock_tables", {"tables": _locked(named)}, seconds=seconds)
            else:
                self._lock(session, named, tables, seconds=seconds)
            session.holds_tables = True
            session.joined([session.text("cutover/must_hold", {"table": table(each)}) for each in tables], " UNION ALL ")
        except NotThere as error:
            # what is named may be a sentry, which the next attempt makes again
            gone = [str(lock.table) for lock in locks if not lock.is_named and not session.has_table(lock.table)]
            if gone:
                raise Refused(f"{', '.join(gone)} should be there to be locked, and is gone. Put it back; nothing was changed.") from error
            raise Interrupted(f"What is to be locked was changed meanwhile, by another try or by somebody. {error}") from error

    def _lock(self, session: Session, named: list[TableName], tables: list[TableName], *, seconds: float) -> None:
        """Ask again and again, holding nothing between: nobody queues behind us for long, and nobody's transaction dies of a deadlock."""
        began = time.monotonic()
        deadline = began + seconds
        while True:
            try:
                quiet = time.monotonic() - began < seconds / 2
                session.run_impatiently(self._at_once, {"tables": _locked(named)}, tables, quiet=quiet)
                return
            except LockTimeout:
                if time.monotonic() > deadline:
                    raise
                time.sleep(TRY_EVERY)

    def insist(self, session: Session) -> str | None:
        """Have this transaction wait for tables in the server's queue, as they may never be free at all; what that may do, in words."""
        session.insists = True
        return (
            "The tables are never free for an instant. So their locks are waited for in the server, with writers behind them, for a tenth "
            "of a second at most. A transaction of the service's that reads a table and writes it then, or comes to the tables in "
            "another order, may be told of a deadlock (1213) and has to begin anew."
        )

    def clear_away(self, session: Session, migration: str, side: str) -> None:
        """Take the views away that were made for the fences of a side."""
        for (name,) in session.rows("contract/read_own_views", prefix=f"{migration}_"):
            if owner_of_object(name) == (migration, fence_kind(side)):
                session.define("cutover/drop_view", {"view": table(TableName(SCHEMA, name))})

    def send_maintenance_away(self, session: Session, tables: list[TableName], *, seconds: float) -> None:
        """There is none that would hold a table for long."""

    def blockers(self, session: Session, locks: list[Lock], *, older_ms: int) -> list[str]:
        """The sessions that stand in the way of the locks, in words, oldest first.

        Where the server does not show who holds a table, all that have an old transaction are named as long as a table is not free.
        """
        tables = list(dict.fromkeys(lock.table for lock in locks))
        if not tables:
            return []
        if self.shows_holders(session):
            records = session.records("cutover/read_blockers", tables=[tuple(name) for name in tables], older_ms=older_ms)
        elif self._are_free(session, tables):
            records = []
        else:
            records = session.records("cutover/read_old_transactions", ours=[0], older_ms=older_ms)
        return list(dict.fromkeys(_session_words(record) for record in records))

    def shows_holders(self, session: Session) -> bool:
        """Whether the server shows who holds a table: else everybody is a blocker whose transaction is old."""
        try:
            return bool(session.value("cutover/sees_locks"))
        except Refused:  # we may not look
            return False

    def _are_free(self, session: Session, tables: list[TableName]) -> bool:  # noqa: ARG002
        """Whether nobody uses the tables just now; not known where to ask would make writers wait."""
        return False

    def old_snapshots(self, session: Session, tables: list[TableName], *, ours: list[int], older_ms: float) -> list[str]:  # noqa: ARG002
        """The sessions that look at an instant more than `older_ms` ago, in words; `ours` are numbers that do not count."""
        records = session.records("cutover/read_old_transactions", ours=[0, *ours], older_ms=older_ms)
        return [_session_words(record) for record in records if record["level"] in _LASTING_SNAPSHOTS]

    def watch_snapshots(self, session: Session, tables: list[TableName], *, ours: list[int]) -> Callable[[], list[str]]:  # noqa: ARG002
        """What says, whenever it is asked, which of the sessions that look at an instant of now or before still do, in words.

        How old a transaction is the server says in whole seconds only; but not which it is.
        """
        there = self._snapshots(session, ours)
        return lambda: [words for key, words in self._snapshots(session, ours).items() if key in there]

    def _snapshots(self, session: Session, ours: list[int]) -> dict[tuple[Any, ...], str]:
        records = session.records("cutover/read_old_transactions", ours=[0, *ours], older_ms=-1)
        return {
            (each["pid"], each["started"], each["number"]): _session_words(each) for each in records if each["level"] in _LASTING_SNAPSHOTS
        }

    def may_still_decide(self, session: Session, pid: int) -> bool:
        """Whether another session is still there with a transaction that may commit."""
        return bool(session.value("cutover/may_still_decide", name=_decision(pid)))

    def owner_of(self, session: Session, name: TableName) -> tuple[int, str] | None:
        """The number and kind of what a name stands for, or None."""
        found = session.rows("cutover/read_owner_of_name", schema=name.schema, name=name.name, sentry=SENTRY)
        return (int(found[0][0]), str(found[0][1])) if found else None

    def rename_table(self, session: Session, old: TableName, new: str) -> None:
        """Give a table another name in its database: at once, and under the fence right behind the commit. Refused where that is taken."""
        renamed = TableName(old.schema, new)
        if session.value("cutover/is_name_taken", schema=renamed.schema, name=renamed.name):
            raise Refused(f'"{old}" can\'t be renamed: there is a "{renamed}" already. Rename or drop that.')
        holes = {"table": table(old), "name": table(renamed)}
        if session.holds_tables:
            session.after_commit(session.text("cutover/rename_locked_table", holes))
        else:
            session.define("cutover/rename_table", holes)

    def keep_names(self, session: Session, names: Iterable[TableName]) -> None:
        """Put a sentry on names that tables are to get with the fence. Before the fence; those that have one keep it."""
        for name in names:
            if self.owner_of(session, name):
                raise Refused(f'The name "{name}" is taken. Rename or drop what has it; the old table, or its view, is to get it.')
            session.define("cutover/create_sentry", {"table": table(name)}, sentry=SENTRY)

    def give_names_up(self, session: Session, names: Iterable[TableName]) -> None:
        """Take the sentries away that were left on names."""
        left = [tuple(each) for each in names]
        for schema, name in session.rows("cutover/read_sentries", names=left, gate=GATE, sentry=SENTRY):
            session.define("prepare/drop_table", {"temporary": "", "table": table(TableName(schema, name))})

    def get_ready(
        self, session: Session, locks: list[Lock], names: Iterable[CaptureNames], *, exchanged: list[TableName], kept: list[TableName]
    ) -> None:
        """Before the fence that takes these locks: make its views; and where names are exchanged, make that ready."""
        captures = list(names)
        for view, shown in _views(locks, captures, _own_tables(session, captures)).items():
            session.define("cutover/create_fence_view", {"view": table(view), "tables": ", ".join(table(each) for each in shown)})
        if exchanged:
            self._get_ready_to_exchange(session, exchanged, kept)

    def _get_ready_to_exchange(self, session: Session, names: list[TableName], kept: list[TableName]) -> None:
        """Open the connections that `exchange` takes, and shut its keepers' gates, so that nobody waits for that."""
        keeping = self._keeping(names, kept)
        gates = {name.schema: TableName(name.schema, GATE) for name in keeping}.values()
        # one that watches and one for the statements; and with keepers one at the gates, and one that takes another's place
        session.queue.connect(len(keeping) + (4 if keeping else 2))
        if gates:
            session.queue.shut_gates(
                make=[session.text("cutover/create_sentry", {"table": table(gate)}, sentry=SENTRY) for gate in gates],
                hold=session.text("cutover/hold_gates", {"tables": _locked(gates)}),
                stay=self._stay(session),
                drop=[session.text("prepare/drop_table", {"temporary": "", "table": table(gate)}) for gate in gates],
            )

    def _stay(self, session: Session) -> str | None:  # noqa: ARG002
        """What whoever holds the gates runs meanwhile: here a keeper that gets one ends at once."""
        return None

    def _keeping(self, names: list[TableName], kept: list[TableName]) -> list[TableName]:  # noqa: ARG002
        """The names that have keepers: here those that the one statement does not ask for first."""
        return _in_order(names)[1:]

    def exchange(self, session: Session, exchanges: Iterable[Exchange], *, kept: Iterable[TableName]) -> None:
        """Hand names to others. Under the fence right behind the commit, and then nobody gets a table of `kept` before that is done."""
        wanted = list(exchanges)
        if session.holds_tables:
            for each in wanted:
                session.after_commit(session.text("prepare/drop_table", {"temporary": "", "table": table(each.becomes)}))
            self._queue(session, wanted, list(kept))
        else:
            self.give_names_up(session, [each.becomes for each in wanted])
            session.define("cutover/exchange_names", _exchanged(wanted))

    def _queue(self, session: Session, exchanges: list[Exchange], kept: list[TableName]) -> None:
        """Have one statement wait: with a table it takes those that foreign keys tie to it, so that two would die of each other.

        It waits for its tables in the order of their names, for one at a time. So each other name has a keeper until then.
        """
        first, *_ = _in_order(each.name for each in exchanges)
        self._keep(session, [each.name for each in exchanges], kept)
        session.queue.add({first: session.text("cutover/exchange_names", _exchanged(exchanges))})

    def _keep(self, session: Session, names: list[TableName], kept: list[TableName]) -> None:
        word = _keeping_word(session)
        session.queue.keep({
            name: session.text("cutover/keep_name", {"table": table(name), "gate": table(TableName(name.schema, GATE)), "word": word})
            for name in self._keeping(names, kept)
        })  # fmt: skip

    def add_foreign_key(self, session: Session, key: ForeignKey) -> None:
        """Add a foreign key that checks new rows only, unless it is there."""
        referencing.add(session, key)

    def drop_foreign_key(self, session: Session, key: ForeignKey) -> None:
        """Drop a foreign key, if it is there and leads where it says: another one of its name, which leads elsewhere, is the service's."""
        if session.holds_tables or referencing.is_there(session, key):
            referencing.drop(session, key.child, key.name)

    def validate_foreign_key(self, session: Session, key: ForeignKey) -> None:
        """Check the rows that a foreign key has not seen. Refused where it does not hold."""
        pairs = list(zip(key.columns, key.parent_columns, strict=True))
        holes = {
            "child": table(key.child),
            "parent": table(key.parent),
            "matching": " AND ".join(f"c.{quoted(own_column)} = p.{quoted(theirs)}" for own_column, theirs in pairs),
            "is_set": " AND ".join(f"c.{quoted(own_column)} IS NOT NULL" for own_column in key.columns),
            "first": quoted(key.parent_columns[0]),
        }
        orphans = session.value("cutover/count_orphans", holes)
        if orphans:
            raise UnfitValue(f'Foreign key "{key.name}" of {key.child} does not hold: {orphans:,} rows have none in {key.parent}.')

    def column_sequence(self, session: Session, name: TableName, column: str) -> str | None:
        """What a column draws its numbers from, quoted: its table itself."""
        is_numbered = session.value("cutover/is_numbered", schema=name.schema, name=name.name, column=column)
        return table(name) if is_numbered else None

    def last_values(self, session: Session, names: list[tuple[str, Sequence]]) -> list[int]:
        """The last number that each table has given out."""
        return [number - 1 for number in _next_numbers(session, [name for name, _ in names])]

    def advance_sequences(self, following: Session, followers: list[Follower], reached: list[int], *, margin: int) -> None:
        """Move tables' next numbers past what those have `reached` that they follow with a margin, never back and never past their ends.

        One that is behind gets two margins: what is done so before the fence need not be done again under it.
        """
        has = _next_numbers(following, [each.sequence for each in followers])
        behind = [
            (each, theirs + 1)
            for each, theirs, ours in zip(followers, reached, has, strict=True)
            if ours < _with_margin(each.like, theirs + 1, margin)
        ]
        if behind:
            following.set_local(lock_timeout=MOVES_WITHIN)
        for each, theirs in behind:
            following.define("cutover/set_next_number", {"table": each.sequence}, value=_with_margin(each.like, theirs, 2 * margin))

    def advance_ahead(self, following: Session, followers: list[Follower], reached: list[int], *, margin: int) -> None:
        """The same before the fence: a definition waits for whoever reads the table."""
        self.advance_sequences(following, followers, reached, margin=margin)

    def has_logged(self, session: Session, log: str) -> bool:
        """Whether a change log holds anything."""
        return bool(session.value("cutover/has_logged", {"log": log}))


class MariaDBFence(Fence):
    """The same on MariaDB, where locks can be asked for at once or not at all."""

    writers_hold_parents = False
    _at_once = "cutover/lock_tables_at_once"

    def _queue(self, session: Session, exchanges: list[Exchange], kept: list[TableName]) -> None:
        """Have the first of the statements wait, of which each table has one: not every server can say for which table one waits.

        It needs the rows of the tables to itself that reference its own. Who has begun to write one of these, and waits for a name next,
        would wait for it, and it for him, which the server does not see. So these have a keeper each, until all names are handed over.
        """
        session.queue.add({each.name: session.text("cutover/exchange_names", _exchanged([each])) for each in exchanges})
        self._keep(session, [each.name for each in exchanges], kept)

    def _stay(self, session: Session) -> str:
        """A keeper that got one would go on, and ask for what a view reads, or for what references its table."""
        word = _keeping_word(session)
        if session.value("cutover/hold_word", name=word) != 1:
            raise LockTimeout(f'The lock "{word}" is still that of an earlier attempt\'s session, which ends by itself.')
        session.at_end(session.text("cutover/release_word", name=word))
        return session.text("cutover/stay_at_gates", word=word, seconds=seconds_of(QUEUES_AT_MOST))

    def _keeping(self, names: list[TableName], kept: list[TableName]) -> list[TableName]:
        return [*(names if len(names) > 1 else ()), *kept]

    def _are_free(self, session: Session, tables: list[TableName]) -> bool:
        """Lock them for an instant."""
        try:
            session.run(self._at_once, {"tables": _locked(tables)})
        except LockTimeout:
            return False
        finally:
            session.run("cutover/unlock_tables")
        return True


def _views(locks: list[Lock], captures: list[CaptureNames], own: list[TableName]) -> dict[TableName, list[TableName]]:
    """The views by which tables are locked, each with the tables that it shows, ours the last, but for what has to be named.

    LOCK TABLES takes what it names in the order of the names, and afterwards what is below the views among that, in their order: that
    of the locks, parents before children, as most writers come. A writer takes a view first, then the table below it, then those that
    foreign keys lead to and what triggers use, which is ours. Did we have one of these first, he could wait for us with the view in hand,
    and we for the view: then the server has him let go of it, and ask for it again when we are through; but what he writes goes to the
    table that was below it before. Below a view of ours another one would have its table taken right behind it.
    """
    shown = list(dict.fromkeys([*(lock.table for lock in locks if not lock.is_named), *own]))
    parts = [shown[start : start + _SHOWN_BY_A_VIEW] for start in range(0, len(shown), _SHOWN_BY_A_VIEW)]
    return {fence_view(captures[0].migration, captures[0].side, no): part for no, part in enumerate(parts, start=1)}


def _in_order(names: Iterable[TableName]) -> list[TableName]:
    """Names as one statement asks for them."""
    return sorted(names, key=lambda name: (name.schema.encode(), name.name.encode()))


def _exchanged(exchanges: Iterable[Exchange]) -> dict[str, str]:
    """What RENAME TABLE takes to hand names to others."""
    each = [f"{table(one.name)} TO {table(one.becomes)}, {table(one.follows)} TO {table(one.name)}" for one in exchanges]
    return {"exchanges": ", ".join(each)}


def _locked(tables: Iterable[TableName]) -> str:
    """What LOCK TABLES takes to keep everybody else from tables."""
    return ", ".join(f"{table(name)} {WRITERS_OUT}" for name in tables)


def _decision(pid: int) -> str:
    """The word by which a session is known to the server that may decide."""
    return f"airlift decides in {pid}"


def _keeping_word(session: Session) -> str:
    """The word by which the server knows the keepers of a session's tables."""
    return f"airlift keeps in {session.pid}"


def _own_tables(session: Session, names: list[CaptureNames]) -> list[TableName]:
    """The tables of ours that the side of a fence uses: all but the heartbeat, which another session of ours writes meanwhile.

    In place the other side's are used by the session that brings the last window.
    """
    if not names:
        return []
    migration, side = names[0].migration, names[0].side
    ours = [*(each.log for each in names), guards(migration, of_old=session.keeps_old), pruned(migration, side)]
    if side == CaptureNames.FORWARD:
        ours.append(way_back(migration))
    found = session.rows("cutover/read_own_tables", schema=SCHEMA, names=[each.name for each in ours])
    return [TableName(SCHEMA, str(name)) for (name,) in found]


def _next_numbers(session: Session, names: list[str]) -> list[int]:
    """The next number that each table gives out, by their quoted names."""
    parts = [unquoted(name) for name in names]
    each = [session.text("cutover/read_next_number", no=no, schema=schema, name=name) for no, (schema, name) in enumerate(parts)]
    found = sorted(session.joined(each, " UNION ALL ")) if each else []
    return [int(value) for _, value in found]


def _with_margin(like: Sequence, reached: int, margin: int) -> int:
    """What a table's next number is moved to: a short column has few values left, and the margin takes no more than half of them."""
    return min(reached + min(margin, max(like.maximum - reached, 0) // 2), like.maximum)


def _session_words(record: dict[str, Any]) -> str:
    where = f" holds {record['mode']} on {record['relation']}" if "relation" in record else ""
    return f'session {record["pid"]} of user "{record["role"]}" ({record["host"]}), {record["state"]} for {record["seconds"]:.1f} s{where}'
