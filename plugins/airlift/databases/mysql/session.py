"""A session on a MySQL or MariaDB server: statements from SQL files, transactions, LOAD DATA. Knows no phase.

Transactions are opened by `autocommit = 0` and never by BEGIN, which would drop the locks of LOCK TABLES without a word. Every
transaction makes its own settings when it begins, for these servers know none that end with it.

A statement that defines something commits whatever transaction its session is in. So `define` runs it in a second connection of the
session, at once and for good: what is defined so has to do no harm when it is there and the transaction beside it was rolled back.
"""

import contextlib
import math
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, cast

import pymysql
import pymysql.cursors
from pymysql.constants import CLIENT
from sqlalchemy import Connection, CursorResult, Engine, Executable, MetaData, create_engine, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from airlift import sqlfiles
from airlift.databases.failures import DiskFull, LockTimeout, UnfitValue
from airlift.databases.pumping import PIPE_BYTES
from airlift.errors import AirliftError, Interrupted, Refused
from airlift.spec import TableName

LONGEST_REST = "300s"
"""After so much rest in a transaction the server ends the session: its process is frozen, or gone behind a proxy that says nothing."""
LONGEST_REST_READING = "3600s"
"""The same for one that only reads, and rests while the other side works."""
CONNECT_WITHIN = 10
FOR_EVER = 31_536_000
"""Seconds: the longest that these servers wait for a lock."""
DEFINES_WITHIN = 30.0
"""Seconds in which a definition is tried over and over, without waiting for a lock in the server, where writers would queue behind it."""
BLOCK_BYTES = 16 << 20
"""What the server gathers into one value: a block of rows on their way. The driver takes no more in one packet."""
_APPLYING = "airlift__applying"
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}

_LOCK_NOT_GRANTED = {1205}
_NO_ROOM = {1021, 1114, 1026}
_PASSING = {
    1040, 1041, 1042, 1043, 1047, 1053, 1077, 1078, 1079, 1080, 1152, 1153, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1180, 1184,
    1203, 1206, 1213, 1226, 1290, 1317, 1412, 1613, 1614, 1836, 1927, 1969, 2002, 2003, 2006, 2013, 2014, 2027, 2055, 3024, 3169, 3170,
    4031, 0,
}  # fmt: skip
"""The server's numbers that say nothing against a statement: connection, deadlocks, time-outs, no memory, killed, shut down."""
_UNFIT = {
    1048, 1062, 1136, 1169, 1216, 1217, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1411, 1416, 1441, 1451, 1452, 1557, 1586, 1690, 1761,
    1762, 3140, 3141, 3156, 3819, 3903, 4025, 4078,
}  # fmt: skip
"""Those that say that a value does not fit its column, or breaks a constraint."""
_DUPLICATE = 1062
_GONE = {0, 2006, 2013, 2055}
LEDGER = "the ledger's statement"


