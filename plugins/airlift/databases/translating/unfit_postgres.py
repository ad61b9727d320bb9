"""Which values of PostgreSQL's MySQL or MariaDB can't hold, as SQL of PostgreSQL. No connection."""

from collections.abc import Iterator

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.examined import Unfit
from airlift.databases.postgres.quoting import quoted
from airlift.databases.shapes import Column
from airlift.databases.translating import limits, mysql_columns, postgres_columns
from airlift.databases.translating.mysql_columns import AnyType

_FIRST, _LAST = "0001-01-01", "9999-12-31"
DEEPEST = {"longtext": 31, "json": 100}
"""Levels of a document, by the type that shows for JSON: the first is MariaDB's, the other MySQL's."""
_CHANGE = "Change it to a value that fits, or give the column a text as its `type` in the spec"


def found(source: Column, target: Column) -> Iterator[Unfit]:
    """What of the source's column does not fit the target's."""
    name, own, other = quoted(source.name), postgres_columns.parsed(source), mysql_columns.parsed(target.type)
    yield from _of_number(name, own, other, target.type)
    if isinstance(own, types.Date | types.DateTime) and isinstance(other, types.Date | types.DateTime):
        yield from _of_moment(name, other, target.type)
    if isinstance(other, mysql_columns.TEXTS) and not isinstance(other, types.Enum):
        yield from _of_text(name, own, other, target.type)
    if isinstance(own, postgresql.JSONB) and mysql_columns.is_json(target):
        yield _too_deep(name, DEEPEST[target.type_name])
    if isinstance(own, postgresql.BYTEA):
        yield from _of_bytes(name, other, target.type)


def _of_number(name: str, own: AnyType, other: AnyType, target: str) -> Iterator[Unfit]:
    is_number = isinstance(other, types.Integer | types.Numeric | types.Float)
    if is_number and isinstance(own, types.Numeric | types.Float):
        words = "is NaN or infinite, which there is no number for"
        yield Unfit(f"{name} IN ('NaN', 'Infinity', '-Infinity')", words, "Set it to NULL or to a number")
    for unfit in limits.outside(name, limits.of_postgres(own), limits.of_mysql(other), target):
        # NaN is larger than every number here, and is told already
        finite = f"{name} NOT IN ('NaN', 'Infinity', '-Infinity') AND ({unfit.condition})"
        yield Unfit(finite, unfit.fact, unfit.remedy) if isinstance(own, types.Numeric) else unfit


def _of_moment(name: str, other: AnyType, target: str) -> Iterator[Unfit]:
    if isinstance(other, mysql.TIMESTAMP):
        condition = f"{name} < '1970-01-01 00:00:01+00' OR {name} >= '2038-01-19 03:14:08+00'"
        yield Unfit(condition, f"is not between 1970 and 2038, as {target} is", "Give the column `type: datetime(6)` in the spec")
        return
    # infinities lie outside, and so do years before the first
    condition = f"{name} < '{_FIRST}' OR {name} >= '{_LAST}'::pg_catalog.date + 1"
    yield Unfit(condition, f"is not between {_FIRST} and {_LAST}", _CHANGE)


def _too_deep(name: str, levels: int) -> Unfit:
    within = f'\'strict $.**{{{levels} to last}} ? (@.type() == "array" || @.type() == "object")\''
    fact = f"is a document of more than {levels} levels, which is none there"
    return Unfit(f"pg_catalog.jsonb_path_exists({name}, {within})", fact, "Give the column `type: longtext` in the spec")


def _of_text(name: str, own: AnyType, other: AnyType, target: str) -> Iterator[Unfit]:
    text, length = f"{name}::pg_catalog.text", getattr(own, "length", None) if isinstance(own, types.String) else None
    if isinstance(other, mysql.CHAR | mysql.VARCHAR) and not isinstance(own, types.Uuid):
        yield from limits.longer(text, length, other.length, target)
    size = limits.mysql_bytes(other)
    if size is not None and (length is None or length * 4 > size):
        yield Unfit(f"OCTET_LENGTH({text}) > {size}", f"is longer than {target} takes", limits.SHORTEN)
    if isinstance(other, mysql.CHAR) and not isinstance(own, types.CHAR | types.Uuid):
        condition = f"pg_catalog.right({text}, 1) = ' '"
        yield Unfit(
            condition, f"has a blank at its end, which {target} does not keep", "Give the column a varchar as its `type` in the spec"
        )


def _of_bytes(name: str, other: AnyType, target: str) -> Iterator[Unfit]:
    if isinstance(other, types.BINARY):
        condition = f"OCTET_LENGTH({name}) <> {other.length or 1}"
        yield Unfit(
            condition, f"is not as long as {target}, which is filled up with zero bytes", "Give the column a varbinary as its `type`"
        )
        return
    size = other.length if isinstance(other, types.VARBINARY) else limits.mysql_bytes(other)
    if size is not None:
        yield Unfit(f"OCTET_LENGTH({name}) > {size}", f"is longer than {target} takes", limits.SHORTEN)
