"""What a server lets anybody see of the pressure that it is under, and of its disk. Reads only what is; judges nothing.

Each question is asked in a transaction of its own that gives up soon: a server too busy to answer is an answer, too. Free space on
a disk is not among them: SQL can't ask for it here, and no program of ours runs on anybody's server.
"""

import time
from collections import defaultdict

from airlift.databases.failures import LockTimeout
from airlift.databases.naming import SCHEMA, CaptureNames, heartbeat
from airlift.databases.postgres.quoting import table
from airlift.databases.postgres.session import Session
from airlift.databases.values import Disk, IndexSpace, Slot, Standby
from airlift.spec import TableName

PATIENCE = "1s"
"""How long a server may think about such a question."""


class Signals:
    """Each method asks one question."""

    remedy = 'Grant the role "pg_read_all_stats"'
    """What lets our role see the standbys."""
    disk_remedy = "This server can't be asked"
    """What lets our role see how full the disk is, or that nothing does."""
    file_step = 0
    """By so many bytes a table's file grows at once, where that is more than what is written."""

    def standbys(self, session: Session) -> list[Standby]:
        """All physical standbys."""
        with session.transaction(statement_timeout=PATIENCE):
            return [Standby(**record) for record in session.records("limits/read_standbys")]

    def lock_waiters(self, session: Session, *, seconds: float) -> list[int]:
        """The processes of other sessions that have waited for a lock for longer than `seconds`."""
        with session.transaction(statement_timeout=PATIENCE):
            return [pid for (pid,) in session.rows("limits/read_lock_waiters", seconds=seconds)]

    def commit_seconds(self, session: Session, migration: str, side: str) -> float | None:
        """How long a small commit takes on the side that is captured, standbys that it waits for included.

        None where our own work is in its way.

        The server ends it if this process is frozen in between: the windows and the cutover need the same row.
        """
        try:
            with session.transaction(lock_timeout="100ms", statement_timeout=PATIENCE, idle_in_transaction_session_timeout="2s"):
                session.run("sync/beat", {"heartbeat": table(heartbeat(migration, side))})
                began = time.monotonic()
        except LockTimeout:  # a window is pruning the log, or another stream asks the same
            return None
        return time.monotonic() - began

    def largest_slot(self, session: Session) -> Slot | None:
        """The slot that keeps most WAL."""
        with session.transaction(statement_timeout=PATIENCE):
            found = session.records("limits/read_largest_slot")
        return Slot(**found[0]) if found else None

    def log_bytes(self, session: Session, names: list[CaptureNames]) -> int:
        """What the change logs take of the disk."""
        with session.transaction(statement_timeout=PATIENCE):
            return int(session.value("limits/read_log_bytes", logs=[table(name.log) for name in names]))

    def made_bytes(self, session: Session, tables: list[TableName]) -> int:
        """What tables take of the disk with their indexes, and everything in our own schema. What is not there takes nothing."""
        with session.transaction(statement_timeout=PATIENCE, lock_timeout="100ms"):
            return int(session.value("limits/read_made_bytes", tables=[table(name) for name in tables], own=SCHEMA))

    def disk(self, session: Session) -> Disk | None:  # noqa: ARG002
        """The disk that the tables are on; None, for this server can't be asked without running a program there."""
        return None

    def index_space(self, session: Session, oids: list[int]) -> dict[int, IndexSpace]:
        """What the indexes of tables take, by the tables' numbers. In the caller's transaction."""
        sizes: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for oid, name, taken in session.rows("limits/read_index_space", oids=oids):
            sizes[oid][name] = taken
        return {oid: IndexSpace(max(each.values()), sum(each.values()), each) for oid, each in sizes.items()}

    def space_taken(self, session: Session, oids: list[int]) -> int:
        """What tables take of the disk with all that belongs to them. In the caller's transaction."""
        return int(session.value("limits/read_space_taken", oids=oids))

    def wal_limit(self, session: Session) -> int:
        """About how much WAL the server keeps, in bytes. In the caller's transaction."""
        return int(session.value("limits/read_wal_limit"))
