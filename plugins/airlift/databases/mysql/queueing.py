"""Statements that wait in the server's queue for tables that a session of ours holds: they come first when that lets go.

One statement for several tables asks for one after the other, so that writers would come in between at all but the first. Therefore
other tables' names have keepers: statements that ask for a name and for a gate that stays shut. A keeper gets the name when our session
lets go, goes no further, and is ended when it is the name's turn. None may go on when our process dies, either: it would wait for what
others have who wait for its name, and of these the server ends one.
"""

import contextlib
import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymysql
from sqlalchemy import Engine

from airlift import sqlfiles
from airlift.databases.failures import LockTimeout
from airlift.databases.mysql.connecting import connected, driver_of, number
from airlift.databases.mysql.verdicts import family
from airlift.errors import AirliftError
from airlift.spec import TableName

QUEUES_WITHIN = 0.5
"""Seconds in which a statement that is to wait for our tables has to stand in the server's queue."""
CONNECTS_AT_ONCE = 16
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


class Queued:
    """A statement in a thread. Should this process die, it keeps its place in the server's queue."""

    def __init__(self, connection: Connected, statement: str) -> None:
        self.connection = connection
        self._failure: AirliftError | None = None
        self._thread = threading.Thread(target=self._work, args=(statement,), name="airlift-queued")
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it waits no more."""
        return not self._thread.is_alive()

    def end(self) -> AirliftError | None:
        """Wait for its end; what went wrong."""
        self._thread.join()
        return self._failure

    def _work(self, statement: str) -> None:
        try:
            self.connection.run(statement)
        except AirliftError as error:
            self._failure = error


class Queue(ABC):
    """All that waits for the tables of one session, on connections that are opened before the session has them.

    `settings` are made in a connection right before it waits: they have the server end what waits, or rests, for too long.
    """

    def __init__(self, engine: Engine, where: str, *, settings: Callable[[], str]) -> None:
        self._engine = engine
        self._where = where
        self._settings = settings
        self._opened: list[Connected] = []
        self._ready: list[Connected] = []
        self._watching: Connected | None = None
        self._at_gates: Connected | None = None
        self._staying: Queued | None = None
        self._drop_gates: list[str] = []
        self._keepers: dict[TableName, Queued] = {}

    def connect(self, count: int) -> None:
        """Open so many connections, all at a time."""
        with ThreadPoolExecutor(min(count, CONNECTS_AT_ONCE), thread_name_prefix="airlift-connects") as pool:
            found = [pool.submit(self._open) for _ in range(count)]
        self._ready += [each.result() for each in found]

    def shut_gates(self, *, make: list[str], hold: str, stay: str | None, drop: list[str]) -> None:
        """Make the gates that no keeper gets through, and hold them until all is over. `stay` is for who would die with us too soon."""
        # not the one that watches: who holds tables so may read no other
        self._at_gates, self._drop_gates = self._next(), drop
        for statement in (*make, hold):
            self._at_gates.run(statement)
        if stay:
            self._staying = Queued(self._at_gates, stay)

    def keep(self, statements: Mapping[TableName, str]) -> None:
        """Have a keeper wait for each name. Raises LockTimeout where one does not stand in the server's queue in time."""
        for name, statement in statements.items():
            self._keepers[name] = self._queue(statement)
        for each in self._keepers.values():
            self._must_wait(each)
        if self._staying and self._staying.is_over:
            raise LockTimeout(f"{self._where}: the session that holds the keepers' gates was ended.")

    @abstractmethod
    def add(self, turns: Mapping[TableName, str]) -> None:
        """Have statements wait, each for the name that it asks for first. Raises LockTimeout as `keep`."""

    def see_through(self) -> AirliftError | None:
        """The tables were let go: wait until all is over; what went wrong first."""
        try:
            return self._take_turns()
        finally:
            self.give_up()

    @abstractmethod
    def _take_turns(self) -> AirliftError | None:
        """Have each statement come to its end; what went wrong first."""

    def give_up(self) -> None:
        """The tables were let go, and nothing is expected any more of what waited."""
        with contextlib.ExitStack() as closing:
            for each in self._opened:
                closing.callback(each.close)
            for name in list(self._keepers):
                self._dismiss(name)
            self._end_all()
            if self._at_gates:
                if self._staying:
                    self._end(self._staying)
                # one that is left is taken away with the next attempt's, or when all is cleaned up
                with contextlib.suppress(AirliftError):
                    for statement in self._drop_gates:
                        self._at_gates.run(statement)
        self._opened, self._ready, self._watching, self._at_gates, self._staying = [], [], None, None, None

    @abstractmethod
    def _end_all(self) -> None:
        """Wait for what still waits; no name has a keeper any more."""

    def _dismiss(self, name: TableName) -> None:
        """End the keeper of a name: whoever waits behind it gets that."""
        if keeper := self._keepers.pop(name, None):
            self._end(keeper)

    def _end(self, keeper: Queued) -> None:
        # one that can't be told ends by its settings; one that somebody else has ended is gone
        with contextlib.suppress(AirliftError):
            self._watcher().ask("sessions/kill_query", pid=keeper.connection.pid)
        self._is_over(keeper)

    def _is_over(self, queued: Queued) -> AirliftError | None:
        """Wait for an end; what went wrong. The connection serves the next one."""
        failure = queued.end()
        self._ready.append(queued.connection)
        return failure

    def _queue(self, statement: str) -> Queued:
        return Queued(self._next(), statement)

    def _must_wait(self, queued: Queued) -> None:
        if not self._comes_to_wait(queued, within=QUEUES_WITHIN):
            failure = queued.end() if queued.is_over else None
            raise failure or LockTimeout(f"{self._where}: what is to follow did not come to wait for the tables that we hold.")

    def _comes_to_wait(self, queued: Queued, *, within: float = math.inf) -> bool:
        """Wait until it stands in the server's queue. False where it is through, or was not seen there within so many seconds."""
        deadline = time.monotonic() + within
        while not queued.is_over and time.monotonic() < deadline:
            if self._watcher().ask("sessions/is_waiting_for_table", pid=queued.connection.pid):
                return True
            time.sleep(0.0005)
        return False

    def _watcher(self) -> Connected:
        if self._watching is None:
            self._watching = self._next()
        return self._watching

    def _next(self) -> Connected:
        while self._ready:
            connection = self._ready.pop()
            with contextlib.suppress(AirliftError):  # one that was lost, as the server does with those that rest
                connection.run(self._settings())
                return connection
        connection = self._open()
        connection.run(self._settings())
        return connection

    def _open(self) -> Connected:
        opened = Connected(self._engine, self._where)
        self._opened.append(opened)
        return opened


