"""The engines. A phase gets a `Database` and never asks which one it is."""

from collections.abc import Mapping
from typing import cast

from airlift.databases.advice import Advice
from airlift.databases.failures import LockTimeout, UnfitValue
from airlift.databases.mysql import MariaDB, told_apart
from airlift.databases.naming import CaptureNames
from airlift.databases.pairing import Kindred, Pair, Strangers
from airlift.databases.postgres import Postgres, Session
from airlift.databases.translating import translator
from airlift.databases.values import (
    Cascade,
    Changes,
    Disk,
    Exchange,
    Follower,
    IndexSpace,
    KeyRange,
    Lock,
    Position,
    Range,
    Slot,
    Standby,
)
from airlift.errors import Refused

Database = Postgres
"""What phases know of an engine; the others have all that this one has."""

_SIBLINGS = {"MySQL", "MariaDB"}


def pair_of(source: Database, target: Database) -> Pair:
    """How tables of the one become tables of the other."""
    if source.product == target.product:
        return Kindred(target.words)
    there, back = translator(source.product, target.product), translator(target.product, source.product)
    siblings = {source.product, target.product} == _SIBLINGS
    return Strangers(source.words, target.words, (there, back), siblings=siblings)


__all__ = [
    "Advice",
    "CaptureNames",
    "Cascade",
    "Changes",
    "Database",
    "Disk",
    "Exchange",
    "Follower",
    "IndexSpace",
    "KeyRange",
    "Lock",
    "LockTimeout",
    "Pair",
    "Position",
    "Range",
    "Session",
    "Slot",
    "Standby",
    "UnfitValue",
    "connect",
    "pair_of",
]


def connect(conn_type: str, dsn: Mapping[str, str], *, where: str, search_path_schema: str | None) -> Database:
    """The database behind a connection of type `conn_type`; no session is kept open yet.

    A server of type "mysql" is asked which of the two it is. Raises Refused for an engine that is not known.
    """
    if conn_type in ("postgres", "postgresql"):
        return Postgres(dsn, where=where, schema=search_path_schema)
    if conn_type == "mariadb":
        return cast(Database, MariaDB(dsn, where=where, schema=search_path_schema))
    if conn_type == "mysql":
        return cast(Database, told_apart(dsn, where=where, schema=search_path_schema))
    raise Refused(
        f'{where} is of connection type "{conn_type}", which is not moved. Use a connection of type "postgres", "mysql" or "mariadb".'
    )
