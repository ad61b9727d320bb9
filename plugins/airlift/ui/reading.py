"""Read from the ledger what a page shows of one migration. Knows nothing of pages."""

from typing import Any, Final

from airlift.connections import Address
from airlift.ledger import Ledger, progress, reading

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
        return progress.read(session, migration, newest_windows=_WINDOWS, newest_attempts=_ATTEMPTS)
