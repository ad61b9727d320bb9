"""Statements that define something: in a connection beside a session's own, at once and for good, and so that no writer waits for them."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pymysql
from sqlalchemy import Connection, Engine, MetaData

from airlift import sqlfiles
from airlift.databases.failures import LockTimeout
from airlift.databases.mysql.connecting import connected, driver_of, number
from airlift.databases.mysql.quoting import table, unquoted
from airlift.databases.mysql.statements import Statements
from airlift.databases.mysql.watching import Watcher
from airlift.databases.naming import SCHEMA
from airlift.errors import Refused
from airlift.spec import TableName

QUEUED_AT_MOST = 0.02
"""Seconds for which writers may queue behind one of our definitions."""
WAITS_ASIDE = 0.01
"""Seconds for which the connection for definitions may wait in the server, as far as that counts so finely: else not at all, or for one."""
TRY_EVERY = 0.001
"""Seconds between two requests for a table, of which nothing is held between them."""
RESTS_FOR = 0.1
"""Seconds between two requests for a table that is never free, which writers wait behind: they come to their turn in between."""
DEFINES_WITHIN = 30.0
"""Seconds in which a definition is tried over and over, without waiting for a lock in the server, where writers would queue behind it."""
QUIET_FOR = 1.0
"""Seconds in which a definition asks for a table only while nobody uses any table of its database. Whoever comes in between our look and
our asking has only begun then, and is not yet at the statement for which the server would end it.
"""
HOPES_FOR = 25.0
"""Seconds in which it asks for a table only while nobody uses that one. One that is never free it asks for all the same, and waits for it
in the server for an instant: should a transaction that reads the table begin to write it just then, the server ends it.
"""
SEEN_WITHIN, LOOK_EVERY = 1.0, 0.02
"""Seconds in which catalogs show again what they leave out while somebody defines something on its table, and between two looks."""
_IN_USE = 1242
"""The server's number for a subquery of more than one row: that is how a look says that a table is used, and ends its message."""
_MAY_NOT_LOOK = 1142
"""The server's number for a table that an account may not read."""


