"""Statements that wait in the server's queue for tables that a session of ours holds: they come first when that lets go.

One statement for several tables asks for one after the other, so that writers would come in between at all but the first. Therefore
other tables' names have keepers: statements that ask for a name and for a gate that stays shut. A keeper gets the name when our session
lets go, goes no further, and is ended as soon as a statement waits for just that name, or when all are over.
"""

import contextlib
import threading
import time
from collections.abc import Iterable, Mapping
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
    """All that waits for the tables of one session. `settings` are made in each connection first, in a keeper's `keeping`.

    `sees_waits`: whether the server says for which table a statement waits, and keepers stand in the way of those that are added.
    """

    def __init__(self, engine: Engine, where: str, *, settings: str, keeping: str, sees_waits: bool) -> None:
        self._engine = engine
        self._where = where
        self._settings = settings
        self._keeping = keeping
        self._sees_waits = sees_waits
        self._watching: Connected | None = None
        self._at_gates: Connected | None = None
        self._drop_gates: list[str] = []
        self._queued: list[Queued] = []
        self._keepers: dict[TableName, Queued] = {}

    def shut_gates(self, *, make: list[str], hold: str, drop: list[str]) -> None:
        """Make the gates that no keeper gets through, and hold them until all is over."""
        # not the one that watches: who holds tables so may read no other
        self._at_gates, self._drop_gates = self._connected(), drop
        for statement in (*make, hold):
            self._at_gates.run(statement)

    def keep(self, statements: Mapping[TableName, str]) -> None:
        """Have a keeper wait for each name. Raises LockTimeout where one does not stand in the server's queue in time."""
        for name, statement in statements.items():
            self._keepers[name] = self._queue(statement, settings=self._keeping)
        self._must_wait(self._keepers.values())

    def add(self, statements: list[str]) -> None:
        """Have statements wait. Raises LockTimeout where one does not stand in the server's queue in time."""
        self._queued += [self._queue(statement, settings=self._settings) for statement in statements]
        self._must_wait(self._queued)

    def see_through(self) -> AirliftError | None:
        """The tables were let go: wait until all is over; what went wrong first."""
        for each in self._queued:
            while self._sees_waits and self._keepers and not each.is_over:
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
        if self._at_gates:
            for statement in self._drop_gates:
                self._at_gates.run(statement)
            self._at_gates.close()
        if self._watching:
            self._watching.close()
        self._watching, self._at_gates, self._queued = None, None, []

    def _dismiss(self, name: TableName) -> None:
        """End the keeper of a name: whoever waits behind it gets that."""
        keeper = self._keepers.pop(name, None)
        if keeper:
            with contextlib.suppress(Refused):  # somebody else has ended it
                self._watcher().ask("sessions/kill_query", pid=keeper.pid)
            keeper.end()

    def _queue(self, statement: str, *, settings: str) -> Queued:
        return Queued(self._engine, self._where, settings=settings, statement=statement)

    def _must_wait(self, queued: Iterable[Queued]) -> None:
        deadline = time.monotonic() + QUEUES_WITHIN
        for each in queued:
            while not self._watcher().ask("sessions/is_waiting_for_table", pid=each.pid):
                if each.is_over or time.monotonic() > deadline:
                    raise LockTimeout(f"{self._where}: what is to follow did not come to wait for the tables that we hold.")
                time.sleep(0.0005)

    def _watcher(self) -> Connected:
        if self._watching is None:
            self._watching = self._connected()
        return self._watching

    def _connected(self) -> Connected:
        made = Connected(self._engine, self._where)
        made.run(self._settings)
        return made
