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
from airlift.phases.ways import Way

Question = tuple[str, Callable[[str], Verdict]]
"""What a signal is about, and what reads and judges it."""


class Watch:
    """Looks through a loop's own sessions, while the loop does nothing with them."""

    def __init__(self, way: Way, sending: Session, receiving: Session) -> None:
        """The signals of the sender, which has the service, and those of the receiver where it is another server."""
        m = way.m
        self._log = m.log
        self._m = m
        self._told: set[str] = set()
        self._questions = [*self._of(way.sender, sending, way.owner), *self._of_service(way, sending)]
        if m.source.server and m.target.server and not m.source.server.is_same_as(m.target.server):
            self._questions += self._of(way.receiver, receiving, way.other)

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

    def _of_service(self, way: Way, session: Session) -> Iterator[Question]:
        """What the service feels on the server that it is on."""
        ask, name, where = way.sender.signals, way.m.name, way.owner
        long = pressure.WAIT_SECONDS
        yield f"lock waits on the {where}", lambda about: pressure.lock_waits(ask.lock_waiters(session, seconds=long), about=about)
        yield f"commits on the {where}", lambda about: pressure.commits(ask.commit_seconds(session, name, way.side), about=about)

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
    """Measures how full the room is of the change log that a way's windows empty."""

    def __init__(self, way: Way, sending: Session, ledger: Session) -> None:
        """In the ledger's transaction that is open."""
        self._way = way
        self._sending = sending
        self._tables = way.m.ledger.total(ledger, tables.c.bytes)
        self._names = [way.m.capture_names(layout) for layout in way.layouts(ledger)]
        self._before: tuple[float, int] | None = None
        self._is_told = False

    def measure(self, given: int | None) -> Filling | None:
        """How full it is; None where that can't be read, which is told once. `given` is the room that a person allows."""
        way, m = self._way, self._way.m
        try:
            taken = way.sender.signals.log_bytes(self._sending, self._names)
        except AirliftError as error:
            _raise_if_stopped(m, error)
            if not self._is_told:
                self._is_told = True
                m.log.warning("How much of the %s's disk the change log takes can't be read: %s", way.owner, error)
            return None
        now = time.monotonic()
        before_at, before = self._before or (now, taken)
        self._before = (now, taken)
        rate = (taken - before) / (now - before_at) if now > before_at else 0.0
        return Filling(taken, pressure.room_for_log(self._tables, given), max(rate, 0.0), way.owner)


def _raise_if_stopped(m: Migration, error: AirliftError) -> None:
    """A question that was cancelled because the task was stopped is no unknown signal."""
    if m.source.is_cancelled or m.target.is_cancelled:
        raise error
