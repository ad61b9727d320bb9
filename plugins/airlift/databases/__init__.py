"""The engines. A phase gets a `Database` and never asks which one it is."""

from collections.abc import Mapping

from airlift.databases.failures import LockTimeout, UnfitValue
from airlift.databases.naming import CaptureNames
from airlift.databases.postgres import Postgres, Session
from airlift.databases.values import Changes, Follower, KeyRange, Lock, Position, Range, Slot, Standby
from airlift.errors import Refused

Database = Postgres

__all__ = [
    "CaptureNames",
    "Changes",
    "Database",
    "Follower",
    "KeyRange",
    "Lock",
    "LockTimeout",
    "Position",
    "Range",
    "Session",
    "Slot",
    "Standby",
    "UnfitValue",
    "connect",
]


def connect(conn_type: str, dsn: Mapping[str, str], *, where: str, search_path_schema: str | None) -> Database:
    """The database behind a connection of type `conn_type`; nothing is opened yet.

    Raises Refused for an engine that is not known.
    """
    if conn_type not in ("postgres", "postgresql"):
        raise Refused(
            f'{where} is of connection type "{conn_type}". This release moves PostgreSQL only: use a connection of type "postgres".'
        )
    return Postgres(dsn, where=where, schema=search_path_schema)
