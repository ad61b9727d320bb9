"""A session on a MySQL or MariaDB server: statements from SQL files, transactions, LOAD DATA. Knows no phase.

Transactions are opened by `autocommit = 0` and never by BEGIN, which would drop the locks of LOCK TABLES without a word. Every
transaction makes its own settings when it begins, for these servers know none that end with it.

A statement that defines something commits whatever transaction its session is in. So `define` runs it in a second connection of the
session, at once and for good: what is defined so has to do no harm when it is there and the transaction beside it was rolled back.
"""

import contextlib
import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import IO, Any, cast

import pymysql
import pymysql.cursors
from sqlalchemy import Connection, CursorResult, Engine, Executable, MetaData
from sqlalchemy.exc import DBAPIError

from airlift import sqlfiles
from airlift.databases.failures import LockTimeout, UnfitValue
from airlift.databases.mysql.connecting import BLOCK_BYTES, connected, driver_of, number, version_of
from airlift.databases.mysql.feeding import Feed
from airlift.databases.mysql.lines import NOTHINGS
from airlift.databases.mysql.queueing import Queue
from airlift.databases.mysql.quoting import table, unquoted
from airlift.databases.mysql.verdicts import LEDGER, family, short, without_values
from airlift.databases.mysql.watching import Watcher
from airlift.databases.naming import SCHEMA
from airlift.errors import AirliftError, Refused
from airlift.spec import TableName

LONGEST_REST = "300s"
"""After so much rest in a transaction the server ends the session: its process is frozen, or gone behind a proxy that says nothing."""
LONGEST_REST_READING = "3600s"
"""The same for one that only reads, and rests while the other side works."""
FOR_EVER = 31_536_000
"""Seconds: the longest that these servers wait for a lock."""
QUEUES_AT_MOST = 10.0
"""Seconds after which the server ends the wait of what is queued for our tables, or the rest before it: we let go long before."""
QUEUED_AT_MOST = 0.02
"""Seconds for which writers may queue behind one of our definitions."""
LARGEST_PACKET = 1 << 30
"""The most that max_allowed_packet may be."""
TRY_EVERY = 0.001
"""Seconds between two requests for a table, of which nothing is held between them."""
DEFINES_WITHIN = 30.0
"""Seconds in which a definition is tried over and over, without waiting for a lock in the server, where writers would queue behind it."""
OLD_WORDS = 1287
"""The server's number for words of a statement that it will not know for ever: says nothing of the rows, and comes before all that do."""
QUIET_FOR = 1.0
"""Seconds in which a definition asks for a table only while nobody uses any table of its database. Whoever comes in between our look and
our asking has only begun then, and is not yet at the statement for which the server would end it.
"""
HOPES_FOR = 25.0
"""Seconds in which it asks for a table only while nobody uses that one. One that is never free it asks for all the same, and waits for it
in the server for an instant: should a transaction that reads the table begin to write it just then, the server ends it.
"""
_APPLYING = "airlift__applying"
_WIDTH = re.compile(r"^((?:tiny|small|medium|big)?int|year)(?!\(1\)$)\(\d+\)(?!.* zerofill)")
"""The width of a type that is shown for nothing any more since 8.0.19. A tinyint(1) is, for it is taken for a truth value."""
_IN_USE = 1242
"""The server's number for a subquery of more than one row: that is how a look says that a table is used, and ends its message."""
_MAY_NOT_LOOK = 1142
"""The server's number for a table that an account may not read."""
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}


