"""How each engine wants to be spoken to by those who use the shop: its quotes, its texts, its clock, its errors. Knows no shop.

A row's texts are the same on every engine: moments as `2023-01-01 00:00:11.000000` in UTC, all else as PostgreSQL writes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import psycopg2
import pymysql
from psycopg2 import errors
from pymysql.constants import CLIENT, CR, ER
from pymysql.cursors import SSCursor

FAILURES = (psycopg2.Error, pymysql.MySQLError)
"""What the drivers raise."""
# Numbers of MySQL's and MariaDB's that the driver has no names for.
_SIGNAL, _KILLED = 1644, 1927


class Dialect(ABC):
    """One for each engine. A session of it has transactions, and the time zone UTC."""

    engine: ClassVar[str]
    """The type of an Airflow connection to it."""
    script: ClassVar[str]
    """The file of the shop."""
    quote: ClassVar[str]
    clock: ClassVar[str]
    """The expression for the time that it is now, whenever the transaction began."""
    returning: ClassVar[bool]
    """Whether INSERT and UPDATE have RETURNING."""
    parameter: ClassVar[str]
    """The one parameter in a statement to be prepared."""
    execute: ClassVar[tuple[str, ...]]
    """What runs a prepared statement `look` for %(key)s; the last of them has its rows."""

    @abstractmethod
    def connect(self, dsn: Mapping[str, Any], *, name: str) -> Any:
        """A session that is called `name`, for those who look at the server's list."""

    @abstractmethod
    def is_open(self, session: Any) -> bool:
        """Whether the driver takes it for alive."""

    @abstractmethod
    def run_script(self, session: Any, text: str, values: Mapping[str, Any]) -> None:
        """Run statements one after the other."""

    @abstractmethod
    def prepare(self, select: str) -> tuple[str, dict[str, str]]:
        """The statement, with its values, that prepares a select as `look`."""

    @abstractmethod
    def text(self, column: str, *, is_moment: bool) -> str:
        """The expression for a quoted column's text."""

    @abstractmethod
    def sha256(self, text: str) -> str:
        """The expression for a text's digest, in hexadecimal. Newer servers of MySQL know no MD5 any more."""

    @abstractmethod
    def write_pairs(self, session: Any, select: str, path: Path) -> None:
        """Write a large select of two columns into a file, a row a line, without keeping it in memory."""

    @abstractmethod
    def code(self, error: Exception) -> object:
        """The server's code of an error; nothing where it wasn't the server who spoke."""

    @abstractmethod
    def is_renamed(self, error: Exception) -> bool:
        """Whether a table is not there by this name."""

    @abstractmethod
    def is_shut(self, error: Exception) -> bool:
        """Whether a table is guarded against being written to."""

    def takes_inserts_back(self, session: Any) -> bool:  # noqa: ARG002
        """Whether two sessions may take rows back to a savepoint at one time, and go on inserting."""
        return True

    def quoted(self, name: str) -> str:
        """A name in the engine's quotes."""
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def is_answer(self, error: Exception, session: Any) -> bool:
        """Whether the server answered and goes on: then a COMMIT that failed is known to have."""
        return bool(self.code(error)) and self.is_open(session)


