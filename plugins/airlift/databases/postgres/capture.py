"""Capture by triggers: what is put on a table so that every change of a key is noted, and the proof that it stayed there.

The log is a table of ours per captured table, with the key's columns in their own types and the transaction's id.
"""

import json
from collections.abc import Sequence
from typing import Any

from airlift import sqlfiles
from airlift.databases.naming import CaptureNames, heartbeat, way_back
from airlift.databases.postgres.quoting import listed, quoted, table
from airlift.databases.postgres.session import ENGINES, Session
from airlift.databases.postgres.triggers import stays
from airlift.databases.postgres.values import is_same_when_equal
from airlift.databases.returning import WayBackRow
from airlift.databases.shapes import Column
from airlift.databases.values import Captured, Position, Returning
from airlift.spec import TableName


def log_columns(key: list[str]) -> list[str]:
    """The log's names for a key's columns: never those of the user's, which could be `op`."""
    return [f"k{position}" for position in range(1, len(key) + 1)]


class Capture:
    """Installs, checks and removes capture. Locks are the caller's to take first."""

    def triggers(self, names: CaptureNames) -> list[str]:
        """The triggers on a captured table, as the catalog has them; the same on every table."""
        return [names.trigger("keys"), names.trigger("truncate")]

    def prepare(self, session: Session, migration: str, side: str) -> None:
        """Make our schema and the heartbeat of the side that is captured."""
        session.run("prepare/create_schema")
        session.run("prepare/create_heartbeat", {"heartbeat": table(heartbeat(migration, side))})
        session.run("prepare/fill_heartbeat", {"heartbeat": table(heartbeat(migration, side))})

    def create_log(self, session: Session, names: CaptureNames, key: list[Column]) -> None:
        """Make a table's change log and the functions that write it. Touches nothing of the user's."""
        own = log_columns([column.name for column in key])
        columns = ", ".join(f"{quoted(name)} {column.base_type}" for name, column in zip(own, key, strict=True))
        session.run("prepare/create_log", {"log": table(names.log), "columns": columns})
        holes = {
            "log": table(names.log),
            "log_columns": listed(own),
            "old_key": listed((column.name for column in key), of="OLD"),
            "new_key": listed((column.name for column in key), of="NEW"),
            "is_same_key": _is_same_key(key),
        }
        for function, file in ((names.row_function, "bodies/note_keys"), (names.truncate_function, "bodies/note_truncate")):
            body = sqlfiles.body(ENGINES, file, holes)
            session.run("prepare/create_capture_function", {"function": table(function)}, body=body)
        self._rehearse(session, names, key)

    def _rehearse(self, session: Session, names: CaptureNames, key: list[Column]) -> None:
        """Set every trigger off on a table of ours, for the server compiles a function when it is first called."""
        rehearsal = TableName("pg_temp", "airlift rehearsal")
        columns = ", ".join(f"{quoted(column.name)} {column.base_type}" for column in key)
        session.run("prepare/create_rehearsal", {"columns": columns})
        self.create_triggers(session, names, rehearsal)
        session.run("prepare/rehearse_insert")
        session.run("prepare/rehearse_update", {"column": quoted(key[0].name)})
        session.run("prepare/rehearse_delete")
        session.run("prepare/rehearse_truncate")
        session.run("prepare/drop_rehearsal")
        session.run("prepare/forget_rehearsal", {"log": table(names.log)})

    def create_triggers(self, session: Session, names: CaptureNames, captured: TableName) -> None:
        """Put the triggers on a table that is locked already."""
        files = ("prepare/create_row_trigger", "prepare/create_truncate_trigger")
        functions = (names.row_function, names.truncate_function)
        each = [
            (file, trigger, {"table": table(captured), "trigger": quoted(trigger), "function": table(function)})
            for file, trigger, function in zip(files, self.triggers(names), functions, strict=True)
        ]
        for file, trigger, holes in each:
            if not stays(session, trigger, holes["table"]):
                session.run(file, holes)
        for _, _, holes in each:
            session.run("prepare/enable_trigger_always", holes)

    def evidence(self, session: Session, tables: list[TableName], triggers: list[str]) -> list[dict[str, Any]]:
        """The catalog rows of triggers of ours: equal evidence twice means that they were there all the time."""
        return session.records("prepare/read_capture", tables=[table(name) for name in tables], triggers=triggers)

    def heaps(self, session: Session, tables: list[TableName]) -> dict[TableName, dict[str, Any]]:
        """The `oid` and `filenode` of tables now, and by number what is `attached`; those that are not there are left out."""
        records = session.records("prepare/read_heaps", tables=[table(name) for name in tables])
        return {tables[record.pop("position") - 1]: record for record in records}

    def standing(self, session: Session, tables: list[TableName], triggers: list[str]) -> "Captured":
        """What a proof rests on where changes are captured, as it is now."""
        names = [table(name) for name in tables]
        with session.qualified():
            evidence, heaps, columns, (now,) = session.records_of(
                [
                    session.text("prepare/read_capture", tables=names, triggers=triggers),
                    session.text("prepare/read_heaps", tables=names),
                    session.text("prepare/read_column_types", tables=names),
                    session.text("sync/read_position"),
                ]
            )
        found: dict[TableName, list[list[Any]]] = {name: [] for name in tables}
        for column in columns:
            found[tables[column["position"] - 1]].append([column["number"], column["name"], column["type"]])
        return Captured(evidence, {tables[heap.pop("position") - 1]: heap for heap in heaps}, found, str(now["started"]))

    def drop_triggers(self, session: Session, names: CaptureNames, captured: TableName) -> None:
        """Take the triggers off a table that is locked already."""
        for trigger in self.triggers(names):
            session.run("contract/drop_trigger", {"trigger": quoted(trigger), "table": table(captured)})

    def drop_log(self, session: Session, names: CaptureNames) -> None:
        """Remove functions and log of a table whose triggers are gone."""
        for function in (names.row_function, names.truncate_function):
            session.run("contract/drop_function", {"function": table(function)})
        session.run("contract/drop_own_table", {"table": table(names.log)})

    def leave(self, session: Session, migration: str, side: str) -> None:
        """Remove the heartbeat, and our schema when nothing else is in it."""
        session.run("contract/drop_own_table", {"table": table(heartbeat(migration, side))})
        self.leave_schema(session)

    def leave_schema(self, session: Session) -> None:
        """Remove our schema when nothing is in it."""
        if session.value("contract/count_own_objects") == 0:
            session.run("contract/drop_empty_schema")