class QueueOfOne(Queue):
    """One statement that waits for several names in turn, where the server says for which. Then the name's keeper is ended."""

    _queued: Queued | None = None

    def add(self, turns: Mapping[TableName, str]) -> None:
        (statement,) = turns.values()
        self._queued = self._queue(statement)
        self._must_wait(self._queued)

    def _take_turns(self) -> AirliftError | None:
        if self._queued is None:
            return None
        while self._keepers and not self._queued.is_over:
            for schema, name in self._watcher().ask("sessions/read_awaited_table", pid=self._queued.connection.pid):
                self._dismiss(TableName(schema, name))
        return self._queued.end()

    def _end_all(self) -> None:
        if self._queued:
            self._queued.end()


class QueueInTurn(Queue):
    """A statement for each name, one after the other; and nobody gets a name before all are through.

    No two are under way at a time: each has its own name to itself and asks then for what references it, and the server asks again and
    again, without a rest and with more memory each time, where that is the name of another one that waits for the first. So each name has
    a keeper in front of its statement, until it is its turn; and one behind it: whoever got a name before all are through could begin to
    write what a later statement needs to itself, and then wait for its name.
    """

    def __init__(self, engine: Engine, where: str, *, settings: Callable[[], str]) -> None:
        super().__init__(engine, where, settings=settings)
        self._turns: dict[TableName, str] = {}
        self._first: Queued | None = None
        self._keeping: Mapping[TableName, str] = {}

    def add(self, turns: Mapping[TableName, str]) -> None:
        """Have the first wait. The names of all have to be kept then."""
        self._turns = dict(turns)
        self._first = self._queue(self._turns.pop(next(iter(turns))))
        self._must_wait(self._first)

    def keep(self, statements: Mapping[TableName, str]) -> None:
        self._keeping = statements
        super().keep(statements)

    def _take_turns(self) -> AirliftError | None:
        failure = self._is_over(self._first) if self._first else None
        for name, statement in self._turns.items():
            failure = failure or self._take_turn(name, statement)
        return failure

    def _take_turn(self, name: TableName, statement: str) -> AirliftError | None:
        queued = self._queue(statement)
        self._comes_to_wait(queued)
        behind = self._queue(self._keeping[name])
        self._comes_to_wait(behind)
        before, self._keepers[name] = self._keepers[name], behind
        self._end(before)
        return self._is_over(queued)

    def _end_all(self) -> None:
        if self._first:
            self._first.end()
