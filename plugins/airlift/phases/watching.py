"""Look at both servers for a loop that would slow down: each signal is read and judged, and what fills a disk is measured.

Knows neither rests nor what a person asked for.
"""

import time
from collections.abc import Callable, Iterator

from airlift.databases import Database, Disk, LockTimeout, Session
from airlift.errors import AirliftError
from airlift.phases import pressure
from airlift.phases.migration import Migration
from airlift.phases.pressure import Filling, Verdict
from airlift.phases.ways import Way

PREFLIGHT = "prepare.preflight"
"""The report that has what was there on the target beforehand."""
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


class Gauge:
    """Measures again and again how full a room on a disk is; two looks tell how fast it fills."""

    def __init__(self, m: Migration, what: str, read: Callable[[], int]) -> None:
        """`what` takes the bytes that `read` says."""
        self._m = m
        self._what = what
        self._read = read
        self._last: Filling | None = None
        self._last_at = 0.0
        self._is_told = False

    def measure(self, room: Callable[[int], int | None]) -> Filling | None:
        """How full it is; None where that can't be read, which is told once. `room` is given what is taken."""
        try:
            taken = self._read()
        except LockTimeout:  # an index or a constraint of ours is being made: as it was before
            return self._last
        except AirliftError as error:
            _raise_if_stopped(self._m, error)
            self._tell(error)
            return None
        now, before = time.monotonic(), self._last
        rate = (taken - before.taken) / (now - self._last_at) if before and now > self._last_at else 0.0
        self._last, self._last_at = Filling(self._what, taken, room(taken), max(rate, 0.0)), now
        return self._last

    @property
    def grown_since(self) -> float:
        """About how many bytes have come since the last look, if it goes on as it did before."""
        return self._last.rate * (time.monotonic() - self._last_at) if self._last else 0.0

    def _tell(self, error: AirliftError) -> None:
        if not self._is_told:
            self._is_told = True
            self._m.log.warning("How much of the disk is taken can't be read. %s takes an unknown part of it: %s", self._what, error)


def log_gauge(way: Way, sending: Session, ledger: Session) -> Gauge:
    """Measures the change log that a way's windows empty. In the ledger's transaction that is open."""
    names = [way.m.capture_names(layout) for layout in way.layouts(ledger)]
    return Gauge(way.m, f"The change log on the {way.owner}", lambda: way.sender.signals.log_bytes(sending, names))


def target_gauge(m: Migration, target: Session) -> Gauge:
    """Measures what the migration has made on the target: new tables with their indexes, logs, the ledger. In its open transaction."""
    names = [layout.target for layout in m.layouts(target)]
    there = int((m.ledger.report(target, PREFLIGHT) or {}).get("space", {}).get("there", 0))
    return Gauge(m, "What the migration has made on the target", lambda: max(m.target.signals.made_bytes(target, names) - there, 0))


class FreeSpace:
    """Asks a server for the disk that its tables are on, for as long as it has an answer."""

    def __init__(self, m: Migration, database: Database, session: Session) -> None:
        self._m = m
        self._database = database
        self._session = session
        self._may_know = True

    def ask(self) -> Disk | None:
        """The disk, or None where nobody can know."""
        if not self._may_know:
            return None
        try:
            found = self._database.signals.disk(self._session)
        except AirliftError as error:
            _raise_if_stopped(self._m, error)
            self._m.log.warning("%s tells no more how full its disk is: %s", self._database.where, error)
            found = None
        self._may_know = found is not None
        return found


def _raise_if_stopped(m: Migration, error: AirliftError) -> None:
    """A question that was cancelled because the task was stopped is no unknown signal."""
    if m.source.is_cancelled or m.target.is_cancelled:
        raise error
