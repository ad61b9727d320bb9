"""Capture by triggers: what is put on a table so that every change of a key is noted, and the proof that it stayed there.

The log is a table of ours per captured table, with the key's columns in their own types and an id that names each row. It is a queue: what
a position has seen of it is taken out when the window that ends there has committed. Seen is what one consistent snapshot shows, in which
the rows themselves are read too; a transaction that commits later is in a later one.
"""

import contextlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, groupby, islice
from typing import Any

from airlift import sqlfiles
from airlift.databases.mysql import guarding
from airlift.databases.mysql.logs import key_column, log_columns, prune_seen, read_seen
from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames, heartbeat, owner_of_trigger, pruned, way_back
from airlift.databases.returning import WayBackRow
from airlift.databases.shapes import Column
from airlift.databases.values import Captured, Position, Returning
from airlift.errors import Refused
from airlift.spec import TableName

_BODIES = {"insert": "bodies/note_insert", "update": "bodies/note_update", "delete": "bodies/note_delete"}
_NUMBER = re.compile(r"_\d+$")
_SAME_WHEN_EQUAL = re.compile(r"(tinyint|smallint|mediumint|int|bigint|decimal|date|datetime|timestamp|time|year|bit|uuid|inet4|inet6)\b")
"""Types of which no two values are equal that are not of the same bytes. Texts may be equal under a collation, and so are 0 and -0."""


class Capture:
    """Installs, checks and removes capture. Nobody waits for a lock on the user's tables: see `Session.define`."""

    def triggers(self, names: CaptureNames) -> list[str]:
        """The triggers on a captured table. In a database each name is taken once, so they end in the table's number; else they are
        the same on every table.
        """
        return [_trigger(names, event) for event in _BODIES]

    def prepare(self, session: Session, migration: str, side: str) -> None:
        """Make our database, the heartbeat of the side that is captured, and where it is noted how far its logs were pruned."""
        session.define("prepare/create_schema")
        session.define("prepare/create_heartbeat", {"heartbeat": table(heartbeat(migration, side))})
        session.define("prepare/create_pruned", {"pruned": table(pruned(migration, side))})
        session.run("prepare/fill_heartbeat", {"heartbeat": table(heartbeat(migration, side))})
        session.run("prepare/fill_pruned", {"pruned": table(pruned(migration, side))})

    def create_log(self, session: Session, names: CaptureNames, key: list[Column]) -> None:
        """Make a table's change log, which says itself whose key it keeps. Touches nothing of the user's."""
        own_names = log_columns([column.name for column in key])
        columns = ",\n    ".join(_log_column(session, name, column) for name, column in zip(own_names, key, strict=True))
        session.define("prepare/create_log", {"log": table(names.log), "columns": columns})

    def create_triggers(self, session: Session, names: CaptureNames, captured: TableName) -> None:
        """Put the triggers on a table whose log is there. Those that are there stay as they are."""
        key = session.records("prepare/read_log_key", schema=names.log.schema, name=names.log.name)
        if not key:
            raise Refused(f'The change log "{names.log}" of table "{captured}" is gone: its triggers would fail every write.')
        holes = {
            "log": table(names.log),
            "log_columns": listed(log_columns([each["name"] for each in key])),
            "writer_column": "writer," if session.log_parts else "",
            "writer": "CONNECTION_ID()," if session.log_parts else "",
            "old_key": listed((each["name"] for each in key), of="OLD"),
            "new_key": listed((each["name"] for each in key), of="NEW"),
            "is_same_key": " AND ".join(_is_same(each["name"], each["type"]) for each in key),
        }
        there = {each["trigger"] for each in self.evidence(session, [captured], self.triggers(names))}
        self._must_be_free(session, names, captured, there)
        for event, file in _BODIES.items():
            if (name := _trigger(names, event)) not in there:
                body = sqlfiles.body(session.engines, file, holes)
                session.create_trigger(name, captured, "prepare/create_trigger", {"event": event.upper(), "body": body})

    def _must_be_free(self, session: Session, names: CaptureNames, captured: TableName, there: Collection[str]) -> None:
        """A database has each trigger's name once: say what has it, before anything is made."""
        wanted = [name for name in self.triggers(names) if name not in there]
        where = {"schema": captured.schema, "table": captured.name}
        taken = session.rows("prepare/read_taken_names", **where, names=wanted) if wanted else []
        if taken:
            raise Refused(
                f'The name of trigger "{taken[0][0]}", which is to be on table "{captured}", is taken on another table of its database. '
                "Drop that trigger: it is what an earlier migration left behind."
            )

    def evidence(self, session: Session, tables: list[TableName], triggers: list[str]) -> list[dict[str, Any]]:
        """The catalog rows of triggers of ours: equal evidence twice means that they were there all the time.

        The numbers that the triggers' names end in are each table's own, whatever those in `triggers` are. A guard is enabled while
        it shuts its table.
        """
        asked = _by_schema(session, "prepare/read_capture", tables)
        return _evidence(session, _of_tables(tables, session.records_of(asked)), triggers) if tables else []

    def heaps(self, session: Session, tables: list[TableName]) -> dict[TableName, dict[str, Any]]:
        """The `oid` and `filenode` of tables now, when they were `defined`, and what is `attached`; those not there are left out."""
        if not tables:
            return {}
        asked = [session.text("prepare/read_table_numbers"), *_by_schema(session, "prepare/read_attached", tables)]
        numbers, *found = session.records_of(asked)
        return _with_attached(numbers, _of_tables(tables, found))

    def standing(self, session: Session, tables: list[TableName], triggers: list[str]) -> Captured:
        """What a proof rests on where changes are captured, as it is now."""
        files = ("prepare/read_capture", "prepare/read_attached", "prepare/read_column_types")
        each = [_by_schema(session, file, tables) for file in files]
        last = [session.text("prepare/read_table_numbers"), session.text("sync/read_start")]
        *answers, numbers, (start,) = session.records_of([*chain(*each), *last])
        found = iter(answers)
        evidence, attached, columns = (_of_tables(tables, list(islice(found, len(statements)))) for statements in each)
        return Captured(
            _evidence(session, evidence, triggers),
            _with_attached(numbers, attached),
            {name: [[each["number"], each["name"], session.type_shown(each["type"])] for each in found] for name, found in columns.items()},
            str(start["started"]),
        )

    def drop_triggers(self, session: Session, names: CaptureNames, captured: TableName) -> None:
        """Take the triggers off a table."""
        for trigger in self.triggers(names):
            session.define("contract/drop_trigger", {"trigger": table(TableName(captured.schema, trigger))})

    def drop_log(self, session: Session, names: CaptureNames) -> None:
        """Remove the log of a table whose triggers are gone."""
        session.define("contract/drop_own_table", {"table": table(names.log)})

    def leave(self, session: Session, migration: str, side: str) -> None:
        """Remove the heartbeat and what was noted of pruning."""
        session.define("contract/drop_own_table", {"table": table(heartbeat(migration, side))})
        session.define("contract/drop_own_table", {"table": table(pruned(migration, side))})

    def leave_schema(self, session: Session) -> None:
        """Our database stays: these servers drop one with all that is in it, and somebody could be putting something there just now."""


