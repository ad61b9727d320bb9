"""Locks, leases, names: what keeps writers out for a moment and hands the service over. Decides nothing."""

import time
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

import psycopg2.errors

from airlift.databases.failures import LockTimeout
from airlift.databases.naming import CaptureNames
from airlift.databases.postgres.quoting import listed, quoted, table
from airlift.databases.postgres.session import Session
from airlift.databases.shapes import ForeignKey, Sequence
from airlift.databases.values import Exchange, Follower, Lock
from airlift.errors import Interrupted
from airlift.spec import TableName

WRITERS_OUT = "ACCESS EXCLUSIVE"
NO_NEW_REFERENCES = "SHARE ROW EXCLUSIVE"
NO_MAINTENANCE = "SHARE UPDATE EXCLUSIVE"
_WRITING = [
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
]
_CONFLICTING = {
    WRITERS_OUT: [*_WRITING, "AccessShareLock", "RowShareLock"],
    NO_NEW_REFERENCES: _WRITING,
    NO_MAINTENANCE: _WRITING[1:],
}


NO_LEASE: Mapping[str, str] = {}
_UNLIMITED = {"lock_timeout": "0", "statement_timeout": "0"}


class Fence:
    """Each method is one act in the caller's transaction."""

    writers_out = WRITERS_OUT
    no_new_references = NO_NEW_REFERENCES
    no_maintenance = NO_MAINTENANCE
    names_in_commit = True
    """Whether names change with the transaction that hands them over."""
    checks_keys = True
    """Whether our own sessions check foreign keys, and cascade by them: then all come and go with the hand-over."""
    writers_hold_parents = True
    """Whether who writes a row with a foreign key holds the table that it leads to, so that a lock on that waits for him."""

    def longest_wait(self, session: Session, at_most: float) -> float:
        """Seconds for which all our locks together may wait: below half of the server's deadlock timeout."""
        return min(at_most, float(session.value("cutover/read_deadlock_timeout")) / 2000)

    def lease(self, *, seconds: float, version: int) -> dict[str, str]:
        """The settings with which the server itself ends a transaction of ours that stops moving."""
        milliseconds = f"{max(1, int(seconds * 1000))}ms"
        settings = {"idle_in_transaction_session_timeout": milliseconds, "statement_timeout": milliseconds}
        if version >= 170000:
            settings["transaction_timeout"] = milliseconds
        return settings

    def take(self, session: Session, locks: list[Lock], *, seconds: float, lease: Mapping[str, str] = NO_LEASE) -> None:
        """Take all locks, in their order, within `seconds` together; the lease holds from the first one on. Raises LockTimeout.

        The server itself counts them together, for all locks of one mode are one statement: with a round trip for each, many tables
        or a distant server would use the time up.
        """
        deadline = time.monotonic() + seconds
        for mode, same in groupby(locks, key=lambda lock: lock.mode):
            left = max(1, int((deadline - time.monotonic()) * 1000))
            # a wait for one lock alone is told as such
            settings = {**lease, "lock_timeout": f"{left}ms", "statement_timeout": f"{left + 1}ms"}
            tables = ", ".join(f"ONLY {table(lock.table)}" for lock in same)
            try:
                session.run_between(settings, "cutover/lock_tables", {"tables": tables, "mode": mode}, {**_UNLIMITED, **lease})
            except Interrupted as error:
                if isinstance(error.__cause__, psycopg2.errors.QueryCanceled):
                    raise LockTimeout(str(error)) from error
                raise

    def keep_writers_out(
        self,
        session: Session,
        locks: list[Lock],
        names: Iterable[CaptureNames],  # noqa: ARG002
        *,
        seconds: float,
        lease: Mapping[str, str] = NO_LEASE,
    ) -> None:
        """Take all locks as `take` does, and keep them until the transaction has handed the tables over. Nobody but us uses `names`."""
        self.take(session, locks, seconds=seconds, lease=lease)

    def send_maintenance_away(self, session: Session, tables: list[TableName], *, seconds: float) -> None:
        """Take the lock that no writer minds and that autovacuum gives way to; it also keeps DDL out. Raises LockTimeout."""
        self.take(session, [Lock(name, NO_MAINTENANCE) for name in tables], seconds=seconds)

    def shows_holders(self, session: Session) -> bool:  # noqa: ARG002
        """Whether the server shows who holds a table."""
        return True

    def blockers(self, session: Session, locks: list[Lock], *, older_ms: int) -> list[str]:
        """The sessions that stand in the way of the locks, in words, oldest first."""
        found = []
        for mode in sorted({lock.mode for lock in locks}):
            names = [table(lock.table) for lock in locks if lock.mode == mode]
            records = session.records("cutover/read_blockers", tables=names, modes=_CONFLICTING[mode], older_ms=older_ms)
            found += [_session_words(record) for record in records]
        return list(dict.fromkeys(found))

    def old_snapshots(self, session: Session, tables: list[TableName], *, ours: list[int], older_ms: float) -> list[str]:
        """The sessions that look at an instant more than `older_ms` ago, in words; `ours` are pids that do not count."""
        names = [table(name) for name in tables]
        records = session.records("cutover/read_old_snapshots", tables=names, ours=ours, older_ms=older_ms)
        return [_session_words(record) for record in records]

    def watch_snapshots(self, session: Session, tables: list[TableName], *, ours: list[int]) -> Callable[[], list[str]]:
        """What says, whenever it is asked, which sessions look at an instant before this call, in words."""
        began = time.monotonic()
        return lambda: self.old_snapshots(session, tables, ours=ours, older_ms=(time.monotonic() - began) * 1000)

    def may_still_decide(self, session: Session, pid: int) -> bool:
        """Whether another session is still there with a transaction that may commit."""
        return bool(session.value("cutover/may_still_decide", pid=pid))

    def owner_of(self, session: Session, name: TableName) -> tuple[int, str] | None:
        """The oid and kind of what a name stands for, or None."""
        found = session.rows("cutover/read_owner_of_name", table=table(name))
        return (int(found[0][0]), str(found[0][1])) if found else None

    def rename_table(self, session: Session, old: TableName, new: str) -> None:
        """Give a table another name in its schema."""
        session.run("cutover/rename_table", {"table": table(old), "name": quoted(new)})

    def keep_names(self, session: Session, names: Iterable[TableName]) -> None:
        """Keep names free that tables are to get under the fence: nothing is needed, for they get them in its transaction or not at all."""

    def give_names_up(self, session: Session, names: Iterable[TableName]) -> None:
        """Let go of names that were kept: none was."""

    def insist(self, session: Session) -> str | None:  # noqa: ARG002
        """Have this transaction wait for tables in the server's queue: it always does, each time for a tenth of a second at most."""
        return None

    def clear_away(self, session: Session, migration: str, side: str) -> None:
        """Take away what was made for the fences of a side: nothing was."""

    def get_ready(
        self, session: Session, locks: list[Lock], names: Iterable[CaptureNames], *, exchanged: list[TableName], kept: list[TableName]
    ) -> None:
        """Before the fence: nothing is needed, for names change with the transaction."""

    def exchange(self, session: Session, exchanges: Iterable[Exchange], *, kept: Iterable[TableName]) -> None:  # noqa: ARG002
        """Hand names to others. `kept` are tables that nobody may write before that is done: all are locked until then."""
        for each in exchanges:
            self.rename_table(session, each.name, each.becomes.name)
            self.rename_table(session, each.follows, each.name.name)

    def add_foreign_key(self, session: Session, key: ForeignKey) -> None:
        """Add a foreign key that checks new rows only."""
        session.run(
            "cutover/add_foreign_key",
            {
                "child": table(key.child),
                "name": quoted(key.name),
                "columns": listed(key.columns),
                "parent": table(key.parent),
                "parent_columns": listed(key.parent_columns),
                "actions": key.actions,
            },
        )

    def drop_foreign_key(self, session: Session, key: ForeignKey) -> None:
        """Drop a foreign key, if it is there."""
        session.run("prepare/drop_constraint", {"table": table(key.child), "constraint": quoted(key.name)})

    def validate_foreign_key(self, session: Session, key: ForeignKey) -> None:
        """Check the rows that a foreign key has not seen yet."""
        session.run("cutover/validate_foreign_key", {"child": table(key.child), "name": quoted(key.name)})

    def column_sequence(self, session: Session, name: TableName, column: str) -> str | None:
        """The sequence behind a column, quoted."""
        found = session.value("cutover/read_identity_sequence", table=table(name), column=column)
        return str(found) if found else None

    def advance_sequences(self, following: Session, followers: list[Follower], reached: list[int], *, margin: int) -> None:
        """Move sequences past what those have `reached` that they follow with a margin, never back and never past their ends."""
        own = self.last_values(following, [(each.sequence, each.like) for each in followers])
        with following.batch():
            for each, theirs, has in zip(followers, reached, own, strict=True):
                wanted = _with_margin(each.like, theirs, margin)
                if (has < wanted) if each.like.increment > 0 else (has > wanted):
                    following.run("cutover/set_sequence", sequence=each.sequence, value=wanted)

    def advance_ahead(self, following: Session, followers: list[Follower], reached: list[int], *, margin: int) -> None:
        """What of that takes long is done before the fence: none of it does."""

    def last_values(self, session: Session, names: list[tuple[str, Sequence]]) -> list[int]:
        """The last value that each sequence has given out; the one before its first where it has given out none."""
        each = [session.text("cutover/read_sequence", {"sequence": name}, no=no) for no, (name, _) in enumerate(names)]
        found = sorted(session.joined(each, " UNION ALL ")) if each else []
        return [
            int(value) if is_called else int(value) - like.increment for (_, value, is_called), (_, like) in zip(found, names, strict=True)
        ]

    def has_logged(self, session: Session, log: str) -> bool:
        """Whether a change log holds anything."""
        return bool(session.value("cutover/has_logged", {"log": log}))


def _with_margin(like: Sequence, reached: int, margin: int) -> int:
    """What a sequence is moved to: a short one has few values left, and the margin takes no more than half of them."""
    end = like.maximum if like.increment > 0 else like.minimum
    left = max((end - reached) // like.increment, 0)
    return min(max(reached + min(margin, left // 2) * like.increment, like.minimum), like.maximum)


def _session_words(record: dict[str, Any]) -> str:
    name = f" ({record['application']})" if record.get("application") else ""
    where = f" holds {record['mode']} on {record['relation']}" if "relation" in record else ""
    return f'process {record["pid"]} of role "{record["role"]}"{name}, {record["state"]} for {record["seconds"]:.1f} s{where}'
