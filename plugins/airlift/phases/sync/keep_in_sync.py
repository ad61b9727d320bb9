"""Carry windows while people read the report, until the gate beside it is answered."""

import time
from collections.abc import Callable

from airlift.ledger import Stage
from airlift.phases.migration import Migration
from airlift.phases.pacing import THE_TARGET, pacing
from airlift.phases.sync.carrying import Window, carrier
from airlift.phases.sync.delta_windows import say
from airlift.phases.sync.passes import repeat_when_old

REST = 0.25
"""Seconds between windows at full speed; no lock is held and no transaction is open in them."""
SAY_EVERY = 10.0


def keep_in_sync(m: Migration, answered: Callable[[], bool]) -> dict[str, int]:
    """Carry windows until `answered` says so. `sync.validate` and `cutover.approve` go on beside it."""
    total = Tally()
    if m.standing(Stage.IN_SYNC).stage >= Stage.OPENING:
        return total.counts()
    with carrier(m) as sessions, pacing(m, sessions.sending, sessions.ledger, fills=THE_TARGET) as paced:
        said = time.monotonic()
        while not answered():
            window = sessions.carry(Stage.IN_SYNC)
            if window:
                total.add(window)
            if time.monotonic() - said > SAY_EVERY or (window and window.differing):
                said = time.monotonic()
                total.say(m, window)
            repeat_when_old(sessions.way, sessions.ledger)
            paced.rest(REST, at_least=REST, lag=window.lag if window else 0.0)
    return total.counts()


class Tally:
    """What was carried so far."""

    def __init__(self) -> None:
        self.windows = 0
        self.changes = 0

    def add(self, window: Window) -> None:
        """Count a window."""
        self.windows += 1
        self.changes += window.changes

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return {"windows": self.windows, "changes": self.changes}

    def say(self, m: Migration, window: Window | None) -> None:
        """Tell the person on duty that it is still alive, and the last window."""
        m.log.info("%s windows with %s changes so far.", self.windows, f"{self.changes:,}")
        if window:
            say(m, window)
        else:
            m.log.info("Nothing changed since the last window.")