def _trigger(names: CaptureNames, event: str) -> str:
    return f"{names.trigger(event)}_{names.no}"


def _log_column(session: Session, name: str, column: Column) -> str:
    """A key's column as the log has it."""
    return f"{key_column(name, column)} COMMENT {session.value('prepare/quote_literal', value=column.name)}"


def _is_same(name: str, kind: str) -> str:
    """The condition that no byte of a key's column was changed, in the cheapest words."""
    old, new = listed([name], of="OLD"), listed([name], of="NEW")
    return f"{old} <=> {new}" if _SAME_WHEN_EQUAL.match(kind) else f"CAST({old} AS binary) <=> CAST({new} AS binary)"


def _by_schema(session: Session, file: str, tables: list[TableName]) -> list[str]:
    """A statement for every schema: there the server opens the tables that are named, and else all that there are."""
    schemas = groupby(sorted(tables), key=lambda name: name.schema)
    return [session.text(file, schema=schema, names=[each.name for each in names]) for schema, names in schemas]


def _of_tables(tables: list[TableName], answers: list[list[dict[str, Any]]]) -> dict[TableName, list[dict[str, Any]]]:
    """What such statements answered, by table."""
    found: dict[TableName, list[dict[str, Any]]] = {name: [] for name in tables}
    for schema, records in zip(sorted({name.schema for name in tables}), answers, strict=True):
        for record in records:
            # the catalog also answers for a table whose name differs in case only
            if (name := TableName(schema, record.pop("table"))) in found:
                found[name].append(record)
    return found


def _evidence(session: Session, found: Mapping[TableName, list[dict[str, Any]]], triggers: list[str]) -> list[dict[str, Any]]:
    wanted = {_NUMBER.sub("", name) for name in triggers}
    records = [
        {"position": position, **record}
        for position, of_table in enumerate(found.values(), start=1)
        for record in sorted(of_table, key=lambda each: str(each["trigger"]))
        if _NUMBER.sub("", record["trigger"]) in wanted
    ]
    migrations = {owner_of_trigger(each["trigger"])[0] for each in records if _is_guard(each["trigger"])}
    shut = {each.no for migration in migrations if migration for each in guarding.read(session, migration) if each.is_shut}
    for each in records:
        is_on = not _is_guard(each["trigger"]) or number_of(each["trigger"]) in shut
        each["enabled"] = "A" if is_on else "D"
    return records


def _is_guard(trigger: str) -> bool:
    return owner_of_trigger(trigger)[1] == "guard"


