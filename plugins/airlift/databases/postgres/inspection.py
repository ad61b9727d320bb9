"""What a doctor asks of a PostgreSQL server: who owns names, what of ours is there, who is connected, who waits for whom."""

from collections.abc import Iterable
from typing import Any

from airlift.databases.examined import TABLE, Attached, Installed, Kept, Occupant, OurSession
from airlift.databases.naming import SCHEMA, CaptureNames, heartbeat, owner_of_object, owner_of_trigger, way_back
from airlift.databases.postgres.capture import snapshot_of
from airlift.databases.postgres.quoting import quoted, table
from airlift.databases.postgres.session import Session
from airlift.databases.values import Returning
from airlift.spec import TableName

_KINDS = {
    "r": "table",
    "p": "partitioned table",
    "f": "foreign table",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
    "i": "index",
    "I": "index",
    "c": "composite type",
}


class Inspection:
    """Each method answers one question in the caller's transaction, and changes nothing; `drop` and `drop_trigger` are for repairs."""

    own_schema = SCHEMA

    def occupants(self, session: Session, names: Iterable[TableName]) -> dict[TableName, Occupant]:
        """What names stand for; those that stand for nothing are left out."""
        wanted = list(names)
        records = session.records("doctor/read_owners", names=[table(name) for name in wanted])
        return {wanted[each["position"] - 1]: Occupant(each["oid"], _KINDS.get(each["kind"], "relation")) for each in records}

    def triggers(self, session: Session, migration: str) -> list[Installed]:
        """A migration's triggers, on whatever table they are."""
        records = session.records("doctor/read_own_triggers", prefix=f"airlift_{migration}_")
        return [_installed(each) for each in records if owner_of_trigger(each["name"])[0] == migration]

    def kept(self, session: Session, migration: str) -> list[Kept]:
        """A migration's functions and tables in our schema, functions first: the order in which they may go."""
        records = session.records("doctor/read_own_objects", prefix=f"{migration}_")
        found = [(owner_of_object(each["name"]), each) for each in records]
        return [Kept(kind=kind, **each) for (owner, kind), each in found if owner == migration]

    def waiting(self, session: Session, names: Iterable[CaptureNames], since: str, *, most: int) -> dict[int, int]:
        """How many rows of change logs a position has not seen, by the tables' numbers; none is counted beyond `most`."""
        values = {"since": snapshot_of(since), "most": most}
        each = [session.text("doctor/count_waiting", {"log": table(name.log)}, no=name.no, **values) for name in names]
        return {int(no): int(waiting) for no, waiting in session.joined(each, " UNION ALL ")} if each else {}

    def pruned(self, session: Session, migration: str, side: str, position: str | None) -> tuple[str | None, bool]:
        """The position up to which a side's change logs were pruned, and whether `position` lies before it.

        The side's heartbeat has to be there.
        """
        holes = {"heartbeat": table(heartbeat(migration, side))}
        found = session.rows("doctor/read_pruned", holes)
        pruned = found[0][0] if found else None
        if not pruned or not position:
            return pruned, False
        return pruned, bool(session.value("sync/is_pruned_beyond", holes, position=snapshot_of(position)))

    def returning(self, session: Session, migration: str) -> Returning | None:
        """How far the way back has come, by its table on the source, which has to be there; None where its row is gone."""
        found = session.rows("sync/read_way_back", {"way_back": table(way_back(migration))})
        return Returning(*found[0]) if found else None

    def sessions(self, session: Session, migration: str) -> list[OurSession]:
        """The sessions of a migration's tasks, but for the one that asks."""
        prefix = f"airlift {migration} "
        return [
            OurSession(each["pid"], each["application"].removeprefix(prefix), each["state"], each["seconds"], each["waits_for"])
            for each in session.records("doctor/read_own_sessions", prefix=prefix)
        ]

    def blocked(self, session: Session, oids: list[int], *, seconds: float) -> list[Attached]:
        """Who has waited longer than `seconds` for a lock on one of the tables, and behind whom, in words."""
        records = session.records("doctor/read_blocked", oids=oids, seconds=seconds)
        return [Attached(each["oid"], _waiting(each)) for each in records]

    def drop_trigger(self, session: Session, trigger: Installed) -> None:
        """Take a trigger off its table, which is locked already."""
        session.run("contract/drop_trigger", {"trigger": quoted(trigger.name), "table": table(trigger.table)})

    def drop(self, session: Session, kept: Kept) -> None:
        """Remove a function or a table of ours. The server refuses to drop a function that a trigger still calls."""
        name = table(TableName(SCHEMA, kept.name))
        if kept.form == TABLE:
            session.run("contract/drop_own_table", {"table": name})
        else:
            session.run("contract/drop_function", {"function": name})

    def has_rows(self, session: Session, kept: Kept) -> bool:
        """Whether a table of ours holds anything."""
        return bool(session.value("cutover/has_logged", {"log": table(TableName(SCHEMA, kept.name))}))


def _installed(record: dict[str, Any]) -> Installed:
    return Installed(
        oid=record["oid"],
        table=TableName(record["schema"], record["relation"]),
        name=record["name"],
        kind=owner_of_trigger(record["name"])[1],
        is_always=record["enabled"] == "A",
        is_off=record["enabled"] == "D",
    )


def _waiting(record: dict[str, Any]) -> str:
    who = _who(record["pid"], record["role"], record["application"])
    blocker = _who(record["blocker"], record["blocker_role"], record["blocker_application"])
    return f"{who} has waited {record['seconds']:,.0f} s for {record['mode']}, behind {blocker}, {record['blocker_state']}"


def _who(pid: int, role: str | None, application: str | None) -> str:
    return f'process {pid} of role "{role}"{f" ({application})" if application else ""}'