class Session:
    """One connection of ours, and a second one for definitions. Not for two threads at once, but `cancel` may come from any."""

    engines: tuple[str, ...] = ("mysql",)
    """Where SQL files are looked for, in this order."""

    def __init__(self, engine: Engine, *, where: str, schema: str) -> None:
        self._engine = engine
        self._where = where
        self._schema = schema
        self._sqlalchemy: Connection = _connected(engine, where)
        self._raw = _driver(self._sqlalchemy)
        self._aside: Connection | None = None
        self._killing = threading.Lock()
        self._batch: list[str] | None = None
        self._on_commit: list[Any] = []
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
                self._run_all([self.text("sessions/commit"), self.text("sessions/close", for_ever=FOR_EVER)])
        except BaseException:
            self._roll_back()
            raise
        finally:
            self.in_transaction = False

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
        """The settings for how long a lock is waited for; 0 is for ever. A table's lock of less than a second is not waited for at all."""
        if not seconds:
            return {"lock_wait_timeout": str(FOR_EVER), "innodb_lock_wait_timeout": str(1_000_000)}
        return {"lock_wait_timeout": str(int(seconds)), "innodb_lock_wait_timeout": str(max(1, math.ceil(seconds)))}

    def statement_limit(self, seconds: float) -> dict[str, str]:
        """The setting that ends a statement after so many seconds; 0 is never."""
        return {"max_statement_time": f"{seconds:.3f}"}

    # -- statements --------------------------------------------------------------------------------------------------------------------

    def run(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> int:
        """Run a statement and return how many rows it touched."""
        if self._batch is not None:
            return self.together([self.text(file, holes, **values)])
        return int(self._execute(file, holes, values).rowcount)

    def define(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> None:
        """Run a statement that defines something, in a connection beside this one: at once, whatever becomes of the transaction.

        It never waits for a table in the server, where writers would queue behind it: it is tried again until the table is free.
        Raises LockTimeout when it was not for long.
        """
        text = self.text(file, holes, **values)
        deadline = time.monotonic() + DEFINES_WITHIN
        while True:
            try:
                with self._said(file):
                    self._beside().cursor().execute(text)
                return
            except LockTimeout:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)

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

    def has_table(self, name: TableName) -> bool:
        """Whether there is a table of that name."""
        return inspect(self._sqlalchemy).has_table(name.name, schema=name.schema)

    # -- rows in bulk ------------------------------------------------------------------------------------------------------------------

    def copy_out(self, statement: str, sink: IO[bytes]) -> int:
        """Run a query whose rows are blocks, each with how many lines it has, and write the blocks into `sink`; the number of lines.

        A block is one text: lines in LOAD DATA's and COPY's common form, with a line break between them.
        """
        lines = 0
        with contextlib.closing(self._raw.cursor(pymysql.cursors.SSCursor)) as cursor, self._said(statement):
            cursor.execute(statement)
            for block, count in cursor:
                if block is None:
                    continue
                sent = block if isinstance(block, bytes) else block.encode()
                if sent.count(b"\n") != count - 1:
                    raise Interrupted(f"{self._where} cut a block of {count} rows short; the range is repeated.")
                sink.write(sent)
                sink.write(b"\n")
                lines += int(count)
        return lines

    def copy_in(self, statement: str, source: IO[bytes]) -> int:
        """Run LOAD DATA LOCAL INFILE {airlift file} from `source`; the number of rows.

        What `source` raises reads as the end of the file to the server: so it is raised here again, and nothing may be committed then.
        """
        feed = _Feed(source)
        cursor = self._cursor()
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
        """LOAD DATA LOCAL clips and skips with a warning where other statements raise."""
        cursor = self._cursor()
        cursor.execute(self.text("sessions/show_warnings"))
        level, code, words = cursor.fetchall()[0]
        raise UnfitValue(f"{self._where}, during {_short(statement)}: {level} {code}, {_without_values(str(words))}")

    # -- the connection ----------------------------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The server's number for this session."""
        return _number(self._raw)

    def cancel(self) -> None:
        """End what runs on the server for this session, from any thread."""
        own = [_driver(each) for each in (self._sqlalchemy, self._aside) if each is not None]
        # a session that is gone has nothing left to cancel
        with self._killing, contextlib.suppress(pymysql.Error, DBAPIError), self._engine.connect() as other:
            for each in own:
                with contextlib.suppress(pymysql.Error):
                    _driver(other).cursor().execute(sqlfiles.statement(self.engines, "sessions/kill_query", {}), {"pid": _number(each)})

    def close(self) -> None:
        """Give the connections back. An open transaction is rolled back by the server, and its locks go."""
        for each in (self._aside, self._sqlalchemy):
            if each is not None:
                with contextlib.suppress(pymysql.Error):
                    _driver(each).close()
                each.invalidate()
                each.close()

    def _beside(self) -> "pymysql.Connection[Any]":
        """The connection for definitions. It waits for no table."""
        if self._aside is None:
            self._aside = _connected(self._engine, self._where)
            with self._said("SET"):
                for statement in (self.text("sessions/open_aside"), self._set(self.lock_waits(0.01))):
                    _driver(self._aside).cursor().execute(statement)
        return _driver(self._aside)

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
            self._run_all([self.text("sessions/roll_back"), self.text("sessions/close", for_ever=FOR_EVER)])

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


class _Feed:
    """A pipe that the driver reads as a file, filled from `source` by a thread: what `source` raises is kept, and ends it."""

    def __init__(self, source: IO[bytes]) -> None:
        self.failure: BaseException | None = None
        self._source = source
        self.reading, self._writing = os.pipe()
        self._thread = threading.Thread(target=self._fill, name="airlift-feed")
        self._thread.start()

    def end(self) -> None:
        """Let go of the pipe, however far it was read."""
        os.close(self.reading)
        self._thread.join()

    def _fill(self) -> None:
        try:
            with os.fdopen(self._writing, "wb", buffering=0) as sink:
                while block := self._source.read(PIPE_BYTES):
                    left = memoryview(block)
                    while left:
                        left = left[sink.write(left) :]
        except BaseException as error:
            # a pipe that nobody reads any more: the statement ended before its rows did, and says why itself
            self.failure = None if isinstance(error, BrokenPipeError) else error


def family(error: BaseException | None, where: str, what: str) -> AirliftError:
    """One of the three families for a driver's error, naming the server and the statement."""
    code = error.args[0] if error is not None and error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[1]) if error is not None and len(error.args) > 1 else str(error)
    words = f"{where}, during {_short(what)}: {' '.join(said.split()) or type(error).__name__}"
    if code in _LOCK_NOT_GRANTED:
        return LockTimeout(words)
    if code in _NO_ROOM:
        return DiskFull(
            f"There is no room left on the disk of {words}. Delete there what is not needed, or make it larger. Nothing is lost, and "
            "this step goes on by itself where it was; Pause on the page Airlift keeps it from filling the disk again meanwhile."
        )
    if code == _DUPLICATE and what == LEDGER:
        # two tries at once took one number of the ledger: the other one has it by now
        return Interrupted(words)
    if code in _UNFIT:
        return UnfitValue(f"{where}, during {_short(what)}: {_without_values(said)}")
    return Interrupted(words) if code in _PASSING else Refused(words)


