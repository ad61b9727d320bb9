"""A session on a PostgreSQL server: statements from SQL files, transactions, COPY. Knows no phase.

Nothing is ever set for the whole session, for a pooler would hand it on: every transaction makes its own settings with SET LOCAL
and opens with statements that take no snapshot, so that a LOCK may still come first.
"""

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import psycopg2
import psycopg2.errors
import psycopg2.extensions
from sqlalchemy import Connection, CursorResult, Engine, Executable, MetaData, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from airlift import sqlfiles
from airlift.databases.asking import Asking
from airlift.databases.failures import DiskFull, LockTimeout, UnfitValue
from airlift.databases.postgres.quoting import quoted
from airlift.databases.pumping import BLOCK_BYTES
from airlift.errors import AirliftError, Interrupted, Refused
from airlift.spec import TableName

ENGINES = ("postgres",)
"""Where SQL files are looked for."""
BEFORE_14 = ("postgres13", *ENGINES)
"""The same for a server that lacks what later ones have."""

PASSING = ("08", "25P", "40", "53", "55006", "57", "58", "XX")
"""How the SQLSTATEs begin that say nothing against a statement: connection, time-outs, deadlocks, no room, cancelled, shut down.
The driver's own classes put verdicts such as "sequence must have same owner" among these.
"""
_UNFIT = ("22", "23")
"""How the SQLSTATEs begin that say that a value does not fit its column, or breaks a constraint."""
_STANDARD_STRINGS = "standard_conforming_strings"
KEPT, KEPT_SECONDS = 2, 60
"""So many connections wait for the next session at most, and for so long: what lies between may forget one that nobody uses."""
_NEW = "is new"
NOT_THE_USERS = ("pg_catalog", "airlift")
"""The schemas in which no row is the user's."""
LONGEST_REST = "300s"
"""After so much rest in a transaction the server ends the session: its process is frozen, or gone behind a proxy that says nothing, and
a next try would wait for its locks for ever. By then Airflow has given its task up, too.
"""
LONGEST_REST_READING = "3600s"
"""The same for one that only reads, and rests while the other side works. A frozen one stands in the fence's way for so long."""
SETTINGS = {
    "row_security": "off",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    _STANDARD_STRINGS: "on",
    "xmloption": "content",
    "synchronous_commit": "on",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": LONGEST_REST,
    "lock_timeout": "0",
    "default_tablespace": "",
    "check_function_bodies": "off",
    "jit": "off",
}


