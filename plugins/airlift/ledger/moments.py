"""Instants in the ledger: by the clock of the server that it is on, in UTC, whatever the engine has for them."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.ext.compiler import compiles


class Moment(sa.TypeDecorator[datetime]):
    """An instant to the microsecond. Where the engine's type has no zone, UTC is what is kept."""

    impl = sa.DateTime(timezone=True).with_variant(DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """The instant with its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Now(sa.ColumnElement[datetime]):
    """The server's clock, as it goes on within a transaction, and some seconds after it."""

    inherit_cache = False
    type = Moment()

    def __init__(self, seconds: int = 0) -> None:
        self.seconds = seconds


@compiles(Now, "postgresql")
def _postgres_now(element: Now, *_: Any, **__: Any) -> str:
    ahead = f" + pg_catalog.make_interval(secs => {element.seconds})" if element.seconds else ""
    return f"pg_catalog.clock_timestamp(){ahead}"


@compiles(Now, "mysql", "mariadb")
def _mysql_now(element: Now, *_: Any, **__: Any) -> str:
    ahead = f" + INTERVAL {element.seconds} SECOND" if element.seconds else ""
    return f"CURRENT_TIMESTAMP(6){ahead}"


NOW = Now()
"""The target's clock, in values of the ledger's rows."""
