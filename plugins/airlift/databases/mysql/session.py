"""A session on a MySQL or MariaDB server: transactions, and settings that end with them. Knows no phase.

Transactions are opened by `autocommit = 0` and never by BEGIN, which would drop the locks of LOCK TABLES without a word. Every
transaction makes its own settings when it begins, for these servers know none that end with it.

A statement that defines something commits whatever transaction its session is in. So that is done in a second connection of the
session, at once and for good: what is defined so has to do no harm when it is there and the transaction beside it was rolled back.
"""

import contextlib
import math
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pymysql
import pymysql.cursors
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from airlift import sqlfiles
from airlift.databases.failures import LockTimeout
from airlift.databases.mysql.connecting import BLOCK_BYTES, driver_of, number
from airlift.databases.mysql.defining import WAITS_ASIDE, Defining
from airlift.databases.mysql.queueing import Queue, QueueInTurn, QueueOfOne
from airlift.databases.mysql.statements import FOR_EVER
from airlift.databases.mysql.transfers import Transfers
from airlift.errors import AirliftError
from airlift.spec import TableName

LONGEST_REST = "300s"
"""After so much rest in a transaction the server ends the session: its process is frozen, or gone behind a proxy that says nothing."""
LONGEST_REST_READING = "3600s"
"""The same for one that only reads, and rests while the other side works."""
ROWS_WITHIN = "1"
"""Seconds after which it ends the wait for rows of such a table: nobody has any by then but others that are queued."""
QUEUES_AT_MOST = "60s"
"""After so much time the server ends what waits or rests before our tables are ours and have a lease: longer than any pause."""
_WORKS_WITHIN = 0.1
"""Seconds in which a definition of ours comes to its end, where the server counts what it works and what it waits together."""
_NOT_GRANTED, _OUT_OF_TIME = 1205, 1969
"""MariaDB's numbers for a lock that was not granted, and for a statement that it has ended after its time."""
_APPLYING = "airlift__applying"
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}


