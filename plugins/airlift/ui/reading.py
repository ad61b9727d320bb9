"""Read from the ledger what a page shows of one migration. Knows nothing of pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from airlift.connections import Address
from airlift.databases import Session, connect
from airlift.ledger import Ledger

Record = dict[str, Any]

SECONDS: Final = 2
"""What a page may take of the target's time, to connect and for each statement."""
_WINDOWS: Final = 240
_ATTEMPTS: Final = 20


def read(address: Address, migration: str) -> dict[str, Any] | None:
    """The ledger's records of a migration, all of one instant; None where the ledger has none.

    Raises Interrupted or Refused where the target can't be read in time.
    """
    with _session(address) as session:
        if not Ledger(migration).exists(session):
            return None
        standing = session.records("progress/read_migration", migration=migration)
        if not standing:
            return None
        return {
            "migration": standing[0],
            "tables": session.records("progress/read_tables", migration=migration),
            "windows": session.records("progress/read_windows", migration=migration, newest=_WINDOWS),
            "pass": _only(session.records("progress/read_pass", migration=migration)),
            "attempts": session.records("progress/read_attempts", migration=migration, newest=_ATTEMPTS),
            "report": _only(session.records("progress/read_report", migration=migration)),
        }


@contextmanager
def _session(address: Address) -> Iterator[Session]:
    dsn = {**address.dsn, "connect_timeout": str(SECONDS), "application_name": "airlift page"}
    database = connect(address.conn_type, dsn, where=address.where, search_path_schema=None)
    limits = {"statement_timeout": f"{SECONDS}s", "lock_timeout": f"{SECONDS}s", "transaction_read_only": "on"}
    with database.session() as session, session.transaction(snapshot=True, **limits):
        yield session


def _only(records: list[Record]) -> Record | None:
    return records[0] if records else None
