"""Run a piece of work under locks on the user's tables without making writers queue: short waits, many tries, blockers named."""

import random
import time
from collections.abc import Callable

from airlift import faults
from airlift.databases import Database, Lock, LockTimeout, Session
from airlift.errors import Interrupted
from airlift.phases.migration import Migration

LONGEST_WAIT = 0.1
"""Seconds for which one try may wait for its locks, and writers behind it."""
POLITE_FOR = 20.0
"""Seconds in which a step only asks whether tables are free, where asking and waiting are two things: many writers may leave none free."""
PATIENCE = 600.0
"""Seconds until a step gives up and its task's retry begins anew."""
OLD_MS = 100
"""Milliseconds after which a transaction that holds a conflicting lock is waited for from a distance."""
MAINTENANCE_LEAVES_WITHIN = 3.0
"""Seconds that autovacuum gets to give way; no writer waits in them."""


def under_locks(m: Migration, database: Database, locks: list[Lock], work: Callable[[Session], None]) -> None:
    """Run `work` in one transaction that holds `locks`; a lock that `work` takes itself waits no longer than ours.

    Raises Interrupted, naming who blocks, when patience runs out.
    """
    names = ", ".join(str(lock.table) for lock in locks)
    server = database.server
    assert server is not None  # known since the migration's standing was read
    began = polite_since = time.monotonic()
    attempt, has_told = 0, False
    while True:
        attempt += 1
        with database.session() as session:
            blockers = wait_for_quiet(database, session, locks, seconds=2.0)
            try:
                with session.transaction():
                    if blockers and database.fence.shows_holders(session):
                        # whoever is in the way for long is waited for from a distance; who only may be, is not
                        polite_since = time.monotonic()
                    elif time.monotonic() - polite_since > POLITE_FOR:
                        words = database.fence.insist(session)
                        if words and not has_told:
                            m.log.warning("%s", words)
                            has_told = True
                    longest = database.fence.longest_wait(session, min(LONGEST_WAIT, m.settings.max_pause))
                    database.fence.send_maintenance_away(session, [lock.table for lock in locks], seconds=MAINTENANCE_LEAVES_WITHIN)
                    # from here on the server itself ends us when we stop moving
                    lease = database.fence.lease(seconds=m.settings.max_pause, version=server.version)
                    database.fence.take(session, locks, seconds=longest, lease=lease)
                    session.set_local(lock_timeout=f"{longest * 1000:.0f}ms")
                    faults.reached("locks.taken")
                    work(session)
                return
            except LockTimeout:
                if time.monotonic() - began > PATIENCE:
                    raise Interrupted(
                        f"{names} could not be locked within {PATIENCE:.0f} s. In the way: "
                        f"{'; '.join(blockers) or 'many short transactions'}. End those sessions or wait."
                    ) from None
        m.log.info(
            "Try %s for the lock on %s was given up after %.0f ms so that no writer waits longer. In the way: %s",
            attempt,
            names,
            LONGEST_WAIT * 1000,
            "; ".join(blockers) or "short transactions",
        )
        time.sleep(min(0.2 * attempt, 2.0) * random.uniform(0.5, 1.0))


def wait_for_quiet(database: Database, session: Session, locks: list[Lock], *, seconds: float) -> list[str]:
    """Wait, holding and asking for nothing, until no old transaction stands in the way of the locks; else who does."""
    deadline = time.monotonic() + seconds
    while True:
        with session.transaction():
            blockers = database.fence.blockers(session, locks, older_ms=OLD_MS)
        if not blockers or time.monotonic() > deadline:
            return blockers
        time.sleep(0.02)
