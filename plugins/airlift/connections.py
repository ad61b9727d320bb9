"""What a driver is told of an Airflow connection. Knows no Airflow: it reads a connection's fields and asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

# The extras that mean something to the driver. Airflow keeps its own in the same place, and those it must not see.
_FOR_THE_DRIVER = frozenset({
    "application_name", "channel_binding", "connect_timeout", "gssdelegation", "gssencmode", "gsslib", "hostaddr",
    "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts",
    "options", "passfile", "require_auth", "requirepeer", "service", "ssl_max_protocol_version",
    "ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslmode",
    "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout",
})  # fmt: skip

_MYSQL = ("mysql", "mariadb")
_FOR_MYSQLS_DRIVER = frozenset({
    "ssl_ca", "ssl_cert", "ssl_disabled", "ssl_key", "ssl_key_password", "ssl_verify_cert", "ssl_verify_identity", "unix_socket",
    "connect_timeout",
})  # fmt: skip


class Connection(Protocol):
    """An Airflow connection, as far as we read it."""

    conn_id: str
    conn_type: str | None
    host: str | None
    port: int | None
    login: str | None
    password: str | None
    schema: str | None

    @property
    def extra_dejson(self) -> Mapping[str, Any]:
        """The extras, read from their JSON."""


@dataclass(frozen=True)
class Address:
    """A database to connect to. `where` is for people; only `dsn` holds secrets, so it stays out of the repr."""

    conn_type: str
    where: str
    dsn: dict[str, str]

    def __repr__(self) -> str:
        return f"Address({self.conn_type!r}, {self.where!r})"


def address(connection: Connection, **defaults: str) -> Address:
    """Read a connection. `defaults` are keywords for the driver where the connection itself says nothing."""
    is_mysql = connection.conn_type in _MYSQL
    fields = {
        "host": connection.host,
        "port": connection.port,
        "user": connection.login,
        "password": connection.password,
        "database" if is_mysql else "dbname": connection.schema,
    }
    known = _FOR_MYSQLS_DRIVER if is_mysql else _FOR_THE_DRIVER
    extras = {name: _text(value) for name, value in connection.extra_dejson.items() if name in known}
    dsn = defaults | extras | {name: str(value) for name, value in fields.items() if value}
    return Address(connection.conn_type or "", _where(connection), dsn)


def _where(connection: Connection) -> str:
    server = f"{connection.host}:{connection.port}" if connection.host and connection.port else connection.host
    place = f"{connection.schema or 'default database'} on {server or 'the default server'}"
    return f"{connection.conn_id} ({place})"


def _text(value: object) -> str:
    """A JSON value as the driver writes it: keepalives may well be given as true or 1."""
    return str(int(value)) if isinstance(value, bool) else str(value)
