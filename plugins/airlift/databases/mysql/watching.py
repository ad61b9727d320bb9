"""Watches another session for us, and ends what it runs when it waits for a table for too long."""

import threading

import pymysql
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from airlift import sqlfiles
from airlift.databases.mysql.connecting import driver_of

LOOK_EVERY = 0.02


class Watcher:
    """A thread with a connection of its own. It ends a statement only while that waits for a metadata lock, never one at work."""

    def __init__(self, engine: Engine, pid: int, *, at_most: float) -> None:
        self.has_ended = False
        self._engine, self._pid, self._at_most = engine, pid, at_most
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._watch, name="airlift-watcher")
        self._thread.start()

    def end(self) -> None:
        """The statement is over."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        # most definitions are over before anybody has to look
        if self._over.wait(self._at_most):
            return
        try:
            with self._engine.connect() as connection:
                cursor = driver_of(connection).cursor()
                waited = False
                while not self._over.wait(LOOK_EVERY):
                    cursor.execute(sqlfiles.statement(("mysql",), "sessions/is_waiting_for_table", {}), {"pid": self._pid})
                    is_waiting = bool(cursor.fetchall())
                    if is_waiting and waited:
                        self.has_ended = True
                        cursor.execute(sqlfiles.statement(("mysql",), "sessions/kill_query", {}), {"pid": self._pid})
                    waited = is_waiting
        except (pymysql.Error, DBAPIError) as error:
            # whoever waits is ended by the server's own limit then, a second later
            self._failure = error