def _without_values(said: str) -> str:
    """What the server said of a row, without the row: messages go into logs. It quotes values and names alike; only names may stay."""
    kept, _, rest = " ".join(said.split()).partition("'")
    if not rest:
        return kept
    # "... 'value' for key|column 'name' ...": what follows the value names no value
    tail = rest[rest.rfind("' for ") + 2 :] if "' for " in rest else ""
    return f"{kept}'...' {tail}".strip()


def seconds_of(duration: str) -> float:
    """The seconds of a setting such as "100ms", "3s" or "0"."""
    number = duration.rstrip("abcdefghijklmnopqrstuvwxyz ")
    return float(number) * _SECONDS.get(duration[len(number) :].strip(), 0.001)


def _records(cursor: pymysql.cursors.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _driver(connection: Connection) -> "pymysql.Connection[Any]":
    raw = connection.connection.driver_connection
    assert raw is not None
    return cast("pymysql.Connection[Any]", raw)


def _number(connection: "pymysql.Connection[Any]") -> int:
    return int(cast(Any, connection).thread_id())


def _connected(engine: Engine, where: str) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as error:
        raise family(error.orig, where, "connecting") from error


def engine_for(dsn: Mapping[str, str]) -> Engine:
    """A SQLAlchemy engine that leaves transactions to us and keeps no connection."""
    parameters: dict[str, Any] = {**dsn, "port": int(dsn.get("port") or 3306)}

    def connect() -> "pymysql.Connection[Any]":
        return pymysql.connect(
            **parameters, charset="utf8mb4", autocommit=True, local_infile=True, connect_timeout=CONNECT_WITHIN,
            client_flag=CLIENT.FOUND_ROWS | CLIENT.MULTI_STATEMENTS, max_allowed_packet=BLOCK_BYTES * 2,
        )  # fmt: skip

    return create_engine("mysql+pymysql://", creator=connect, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _short(what: str) -> str:
    text = " ".join(what.split())
    return text if len(text) <= 160 else text[:157] + "..."
