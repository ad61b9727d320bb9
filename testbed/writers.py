"""Writers: processes that run the shop's transactions at a given rate and follow the router file.

`Writers` starts and ends them. Run as a program, this file is one of them. Knows nothing of Airlift.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from testbed import dialects, router
from testbed.dialects import FAILURES, POSTGRES, Dialect
from testbed.journal import Book, Error, Wait
from testbed.leash import leash, stop_group
from testbed.workload import Clerk, Surprise, Undone, Work

_ROOT = Path(__file__).resolve().parent.parent
_CREW = 100_000
"""So many transactions no writer comes to."""
_LAST_TRIES = 5.0
"""Seconds for which a writer that is stopped while it can't write tries on: it was stopped in a cutover, not by one."""


@dataclass
class Writers:
    """A crew of writers on one router file. `rows` is how many orders the shop was loaded with; `tps` is for each."""

    route: Path
    journals: Path
    rows: int
    count: int = 4
    tps: float = 50.0
    late_every: float = 30.0
    seed: int = 1
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list, init=False)
    _crews: Iterator[int] = field(default_factory=itertools.count, init=False)

    def start(self) -> Self:
        """Start them all, or others in the place of those that were stopped. Each makes its book in the folder `journals`."""
        self.journals.mkdir(parents=True, exist_ok=True)
        crew = next(self._crews)
        self._processes = [self._start(number, crew * _CREW) for number in range(self.count)]
        return self

    def stop(self) -> None:
        """Let each finish its transaction, and wait for it."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            stop_group(process.pid, grace=1.0)
            process.wait()
            leash().release(process.pid)
        self._processes = []

    def dead(self) -> list[int]:
        """The numbers of writers that ended without being asked to."""
        return [number for number, process in enumerate(self._processes) if process.poll() is not None]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self, number: int, begin_at: int) -> subprocess.Popen[bytes]:
        given = {
            "route": self.route, "book": self.journals / f"writer-{number}.jsonl", "number": number,
            "clerks": self.count, "rows": self.rows, "tps": self.tps, "late-every": self.late_every, "seed": self.seed,
            "begin-at": begin_at,
        }  # fmt: skip
        words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
        process = subprocess.Popen([sys.executable, "-m", "testbed.writers", *words], cwd=_ROOT, start_new_session=True)
        leash().group(process.pid)
        return process


class Writer:
    """One writer: choose, do, commit, write down; over and over."""

    def __init__(self, *, route: Path, book: Path, clerk: Clerk) -> None:
        self._path, self._book, self._clerk = route, Book(book), clerk
        self._stamp: tuple[int, int] | None = None
        self._route: dict[str, Any] = {}
        self._dialect: Dialect = POSTGRES
        self._session: Any = None
        self._connected_as: tuple[str, dict[str, str]] | None = None
        self._side = "source"
        self._blocked: tuple[float, str] | None = None  # since when, and on which side it was then
        self._silent = False
        self._stopped_at: float | None = None

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped_at is not None

    def stop(self) -> None:
        """Let the transaction under way be the last."""
        self._stopped_at = self._stopped_at or time.time()

    def once(self, kind: str) -> None:
        """One transaction, tried until it ends. Once kept waiting it becomes a plain edit: those take no time."""
        while self._may_try():
            self._follow()
            if router.where(self._route) == "hold":
                self._block(time.time())
                time.sleep(0.002)
                continue
            if self._try("edit" if self._blocked else kind):
                return
            time.sleep(0.01)

    def end(self) -> None:
        """Say so if it was kept from writing to the very end."""
        if self._blocked is not None:
            seconds = time.time() - self._blocked[0]
            self._book.failed(Error(self._blocked[0], "blocked", f"could not write any more, for {seconds:.1f} s"))

    def _may_try(self) -> bool:
        if self._stopped_at is None:
            return True
        return self._blocked is not None and time.time() - self._stopped_at < _LAST_TRIES

    def _try(self, kind: str) -> bool:
        """True when it ended, even badly; False when it has to be tried again."""
        started, waits = time.time(), list[Wait]()
        try:
            self._transact(kind, waits)
        except Surprise as surprise:
            self._report(kind, surprise)
            return self._roll_back(started)
        except FAILURES as error:
            if self._is_moving(error):
                self._block(started)
                self._roll_back(started)
                return False
            self._report(kind, error)
            return self._roll_back(started)
        finally:
            for wait in waits:
                self._book.waited(wait)
        self._unblock()
        return True

    def _transact(self, kind: str, waits: list[Wait]) -> None:
        session = self._connect()
        work = Work(self._dialect, session, self._route["tables"], waits)
        try:
            self._clerk.do(kind, work)
        except Undone:
            work.time(work.session.rollback, what="ROLLBACK")
            return
        if not work.rows and not work.counters:
            work.session.commit()
            return
        self._book.about_to(kind, rows=work.rows, counters=work.counters)
        try:
            work.time(work.session.commit, what="COMMIT")
        except FAILURES as error:
            answered = self._dialect.is_answer(error, session)
            self._book.ended("undone" if answered else "unknown")
            if not answered:
                self._clerk.learn(work.rows, known=False)
            raise
        self._book.ended("ok")
        self._clerk.learn(work.rows)
        self._silent = False

    def _is_moving(self, error: Exception) -> bool:
        """Renamed on the source or shut on the target, and the switch to the other is yet to come. In one database that can't be."""
        if self._dialect.is_renamed(error):
            left = "source"
        elif self._dialect.is_shut(error):
            left = "target"
        else:
            return False
        return router.where(self._route) == left and "target" in self._route["dsns"]

    def _roll_back(self, started: float) -> bool:
        """Make ready for the next transaction. False when the session is gone: then it is tried again."""
        with contextlib.suppress(*FAILURES):
            if self._is_connected():
                self._session.rollback()
                return True
        self._session = None
        self._block(started)
        return False

    def _is_connected(self) -> bool:
        return self._session is not None and self._dialect.is_open(self._session)

    def _connect(self) -> Any:
        side, names = router.where(self._route), self._route["tables"]
        if not self._is_connected() or self._connected_as != (side, names):
            if self._is_connected():
                self._session.close()
            self._session, self._connected_as = None, None
            dsn = dict(self._route["dsns"][side])
            self._dialect = dialects.BY_ENGINE[dsn.pop("engine")]
            self._session = self._dialect.connect(dsn, name="shop")
            Work(self._dialect, self._session, names).prepare_look()
            self._session.commit()
            self._connected_as, self._side = (side, names), side
        return self._session

    def _follow(self) -> None:
        """Read the router file again if it was replaced."""
        found = self._path.stat()
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            self._route, self._stamp = router.read(self._path), stamp

    def _block(self, since: float) -> None:
        if self._blocked is None:
            self._blocked = (since, self._side)

    def _unblock(self) -> None:
        """Work goes on: on the other side, then that was an outage; or on the same one, then it was a wait."""
        if self._blocked is None:
            return
        since, side = self._blocked
        wait = Wait(time.time() - since, since, "kept from writing")
        if side == self._side:
            self._book.waited(wait)
        else:
            self._book.out(wait)
        self._blocked = None

    def _report(self, kind: str, error: Exception) -> None:
        """Write an error down. One that comes with every try is written once, until something succeeds."""
        if not self._is_connected():
            if self._silent:
                return
            self._silent = True
        code = self._dialect.code(error)
        self._book.failed(Error(time.time(), kind, f"{type(error).__name__} {code or ''}: {str(error).strip()}"))


def _run(given: argparse.Namespace) -> None:
    clerk = Clerk(given.number, clerks=given.clerks, rows=given.rows, seed=given.seed, count=given.begin_at)
    writer = Writer(route=given.route, book=given.book, clerk=clerk)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: writer.stop())
    next_late = time.monotonic() + given.late_every * (given.number + 1) / given.clerks
    parent = os.getppid()
    while not writer.stopping and os.getppid() == parent:
        start = time.monotonic()
        late = given.late_every > 0 and start >= next_late
        next_late += given.late_every if late else 0.0
        writer.once("late" if late else clerk.choose())
        time.sleep(max(0.0, 1 / given.tps - (time.monotonic() - start)))
    writer.end()


def main() -> None:
    """One writer, until SIGTERM or until its parent is gone."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    for name, kind in {"route": Path, "book": Path, "number": int, "clerks": int, "rows": int, "seed": int, "begin-at": int}.items():
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument("--tps", type=float, required=True)
    parser.add_argument("--late-every", type=float, required=True)
    _run(parser.parse_args())


if __name__ == "__main__":
    main()
