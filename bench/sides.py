"""What is done to a server in another way on each engine: settle it, take what is ours away from it."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping

from testbed.dialects import MYSQL, POSTGRES
from testbed.mariadb import SHARED
from testbed.serving import Database, LocalServer

SETTLES_WITHIN = 60.0
_DIRTY = "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'INNODB_BUFFER_POOL_PAGES_DIRTY'"
_TRIGGERS = r"SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name LIKE 'airlift\_%'"


class Side(ABC):
    """One for each engine."""

    @abstractmethod
    def settle(self, server: LocalServer) -> None:
        """Write out what is left in memory, so that nobody pays for another one."""

    @abstractmethod
    def forget(self, database: Database) -> None:
        """Make a database what it was before a migration: no trigger and nothing of ours."""


class PostgresSide(Side):
    """PostgreSQL."""

    def settle(self, server: LocalServer) -> None:
        """Make a checkpoint."""
        with contextlib.closing(server.connect()) as session, session.cursor() as cursor:
            cursor.execute("CHECKPOINT")

    def forget(self, database: Database) -> None:
        """What hangs on the tables goes with our schema."""
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS airlift CASCADE")


class MariaSide(Side):
    """MariaDB."""

    def settle(self, server: LocalServer) -> None:
        """Have all dirty pages written."""
        with contextlib.closing(server.connect()) as session, session.cursor() as cursor:
            cursor.execute("SET GLOBAL innodb_max_dirty_pages_pct = 0")
            until = time.monotonic() + SETTLES_WITHIN
            while _dirty(cursor) and time.monotonic() < until:
                time.sleep(0.02)
            cursor.execute("SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT")

    def forget(self, database: Database) -> None:
        """The triggers are the user's database's, all else is in the one that all databases share."""
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute(_TRIGGERS)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {MYSQL.quoted(name)}")
        database.server.drop_database(SHARED)


SIDES: Mapping[str, Side] = {POSTGRES.engine: PostgresSide(), MYSQL.engine: MariaSide()}


def _dirty(cursor: object) -> int:
    cursor.execute(_DIRTY)  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]
