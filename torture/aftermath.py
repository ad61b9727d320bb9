"""What the tables are like when a leg has ended, by the catalogs: who is shut, which foreign keys hold, what of ours was left."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable

from testbed.dialects import FAILURES
from testbed.serving import Database
from torture.ground import ATTEMPTS, HAS_LEDGER, ask, of

TRIES = 20


def must_be_shut(database: Database, names: Iterable[str]) -> None:
    """Nobody can write these tables."""
    dialect, touch = database.dialect, of(database).touch
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        for name in names:
            for left in reversed(range(TRIES)):
                try:
                    cursor.execute(touch.format(name))
                except FAILURES as error:
                    if dialect.is_shut(error) or dialect.is_renamed(error):
                        break
                    if not left:
                        raise
                    time.sleep(0.1)  # a window of ours has met it
                else:
                    raise AssertionError(f"{name} takes writes, and the service is elsewhere")


def foreign_keys(database: Database) -> list[tuple[str, ...]]:
    """The foreign keys that hold for all rows: child and parent. Those of obsolete tables are nobody's."""
    return sorted(ask(database, of(database).foreign_keys))


def leftovers(database: Database) -> list[str]:
    """What of ours is still there after the end, and attempts that the ledger takes to be under way."""
    found = [str(name) for (name,) in ask(database, of(database).leftovers, admin=True)]
    if ask(database, HAS_LEDGER, admin=True) == [(1,)]:
        found += [f"{state} attempt {no}" for no, state in ask(database, ATTEMPTS, admin=True)]
    return found
