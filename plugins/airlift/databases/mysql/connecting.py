"""Connections to MySQL and MariaDB, as the driver and SQLAlchemy make them."""

import re
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import pymysql
from pymysql.constants import CLIENT
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from airlift.databases.mysql.verdicts import family

CONNECT_WITHIN = 10
BLOCK_BYTES = 16 << 20
"""What the server gathers into one value: a block of rows on their way. The driver takes no more in one packet."""
SQL_MODE = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO"
"""How our sessions want to be understood."""
_DRIVERS = {"dbname": "database", "application_name": "program_name"}
"""The driver's own names for what others call differently."""

_SWITCHES = ("ssl_disabled", "ssl_verify_cert", "ssl_verify_identity")


def driver_of(connection: Connection) -> "pymysql.Connection[Any]":
    """The driver's own connection."""
    raw = connection.connection.driver_connection
    assert raw is not None
    return cast("pymysql.Connection[Any]", raw)


def number(connection: "pymysql.Connection[Any]") -> int:
    """The server's number for a connection."""
    return int(cast(Any, connection).thread_id())


def version_number(text: str) -> int:
    """ "10.11.19-MariaDB-log" as 101119."""
    first, second, third = [*(int(found) for found in re.findall(r"\d+", text)[:3]), 0, 0, 0][:3]
    return first * 10_000 + second * 100 + third


def version_of(connection: "pymysql.Connection[Any]") -> int:
    """The server's version, as it said when the connection was made."""
    return version_number(str(cast(Any, connection).get_server_info()).removeprefix("5.5.5-"))


def connected(engine: Engine, where: str) -> Connection:
    """A connection; Interrupted where the server can't be reached."""
    try:
        return engine.connect()
    except DBAPIError as error:
        raise family(error.orig, where, "connecting") from error


def engine_for(dsn: Mapping[str, str]) -> Engine:
    """A SQLAlchemy engine that leaves transactions to us and keeps no connection. `dsn` has the names that libpq has for the same."""
    parameters: dict[str, Any] = {_DRIVERS.get(name, name): value for name, value in dsn.items()}
    for name, default in (("port", 3306), ("connect_timeout", CONNECT_WITHIN)):
        parameters[name] = int(parameters.get(name, default))
    for name in _SWITCHES:
        if name in parameters:
            # to the driver any text is true
            parameters[name] = str(parameters[name]).lower() not in ("", "0", "false", "no", "none")
    parameters |= {"charset": "utf8mb4", "autocommit": True, "local_infile": True, "max_allowed_packet": BLOCK_BYTES * 2}
    # SQLAlchemy quotes for its first connection's mode, and would believe a server's own that ours is to be for ever
    parameters["sql_mode"] = SQL_MODE
    parameters["client_flag"] = CLIENT.FOUND_ROWS | CLIENT.MULTI_STATEMENTS

    def connect() -> "pymysql.Connection[Any]":
        return DriverConnection(**parameters)

    return create_engine("mysql+pymysql://", creator=connect, poolclass=NullPool, isolation_level="AUTOCOMMIT")


class DriverConnection(pymysql.Connection):
    """The driver's, which makes a new TLS context for each connection and reads all of the system's certificates for it: that takes longer
    than all else that connecting does. Where no certificate is asked for, none is looked at, and one context serves all.
    """

    def _create_ssl_ctx(self, sslp: Mapping[str, Any]) -> ssl.SSLContext:
        return cast(ssl.SSLContext, _context(self, sslp)) if sslp else _trusting()


def _context(connection: Any, options: Mapping[str, Any]) -> Any:
    """As the driver makes it."""
    return cast(Any, pymysql.Connection)._create_ssl_ctx(connection, options)


@cache
def _trusting() -> ssl.SSLContext:
    """The context for a server that offers TLS and is not asked who it is."""
    return cast(ssl.SSLContext, _context(None, {}))