class Session(Defining, Transfers):
    """One connection of ours, and a second one for definitions. Not for two threads at once, but `cancel` may come from any."""

    log_parts = True
    """Whether a change log is in parts, of which each writer has one."""
    queue_class: type[Queue] = QueueOfOne
    """How names are handed over behind the commit."""

    def __init__(self, engine: Engine, *, where: str, schema: str, keeps_old: bool = False) -> None:
        super().__init__(engine, where=where)
        self._schema = schema
        self.keeps_old = keeps_old
        """Whether it is one of the old tables' sessions."""
        self._killing = threading.Lock()
        self._after_commit: list[str] = []
        self._at_end: list[str] = []
        self._queue: Queue | None = None
        self.lease: Mapping[str, str] = {}
        """The settings with which the server ends this transaction when it stops moving."""
        self.holds_tables = False
        """Whether LOCK TABLES holds the user's tables for this transaction: no other session of ours could define anything on them."""

    # -- what a transaction is ---------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self, *, snapshot: bool = False, **settings: str) -> Iterator["Session"]:
        """A transaction that commits at the end of the block. `snapshot`: all its statements see one instant, that of the first that reads.

        `settings` have PostgreSQL's names and hold for this transaction only.
        """
        if snapshot:
            settings = {"idle_in_transaction_session_timeout": LONGEST_REST_READING, **settings}
        self.in_transaction = True
        try:
            with self._said("BEGIN"):
                self._run_all([*self._opening(snapshot=snapshot, read_only=settings.pop("transaction_read_only", "off") == "on"),
                               *self._settings({**_DEFAULTS, **settings})])  # fmt: skip
            yield self
            with self._said("COMMIT"):
                self._run_all([self.text("sessions/commit"), *self._after_commit, *self._ending()])
                if self._queue and (failure := self._queue.see_through()):
                    raise failure
        except BaseException:
            self._roll_back()
            raise
        finally:
            self.in_transaction = self.holds_tables = self.insists = False
            self._after_commit, self._at_end, self._queue, self.lease = [], [], None, {}

    def after_commit(self, statement: str) -> None:
        """Have a statement that `text` gave run right behind the commit, in one message with it: nobody of ours can die between them."""
        # a table may be looked at just then by somebody who lists tables
        self._after_commit += [statement] if self._after_commit else [*self._settings({"lock_timeout": "1s"}), statement]

    @property
    def queue(self) -> Queue:
        """What waits for the tables that this transaction holds, and comes before all writers that wait when that lets go.

        The transaction's end waits for it.
        """
        if self._queue is None:
            self._queue = self.queue_class(self._engine, self._where, settings=self._queueing)
        return self._queue

    def _queueing(self) -> str:
        """Should our process be frozen, what is queued waits and has tables for as long as the lease lets us have them."""
        seconds = math.ceil(seconds_of(self.lease.get("statement_timeout", QUEUES_AT_MOST)))
        waits = {**self.lock_waits(seconds), "innodb_lock_wait_timeout": ROWS_WITHIN, "wait_timeout": str(seconds)}
        return self._set({**waits, **self.statement_limit(0)})

    def at_end(self, statement: str) -> None:
        """Have a statement run when the transaction has ended, either way."""
        self._at_end.append(statement)

    def _ending(self) -> list[str]:
        return [*self._at_end, self.text("sessions/close", for_ever=FOR_EVER)]

    def _opening(self, *, snapshot: bool, read_only: bool) -> list[str]:
        level = "REPEATABLE READ" if snapshot else "READ COMMITTED"
        access = "READ ONLY" if read_only else "READ WRITE"
        return [
            self.text("sessions/set_isolation", {"level": level, "access": access}),
            self.text("sessions/open", block_bytes=BLOCK_BYTES),
            self.text("sessions/set_names"),
        ]

    def rest_long(self) -> None:
        """Let this transaction rest for as long as one that only reads may."""
        self.set_local(idle_in_transaction_session_timeout=LONGEST_REST_READING)

    def set_local(self, **settings: str) -> None:
        """Make settings for the rest of the transaction."""
        with self._said("SET"):
            self._run_all(self._settings(settings))

    def _settings(self, settings: Mapping[str, str]) -> list[str]:
        values: dict[str, str] = {}
        for name, value in settings.items():
            values |= self._setting(name, value)
        if "lock_timeout" in settings:
            self._lock_timeout = seconds_of(settings["lock_timeout"])
        return [self._set(values)] if values else []

    def _setting(self, name: str, value: str) -> dict[str, str]:
        """A setting in this server's words. What it has no word for is left out: durability and memory are the server's alone."""
        if name == _APPLYING:
            mark = f"'{value}'" if value else "NULL"
            checks = "0" if value else "1"
            # rows come as they were checked on the other side, and no cascade may touch what no window brings
            return {"@airlift_applying": mark, "foreign_key_checks": checks}
        if name == "lock_timeout":
            return self.lock_waits(seconds_of(value))
        if name == "statement_timeout":
            return self.statement_limit(seconds_of(value))
        if name == "idle_in_transaction_session_timeout":
            return {"wait_timeout": str(max(1, math.ceil(seconds_of(value))) if seconds_of(value) else FOR_EVER)}
        return {}

    # -- the connection ----------------------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """End what runs on the server for this session, from any thread."""
        aside = None if self.defines in self.never_killed else self._aside
        own = [driver_of(each) for each in (self._sqlalchemy, aside) if each is not None]
        # a session that is gone has nothing left to cancel
        with self._killing, contextlib.suppress(pymysql.Error, DBAPIError), self._engine.connect() as other:
            for each in own:
                with contextlib.suppress(pymysql.Error):
                    driver_of(other).cursor().execute(sqlfiles.statement(self.engines, "sessions/kill_query", {}), {"pid": number(each)})

    def close(self) -> None:
        """Give the connections back. An open transaction is rolled back by the server, and its locks go."""
        self._watcher.close()
        for each in (self._aside, self._sqlalchemy):
            if each is not None:
                each.invalidate()
                each.close()

    def _roll_back(self) -> None:
        # a lost connection is rolled back by the server itself, and the first error is the one to be told
        with contextlib.suppress(pymysql.Error, AttributeError):
            self._run_all([self.text("sessions/roll_back"), *self._ending()])
        if self._queue:
            with contextlib.suppress(AirliftError):
                self._queue.give_up()