class Session(Asking):
    """One connection of ours. Not for two threads at once, but `cancel` may come from any."""

    def __init__(self, engine: Engine, *, where: str, search_path: str) -> None:
        super().__init__()
        self._where = where
        self._search_path = search_path
        self._sqlalchemy: Connection = _connected(engine, where)
        raw = self._sqlalchemy.connection.driver_connection
        assert raw is not None
        self._raw: psycopg2.extensions.connection = raw
        self._engines = ENGINES if version_of(self) >= 140000 else BEFORE_14
        self._opening = self._settings({"search_path": search_path, **SETTINGS})
        self.in_transaction = False
        self._is_spent = self._is_closed = False
        # a signal's handler may cancel while this thread closes
        self._giving_back = threading.RLock()

    def execute(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> CursorResult[Any]:
        """Run a SQLAlchemy statement in this session's transaction: for the ledger's tables. `rows` are all inserted together."""
        with self._said("the ledger's statement"):
            return self._sqlalchemy.execute(statement, rows)

    def create_tables(self, metadata: MetaData) -> None:
        """Make the tables of SQLAlchemy's metadata that are missing."""
        with self._said("the ledger's tables"):
            metadata.create_all(self._sqlalchemy)

    def has_table(self, name: TableName) -> bool:
        """Whether there is a table of that name."""
        with self._said("the ledger's tables"):
            return inspect(self._sqlalchemy).has_table(name.name, schema=name.schema)

    @property
    def pid(self) -> int:
        """The server's process for this session."""
        return int(self._raw.info.backend_pid)

    @contextlib.contextmanager
    def transaction(self, *, snapshot: bool = False, **settings: str) -> Iterator["Session"]:
        """A transaction that commits at the end of the block. `snapshot`: all its statements see one instant.

        `settings` are made for this transaction only. Nothing that is run here takes the snapshot.
        """
        if snapshot:
            settings = {"idle_in_transaction_session_timeout": LONGEST_REST_READING, **settings}
        begin = sqlfiles.statement(ENGINES, "sessions/begin_snapshot" if snapshot else "sessions/begin", {})
        self.in_transaction = True
        try:
            # what a user's database sets for itself must not reach our sessions
            with self._said("BEGIN"):
                self._cursor().execute("; ".join([begin, *self._opening, *self._settings(settings)]))
            yield self
            with self._said("COMMIT"):
                cursor = self._cursor()
                cursor.execute(sqlfiles.statement(ENGINES, "sessions/commit", {}))
                if cursor.statusmessage != "COMMIT":
                    raise Interrupted(f"{self._where} rolled a transaction back that was to be committed; it is repeated.")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self.in_transaction = False

    def rest_long(self) -> None:
        """Let this transaction rest for as long as one that only reads may."""
        self.set_local(idle_in_transaction_session_timeout=LONGEST_REST_READING)

    @contextlib.contextmanager
    def qualified(self) -> Iterator[None]:
        """In this block the server writes every name with its schema, so that a definition means the same everywhere."""
        self.set_local(search_path="pg_catalog")
        yield
        self.set_local(search_path=self._search_path)

    def set_local(self, **settings: str) -> None:
        """Make settings for the rest of the transaction. Takes no snapshot."""
        with self._said("SET LOCAL"):
            self._cursor().execute("; ".join(self._settings(settings)))

    def _settings(self, settings: Mapping[str, str]) -> list[str]:
        statements = []
        for name, value in settings.items():
            setting = ".".join(quoted(part) for part in name.replace("__", ".").split("."))
            if name == "search_path":
                statements.append(self.text("sessions/set_search_path", {"schemas": value}))
            else:
                statements.append(self.text("sessions/set_local", {"setting": setting}, value=value))
        return statements

    def run_with(self, settings: Mapping[str, str], file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> int:
        """Run a statement behind settings for the rest of the transaction, in one message to the server; how many rows it touched."""
        return self.together([*self._settings(settings), self.text(file, holes, **values)])

    def run_between(self, before: Mapping[str, str], file: str, holes: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Run a statement under some settings and then make others for the rest of the transaction, in one message to the server."""
        self.together([*self._settings(before), self.text(file, holes), *self._settings(after)], what=file)

    def rows(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows that a statement returns."""
        return list(self._execute(file, holes, values).fetchall())

    def records(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[dict[str, Any]]:
        """All rows that a statement returns, by column name."""
        cursor = self._execute(file, holes, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def joined(self, statements: list[str], word: str) -> list[tuple[Any, ...]]:
        """All rows of statements that `text` gave, joined by a word such as UNION ALL."""
        cursor = self._cursor()
        with self._said(statements[0]):
            cursor.execute(word.join(statements))
        return list(cursor.fetchall())

    def records_of(self, statements: list[str]) -> list[list[dict[str, Any]]]:
        """What each of some queries that `text` gave returns, by column name, in one message to the server. JSON has their values."""
        asked = [self.text("sessions/gather_rows", {"query": each}, no=no) for no, each in enumerate(statements)]
        return [rows for _, rows in sorted(self.joined(asked, " UNION ALL "), key=lambda found: int(found[0]))]

    def text(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> str:
        """A statement in full, as the server would get it: to be joined with its likes."""
        mogrified = self._cursor().mogrify(sqlfiles.statement(self._engines, file, holes or {}), values)
        return str(mogrified.decode("utf-8"))

    def _run_all(self, statements: list[str]) -> int:
        cursor = self._cursor()
        cursor.execute("; ".join(statements))
        return int(cursor.rowcount)

    def copy_out(self, statement: str, sink: IO[bytes]) -> int:
        """Run COPY ... TO STDOUT into `sink`; the number of rows."""
        cursor = self._cursor()
        with self._said(statement):
            cursor.copy_expert(statement, sink, BLOCK_BYTES)
        return int(cursor.rowcount)

    def copy_in(self, statement: str, source: IO[bytes]) -> int:
        """Run COPY ... FROM STDIN from `source`; the number of rows."""
        cursor = self._cursor()
        with self._said(statement):
            cursor.copy_expert(statement, source, BLOCK_BYTES)
        return int(cursor.rowcount)

    def cancel(self) -> None:
        """End what runs on the server for this session, from any thread."""
        with self._giving_back:
            if self._is_closed:  # another session may have the connection
                return
            # the request may come to the server late
            self._is_spent = True
        with contextlib.suppress(psycopg2.Error):  # a session that is gone has nothing left to cancel
            self._raw.cancel()

    def close(self) -> None:
        """Give the connection back for the next session. One that met an error or has a transaction open is ended, and rolled back so."""
        with self._giving_back:
            self._is_closed = True
        if self._is_spent or self._raw.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
            self._raw.close()
            self._sqlalchemy.invalidate()
        self._sqlalchemy.close()

    def _cursor(self) -> psycopg2.extensions.cursor:
        try:
            return self._raw.cursor()
        except psycopg2.InterfaceError as error:
            raise Interrupted(f"The connection to {self._where} is gone: {error}") from error

    def _execute(self, file: str, holes: Mapping[str, str] | None, values: Mapping[str, Any]) -> psycopg2.extensions.cursor:
        cursor = self._cursor()
        with self._said(file):
            cursor.execute(sqlfiles.statement(self._engines, file, holes or {}), values)
        return cursor

    def _roll_back(self) -> None:
        # a lost connection is rolled back by the server itself, and the first error is the one to be told
        with contextlib.suppress(psycopg2.Error):
            self._raw.cursor().execute(sqlfiles.statement(ENGINES, "sessions/roll_back", {}))

    @contextlib.contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """Turn the driver's errors into one of the three families, naming the server and the statement."""
        try:
            yield
        except DBAPIError as error:
            self._is_spent = True
            raise _family(error.orig, self._where, what) from error
        except psycopg2.Error as error:
            self._is_spent = True
            raise _family(error, self._where, what) from error


def _family(error: BaseException | None, where: str, what: str) -> AirliftError:
    """One of the three families for a driver's error, naming the server and the statement."""
    words = f"{where}, during {_short(what)}: {' '.join(str(error).split()) or type(error).__name__}"
    if isinstance(error, psycopg2.errors.LockNotAvailable):
        return LockTimeout(words)
    if isinstance(error, psycopg2.errors.DiskFull):
        return DiskFull(
            f"There is no room left on the disk of {words}. Delete there what is not needed, or make it larger. Nothing is lost, and "
            "this step goes on by itself where it was; Pause on the page Airlift keeps it from filling the disk again meanwhile."
        )
    if isinstance(error, psycopg2.errors.UniqueViolation) and error.diag.schema_name in NOT_THE_USERS:
        # two tries at once made one object "if it does not exist", or took one number of the ledger: the other one has it by now
        return Interrupted(words)
    if isinstance(error, psycopg2.Error) and (error.pgcode or "").startswith(_UNFIT):
        return UnfitValue(f"{where}, during {_short(what)}: {_without_values(error)}")
    code = error.pgcode if isinstance(error, psycopg2.Error) else None
    if code is None:
        # without a code the server said nothing: the connection is gone, or the driver was used wrongly
        # a COPY whose connection goes in the middle gives the bare base class
        is_gone = isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) or type(error) is psycopg2.DatabaseError
        return Interrupted(words) if is_gone else Refused(words)
    return Interrupted(words) if code.startswith(PASSING) else Refused(words)


def _without_values(error: psycopg2.Error) -> str:
    """What the server said of a row, without the row: messages go into logs, and some quote a value where others quote a name."""
    said = " ".join((error.diag.message_primary or type(error).__name__).split())
    if str(error.pgcode).startswith("22"):
        said = re.sub(r'"[^"]*"', '"..."', said)
    in_copy = re.search(r", column ([^:]+)", error.diag.context or "")
    diag = error.diag
    where = {"column": diag.column_name or (in_copy and in_copy[1]), "constraint": diag.constraint_name, "table": diag.table_name}
    named = ", ".join(f'{kind} "{name}"' for kind, name in where.items() if name)
    return f"{said} ({named})" if named else said


def _connected(engine: Engine, where: str) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as error:
        raise _family(error.orig, where, "connecting") from error


def engine_for(dsn: Mapping[str, str]) -> Engine:
    """A SQLAlchemy engine that leaves transactions to us.

    It keeps some connections for the next sessions: to make one takes longer than most of what is asked through it. Each is told to
    forget what users' triggers have left in it before it is used again, which shows as well whether the server has ended it.
    """
    parameters: dict[str, Any] = dict(dsn)

    def connect() -> psycopg2.extensions.connection:
        connection: psycopg2.extensions.connection = psycopg2.connect(**parameters)
        if connection.info.parameter_status(_STANDARD_STRINGS) == "off":
            # the driver quotes for ever as the server told it first, and what a transaction sets would make other texts of its texts
            connection.close()
            options = f"{parameters.get('options', '')} -c {_STANDARD_STRINGS}=on".strip()
            connection = psycopg2.connect(**{**parameters, "options": options})
        return connection

    # no value of that type ever comes to a client of ours, so nobody needs to ask each server for it
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "use_native_hstore": False}
    keeping: dict[str, Any] = {"pool_size": KEPT, "max_overflow": -1, "pool_use_lifo": True}
    engine = create_engine("postgresql+psycopg2://", creator=connect, pool_recycle=KEPT_SECONDS, **options, **keeping)
    event.listen(engine, "connect", _note_new)
    event.listen(engine, "checkout", _forget)
    return engine


def _note_new(_connection: psycopg2.extensions.connection, record: ConnectionPoolEntry) -> None:
    record.info[_NEW] = True


def _forget(connection: psycopg2.extensions.connection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Make a connection that another session had as it was when it was new. SQLAlchemy makes a new one where that fails."""
    if record.info.pop(_NEW, False):
        return
    statements = (sqlfiles.statement(ENGINES, each, {}) for each in ("sessions/forget_settings", "sessions/forget_locks"))
    try:
        connection.cursor().execute("; ".join(statements))
    except psycopg2.Error as error:
        raise DisconnectionError(str(error)) from error


def _short(what: str) -> str:
    text = " ".join(what.split())
    return text if len(text) <= 160 else text[:157] + "..."


def version_of(session: Session) -> int:
    """The version of the server that a session is on, as a number such as 130016."""
    return int(session._raw.info.server_version)
