"""Which type of PostgreSQL's stands for one of MySQL's or MariaDB's. No connection."""

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.mysql.lines import members
from airlift.databases.shapes import Column
from airlift.databases.translating import defaults
from airlift.databases.translating.mysql_columns import BYTES, AnyType, is_json, parsed
from airlift.databases.translating.postgres_columns import made, parsed_text


def translated(column: Column, *, is_keyed: bool = False, given: str | None = None) -> Column:
    """The column as PostgreSQL would have it. What it generates is not in it, and a default only where there is one for it."""
    kind = parsed_text(given) if given else _type(column, is_keyed=is_keyed or bool(column.identity))
    return made(column, kind, default=_default(column, kind), given=given)


def _type(column: Column, *, is_keyed: bool) -> AnyType:
    """PostgreSQL's type for a column. One that `is_keyed` is the same wherever the number comes from: a whole number."""
    if is_json(column):
        return postgresql.JSON()
    match parsed(column.type):
        case mysql.TINYINT(display_width=1, unsigned=False, zerofill=False) if not is_keyed:
            return postgresql.BOOLEAN()
        case mysql.TINYINT() | mysql.SMALLINT(unsigned=False) | mysql.YEAR():
            return postgresql.SMALLINT()
        case mysql.SMALLINT() | mysql.MEDIUMINT() | mysql.INTEGER(unsigned=False):
            return postgresql.INTEGER()
        case mysql.BIGINT(unsigned=True) if not is_keyed:
            return postgresql.NUMERIC(20, 0)
        case types.Integer():
            return postgresql.BIGINT()
        case types.Numeric(precision=precision, scale=scale):
            return postgresql.NUMERIC(precision or 10, scale or 0)
        case mysql.FLOAT():
            return postgresql.REAL()
        case types.Float():
            return postgresql.DOUBLE_PRECISION()
        case mysql.BIT(length=length):
            return postgresql.BIT(length or 1)
        case other:
            return _moment(other) or _text(other)


def _moment(kind: AnyType) -> AnyType | None:
    match kind:
        case mysql.TIMESTAMP(fsp=digits):
            return postgresql.TIMESTAMP(timezone=True, precision=digits)
        case mysql.DATETIME(fsp=digits):
            return postgresql.TIMESTAMP(timezone=False, precision=digits)
        case mysql.TIME(fsp=digits):
            return postgresql.TIME(timezone=False, precision=digits)
        case types.Date():
            return postgresql.DATE()
    return None


def _text(kind: AnyType) -> AnyType:
    match kind:
        case types.Uuid():
            return postgresql.UUID()
        case mysql.ENUM() | mysql.SET():
            return postgresql.TEXT()
        case mysql.CHAR(length=length) if length:
            return postgresql.CHAR(length)
        case mysql.VARCHAR(length=length) if length:
            return postgresql.VARCHAR(length)
    return postgresql.BYTEA() if isinstance(kind, BYTES) else postgresql.TEXT()


def _default(column: Column, kind: AnyType) -> str | None:
    if column.default_expression is None or column.generated or column.identity:
        return None
    meaning = defaults.of_mysql(column.default_expression)
    return defaults.for_postgres(meaning, kind, members_only=members(column.type) if column.type_name == "enum" else None)