def number_of(trigger: str) -> int:
    """The table's number that a trigger's name ends in."""
    return int(trigger.rpartition("_")[2])


def _with_attached(numbers: list[dict[str, Any]], found: Mapping[TableName, list[dict[str, Any]]]) -> dict[TableName, dict[str, Any]]:
    by_name = {TableName(each["schema"], each["name"]): each for each in numbers}
    return {name: _heap(by_name[name], records) for name, records in found.items() if name in by_name}


def _heap(number: dict[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:
    defined = next((each["definition"] for each in records if each["kind"] == "definition"), None)
    attached = sorted(f"{each['kind']} {each['name']}: {each['definition']}" for each in records if each["kind"] != "definition")
    return {"oid": int(number["oid"]), "filenode": int(number["filenode"]), "defined": defined, "attached": attached}


class Positions:
    """Reads positions and keeps the change log behind them."""

    prune_every = 1
    """So many windows go by between two prunings: what a position has seen is kept in it id by id until it is pruned."""

    def now(self, session: Session, names: Sequence[CaptureNames] = ()) -> Position:
        """The instant of this transaction: what is visible in it is before the position, all else after.

        `names` are the logs that it is a position in; without any it tells the time only.
        """
        seen = {change.no: change.seen for change in read_seen(session, names)}
        at, number = session.row("sync/read_position")
        if names:
            # also where the server's clock was set back while it was down
            number = max(int(number), _pruned(session, names[0].migration, names[0].side)[0] + 1)
        return Position(at=at, text=json.dumps({"number": int(number), "at": at, "seen": seen}))

    def make_durable(self, session: Session, migration: str, side: str) -> None:
        """Make the side that is captured durable up to all that was committed so far."""
        session.run("sync/beat", {"heartbeat": table(heartbeat(migration, side))})
        if not session.value("sync/read_durability"):
            # without the right to it a crash of the machine may take commits back: the server has another start then, and all is compared
            with contextlib.suppress(Refused):
                session.define("sync/flush_logs")

    def is_pruned_beyond(self, session: Session, migration: str, side: str, position: str) -> bool:
        """Whether the log, as this transaction sees it, lacks something that `position` has not seen."""
        return _pruned(session, migration, side)[0] > number_in(position)

    def prune(self, session: Session, names: list[CaptureNames], migration: str, side: str, *, position: str) -> int:
        """Remove from the logs what the committed `position` has seen; how many rows."""
        holes = {"pruned": table(pruned(migration, side))}
        session.run("sync/note_pruned", holes, number=number_in(position), pruned_to=_for_people(position))
        return prune_seen(session, names, position)

    def compact(self, session: Session, names: CaptureNames, key: list[str]) -> None:
        """Keep of a log one row for each key. For one that nobody reads meanwhile, behind what was pruned."""
        key_bytes = ", ".join(f"CAST({quoted(column)} AS binary)" for column in log_columns(key))
        session.run("contract/compact_log", {"log": table(names.log), "key_bytes": key_bytes})

    def vacuum(self, session: Session, names: list[CaptureNames]) -> None:
        """Make the space of pruned logs usable again. The server does it by itself."""

    def prepared(self, session: Session) -> tuple[int, str | None]:
        """How many prepared transactions there are on this server, and one's name."""
        found = session.rows("sync/read_prepared")
        return len(found), _text(found[0][-1]) if found else None


def number_in(position: str) -> int:
    """The number of a position: one that was taken later has a higher one."""
    return int(json.loads(position)["number"])


def _for_people(position: str) -> str:
    """A position without the ids that it has seen, which may be many."""
    return json.dumps({name: value for name, value in json.loads(position).items() if name != "seen"})


def _pruned(session: Session, migration: str, side: str) -> tuple[int, str | None]:
    number, text = session.row("sync/read_pruned", {"pruned": table(pruned(migration, side))})
    return int(number), text


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


class WayBack(WayBackRow):
    """The row on a server of this kind, in a table of its own."""

    def create(self, session: Session, migration: str, position: Position) -> None:
        """Make the row, unless it is there. `position` is on the new side, after its capture has begun."""
        session.define("prepare/create_way_back", self._holes(migration))
        self._fill(session, migration, position)

    def read(self, session: Session, migration: str) -> Returning:
        """The row."""
        return returning(*session.row("sync/read_way_back", self._holes(migration)))

    def drop(self, session: Session, migration: str) -> None:
        """Remove it."""
        session.define("contract/drop_own_table", {"table": table(way_back(migration))})

    def _holes(self, migration: str) -> dict[str, str]:
        return {"way_back": table(way_back(migration))}


def returning(at: str, position: str, premises: str | None, attempt: int | None) -> Returning:
    """The way back's row, of which the server knows no more than that it is text."""
    return Returning(at, position, json.loads(premises) if premises is not None else None, attempt)
