"""Statements that wait in the server's queue for tables that a session of ours holds: they come first when that lets go.

One statement for several tables asks for one after the other, so that writers would come in between at all but the first. Therefore each
other table's name has a keeper: a statement that asks for the name and for a gate that stays shut. It gets the name when our session
lets go, goes no further, and is ended as soon as the statement for all waits for just that name.
"""

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

import pymysql
from sqlalchemy import Engine

from airlift import sqlfiles
from airlift.databases.failures import LockTimeout
from airlift.databases.mysql.connecting import connected, driver_of, number
from airlift.databases.mysql.verdicts import family
from airlift.errors import AirliftError, Refused
from airlift.spec import TableName

QUEUES_WITHIN = 0.5
"""Seconds in which a statement that is to wait for our tables has to stand in the server's queue."""
_ENGINES = ("mysql",)


class Connected:
    """A connection of its own."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._where = where
        self._sqlalchemy = connected(engine, where)
        self._raw: pymysql.Connection[Any] = driver_of(self._sqlalchemy)
        self.pid = number(self._raw)

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._executed(statement, None, statement)

    def ask(self, file: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run a statement from its file; the rows that it returns."""
        return self._executed(sqlfiles.statement(_ENGINES, file, {}), values, file)

    def _executed(self, statement: str, values: Mapping[str, Any] | None, what: str) -> list[tuple[Any, ...]]:
        try:
            cursor = self._raw.cursor()
            cursor.execute(statement, values)
            return list(cursor.fetchall())
        except pymysql.Error as error:
            raise family(error, self._where, what) from error

    def close(self) -> None:
        """Give it back."""
        self._sqlalchemy.invalidate()
        self._sqlalchemy.close()


class Queued(Connected):
    """A statement in a thread. Should this process die, it keeps its place in the server's queue.

    `settings` have the server end a connection that rests: whoever is frozen before the statement is sent never sends it.
    """

    def __init__(self, engine: Engine, where: str, *, settings: str, statement: str) -> None:
        super().__init__(engine, where)
        self.run(settings)
        self._failure: AirliftError | None = None
        self._thread = threading.Thread(target=self._work, args=(statement,), name="airlift-queued")
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether the statement waits no more."""
        return not self._thread.is_alive()

    def end(self) -> AirliftError | None:
        """Wait for its end; what went wrong."""
        self._thread.join()
        return self._failure

    def _work(self, statement: str) -> None:
        try:
            self.run(statement)
        except AirliftError as error:
            self._failure = error
        finally:
            self.close()


class Queue:
    """All that waits for the tables of one session. `settings` are made in each connection first."""

    def __init__(self, engine: Engine, where: str, *, settings: str) -> None:
        self._engine = engine
        self._where = where
        self._settings = settings
        self._watching: Connected | None = None
        self._drop_gate: str | None = None
        self._queued: list[Queued] = []
        self._keepers: dict[TableName, Queued] = {}

    def shut_gate(self, *, make: str, hold: str, drop: str) -> None:
        """Make the gate that no keeper gets through, and hold it until all is over."""
        self._watcher().run(make)
        self._watcher().run(hold)
        self._drop_gate = drop

    def keep(self, name: TableName, statement: str) -> None:
        """Have a keeper wait for a name. Raises LockTimeout where it does not stand in the server's queue in time."""
        self._keepers[name] = self._queue(statement)
        self._must_wait(self._keepers[name])

    def add(self, statement: str) -> None:
        """Have a statement wait. Raises LockTimeout where it does not stand in the server's queue in time."""
        self._queued.append(self._queue(statement))
        self._must_wait(self._queued[-1])

    def see_through(self) -> AirliftError | None:
        """The tables were let go: wait until all is over; what went wrong first."""
        for each in self._queued:
            while self._keepers and not each.is_over:
                for schema, name in self._watcher().ask("sessions/read_awaited_table", pid=each.pid):
                    self._dismiss(TableName(schema, name))
        failures = [failure for each in self._queued if (failure := each.end())]
        self.give_up()
        return failures[0] if failures else None

    def give_up(self) -> None:
        """The tables were let go, and nothing is expected any more of what waited."""
        for name in list(self._keepers):
            self._dismiss(name)
        for each in self._queued:
            each.end()
        if self._drop_gate:
            self._watcher().run(self._drop_gate)
        if self._watching:
            self._watching.close()
        self._watching, self._drop_gate, self._queued = None, None, []

    def _dismiss(self, name: TableName) -> None:
        """End the keeper of a name: whoever waits behind it gets that."""
        keeper = self._keepers.pop(name, None)
        if keeper:
            with contextlib.suppress(Refused):  # somebody else has ended it
                self._watcher().ask("sessions/kill_query", pid=keeper.pid)
            keeper.end()

    def _queue(self, statement: str) -> Queued:
        return Queued(self._engine, self._where, settings=self._settings, statement=statement)

    def _must_wait(self, queued: Queued) -> None:
        deadline = time.monotonic() + QUEUES_WITHIN
        while not self._watcher().ask("sessions/is_waiting_for_table", pid=queued.pid):
            if queued.is_over or time.monotonic() > deadline:
                raise LockTimeout(f"{self._where}: what is to follow did not come to wait for the tables that we hold.")
            time.sleep(0.0005)

    def _watcher(self) -> Connected:
        if self._watching is None:
            self._watching = Connected(self._engine, self._where)
            self._watching.run(self._settings)
        return self._watching