class Defining(Statements):
    """A connection of ours, and a second one for definitions."""

    never_killed: tuple[str, ...] = ()
    """The definitions that the server does not survive to be told to end."""

    def __init__(self, engine: Engine, *, where: str) -> None:
        super().__init__(engine, where=where)
        self._aside: Connection | None = None
        self._watcher = Watcher(engine, where=where)
        self._may_look = True
        self._lock_timeout = 0.0
        self.in_transaction = False
        self.insists = False
        """Whether this transaction waits for tables in the server's queue, for an instant, and does not only ask whether they are free."""
        self.defines = ""
        """The file of the definition that is under way."""

    @property
    def _patience(self) -> float:
        return self._lock_timeout or DEFINES_WITHIN

    def define(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> None:
        """Run a statement that defines something, in a connection beside this one: at once, whatever becomes of the transaction.

        It never waits for a table in the server, where writers would queue behind it: it is tried again until the table is free.
        Raises LockTimeout when it was not for long, or for the transaction's `lock_timeout` if it has one. Interrupted when the server has
        ended the transaction: whoever was frozen for so long defines nothing any more, for another try has gone on.
        """
        text = self.text(file, holes, **values)
        began = time.monotonic()
        deadline, tables = began + self._patience, self._tables_in(holes or {})
        while True:
            waited = time.monotonic() - began
            try:
                with self._said(file):
                    if self.in_transaction:
                        self._raw.ping(reconnect=False)
                    self.defines = file
                    if self.insists or waited >= HOPES_FOR:
                        self._insist(self._beside(), text, seconds=QUEUED_AT_MOST)
                    else:
                        self._ask(self._beside(), text, tables, quiet=waited < min(QUIET_FOR, self._patience / 2))
                return
            except LockTimeout:
                if time.monotonic() > deadline:
                    raise
                time.sleep(TRY_EVERY if waited < HOPES_FOR else RESTS_FOR)
            finally:
                self.defines = ""

    def define_once(self, is_there: Callable[[], bool], file: str, holes: Mapping[str, str]) -> None:
        """Make something, unless it is there. Another try may be about to make it, or have died in the midst of it: what that makes while
        this one waits for the table is as good.
        """
        if is_there():
            return
        try:
            self.define(file, holes)
        except Refused:
            if not self.is_seen(is_there):
                raise

    def remove_once(self, is_gone: Callable[[], bool], file: str, holes: Mapping[str, str]) -> None:
        """Take something away, unless it is gone, likewise. What is left out of the catalogs for an instant seems to be gone: so they are
        asked once.
        """
        if is_gone():
            return
        try:
            self.define(file, holes)
        except Refused:
            if not is_gone():
                raise

    def is_seen(self, is_so: Callable[[], bool]) -> bool:
        """Whether something is so by the catalogs, which leave a table out for the instant in which another try of ours defines something
        on it.
        """
        until = time.monotonic() + SEEN_WITHIN
        while not is_so():
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_EVERY)
        return True

    def create_trigger(self, trigger: str, on: TableName, file: str, holes: Mapping[str, str]) -> None:
        """Make a trigger on a table, unless it has one of that name."""

        def is_there() -> bool:
            return bool(self.rows_aside("prepare/has_trigger", schema=on.schema, table=on.name, name=trigger)[0][0])

        names = {"trigger": table(TableName(on.schema, trigger)), "table": table(on)}
        self.define_once(is_there, file, {**holes, **names})

    def rows_aside(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows that a query returns in the connection for definitions: it holds no table any more, so that one may follow."""
        with self._said(file):
            cursor = self._beside().cursor()
            cursor.execute(self.text(file, holes, **values))
            return list(cursor.fetchall())

    def run_impatiently(self, file: str, holes: Mapping[str, str], tables: Iterable[TableName], *, quiet: bool) -> None:
        """Run a statement that takes `tables`, in this connection. Raises LockTimeout where they are not free, or with `quiet` any other
        table of their databases, and before writers have queued behind it for long.
        """
        with self._said(file):
            self._ask(self._raw, self.text(file, holes), list(tables), quiet=quiet)

    def run_waiting(self, file: str, holes: Mapping[str, str], *, seconds: float) -> None:
        """Run a statement that takes tables, in this connection, and wait for them in the server for `seconds` at most, with writers behind
        us. Raises LockTimeout.
        """
        with self._said(file):
            self._insist(self._raw, self.text(file, holes), seconds=seconds)

    def _insist(self, connection: "pymysql.Connection[Any]", text: str, *, seconds: float) -> None:
        """Run a statement that takes tables, and wait for these. Somebody watches, and ends it after so many seconds if it waits then."""
        with self._watcher.watching(number(connection), idle=self._idle(connection), at_most=seconds) as watched:
            try:
                connection.cursor().execute(text)
            except pymysql.Error as error:
                if watched.has_ended():
                    raise LockTimeout(f"{self._where}: a table was not free.") from error
                raise

    def _ask(self, connection: "pymysql.Connection[Any]", text: str, tables: list[TableName], *, quiet: bool) -> None:
        """Run a statement that takes tables, only while others use none: the look and the statement go to the server as one message.

        Whoever reads a table and begins to write it while we wait for it would wait for us, as we do for him; and of two that wait for
        each other for tables the server ends the one that only reads or writes. That is the service. So somebody watches, and ends the
        statement as soon as it waits. Raises LockTimeout then.
        """
        if not tables or not self._may_look:
            self._insist(connection, text, seconds=QUEUED_AT_MOST)
            return
        look, idle = self._look(connection, tables, quiet=quiet), self._idle(connection)
        with self._watcher.watching(number(connection), idle=idle, at_most=0.0) as watched:
            try:
                cursor = connection.cursor()
                cursor.execute(f"{look}; {text}")
                while cursor.nextset():
                    pass
            except pymysql.Error as error:
                # whoever may not look there is refused by preflight; what is asked before, asks of tables that are ours or new
                self._may_look = error.args[0] != _MAY_NOT_LOOK
                if error.args[0] in (_IN_USE, _MAY_NOT_LOOK):
                    raise LockTimeout(f"{self._where}: others use a table.") from error
                if watched.has_ended():
                    raise LockTimeout(f"{self._where}: a table was not free.") from error
                raise

    def _idle(self, connection: "pymysql.Connection[Any]") -> int:
        """The one of our two sessions that runs nothing while `connection` runs something."""
        return number(self._raw if connection is not self._raw else self._beside())

    def _look(self, connection: "pymysql.Connection[Any]", tables: list[TableName], *, quiet: bool) -> str:
        """The statement that raises where others use any of the tables, or with `quiet` any other one of the user's databases."""
        schemas = sorted({name.schema for name in tables} - {SCHEMA})
        file = "sessions/must_be_quiet" if quiet and schemas else "sessions/must_be_free"
        ours = [number(self._raw), number(self._beside())]
        values = {"tables": [tuple(name) for name in tables], "schemas": schemas, "ours": ours}
        return str(connection.cursor().mogrify(sqlfiles.statement(self.engines, file, {}), values))

    def _tables_in(self, holes: Mapping[str, str]) -> list[TableName]:
        """The tables that a definition takes, by what it is filled with."""
        found = [unquoted(holes[name]) for name in ("table", "child", "parent") if name in holes]
        if "trigger" in holes and not found:
            trigger = unquoted(holes["trigger"])
            rows = self.rows_aside("sessions/read_table_of_trigger", schema=trigger.schema, name=trigger.name)
            found = [TableName(schema, name) for schema, name in rows]
        return found

    def create_tables(self, metadata: MetaData) -> None:
        """Make the tables of SQLAlchemy's metadata that are missing."""
        with self._said("the ledger's tables"):
            self._beside()
            assert self._aside is not None
            metadata.create_all(self._aside)

    def _beside(self) -> "pymysql.Connection[Any]":
        """The connection for definitions. It waits for no table."""
        if self._aside is None:
            self._aside = connected(self._engine, self._where)
            with self._said("SET"):
                for statement in (self.text("sessions/open_aside"), self._set({**self.lock_waits(WAITS_ASIDE), **self.statement_limit(0)})):
                    driver_of(self._aside).cursor().execute(statement)
        return driver_of(self._aside)
