"""Capture by triggers: what is put on a table so that every change of a key is noted, and the proof that it stayed there.

The log is a table of ours per captured table, with the key's columns in their own types and the transaction's id.
"""

import json
from dataclasses import dataclass
from typing import Any

from airlift import sqlfiles
from airlift.databases.postgres.quoting import listed, quoted, table
from airlift.databases.postgres.session import ENGINES, Session
from airlift.databases.postgres.values import is_same_when_equal
from airlift.databases.shapes import Column
from airlift.spec import TableName

SCHEMA = "airlift"


@dataclass(frozen=True)
class CaptureNames:
    """The names of what captures one table. `side` tells the two directions apart where both are on one server."""

    migration: str
    no: int
    side: str = "log"

    @property
    def log(self) -> str:
        """The change log, quoted."""
        return table(TableName(SCHEMA, f"{self.migration}_{self.side}_{self.no}"))

    @property
    def row_function(self) -> str:
        """The row trigger's function, quoted."""
        return table(TableName(SCHEMA, f"{self.migration}_{self.side}_keys_{self.no}"))

    @property
    def truncate_function(self) -> str:
        """The truncate trigger's function, quoted."""
        return table(TableName(SCHEMA, f"{self.migration}_{self.side}_truncate_{self.no}"))

    @property
    def triggers(self) -> list[str]:
        """The triggers on the user's table, as the catalog has them; the same on every table."""
        return [f"airlift_{self.migration}_{self.side}_keys", f"airlift_{self.migration}_{self.side}_truncate"]


def log_columns(key: list[str]) -> list[str]:
    """The log's names for a key's columns: never those of the user's, which could be `op`."""
    return [f"k{position}" for position in range(1, len(key) + 1)]


def heartbeat(migration: str) -> str:
    """The table whose one row we write to make the source durable."""
    return table(TableName(SCHEMA, f"{migration}_heartbeat"))


class Capture:
    """Installs, checks and removes capture. Locks are the caller's to take first."""

    def prepare(self, session: Session, migration: str) -> None:
        """Make our schema and the heartbeat."""
        session.run("prepare/create_schema")
        session.run("prepare/create_heartbeat", {"heartbeat": heartbeat(migration)})
        session.run("prepare/fill_heartbeat", {"heartbeat": heartbeat(migration)})

    def create_log(self, session: Session, names: CaptureNames, key: list[Column]) -> None:
        """Make a table's change log and the functions that write it. Touches nothing of the user's."""
        own = log_columns([column.name for column in key])
        columns = ", ".join(f"{quoted(name)} {column.base_type}" for name, column in zip(own, key, strict=True))
        session.run("prepare/create_log", {"log": names.log, "columns": columns})
        holes = {
            "log": names.log,
            "log_columns": listed(own),
            "old_key": listed((column.name for column in key), of="OLD"),
            "new_key": listed((column.name for column in key), of="NEW"),
            "is_same_key": _is_same_key(key),
        }
        for function, file in ((names.row_function, "bodies/note_keys"), (names.truncate_function, "bodies/note_truncate")):
            body = sqlfiles.body(ENGINES, file, holes)
            session.run("prepare/create_capture_function", {"function": function}, body=body)
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
        session.run("prepare/forget_rehearsal", {"log": names.log})

    def create_triggers(self, session: Session, names: CaptureNames, captured: TableName) -> None:
        """Put the triggers on a table that is locked already."""
        keys, truncate = (quoted(name) for name in names.triggers)
        holes = {"table": table(captured)}
        session.run("prepare/create_row_trigger", {**holes, "trigger": keys, "function": names.row_function})
        session.run("prepare/create_truncate_trigger", {**holes, "trigger": truncate, "function": names.truncate_function})
        for trigger in (keys, truncate):
            session.run("prepare/enable_trigger_always", {**holes, "trigger": trigger})

    def evidence(self, session: Session, tables: list[TableName], triggers: list[str]) -> list[dict[str, Any]]:
        """The catalog rows of triggers of ours: equal evidence twice means that they were there all the time."""
        return session.records("prepare/read_capture", tables=[table(name) for name in tables], triggers=triggers)

    def heaps(self, session: Session, tables: list[TableName]) -> dict[TableName, dict[str, int]]:
        """The `oid` and `filenode` of tables now; those that are not there are left out."""
        records = session.records("prepare/read_heaps", tables=[table(name) for name in tables])
        return {tables[record.pop("position") - 1]: record for record in records}

    def columns(self, session: Session, tables: list[TableName]) -> dict[TableName, list[list[Any]]]:
        """The columns of tables now, each as number, name and type."""
        found: dict[TableName, list[list[Any]]] = {name: [] for name in tables}
        with session.qualified():
            rows = session.rows("prepare/read_column_types", tables=[table(name) for name in tables])
        for position, *column in rows:
            found[tables[position - 1]].append(column)
        return found

    def drop_triggers(self, session: Session, names: CaptureNames, captured: TableName) -> None:
        """Take the triggers off a table that is locked already."""
        for trigger in names.triggers:
            session.run("contract/drop_trigger", {"trigger": quoted(trigger), "table": table(captured)})

    def drop_log(self, session: Session, names: CaptureNames) -> None:
        """Remove functions and log of a table whose triggers are gone."""
        for function in (names.row_function, names.truncate_function):
            session.run("contract/drop_function", {"function": function})
        session.run("contract/drop_own_table", {"table": names.log})

    def leave(self, session: Session, migration: str) -> None:
        """Remove the heartbeat, and our schema when nothing else is in it."""
        session.run("contract/drop_own_table", {"table": heartbeat(migration)})
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


@dataclass(frozen=True)
class Position:
    """A point in the source's history. `text` is opaque to all but this module."""

    at: str
    text: str


class Positions:
    """Reads positions and keeps the change log behind them."""

    def now(self, session: Session) -> Position:
        """The instant of this transaction: what is visible in it is before the position, all else after."""
        at, snapshot, started = session.row("sync/read_position")
        return Position(at=at, text=json.dumps({"snapshot": snapshot, "started": started}))

    def started(self, position: str) -> str:
        """When the server of a position was started."""
        return str(json.loads(position)["started"])

    def make_durable(self, session: Session, migration: str) -> None:
        """Make the source durable up to all that was committed so far."""
        session.run("sync/beat", {"heartbeat": heartbeat(migration)})

    def is_pruned_beyond(self, session: Session, migration: str, position: str) -> bool:
        """Whether the log, as this transaction sees it, lacks something that `position` has not seen."""
        return bool(session.value("sync/is_pruned_beyond", {"heartbeat": heartbeat(migration)}, position=snapshot_of(position)))

    def prune(self, session: Session, names: list[CaptureNames], migration: str, position: str) -> int:
        """Remove from the logs what the committed ledger's `position` has seen; how many rows."""
        session.run("sync/note_pruned", {"heartbeat": heartbeat(migration)}, position=position)
        snapshot = snapshot_of(position)
        return sum(session.run("sync/prune_log", {"log": name.log}, position=snapshot) for name in names)

    def vacuum(self, session: Session, names: list[CaptureNames]) -> None:
        """Make the space of pruned logs usable again. Not in a transaction."""
        for name in names:
            session.run("sync/vacuum_log", {"log": name.log})

    def prepared(self, session: Session) -> tuple[int, str | None]:
        """How many prepared transactions there are in this database, and one's name."""
        count, name = session.row("sync/count_prepared")
        return int(count), name


def snapshot_of(position: str) -> str:
    """The server's own form of a position."""
    return str(json.loads(position)["snapshot"])
