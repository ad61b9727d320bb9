"""Look at both servers for a loop that would slow down: each signal is read and judged, and the change log is measured.

Knows neither rests nor what a person asked for.
"""

import time
from collections.abc import Callable, Iterator

from airlift.databases import Database, Session
from airlift.errors import AirliftError
from airlift.ledger import tables
from airlift.phases import pressure
from airlift.phases.migration import Migration
from airlift.phases.pressure import Filling, Verdict

Question = tuple[str, Callable[[str], Verdict]]
"""What a signal is about, and what reads and judges it."""


class Watch:
    """Looks through a loop's own sessions, while the loop does nothing with them."""

    def __init__(self, m: Migration, source: Session, target: Session) -> None:
        """The signals of the source, and those of the target where it is another server."""
        self._log = m.log
        self._m = m
        self._told: set[str] = set()
        self._questions = [*self._of(m.source, source, "source"), *self._of_service(source)]
        if m.source.server and m.target.server and not m.source.server.is_same_as(m.target.server):
            self._questions += self._of(m.target, target, "target")

    def look(self) -> Verdict | None:
        """The verdict that slows most; None where all is well. What can't be known is told once, with the remedy."""
        verdicts = [self._asked(*question) for question in self._questions]
        for verdict in verdicts:
            if verdict.pace == pressure.UNKNOWN:
                self._tell(verdict.about, f"Unknown means slow, {verdict.pace:.0%} of full speed, until it is known: {verdict.words}")
        return pressure.slowest(verdicts)

    def _of(self, database: Database, session: Session, where: str) -> Iterator[Question]:
        """Who would fall behind with what is written to a server."""
        ask = database.signals
        yield f"standbys of the {where}", lambda about: pressure.standbys(ask.standbys(session), about=about, remedy=ask.remedy)
        yield f"WAL kept on the {where}", lambda about: pressure.slots(ask.largest_slot(session), about=about)

    def _of_service(self, session: Session) -> Iterator[Question]:
        """What the service feels on the source."""
        ask, name = self._m.source.signals, self._m.name
        long = pressure.WAIT_SECONDS
        yield "lock waits on the source", lambda about: pressure.lock_waits(ask.lock_waiters(session, seconds=long), about=about)
        yield "commits on the source", lambda about: pressure.commits(ask.commit_seconds(session, name), about=about)

    def _asked(self, about: str, ask: Callable[[str], Verdict]) -> Verdict:
        try:
            return ask(about)
        except AirliftError as error:
            _raise_if_stopped(self._m, error)
            return pressure.unreadable(about, str(error))  # a session that is lost shows in the loop's next statement

    def _tell(self, about: str, words: str) -> None:
        if about not in self._told:
            self._told.add(about)
            self._log.warning("%s.", words.rstrip("."))


class LogGauge:
    """Measures how full the change log's room is."""

    def __init__(self, m: Migration, source: Session, target: Session) -> None:
        """In the target's transaction that is open."""
        self._m = m
        self._source = source
        self._tables = m.ledger.total(target, tables.c.bytes)
        self._names = [m.capture_names(layout) for layout in m.layouts(target)]
        self._before: tuple[float, int] | None = None
        self._is_told = False

    def measure(self, given: int | None) -> Filling | None:
        """How full it is; None where that can't be read, which is told once. `given` is the room that a person allows."""
        try:
            taken = self._m.source.signals.log_bytes(self._source, self._names)
        except AirliftError as error:
            _raise_if_stopped(self._m, error)
            if not self._is_told:
                self._is_told = True
                self._m.log.warning("How much of the source's disk the change log takes can't be read: %s", error)
            return None
        now = time.monotonic()
        before_at, before = self._before or (now, taken)
        self._before = (now, taken)
        rate = (taken - before) / (now - before_at) if now > before_at else 0.0
        return Filling(taken, pressure.room_for_log(self._tables, given), max(rate, 0.0))


def _raise_if_stopped(m: Migration, error: AirliftError) -> None:
    """A question that was cancelled because the task was stopped is no unknown signal."""
    if m.source.is_cancelled or m.target.is_cancelled:
        raise error
