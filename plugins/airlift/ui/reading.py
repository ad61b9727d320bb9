"""Read from the ledger what a page shows of one migration. Knows nothing of pages."""

from typing import Any, Final

from airlift.connections import Address
from airlift.ledger import Ledger, reading

Record = dict[str, Any]

SECONDS: Final = 2
"""What a page may take of the target's time, to connect and for each statement."""
_WINDOWS: Final = 240
_ATTEMPTS: Final = 20


def read(address: Address, migration: str) -> dict[str, Any] | None:
    """The ledger's records of a migration, all of one instant; None where the ledger has none.

    Raises Interrupted or Refused where the target can't be read in time.
    """
    dsn = {**address.dsn, "connect_timeout": str(SECONDS), "application_name": "airlift page"}
    with reading(address.conn_type, dsn, where=address.where, seconds=SECONDS) as session:
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
            "differences": session.records("progress/read_differences", migration=migration),
            "way_back": _only(session.records("progress/read_way_back", migration=migration)),
            "control": _only(session.records("progress/read_control", migration=migration)),
            "rests": session.records("progress/read_rests", migration=migration),
            "report": _only(session.records("progress/read_report", migration=migration)),
        }


def _only(records: list[Record]) -> Record | None:
    return records[0] if records else None
