"""Statements that wait in the server's queue for a table that a session of ours holds: they come first when that lets go."""

import threading
from typing import Any

import pymysql
from sqlalchemy import Engine

from airlift.databases.mysql.connecting import connected, driver_of, number


class Queued:
    """A thread with a connection of its own. Should this process die, the statement keeps its place in the server's queue."""

    def __init__(self, engine: Engine, where: str, *, settings: str, statement: str) -> None:
        self._sqlalchemy = connected(engine, where)
        self._raw: pymysql.Connection[Any] = driver_of(self._sqlalchemy)
        self._failure: pymysql.Error | None = None
        self.pid = number(self._raw)
        self._thread = threading.Thread(target=self._run, args=(settings, statement), name="airlift-queued")
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether the statement waits no more."""
        return not self._thread.is_alive()

    def end(self) -> pymysql.Error | None:
        """Wait for its end; what went wrong."""
        self._thread.join()
        return self._failure

    def _run(self, settings: str, statement: str) -> None:
        try:
            cursor = self._raw.cursor()
            cursor.execute(settings)
            cursor.execute(statement)
        except pymysql.Error as error:
            self._failure = error
        finally:
            self._finished()

    def _finished(self) -> None:
        self._sqlalchemy.invalidate()
        self._sqlalchemy.close()


class Place(Queued):
    """A place in the queue for a table, kept for another statement: it gets the table, and has it until it lets go."""

    def let_go(self) -> None:
        """Give the table to whoever comes next. Does no harm twice."""
        super().end()
        super()._finished()

    def _finished(self) -> None:
        """It has the table as long as there is the connection."""
