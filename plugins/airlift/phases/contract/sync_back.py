"""Carry what is written to the new tables to the obsolete ones, so that a roll back loses nothing, until the gate beside it is answered."""

import time
from collections.abc import Callable

from airlift import faults
from airlift.databases import CaptureNames, UnfitValue
from airlift.ledger import Stage
from airlift.phases.migration import Migration
from airlift.phases.pacing import Pacing, pacing
from airlift.phases.sync.carrying import Carrier, Window, carrier
from airlift.phases.sync.keep_in_sync import REST, SAY_EVERY, Tally
from airlift.phases.ways import Overtaken

REPORT = "contract.sync_back"
COMPACT_AT = 100_000
"""After so many changes the logs of the old tables are brought back to one row for each key."""
UNFIT_REST = 5.0
"""Seconds until a window that could not be carried back is tried again."""


def sync_back(m: Migration, answered: Callable[[], bool]) -> dict[str, int]:
    """Carry windows back until `answered` says so. A value that does not fit is told at once, and tried again until it is mended.

    After a roll back there is nothing to carry: the service is on the old tables.
    """
    total = Tally()
    if m.standing(Stage.VIEWS_CREATED).stage >= Stage.SWITCHED:
        with carrier(m, is_back=True) as sessions, pacing(m, sessions.receiving, sessions.ledger, is_back=True) as paced:
            _carry_until(_Back(m, sessions, total), paced, answered)
    return total.counts()


class _Back:
    """The windows of the way back, and what they say."""

    def __init__(self, m: Migration, sessions: Carrier, total: Tally) -> None:
        self.m, self.sessions, self.total = m, sessions, total
        self.stands_still: str | None = None
        self._noted = 0
        self._said = time.monotonic()

    def is_over(self) -> bool:
        """Whether the service went back to the old tables, so that nothing is to be carried to them any more."""
        with self.sessions.ledger.transaction() as ledger:
            return self.m.standing_in(ledger, Stage.VIEWS_CREATED).stage < Stage.SWITCHED

    def is_to_rest(self) -> bool:
        """Whether a roll back carries the windows itself just now, or died beside its decision: what it opened is to be left alone."""
        with self.sessions.ledger.transaction() as ledger:
            is_undecided = self.m.standing_in(ledger, Stage.VIEWS_CREATED).stage == Stage.ROLLING_BACK
            return is_undecided or self.m.ledger.is_rolling_back(ledger)

    def carry(self) -> float:
        """Carry a window, if there is anything to carry; the lag that it left."""
        try:
            window = self.sessions.carry(Stage.SWITCHED)
        except Overtaken:  # by a roll back, for which we rest from now on
            return 0.0
        except UnfitValue as error:
            self._tell_unfit(str(error))
            return 0.0
        faults.reached("sync_back.carried")
        self._keep_short(window)
        if self.stands_still:
            self.m.log.info("The way back goes on.")
            self._note(None)
        self._say(window)
        return window.lag if window else 0.0

    def _keep_short(self, window: Window | None) -> None:
        """Bring the old tables' logs back to one row for each key: their own capture notes every change that comes, for a next cutover."""
        self._noted += window.changes if window else 0
        if self._noted < COMPACT_AT:
            return
        self._noted = 0
        m, layouts = self.m, self.sessions.layouts
        names = [CaptureNames(m.name, layout.no) for layout in layouts]
        with self.sessions.ledger.transaction() as ledger:
            position = str(m.standing_in(ledger, Stage.SWITCHED).position)
        with self.sessions.receiving.transaction() as source:
            m.source.positions.prune(source, names, m.name, CaptureNames.FORWARD, position=position)
            for name, layout in zip(names, layouts, strict=True):
                m.source.positions.compact(source, name, layout.key)
        m.source.positions.vacuum(self.sessions.receiving, names)
        faults.reached("sync_back.compacted")

    def _tell_unfit(self, why: str) -> None:
        words = f"A value on the new side does not fit the old tables: {why}"
        if self.stands_still is None or time.monotonic() - self._said > 12 * SAY_EVERY:
            self._said = time.monotonic()
            self.m.log.error("THE WAY BACK STANDS STILL. %s Nothing is lost: the changes wait, and are tried again. Mend that row.", words)
        if self.stands_still != words:
            self._note(words)

    def _note(self, stands_still: str | None) -> None:
        self.stands_still = stands_still
        with self.sessions.ledger.transaction() as ledger:
            self.m.ledger.keep_report(ledger, REPORT, {"stands_still": stands_still})

    def _say(self, window: Window | None) -> None:
        if window:
            self.total.add(window)
        if time.monotonic() - self._said > SAY_EVERY or (window and window.differing):
            self._said = time.monotonic()
            self.total.say(self.m, window)


def _carry_until(back: _Back, paced: Pacing, answered: Callable[[], bool]) -> None:
    while not answered():
        if back.is_over():
            back.m.log.info("The service is on the old tables again: nothing is to be carried back.")
            return
        lag = 0.0 if back.is_to_rest() else back.carry()
        paced.rest(REST, at_least=UNFIT_REST if back.stands_still else REST, lag=lag)