_DEFAULTS = {
    _APPLYING: "",
    "lock_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": LONGEST_REST,
}


def seconds_of(duration: str) -> float:
    """The seconds of a setting such as "100ms", "3s" or "0"."""
    number = duration.rstrip("abcdefghijklmnopqrstuvwxyz ")
    return float(number) * _SECONDS.get(duration[len(number) :].strip(), 0.001)


class MariaDBSession(Session):
    """The same on MariaDB, which can be told not to wait at all."""

    engines = engines_before_8016 = ("mariadb", "mysql")
    log_parts = False
    queue_class = QueueInTurn
    soon_done = (
        "prepare/create_trigger", "prepare/create_guard", "contract/drop_trigger",
        "cutover/create_view", "cutover/create_fence_view", "cutover/drop_view",
    )  # fmt: skip
    """The definitions that come to their end at once when they have their tables."""
    # each asks, once it has its own table, for what references that; if it is killed meanwhile, the server asks again without a rest, and
    # takes more memory each time
    never_killed = ("cutover/exchange_names", "cutover/rename_table", "prepare/add_foreign_key", "prepare/drop_foreign_key")

    def lock_waits(self, seconds: float) -> dict[str, str]:
        """For a table's lock of less than a second it does not wait at all: no writer ever queues behind us."""
        if not seconds:
            return super().lock_waits(seconds)
        return {"lock_wait_timeout": str(int(seconds)), "innodb_lock_wait_timeout": str(max(1, math.ceil(seconds)))}

    def statement_limit(self, seconds: float) -> dict[str, str]:
        """The setting that ends any statement after so many seconds; 0 is never."""
        return {"max_statement_time": f"{seconds:.3f}"}

    @staticmethod
    def type_shown(kind: str) -> str:
        """It shows widths, and always has."""
        return kind

    def _ask(self, connection: "pymysql.Connection[Any]", text: str, tables: list[TableName], *, quiet: bool) -> None:  # noqa: ARG002
        """It waits for no table anyway, and is told when it asks."""
        connection.cursor().execute(text)

    def _insist(self, connection: "pymysql.Connection[Any]", text: str, *, seconds: float) -> None:
        """The server itself ends what waits, and what works for longer: so what defines something is first asked for at once, and what may
        take its time is only so.
        """
        if connection is not self._raw:
            try:
                connection.cursor().execute(text)
                return
            except pymysql.Error as error:
                if error.args[0] != _NOT_GRANTED or self.defines not in self.soon_done:
                    raise
        limits = {**self.lock_waits(1), **self.statement_limit(max(seconds, _WORKS_WITHIN))}
        # no SET STATEMENT: it would be logged with what it is for, and who reads the log may not know it
        connection.cursor().execute(self._set(limits))
        try:
            connection.cursor().execute(text)
        except pymysql.Error as error:
            if error.args[0] == _OUT_OF_TIME:
                raise LockTimeout(f"{self._where}: a table was not free.") from error
            raise
        finally:
            # a lost connection has no settings, and the first error is the one to be told
            with contextlib.suppress(pymysql.Error):
                connection.cursor().execute(self._set(self._usual(connection)))

    def _usual(self, connection: "pymysql.Connection[Any]") -> dict[str, str]:
        """How long a connection waits for locks and works, when it does not insist."""
        if connection is not self._raw:
            return {**self.lock_waits(WAITS_ASIDE), **self.statement_limit(0)}
        return {**self.lock_waits(self._lock_timeout), **self.statement_limit(seconds_of(self.lease.get("statement_timeout", "0")))}

    def _tables_in(self, holes: Mapping[str, str]) -> list[TableName]:  # noqa: ARG002
        """Nobody has to know."""
        return []
