"""Which values of MySQL's MariaDB can't hold, and the other way, as SQL of both. No connection."""

from collections.abc import Iterator

from sqlalchemy import types

from airlift.databases.examined import Unfit
from airlift.databases.mysql.quoting import quoted
from airlift.databases.shapes import Column
from airlift.databases.translating import limits, unfit_mysql
from airlift.databases.translating.mysql_columns import TEXTS, is_json, parsed
from airlift.databases.translating.unfit_postgres import DEEPEST


def found(source: Column, target: Column) -> Iterator[Unfit]:
    """What of the source's column does not fit the target's: mostly where the spec gives it another type."""
    name, own, other = quoted(source.name), parsed(source.type), parsed(target.type)
    if not isinstance(own, types.Float) and not isinstance(other, types.Float):
        yield from limits.outside(name, limits.of_mysql(own), limits.of_mysql(other), target.type)
    if isinstance(own, TEXTS) and isinstance(other, types.String):
        yield from limits.longer(name, getattr(own, "length", None), other.length, target.type)
    if not is_json(source):
        return
    if target.type_name == "json":
        yield unfit_mysql.loose(name, "as MySQL would show it", "Leave out its `type`: then it is its text")
    elif source.type_name == "json" and is_json(target):
        levels = DEEPEST[target.type_name]
        fact = f"is a document of more than {levels} levels, which is none there"
        yield Unfit(f"JSON_DEPTH({name}) > {levels}", fact, "Give the column `type: longtext` in the spec")
