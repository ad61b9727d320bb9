"""Which values of MySQL's or MariaDB's PostgreSQL can't hold, as SQL of these servers. No connection."""

from collections.abc import Iterator

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.examined import Unfit
from airlift.databases.mysql.lines import members
from airlift.databases.mysql.quoting import quoted
from airlift.databases.shapes import Column
from airlift.databases.translating import limits, mysql_columns, postgres_columns
from airlift.databases.translating.mysql_columns import AnyType

_AS_JSON = "Give the column `type: json` in the spec, which keeps documents as they were written"
_NULL_IT = 'Set it to NULL or to a value that fits, or let the spec do so: `using: "nullif(...)"`'


def found(source: Column, target: Column) -> Iterator[Unfit]:
    """What of the source's column does not fit the target's."""
    name, own, other = quoted(source.name), mysql_columns.parsed(source.type), postgres_columns.parsed(target)
    if isinstance(other, types.Boolean):
        yield from _of_truth(name, own)
    else:
        yield from limits.outside(name, limits.of_mysql(own), limits.of_postgres(other), target.type)
    yield from _of_moment(name, own, other)
    if isinstance(own, (*mysql_columns.TEXTS, types.JSON)) and not isinstance(other, postgresql.BYTEA):
        yield from _of_text(source, own, other, target.type)
    if isinstance(own, mysql.ENUM) and "" not in members(source.type):
        yield Unfit(f"{name} + 0 = 0", "is the empty one that an ENUM has where once no member was written", _NULL_IT)


def _of_truth(name: str, own: AnyType) -> Iterator[Unfit]:
    if limits.of_mysql(own) is not None or (isinstance(own, mysql.BIT) and own.length != 1):
        yield Unfit(f"{name} + 0 NOT IN (0, 1)", "is neither 0 nor 1, and so no boolean", "Give the column `type: smallint` in the spec")


def _of_moment(name: str, own: AnyType, other: AnyType) -> Iterator[Unfit]:
    if isinstance(own, types.Date | types.DateTime) and isinstance(other, types.Date | types.DateTime):
        # a server that was told to takes the 31st of February
        day = f"DAYOFMONTH({name})"
        parts = [f"YEAR({name}) = 0", f"MONTH({name}) = 0", f"{day} = 0", f"{day} > DAYOFMONTH(LAST_DAY({name}))"]
        yield Unfit(" OR ".join(parts), "is no day of the calendar, such as 0000-00-00", _NULL_IT)
    if isinstance(own, types.Time) and isinstance(other, types.Time):
        condition = f"{name} < '00:00:00' OR {name} > '24:00:00'"
        yield Unfit(condition, "is no time of a day but a span", "Give the column `type: interval` in the spec")


def _of_text(source: Column, own: AnyType, other: AnyType, target: str) -> Iterator[Unfit]:
    name = quoted(source.name)
    # over bytes: to many a collation the character is nothing at all, and is found everywhere
    raw = f"CAST(CONVERT({name} USING utf8mb4) AS BINARY)"
    yield Unfit(
        f"LOCATE(x'00', {raw}) > 0", "has the character NUL, which PostgreSQL's texts can't have", "Remove it, or use `type: bytea`"
    )
    if isinstance(other, types.String):
        yield from limits.longer(name, getattr(own, "length", None), other.length, target)
    if isinstance(other, postgresql.JSONB):
        condition = f"LOCATE(x'5C7530303030', {raw}) > 0"
        yield Unfit(condition, "has the character NUL, which jsonb can't have", _AS_JSON)
        if mysql_columns.is_json(source) and source.type_name == "longtext":
            yield loose(name, "as jsonb would show it", _AS_JSON)


def loose(name: str, words: str, remedy: str) -> Unfit:
    """The documents of MariaDB's that a server which parses them would space otherwise; `words` say how that shows them."""
    text = f"CONVERT({name} USING utf8mb4)"
    condition = f"CAST(JSON_LOOSE({text}) AS BINARY) <> CAST({text} AS BINARY)"
    return Unfit(condition, f"is not spaced {words}, and so could never be proven equal", remedy)
