"""Which numbers and how long texts a type takes, and what of one is too much for another. No connection."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.examined import Unfit

_MYSQL_BITS: list[tuple[type[Any], int]] = [
    (mysql.TINYINT, 8), (mysql.SMALLINT, 16), (mysql.MEDIUMINT, 24), (mysql.INTEGER, 32), (mysql.BIGINT, 64),
]  # fmt: skip
_POSTGRES_BITS: list[tuple[type[Any], int]] = [(postgresql.SMALLINT, 16), (postgresql.INTEGER, 32), (postgresql.BIGINT, 64)]
_POSTGRES_DIGITS, _POSTGRES_SCALE = 131_072, 16_383
_MYSQL_BYTES: list[tuple[tuple[type[Any], ...], int]] = [
    ((mysql.TINYTEXT, mysql.TINYBLOB), 255), ((mysql.TEXT, types.BLOB), 65_535), ((mysql.MEDIUMTEXT, mysql.MEDIUMBLOB), 16_777_215),
]  # fmt: skip
LARGER_TYPE = "Give the column a larger `type` in the spec, or change the value"
SHORTEN = "Give the column a longer `type` in the spec, or shorten the value"


@dataclass(frozen=True)
class Span:
    """The numbers from `lowest` to `highest`, whole as they are here, with `scale` digits behind the point."""

    lowest: int
    highest: int
    scale: int = 0


def of_mysql(kind: types.TypeEngine[Any]) -> Span | None:
    """The numbers that a type of MySQL's or MariaDB's takes exactly; None where it is none of numbers."""
    if isinstance(kind, mysql.YEAR):
        return Span(0, 2155)
    if isinstance(kind, types.Numeric):
        return _decimal(kind.precision or 10, kind.scale or 0, is_unsigned=bool(getattr(kind, "unsigned", False)))
    return _whole(kind, _MYSQL_BITS, is_unsigned=bool(getattr(kind, "unsigned", False)))


def of_postgres(kind: types.TypeEngine[Any]) -> Span | None:
    """The same of PostgreSQL."""
    if not isinstance(kind, types.Numeric):
        return _whole(kind, _POSTGRES_BITS, is_unsigned=False)
    if kind.precision is None:
        return _decimal(_POSTGRES_DIGITS + _POSTGRES_SCALE, _POSTGRES_SCALE, is_unsigned=False)
    return _decimal(kind.precision, kind.scale or 0, is_unsigned=False)


def _whole(kind: types.TypeEngine[Any], sizes: list[tuple[type[Any], int]], *, is_unsigned: bool) -> Span | None:
    for made, bits in sizes:
        if isinstance(kind, made):
            return Span(0, 2**bits - 1) if is_unsigned else Span(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return None


def _decimal(precision: int, scale: int, *, is_unsigned: bool) -> Span:
    highest = 10 ** max(precision - scale, 0) - 1
    return Span(0 if is_unsigned else -highest, highest, scale)


def outside(name: str, own: Span | None, other: Span | None, target: str) -> Iterator[Unfit]:
    """The numbers of one span that another one does not take; `name` is the quoted column, `target` the other's type."""
    if own is None or other is None:
        return
    beyond = [f"{name} >= {other.highest + 1}"] if own.highest > other.highest else []
    below = [f"{name} <= {other.lowest - 1}"] if own.lowest < other.lowest else []
    if beyond or below:
        yield Unfit(" OR ".join([*beyond, *below]), f"is out of the range of {target}", LARGER_TYPE)
    if own.scale > other.scale:
        rounded = f"ROUND({name}, {other.scale})"
        yield Unfit(f"{name} <> {rounded}", f"has more digits behind the point than {target}", LARGER_TYPE)


def longer(name: str, own: int | None, other: int | None, target: str) -> Iterator[Unfit]:
    """The texts that are too long; lengths in characters, None for any."""
    if other is not None and (own is None or own > other):
        yield Unfit(f"CHAR_LENGTH({name}) > {other}", f"is longer than {target} takes", SHORTEN)


def mysql_bytes(kind: types.TypeEngine[Any]) -> int | None:
    """How many bytes a type of MySQL's or MariaDB's without a length of its own takes; None for more than PostgreSQL has in a value."""
    return next((size for made, size in _MYSQL_BYTES if isinstance(kind, made)), None)


def scale_of_mysql(kind: types.TypeEngine[Any]) -> int | None:
    """The digits behind the point that a type of MySQL's or MariaDB's always shows; None where it is none of exact numbers."""
    span = of_mysql(kind)
    return span.scale if span else None


def scale_of_postgres(kind: types.TypeEngine[Any]) -> int | None:
    """The same of PostgreSQL."""
    span = of_postgres(kind)
    return span.scale if span else None
