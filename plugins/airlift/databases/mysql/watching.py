"""Watches another session for us, and ends what it runs as soon as it waits for a table."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pymysql
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from airlift import sqlfiles
from airlift.databases.mysql.connecting import connected, driver_of

LOOKS = 10
"""How often the server looks for us on one message: as long as we only wait to be seen waiting, no way to the server and back counts."""
CLOSELY = 0.1
"""Seconds for which it is looked without a rest."""
LOOK_EVERY = 0.02
"""Seconds between two looks afterwards: a definition that builds something may do so for hours."""


class Watch:
    """One statement that is watched."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._thread: threading.Thread | None = None
        self._ended = False

    def begin(self, watch: Callable[["Watch"], bool]) -> None:
        """Begin in a thread; `watch` says whether it has ended the statement."""
        self._thread = threading.Thread(target=lambda: self._note(watch(self)), name="airlift-watcher")
        self._thread.start()

    def end(self) -> None:
        """The statement is over, and nothing of it is ended any more."""
        self.over.set()
        if self._thread:
            self._thread.join()

    def has_ended(self) -> bool:
        """Whether it was ended because it waited. The last to be asked."""
        self.end()
        return self._ended

    def _note(self, has_ended: bool) -> None:
        self._ended = has_ended


class Watcher:
    """A connection of its own. A statement is ended only while it waits for a metadata lock, never one at work."""

    def __init__(self, engine: Engine, *, where: str) -> None:
        self._engine = engine
        self._where = where
        self._connection: Connection | None = None

    @contextlib.contextmanager
    def watching(self, pid: int, *, idle: int, at_most: float) -> Iterator[Watch]:
        """In this block what session `pid` runs is ended when it waits for a table, not before `at_most` seconds have gone.

        `idle` is a session of ours that runs nothing meanwhile.
        """
        self._connect(is_used_late=at_most > 0.0)
        watch = Watch()
        watch.begin(lambda watch: self._watch(watch, pid, idle, at_most))
        try:
            yield watch
        finally:
            watch.end()

    def _connect(self, *, is_used_late: bool) -> None:
        """Before the statement is run: whoever waits behind it does not wait for this. One that is used late is looked after first."""
        if self._connection is not None and is_used_late:
            try:
                driver_of(self._connection).ping(reconnect=False)
            except pymysql.Error:
                self.close()
        if self._connection is None:
            self._connection = connected(self._engine, self._where)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _watch(self, watch: Watch, pid: int, idle: int, at_most: float) -> bool:
        if watch.over.wait(at_most):
            return False
        try:
            return self._look(watch, pid, idle)
        except (pymysql.Error, DBAPIError):
            # whoever waits is ended by the server's own limit then, a second later
            self.close()
            return False

    def _look(self, watch: Watch, pid: int, idle: int) -> bool:
        """Have the server look and end in one message, over and over; whether it has ended anything.

        A message ends with the first error, and there is one in ending nobody: so a session that runs nothing is ended where nobody waits.
        """
        assert self._connection is not None
        cursor = driver_of(self._connection).cursor()
        values = {"pid": pid, "idle": idle}

        def text(file: str) -> str:
            return str(cursor.mogrify(sqlfiles.statement(("mysql",), file, {}), values))

        cursor.execute(text("sessions/begin_looking"))
        look = [text("sessions/find_waiting"), text("sessions/kill_waiting")]
        closely = time.monotonic() + CLOSELY
        while not watch.over.is_set():
            if time.monotonic() > closely:
                watch.over.wait(LOOK_EVERY)
                if not cursor.execute(text("sessions/is_waiting_for_table")):
                    continue
            cursor.execute("; ".join(look * LOOKS))
            while cursor.nextset():
                pass
        cursor.execute(text("sessions/count_ended"))
        return bool(cursor.fetchall()[0][0])