def _is_same_key(key: list[Column]) -> str:
    """The condition that no byte of a row's key was changed, in the cheapest words."""
    conditions = [f"{listed([each.name], of='OLD')} OPERATOR(pg_catalog.=) {listed([each.name], of='NEW')}" for each in key
                  if is_same_when_equal(each)]  # fmt: skip
    others = [column.name for column in key if not is_same_when_equal(column)]
    if others:
        conditions.append(f"pg_catalog.record_image_eq(ROW({listed(others, of='OLD')}), ROW({listed(others, of='NEW')}))")
    return " AND ".join(conditions)


class Positions:
    """Reads positions and keeps the change log behind them."""

    prune_every = 20
    """So many windows go by between two prunings: each window reads all of the log."""

    def now(self, session: Session, names: Sequence[CaptureNames] = ()) -> Position:  # noqa: ARG002
        """The instant of this transaction: what is visible in it is before the position, all else after.

        `names` are the logs that it is a position in; without any it tells the time only.
        """
        at, snapshot, started = session.row("sync/read_position")
        return Position(at=at, text=json.dumps({"snapshot": snapshot, "started": started}))

    def make_durable(self, session: Session, migration: str, side: str) -> None:
        """Make the side that is captured durable up to all that was committed so far."""
        session.run("sync/beat", {"heartbeat": table(heartbeat(migration, side))})

    def is_pruned_beyond(self, session: Session, migration: str, side: str, position: str) -> bool:
        """Whether the log, as this transaction sees it, lacks something that `position` has not seen."""
        holes = {"heartbeat": table(heartbeat(migration, side))}
        return bool(session.value("sync/is_pruned_beyond", holes, position=snapshot_of(position)))

    def prune(self, session: Session, names: list[CaptureNames], migration: str, side: str, *, position: str) -> int:
        """Remove from the logs what the committed `position` has seen; how many rows."""
        session.run("sync/note_pruned", {"heartbeat": table(heartbeat(migration, side))}, position=position)
        snapshot = snapshot_of(position)
        return sum(session.run("sync/prune_log", {"log": table(name.log)}, position=snapshot) for name in names)

    def compact(self, session: Session, names: CaptureNames, key: list[str]) -> None:
        """Keep of a log one row for each key. For one that nobody reads meanwhile, behind what was pruned."""
        session.run("contract/compact_log", {"log": table(names.log), "log_columns": listed(log_columns(key))})

    def vacuum(self, session: Session, names: list[CaptureNames]) -> None:
        """Make the space of pruned logs usable again. Not in a transaction."""
        for name in names:
            session.run("sync/vacuum_log", {"log": table(name.log)})

    def prepared(self, session: Session) -> tuple[int, str | None]:
        """How many prepared transactions there are in this database, and one's name."""
        count, name = session.row("sync/count_prepared")
        return int(count), name


class WayBack(WayBackRow):
    """The row on a server of this kind, in a table of its own."""

    def create(self, session: Session, migration: str, position: Position) -> None:
        """Make the row, unless it is there. `position` is on the new side, after its capture has begun."""
        session.run("prepare/create_way_back", self._holes(migration))
        self._fill(session, migration, position)

    def read(self, session: Session, migration: str) -> Returning:
        """The row."""
        return Returning(*session.row("sync/read_way_back", self._holes(migration)))

    def drop(self, session: Session, migration: str) -> None:
        """Remove it."""
        session.run("contract/drop_own_table", {"table": table(way_back(migration))})

    def _holes(self, migration: str) -> dict[str, str]:
        return {"way_back": table(way_back(migration))}


def snapshot_of(position: str) -> str:
    """The server's own form of a position."""
    return str(json.loads(position)["snapshot"])