class Postgres(Dialect):
    """PostgreSQL, through psycopg2."""

    engine = "postgres"
    script = "shop.sql"
    quote = '"'
    clock = "clock_timestamp()"
    returning = True
    parameter = "$1"
    execute = ("EXECUTE look (%(key)s)",)

    def connect(self, dsn: Mapping[str, Any], *, name: str) -> Any:
        """A session in UTC."""
        return psycopg2.connect(**dsn, options="-c timezone=UTC", connect_timeout=5, application_name=name)

    def is_open(self, session: Any) -> bool:
        """As libpq has it."""
        return not session.closed

    def run_script(self, session: Any, text: str, values: Mapping[str, Any]) -> None:
        """In one go, as one transaction. Then its statistics are fresh."""
        with session.cursor() as cursor:
            cursor.execute(text, values)
            cursor.execute("ANALYZE")

    def prepare(self, select: str) -> tuple[str, dict[str, str]]:
        """The select is a part of the statement."""
        return f"PREPARE look (bigint) AS {select}", {}

    def text(self, column: str, *, is_moment: bool) -> str:
        """As the server writes it but for moments."""
        return f"to_char({column}, 'YYYY-MM-DD HH24:MI:SS.US')" if is_moment else f"{column}::text"

    def sha256(self, text: str) -> str:
        """The expression for a text's digest, in hexadecimal."""
        return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"

    def write_pairs(self, session: Any, select: str, path: Path) -> None:
        """By COPY."""
        with session.cursor() as cursor, path.open("w") as file:
            cursor.copy_expert(f"COPY ({select}) TO STDOUT", file)

    def code(self, error: Exception) -> object:
        """SQLSTATE."""
        return getattr(error, "pgcode", None)

    def is_renamed(self, error: Exception) -> bool:
        """There is no such table."""
        return isinstance(error, errors.UndefinedTable)

    def is_shut(self, error: Exception) -> bool:
        """The guard's own code, which nothing else in the shop has a reason for."""
        return isinstance(error, errors.ObjectNotInPrerequisiteState)


class MySQL(Dialect):
    """MariaDB and MySQL, through PyMySQL."""

    engine = "mysql"
    script = "shop_mysql.sql"
    quote = "`"
    clock = "NOW(6)"
    returning = False
    parameter = "?"
    execute = ("SET @look = %(key)s", "EXECUTE look USING @look")
    # The session was ended from outside, or the driver found it gone. What it had asked for last may be done or not.
    _ended = frozenset({0, ER.SERVER_SHUTDOWN, _KILLED, CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST})

    def connect(self, dsn: Mapping[str, Any], *, name: str) -> Any:
        """A session in UTC. Like PostgreSQL it counts the rows that a statement met, whether or not they are others now."""
        words: dict[str, Any] = {"connect_timeout": 5, "client_flag": CLIENT.FOUND_ROWS, "init_command": "SET time_zone = '+00:00'"}
        return pymysql.connect(**dsn, **words, program_name=name)

    def is_open(self, session: Any) -> bool:
        """As PyMySQL has it."""
        return bool(session.open)

    def run_script(self, session: Any, text: str, values: Mapping[str, Any]) -> None:
        """One by one. All that makes or changes a table commits."""
        with session.cursor() as cursor:
            for statement in text.strip().removesuffix(";").split(";\n"):
                cursor.execute(statement, values)

    def prepare(self, select: str) -> tuple[str, dict[str, str]]:
        """The select is a text for the server."""
        return "PREPARE look FROM %(select)s", {"select": select}

    def text(self, column: str, *, is_moment: bool) -> str:  # noqa: ARG002
        """All kinds of values, whatever the collation of those that are texts."""
        return f"CONVERT({column} USING utf8mb4)"

    def sha256(self, text: str) -> str:
        """The expression for a text's digest, in hexadecimal."""
        return f"SHA2({text}, 256)"

    def write_pairs(self, session: Any, select: str, path: Path) -> None:
        """As the rows come from the server."""
        with session.cursor(SSCursor) as cursor, path.open("w") as file:
            cursor.execute(select)
            file.writelines(f"{one}\t{other}\n" for one, other in cursor)

    def takes_inserts_back(self, session: Any) -> bool:
        """MySQL keeps the gaps where the rows were, and one of the two may die of a deadlock: also where nobody migrates anything."""
        return "MariaDB" in session.get_server_info()

    def code(self, error: Exception) -> object:
        """The server's number."""
        number = error.args[0] if error.args else 0
        return None if number in self._ended else number

    def is_renamed(self, error: Exception) -> bool:
        """There is no such table."""
        return self.code(error) == ER.NO_SUCH_TABLE

    def is_shut(self, error: Exception) -> bool:
        """What a guard signals begins with the table."""
        return self.code(error) == _SIGNAL and str(error.args[1]).startswith('table "')


POSTGRES = Postgres()
MYSQL = MySQL()
BY_ENGINE: Mapping[str, Dialect] = {dialect.engine: dialect for dialect in (POSTGRES, MYSQL)}
