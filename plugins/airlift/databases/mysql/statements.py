"""Statements from SQL files, on a connection to a MySQL or MariaDB server. Knows no transaction."""

import contextlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pymysql
import pymysql.cursors
from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.exc import DBAPIError

from airlift import sqlfiles
from airlift.databases.asking import Asking
from airlift.databases.mysql.connecting import connected, driver_of, number, version_of
from airlift.databases.mysql.verdicts import LEDGER, family
from airlift.spec import TableName

_OF_A_CONNECTION = ("sendall", "settimeout", "read")
"""What the driver looks for where it goes on with a connection that it has given up, as at the end of a LOAD DATA that broke."""
_GONE = 2006
"""The server's number for a connection that is gone."""
FOR_EVER = 31_536_000
"""Seconds: the longest that these servers wait for a lock."""
_WIDTH = re.compile(r"^((?:tiny|small|medium|big)?int|year)(?!\(1\)$)\(\d+\)(?!.* zerofill)")
"""The width of a type that is shown for nothing any more since 8.0.19. A tinyint(1) is, for it is taken for a truth value."""


class Statements(Asking):
    """One connection of ours. Not for two threads at once."""

    engines: tuple[str, ...] = ("mysql",)
    """Where SQL files are looked for, in this order."""
    engines_before_8016: tuple[str, ...] = ("mysql8013", "mysql")
    """The same for a server that lacks what later ones have."""

    def __init__(self, engine: Engine, *, where: str) -> None:
        super().__init__()
        self._engine = engine
        self._where = where
        self._sqlalchemy: Connection = connected(engine, where)
        self._raw = driver_of(self._sqlalchemy)
        if version_of(self._raw) < 80016:
            self.engines = self.engines_before_8016

    @property
    def pid(self) -> int:
        """The server's number for this session."""
        return number(self._raw)

    def rows(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows that a statement returns."""
        return list(self._execute(file, holes, values).fetchall())

    def records(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[dict[str, Any]]:
        """All rows that a statement returns, by column name."""
        return _records(self._execute(file, holes, values))

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

    def has_table(self, name: TableName) -> bool:
        """Whether there is a table of that name."""
        return bool(self.value("prepare/has_table", schema=name.schema, name=name.name))

    # -- the server's own words ---------------------------------------------------------------------------------------------------------

    def lock_waits(self, seconds: float) -> dict[str, str]:
        """The settings for how long a lock is waited for; 0 is for ever. This server counts in whole seconds, at least one."""
        waits = str(max(1, math.ceil(seconds))) if seconds else str(FOR_EVER)
        return {"lock_wait_timeout": waits, "innodb_lock_wait_timeout": waits}

    def statement_limit(self, seconds: float) -> dict[str, str]:
        """The setting that ends a statement after so many seconds; 0 is never. This server ends only what reads."""
        return {"max_execution_time": str(math.ceil(seconds * 1000))}

    @staticmethod
    def type_shown(kind: str) -> str:
        """A column's type as the server's later versions show it: without a whole number's width."""
        return _WIDTH.sub(r"\1", kind)

    def _set(self, values: Mapping[str, str]) -> str:
        return self.text("sessions/set_variables", {"variables": ", ".join(f"{name} = {value}" for name, value in values.items())})

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

    @contextlib.contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """Turn the driver's errors into one of the three families, naming the server and the statement."""
        try:
            yield
        except DBAPIError as error:
            raise family(error.orig, self._where, what) from error
        except pymysql.Error as error:
            raise family(error, self._where, what) from error
        except AttributeError as error:
            if error.obj is not None or error.name not in _OF_A_CONNECTION:
                raise
            gone = pymysql.OperationalError(_GONE, "the connection broke")
            raise family(gone, self._where, what) from error


def _records(cursor: pymysql.cursors.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
