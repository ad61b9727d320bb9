"""What a server lets anybody see of the pressure that it is under, and of its disk. Reads only what is; judges nothing.

Each question is asked in a transaction of its own that gives up soon: a server too busy to answer is an answer, too. Free space on
a disk is among them on MariaDB only, where a plugin tells it: no program of ours runs on anybody's server.
"""

import time

from airlift.databases.failures import LockTimeout
from airlift.databases.mysql.quoting import table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import SCHEMA, CaptureNames, heartbeat
from airlift.databases.values import Disk, IndexSpace, Slot, Standby
from airlift.spec import TableName

PATIENCE = "1s"
"""How long a server may think about such a question."""
WAITED_OUT = "3s"
"""The same where it is to say itself that a row was taken: it waits for one at least a second."""


class Signals:
    """Each method asks one question."""

    remedy = "No role may: this server does not know how far its replicas are. Look there, and set the pace by hand where it matters"
    """What is to be done about standbys that can't be seen."""
    disk_remedy = "This server can't be asked"
    """What lets our role see how full the disk is, or that nothing does."""
    file_step = 4 << 20
    """By so many bytes a table's file grows at once, where that is more than what is written."""

    def standbys(self, session: Session) -> list[Standby]:
        """All that are sent the binary log; how far they are with it is known to them only."""
        with session.transaction(statement_timeout=PATIENCE):
            return [Standby(name, is_hidden=True, seconds=None, bytes=None) for (name,) in session.rows("limits/read_standbys")]

    def lock_waiters(self, session: Session, *, seconds: float) -> list[int]:
        """The processes of other sessions that have waited for a lock for longer than `seconds`, of which the server knows whole ones."""
        with session.transaction(statement_timeout=PATIENCE):
            return [int(pid) for (pid,) in session.rows("limits/read_lock_waiters", seconds=seconds)]

    def commit_seconds(self, session: Session, migration: str, side: str) -> float | None:
        """How long a small commit takes on the side that is captured, replicas that it waits for included.

        None where our own work is in its way.

        The server ends it if this process is frozen in between: the windows and the cutover need the same row.
        """
        try:
            with session.transaction(lock_timeout="100ms", statement_timeout=WAITED_OUT, idle_in_transaction_session_timeout="2s"):
                session.run("sync/beat", {"heartbeat": table(heartbeat(migration, side))})
                began = time.monotonic()
        except LockTimeout:  # a window is making the server durable, or another stream asks the same
            return None
        return time.monotonic() - began

    def largest_slot(self, session: Session) -> Slot | None:  # noqa: ARG002
        """Nobody: these servers keep a binary log for a time that is set, whoever has not fetched it."""
        return None

    def log_bytes(self, session: Session, names: list[CaptureNames]) -> int:
        """What the change logs take of the disk."""
        if not names:
            return 0
        with session.transaction(statement_timeout=PATIENCE):
            return int(session.value("limits/read_log_bytes", logs=[name.log.name for name in names]))

    def made_bytes(self, session: Session, tables: list[TableName]) -> int:
        """What tables take of the disk with their indexes, and everything in our own schema. What is not there takes nothing."""
        names = [f"{name.schema}/{name.name}" for name in tables] or [""]
        with session.transaction(statement_timeout=PATIENCE):
            return int(session.value("limits/read_made_bytes", tables=names, own=SCHEMA))

    def disk(self, session: Session) -> Disk | None:  # noqa: ARG002
        """The disk that the tables are on; None, for this server can't be asked."""
        return None

    def index_space(self, session: Session, oids: list[int]) -> dict[int, IndexSpace]:
        """What the indexes of tables take beside the rows, by the tables' numbers. In the caller's transaction."""
        found = session.rows("limits/read_index_space", oids=oids) if oids else []
        return {int(oid): IndexSpace(int(together), int(together)) for oid, together in found}

    def space_taken(self, session: Session, oids: list[int]) -> int:
        """What tables take of the disk with all that belongs to them. In the caller's transaction."""
        return int(session.value("limits/read_space_taken", oids=oids)) if oids else 0

    def wal_limit(self, session: Session) -> int:
        """About how much of its logs the server keeps, in bytes, but for binary logs that are full. In the caller's transaction."""
        return int(session.value("limits/read_wal_limit"))


class MariaDBSignals(Signals):
    """The same on MariaDB, which can be asked how full its disks are where somebody has installed a plugin for that."""

    disk_remedy = "INSTALL SONAME 'disks' and GRANT FILE ON *.* let it be asked"

    def disk(self, session: Session) -> Disk | None:
        """The disk that the tables are on; None where the plugin is not installed, or our role lacks the right FILE that it asks for."""
        with session.transaction(statement_timeout=PATIENCE):
            if not session.value("limits/can_read_disks"):
                return None
            found = session.rows("limits/read_disk")
        return Disk(*map(int, found[0])) if found else None
