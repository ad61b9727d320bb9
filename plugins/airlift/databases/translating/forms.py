"""In which form two columns of different engines are sent and compared: one word of `common_form`, for the text of a value that both
servers write alike. No connection.
"""

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.shapes import Column
from airlift.databases.translating import mysql_columns, postgres_columns

_SPAN = "span"
"""PostgreSQL's interval: a time where the other side has one, else its text."""


def kind(mysql_column: Column, postgres_column: Column, *, receives_mysql: bool) -> str:
    """The form for a column of MySQL's or MariaDB's and one of PostgreSQL's."""
    own, other = of_mysql(mysql_column), of_postgres(postgres_column)
    if other == _SPAN:
        other = "time" if own == "time" else "string"
    return agreed(other, own) if receives_mysql else agreed(own, other)


def agreed(own: str, other: str) -> str:
    """The form of what has the form `own` where it comes from, and `other` where it goes to: the latter where neither has the other's."""
    for word, others in _SHARED.items():
        if word in (own, other) and {own, other} <= {word, *others}:
            return word
    # what was a text stays one, and is what the other side shows, or differs for all to see
    return "string" if own == "string" else other


_SHARED: dict[str, tuple[str, ...]] = {
    "boolean": ("decimal", "bits"),
    "numeral": ("decimal",),
    "instant": ("datetime",),
    "uuid": ("string",),
}
"""What both sides can write where one of them has the first, and the other one of those behind it."""


def is_written_alike(own: str, word: str, scales: tuple[int | None, int | None]) -> bool:
    """Whether values of the form `own` have in the form `word` the text that they are to have; numbers as they are with one scale only."""
    if word == "decimal":
        return own == word and scales[0] == scales[1]
    return own == word or own in _SHARED.get(word, ())


def of_mysql(column: Column) -> str:
    """The form that a column has by itself on MySQL and MariaDB."""
    if mysql_columns.is_json(column):
        return "json"
    match mysql_columns.parsed(column.type):
        case types.Integer() | types.Numeric() | mysql.YEAR():
            return "decimal"
        case types.Float():
            return "double"
        case mysql.BIT():
            return "bits"
        case mysql.TIMESTAMP():
            return "instant"
        case types.DateTime():
            return "datetime"
        case types.Date():
            return "date"
        case types.Time():
            return "time"
        case types.Uuid():
            return "uuid"
        case other:
            return "bytea" if isinstance(other, mysql_columns.BYTES) else "string"


def of_postgres(column: Column) -> str:
    """The form that a column has by itself on PostgreSQL."""
    match postgres_columns.parsed(column):
        case types.Boolean():
            return "boolean"
        case types.Integer():
            return "decimal"
        case types.Numeric(precision=precision):
            return "numeral" if precision is None else "decimal"
        case types.Float():
            return "double"
        case postgresql.BIT(varying=is_varying):
            return "string" if is_varying else "bits"
        case postgresql.TIMESTAMP(timezone=is_instant):
            return "instant" if is_instant else "datetime"
        case types.Date():
            return "date"
        case postgresql.TIME(timezone=False):
            return "time"
        case postgresql.INTERVAL():
            return _SPAN
        case types.Uuid():
            return "uuid"
        case types.JSON():
            return "json"
        case postgresql.BYTEA():
            return "bytea"
    return "string"
