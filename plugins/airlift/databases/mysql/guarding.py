"""Shut tables to all sessions but ours: triggers that look at a row of ours, which opens and shuts with the transaction that writes it.

A trigger's name is taken once in a database here. So each table has a number, and its triggers' names end in it; by the number they find
the row also when the table has another name by then. Old tables and new ones have their rows apart, and numbers of their own: in place a
fence holds the ones while the others are used.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airlift import sqlfiles
from airlift.databases.mysql.quoting import table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import guards
from airlift.spec import TableName

EVENTS = ("insert", "update", "delete")
FIRST_OF_OLD = 1_000_001
"""The number of the first of the old tables; new ones are numbered from 1."""
_LONGEST_MESSAGE = 128
"""Characters that a server takes of what a trigger says."""


@dataclass(frozen=True)
class Guarded:
    """A table that may be shut. `later` is the name that it gets at the cutover, if any."""

    no: int
    name: TableName
    later: TableName | None
    is_shut: bool


def trigger_names(migration: str) -> list[str]:
    """The guard's triggers on a table, without its number at their ends."""
    return [f"airlift_{migration}_guard_{event}" for event in EVENTS]


def read(session: Session, migration: str) -> list[Guarded]:
    """The tables of the session's side that a migration may shut."""
    return _read(session, guards(migration, of_old=session.keeps_old))


def read_both(session: Session, migration: str) -> list[Guarded]:
    """The tables of both sides that a migration may shut on this server."""
    return [each for of_old in (False, True) for each in _read(session, guards(migration, of_old=of_old))]


def _read(session: Session, name: TableName) -> list[Guarded]:
    if not session.has_table(name):
        return []
    found = session.rows("prepare/read_guards", {"guards": table(name)})
    return [
        Guarded(int(no), TableName(schema, now), TableName(schema, later) if later else None, bool(shut))
        for no, schema, now, later, shut in found
    ]


def prepare(session: Session, migration: str, names: Mapping[TableName, TableName | None]) -> list[Guarded]:
    """Let tables be shut, each with the name that it gets later; those that can be already are left as they are. All of them."""
    known = read(session, migration)
    holes = {"guards": table(guards(migration, of_old=session.keeps_old))}
    missing = [name for name in names if _one(known, name) is None]
    if missing:
        session.define("prepare/create_guards", {**holes, "first": str(FIRST_OF_OLD if session.keeps_old else 1)})
    for name in missing:
        later = names[name]
        session.define("prepare/add_guard", holes, schema=name.schema, name=name.name, later=later.name if later else None)
    known = read(session, migration) if missing else known
    there = _triggers(session, migration)
    found = [each for name in names if (each := _one(known, name)) is not None]
    for name, each in zip(names, found, strict=True):
        _create_triggers(session, migration, each, name, there)
    return found


def set_shut(session: Session, migration: str, guarded: Iterable[Guarded], *, is_shut: bool) -> None:
    """Shut tables or open them, in the session's transaction."""
    numbers = [each.no for each in guarded]
    if numbers:
        name = guards(migration, of_old=session.keeps_old)
        session.run("prepare/set_guards", {"guards": table(name)}, shut=is_shut, numbers=numbers)


def named(session: Session, migration: str, names: Iterable[TableName]) -> dict[TableName, Guarded]:
    """Those of the tables that can be shut, by the names that they have now."""
    known = read(session, migration)
    return {name: each for name in names if (each := _one(known, name)) is not None}


def remove(session: Session, migration: str) -> None:
    """Take the triggers off all tables of the session's side, then the rows."""
    for name in sorted(_triggers(session, migration)):
        session.define("contract/drop_trigger", {"trigger": table(name)})
    session.define("contract/drop_own_table", {"table": table(guards(migration, of_old=session.keeps_old))})


def _one(known: Iterable[Guarded], name: TableName) -> Guarded | None:
    return next((each for each in known if name in (each.name, each.later)), None)


def _triggers(session: Session, migration: str) -> set[TableName]:
    prefix = f"airlift_{migration}_guard_"
    form = re.compile(rf"{re.escape(prefix)}(?:{'|'.join(EVENTS)})_(\d+)")
    found = session.rows("prepare/read_own_trigger_names", prefix=prefix)
    numbered = [(TableName(schema, name), int(parts[1])) for schema, name in found if (parts := form.fullmatch(name))]
    return {name for name, no in numbered if (no >= FIRST_OF_OLD) == session.keeps_old}


def _create_triggers(session: Session, migration: str, each: Guarded, name: TableName, there: set[TableName]) -> None:
    missing = [
        (event, trigger)
        for event, prefix in zip(EVENTS, trigger_names(migration), strict=True)
        if TableName(name.schema, trigger := f"{prefix}_{each.no}") not in there
    ]
    if not missing:
        return
    words = f'table "{name}" is shut by migration "{migration}"'
    message = session.value("prepare/quote_literal", value=words[:_LONGEST_MESSAGE])
    holes = {"guards": table(guards(migration, of_old=session.keeps_old)), "number": str(each.no), "message": message}
    body = sqlfiles.body(session.engines, "bodies/guard", holes)
    for event, trigger in missing:
        session.create_trigger(trigger, name, "prepare/create_guard", {"event": event.upper(), "body": body})
