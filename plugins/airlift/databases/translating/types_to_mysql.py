"""Which type of MySQL's or MariaDB's stands for one of PostgreSQL's. No connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.shapes import Column
from airlift.databases.translating import defaults
from airlift.databases.translating.defaults import is_number_of_a_sequence
from airlift.databases.translating.mysql_columns import AnyType, character, made, members_of
from airlift.databases.translating.mysql_columns import parsed as parsed_there
from airlift.databases.translating.postgres_columns import parsed

KEY_CHARACTERS = 255
"""Of a text in an index, where nothing says more: three of them fit into the 3072 bytes of a key."""
LONGEST_CHAR = 255
LONGEST_VARCHAR = 16_000
"""Characters, so that a row of 65,535 bytes has room for a few other columns."""
LARGEST_PRECISION, LARGEST_SCALE = 65, 30
_WHOLE: dict[type[Any], AnyType] = {
    postgresql.SMALLINT: mysql.SMALLINT(), postgresql.INTEGER: mysql.INTEGER(), postgresql.BIGINT: mysql.BIGINT(),
    postgresql.REAL: mysql.FLOAT(), postgresql.DOUBLE_PRECISION: mysql.DOUBLE(), postgresql.BOOLEAN: mysql.TINYINT(display_width=1),
    postgresql.DATE: types.DATE(), postgresql.JSON: mysql.JSON(), postgresql.JSONB: mysql.JSON(),
}  # fmt: skip
"""The types that have no numbers of their own."""


@dataclass(frozen=True)
class Place:
    """What a table makes of a column's type: `room` is how many characters it has because it is in a key, None where it is in none.

    Outside of the row a text has no length; and only one column of a table is numbered. `given` is the type that the spec says.
    """

    room: int | None = None
    is_outside: bool = False
    is_numbered: bool = True
    given: str | None = None


ALONE = Place()


def translated(column: Column, product: str, *, place: Place = ALONE, labels: Sequence[str] = ()) -> Column:
    """The column as the server would have it. What it generates is not in it, and a default only where there is one for it."""
    kind = parsed_there(place.given) if place.given else _type(column, product, place, labels)
    is_numbered = is_numbered_there(column)
    default = None if is_numbered else _default(column, kind)
    return made(column, kind, product, is_numbered=is_numbered and place.is_numbered, default=default, given=place.given)


def is_numbered_there(column: Column) -> bool:
    """Whether the server is to number it: PostgreSQL does so by an identity, or by a sequence. There a NULL would be numbered, too."""
    is_serial = is_number_of_a_sequence(column) and column.not_null and isinstance(parsed(column), types.Integer)
    return bool(column.identity) or is_serial


def _type(column: Column, product: str, place: Place, labels: Sequence[str]) -> AnyType:
    if labels and column.type_kind == "e" and not any(label.endswith(" ") for label in labels):
        return members_of(list(labels), product)
    kind = parsed(column)
    if isinstance(kind, types.JSON) and product == "MySQL":
        # as a document it would be kept in the server's own form, and could not be proven equal
        return character(mysql.LONGTEXT, product)
    if type(kind) in _WHOLE:
        return _WHOLE[type(kind)]
    match kind:
        case types.Numeric(precision=precision, scale=scale):
            return _decimal(precision, scale or 0)
        case postgresql.TIMESTAMP(precision=digits):
            return mysql.DATETIME(fsp=digits)
        case postgresql.TIME(timezone=False, precision=digits):
            return mysql.TIME(fsp=digits)
        case postgresql.BIT(varying=False, length=length) if (length or 65) <= 64:
            return mysql.BIT(length)
        case postgresql.BYTEA():
            return mysql.LONGBLOB() if place.room is None else types.VARBINARY(4 * place.room)
        case types.Uuid():
            return types.UUID() if product == "MariaDB" else character(mysql.CHAR, product, 36)
    return _text(kind, product, place)


def _decimal(precision: int | None, scale: int) -> AnyType:
    if precision is None:
        return mysql.DECIMAL(LARGEST_PRECISION, LARGEST_SCALE)
    behind = min(max(scale, 0), LARGEST_SCALE)
    return mysql.DECIMAL(min(max(precision - scale, 0) + behind, LARGEST_PRECISION), behind)


def _text(kind: AnyType, product: str, place: Place) -> AnyType:
    length = kind.length if isinstance(kind, types.VARCHAR | types.CHAR) else None
    if place.room is not None:
        length = place.room if length is None else min(length, place.room)
    if length is None or length > LONGEST_VARCHAR or place.is_outside:
        return character(mysql.LONGTEXT, product)
    is_fixed = isinstance(kind, types.CHAR) and length <= LONGEST_CHAR
    return character(mysql.CHAR, product, length) if is_fixed else character(mysql.VARCHAR, product, length)


def _default(column: Column, kind: AnyType) -> str | None:
    if column.default_expression is None or column.generated:
        return None
    own = parsed(column)
    is_instant = isinstance(own, postgresql.TIMESTAMP) and own.timezone
    return defaults.for_mysql(defaults.of_postgres(column.default_expression), kind, is_instant=is_instant)