class CutShort(Refused):
    """Rows came back shorter than they are: together they are longer than the server makes a text. It says so with a warning only."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"A row of {where} is longer, as text, than the server's max_allowed_packet, and can't be read whole. Make that larger: "
            f"SET GLOBAL max_allowed_packet = {LARGEST_PACKET}. New sessions have it at once. Then clear this task."
        )


class Session:
    """One connection of ours, and a second one for definitions. Not for two threads at once, but `cancel` may come from any."""

    engines: tuple[str, ...] = ("mysql",)
    """Where SQL files are looked for, in this order."""
    engines_before_8016: tuple[str, ...] = ("mysql8013", "mysql")
    """The same for a server that lacks what later ones have."""
    log_parts = True
    """Whether a change log is in parts, of which each writer has one."""

    def __init__(self, engine: Engine, *, where: str, schema: str, keeps_old: bool = False) -> None:
        self._engine = engine
        self._where = where
        self._schema = schema
        self.keeps_old = keeps_old
        """Whether it is one of the old tables' sessions."""
        self._sqlalchemy: Connection = connected(engine, where)
        self._raw = driver_of(self._sqlalchemy)
        if version_of(self._raw) < 80016:
            self.engines = self.engines_before_8016
        self._aside: Connection | None = None
        self._watcher = Watcher(engine)
        self._may_look = True
        self._killing = threading.Lock()
        self._batch: list[str] | None = None
        self._patience = DEFINES_WITHIN
        self._after_commit: list[str] = []
        self._at_end: list[str] = []
        self._queue: Queue | None = None
        self.holds_tables = False
        """Whether LOCK TABLES holds the user's tables for this transaction: no other session of ours could define anything on them."""
        self.in_transaction = False

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
            self.in_transaction = self.holds_tables = False
            self._after_commit, self._at_end, self._queue = [], [], None

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
            settings = {**self.lock_waits(QUEUES_AT_MOST), "wait_timeout": str(math.ceil(QUEUES_AT_MOST))}
            self._queue = Queue(self._engine, self._where, settings=self._set(settings))
        return self._queue

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

    def set_local(self, **settings: str) -> None:
        """Make settings for the rest of the transaction."""
        with self._said("SET"):
            self._run_all(self._settings(settings))

    def _settings(self, settings: Mapping[str, str]) -> list[str]:
        values: dict[str, str] = {}
        for name, value in settings.items():
            values |= self._setting(name, value)
        if "lock_timeout" in settings:
            self._patience = seconds_of(settings["lock_timeout"]) or DEFINES_WITHIN
        return [self._set(values)] if values else []

    def _set(self, values: Mapping[str, str]) -> str:
        return self.text("sessions/set_variables", {"variables": ", ".join(f"{name} = {value}" for name, value in values.items())})

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

    def lock_waits(self, seconds: float) -> dict[str, str]:
        """The settings for how long a lock is waited for; 0 is for ever. This server counts in whole seconds, at least one."""
        waits = str(max(1, math.ceil(seconds))) if seconds else str(FOR_EVER)
        return {"lock_wait_timeout": waits, "innodb_lock_wait_timeout": waits}

    def statement_limit(self, seconds: float) -> dict[str, str]:
        """The setting that ends a statement after so many seconds; 0 is never. This server ends only what reads."""
        return {"max_execution_time": str(math.ceil(seconds * 1000))}

    # -- statements --------------------------------------------------------------------------------------------------------------------

    def run(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> int:
        """Run a statement and return how many rows it touched."""
        if self._batch is not None:
            return self.together([self.text(file, holes, **values)])
        return int(self._execute(file, holes, values).rowcount)

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
            try:
                with self._said(file):
                    if self.in_transaction:
                        self._raw.ping(reconnect=False)
                    waited = time.monotonic() - began
                    self._ask(self._beside(), text, tables if waited < HOPES_FOR else [], quiet=waited < min(QUIET_FOR, self._patience / 2))
                return
            except LockTimeout:
                if time.monotonic() > deadline:
                    raise
                time.sleep(TRY_EVERY)

    def define_once(self, is_done: Callable[[], object], file: str, holes: Mapping[str, str]) -> None:
        """The same, unless it is done. Another try that has died may be about to do it on the server: what that does while this one waits
        for the table is as good.
        """
        if is_done():
            return
        try:
            self.define(file, holes)
        except Refused:
            if not is_done():
                raise

    def create_trigger(self, name: TableName, file: str, holes: Mapping[str, str]) -> None:
        """Make a trigger, unless there is one of its name."""
        is_there = partial(self.rows_aside, "sessions/read_table_of_trigger", schema=name.schema, name=name.name)
        self.define_once(is_there, file, {**holes, "trigger": table(name)})

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

    def _ask(self, connection: "pymysql.Connection[Any]", text: str, tables: list[TableName], *, quiet: bool) -> None:
        """Run a statement that takes tables, only while others use none: the look and the statement go to the server as one message.

        Whoever reads a table and begins to write it while we wait for it would wait for us, as we do for him; and of two that wait for
        each other for tables the server ends the one that only reads or writes. That is the service. So somebody watches, and ends the
        statement as soon as it waits. Raises LockTimeout then.
        """
        look = self._look(connection, tables, quiet=quiet) if tables and self._may_look else None
        idle = self._raw if connection is not self._raw else self._beside()
        with self._watcher.watching(number(connection), idle=number(idle), at_most=0.0 if look else QUEUED_AT_MOST) as watched:
            try:
                cursor = connection.cursor()
                cursor.execute("; ".join([look, text]) if look else text)
                while cursor.nextset():
                    pass
            except pymysql.Error as error:
                # whoever may not look there is refused by preflight; what is asked before, asks of tables that are ours or new
                self._may_look = self._may_look and not (look and error.args[0] == _MAY_NOT_LOOK)
                if look and error.args[0] in (_IN_USE, _MAY_NOT_LOOK):
                    raise LockTimeout(f"{self._where}: others use a table.") from error
                if watched.has_ended():
                    raise LockTimeout(f"{self._where}: a table was not free.") from error
                raise

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

    def rows(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows that a statement returns."""
        return list(self._execute(file, holes, values).fetchall())

    def records(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[dict[str, Any]]:
        """All rows that a statement returns, by column name."""
        return _records(self._execute(file, holes, values))

    def row(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> tuple[Any, ...]:
        """The one row that a statement returns."""
        found = self.rows(file, holes, **values)
        if len(found) != 1:
            raise LookupError(f'"{file}" returned {len(found)} rows where one was expected')
        return found[0]

    def value(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> Any:
        """The one value that a statement returns."""
        return self.row(file, holes, **values)[0]

    def joined(self, statements: list[str], word: str) -> list[tuple[Any, ...]]:
        """All rows of statements that `text` gave, joined by a word such as UNION ALL."""
        cursor = self._cursor()
        with self._said(statements[0]):
            cursor.execute(word.join(statements))
        return list(cursor.fetchall())

    def records_of(self, statements: list[str]) -> list[list[dict[str, Any]]]:
        """What each of some queries that `text` gave returns, by column name, in one message to the server."""
        cursor = self._cursor()
        found = []
        with self._said(statements[0]):
            cursor.execute("; ".join(statements))
            found.append(_records(cursor))
            while cursor.nextset():
                found.append(_records(cursor))
        return found

    def text(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> str:
        """A statement in full, as the server would get it: to be joined with its likes."""
        return str(self._cursor().mogrify(sqlfiles.statement(self.engines, file, holes or {}), values))

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """In this block statements that are run are only gathered: they go to the server together at its end, in one message."""
        gathered: list[str] = []
        self._batch = gathered
        try:
            yield
        finally:
            self._batch = None
        if gathered:
            self.together(gathered)

    def together(self, statements: list[str], *, what: str | None = None) -> int:
        """Run statements that `text` gave in one message to the server; how many rows the last one touched. `what` names them in errors."""
        if self._batch is not None:
            self._batch += statements
            return 0
        with self._said(what or statements[-1]):
            return self._run_all(statements)

    def total(self, statements: list[str]) -> int:
        """Run statements that `text` gave in one message to the server; how many rows they touched together."""
        if not statements:
            return 0
        cursor = self._cursor()
        with self._said(statements[0]):
            cursor.execute("; ".join(statements))
            touched = int(cursor.rowcount)
            while cursor.nextset():
                touched += int(cursor.rowcount)
        return touched

    def execute(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> CursorResult[Any]:
        """Run a SQLAlchemy statement in this session's transaction: for the ledger's tables. `rows` are all inserted together."""
        with self._said(LEDGER):
            return self._sqlalchemy.execute(statement, rows)

    def create_tables(self, metadata: MetaData) -> None:
        """Make the tables of SQLAlchemy's metadata that are missing."""
        with self._said("the ledger's tables"):
            self._beside()
            assert self._aside is not None
            metadata.create_all(self._aside)

    @staticmethod
    def type_shown(kind: str) -> str:
        """A column's type as the server's later versions show it: without a whole number's width."""
        return _WIDTH.sub(r"\1", kind)

    def has_table(self, name: TableName) -> bool:
        """Whether there is a table of that name."""
        return bool(self.value("prepare/has_table", schema=name.schema, name=name.name))

    # -- rows in bulk ------------------------------------------------------------------------------------------------------------------

    def copy_out(self, statement: str, sink: IO[bytes], *, raw: Mapping[int, Callable[[Any], bytes]] | None = None) -> int:
        """Run a query whose rows are lines, and write them into `sink`; the number of lines.

        A row has pieces, which stand behind each other, and last the number of lines that they make. Each line ends with a line break,
        so that none can be cut short unseen. `raw` are pieces that come as they are, with what makes of each what stands in a line.
        Raises CutShort where the server has cut something short, with nothing written of that row.
        """
        lines = 0
        with self._said(statement), _closing(self._raw.cursor(pymysql.cursors.SSCursor)) as cursor:
            cursor.execute(statement)
            for *pieces, count in cursor:
                if count == 0:
                    continue
                for position, made in (raw or {}).items():
                    pieces[position] = made(pieces[position])
                # a line of numbers alone comes as a text
                block = b"".join(each.encode() if isinstance(each, str) else each for each in pieces) if None not in pieces else b""
                if block.count(b"\n") != count or not block.endswith(b"\n"):
                    raise CutShort(self._where)
                sink.write(block)
                lines += int(count)
        return lines

    def copy_in(self, statement: str, source: IO[bytes]) -> int:
        """Run LOAD DATA LOCAL INFILE {airlift file} from `source`; the number of rows.

        What `source` raises reads as the end of the file to the server: so it is raised here again, and nothing may be committed then.
        """
        cursor = self._cursor()
        if NOTHINGS in statement:
            with self._said("sessions/count_nothings"):
                self._run_all([self.text("sessions/count_nothings")])
        feed = Feed(source)
        try:
            with self._said(statement):
                cursor.execute(statement.replace("'airlift file'", f"'/dev/fd/{feed.reading}'"))
                taken, warnings = int(cursor.rowcount), int(cast(Any, cursor)._result.warning_count)
        finally:
            feed.end()
        if feed.failure is not None:
            raise feed.failure
        if warnings:
            self._refuse_clipped(statement)
        return taken

    def _refuse_clipped(self, statement: str) -> None:
        """LOAD DATA LOCAL clips and skips with a warning where other statements raise. Those that the statement counted had to come."""
        shown = self.rows("sessions/show_warnings")
        told = [(level, code, words) for level, code, words in shown if code != OLD_WORDS]
        if self.rows("sessions/count_warnings", {"counted": NOTHINGS if NOTHINGS in statement else "0"})[0][0] == len(shown) - len(told):
            return
        # one that names the column tells more than another of the same value
        level, code, words = min(told or shown, key=lambda each: "column" not in each[2])
        raise UnfitValue(f"{self._where}, during {short(statement)}: {level} {code}, {without_values(str(words))}")

    # -- the connection ----------------------------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The server's number for this session."""
        return number(self._raw)

    def cancel(self) -> None:
        """End what runs on the server for this session, from any thread."""
        own = [driver_of(each) for each in (self._sqlalchemy, self._aside) if each is not None]
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

    def _beside(self) -> "pymysql.Connection[Any]":
        """The connection for definitions. It waits for no table."""
        if self._aside is None:
            self._aside = connected(self._engine, self._where)
            with self._said("SET"):
                for statement in (self.text("sessions/open_aside"), self._set(self.lock_waits(0.01))):
                    driver_of(self._aside).cursor().execute(statement)
        return driver_of(self._aside)

    def _cursor(self) -> pymysql.cursors.Cursor:
        return cast(pymysql.cursors.Cursor, self._raw.cursor())

    def _execute(self, file: str, holes: Mapping[str, str] | None, values: Mapping[str, Any]) -> pymysql.cursors.Cursor:
        cursor = self._cursor()
        with self._said(file):
            # bound also where there are none: a %% of the file is a per cent sign
            cursor.execute(self.text(file, holes, **values))
        return cursor

    def _run_all(self, statements: list[str]) -> int:
        """Run statements in one message; how many rows the last one touched."""
        if not statements:
            return 0
        cursor = self._cursor()
        cursor.execute("; ".join(statements))
        while cursor.nextset():
            pass
        return int(cursor.rowcount)

    def _roll_back(self) -> None:
        # a lost connection is rolled back by the server itself, and the first error is the one to be told
        with contextlib.suppress(pymysql.Error, AttributeError):
            self._run_all([self.text("sessions/roll_back"), *self._ending()])
        if self._queue:
            with contextlib.suppress(AirliftError):
                self._queue.give_up()

    @contextlib.contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """Turn the driver's errors into one of the three families, naming the server and the statement."""
        try:
            yield
        except DBAPIError as error:
            raise family(error.orig, self._where, what) from error
        except pymysql.Error as error:
            raise family(error, self._where, what) from error


_DEFAULTS = {
    _APPLYING: "",
    "lock_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": LONGEST_REST,
}


@contextlib.contextmanager
def _closing(cursor: Any) -> Iterator[Any]:
    """A cursor whose rows come as they are read, closed after the block: that reads what is left of them."""
    try:
        yield cursor
    except BaseException:
        # a connection that is gone has nothing left to be read, and says so in another way each time: the first error is the one to be told
        try:
            cursor.close()
        except (pymysql.Error, AttributeError):
            cursor._result.unbuffered_active = False  # the driver would try it once more, when nobody is there to be told
        raise
    cursor.close()


def seconds_of(duration: str) -> float:
    """The seconds of a setting such as "100ms", "3s" or "0"."""
    number = duration.rstrip("abcdefghijklmnopqrstuvwxyz ")
    return float(number) * _SECONDS.get(duration[len(number) :].strip(), 0.001)


def _records(cursor: pymysql.cursors.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class MariaDBSession(Session):
    """The same on MariaDB, which can be told not to wait at all."""

    engines = ("mariadb", "mysql")
    log_parts = False

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

    def _tables_in(self, holes: Mapping[str, str]) -> list[TableName]:  # noqa: ARG002
        """Nobody has to know."""
        return []
