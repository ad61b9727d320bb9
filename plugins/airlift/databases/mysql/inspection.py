"""What a doctor asks of a MySQL or MariaDB server: who owns names, what of ours is there, who is connected, who waits for whom."""

import contextlib
from collections.abc import Iterable
from typing import Any

from airlift.databases.examined import TABLE, Attached, Installed, Kept, Occupant, OurSession
from airlift.databases.mysql import guarding
from airlift.databases.mysql.capture import number_in, number_of, returning
from airlift.databases.mysql.logs import read_seen
from airlift.databases.mysql.quoting import table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import SCHEMA, SENTRY, CaptureNames, owner_of_object, owner_of_trigger, pruned, way_back
from airlift.databases.values import Returning
from airlift.errors import Refused
from airlift.spec import TableName

_KINDS = {"BASE TABLE": "table", "SYSTEM VERSIONED": "table", "VIEW": "view", "SYSTEM VIEW": "view", "SEQUENCE": "sequence"}
_SAME_KIND = {"position": "heartbeat", "position_back": "heartbeat_back", "guard_old": "guard"}
"""What is beside something else, and comes and goes with it."""


class Inspection:
    """Each method answers one question in the caller's transaction, and changes nothing; `drop` and `drop_trigger` are for repairs."""

    own_schema = SCHEMA

    def occupants(self, session: Session, names: Iterable[TableName]) -> dict[TableName, Occupant]:
        """What names stand for; those that stand for nothing are left out."""
        wanted = [tuple(name) for name in names]
        if not wanted:
            return {}
        numbers = {name: oid for oid, name in _numbered(session).items()}
        return {
            TableName(schema, name): Occupant(numbers.get(TableName(schema, name), -1 - hashed), _KINDS.get(kind, "relation"))
            for schema, name, kind, hashed in session.rows("doctor/read_owners", names=wanted, sentry=SENTRY)
        }

    def triggers(self, session: Session, migration: str) -> list[Installed]:
        """A migration's triggers, on whatever table they are. A guard's are off while they let others write."""
        records = session.records("doctor/read_own_triggers", prefix=f"airlift_{migration}_")
        ours = [each for each in records if owner_of_trigger(each["name"])[0] == migration]
        shut = {each.no for each in guarding.read_both(session, migration) if each.is_shut}
        occupants = self.occupants(session, {TableName(each["schema"], each["relation"]) for each in ours})
        return [_installed(each, occupants, shut) for each in ours]

    def kept(self, session: Session, migration: str) -> list[Kept]:
        """A migration's tables and views in our database. There are no functions here."""
        records = session.records("doctor/read_own_objects", prefix=f"{migration}_")
        found = [(owner_of_object(each["name"]), each) for each in records]
        return [
            Kept(each["name"], _SAME_KIND.get(kind, kind), _KINDS[each["form"]], bytes=int(each["bytes"]))
            for (owner, kind), each in found
            if owner == migration
        ]

    def waiting(self, session: Session, names: Iterable[CaptureNames], since: str, *, most: int) -> dict[int, int]:
        """How many rows of change logs a position has not seen, by the tables' numbers; none is counted beyond `most`."""
        wanted = list(names)
        found = {each.no: each.changes + each.checks for each in read_seen(session, wanted, since)}
        return {name.no: min(found.get(name.no, 0), most) for name in wanted}

    def pruned(self, session: Session, migration: str, side: str, position: str | None) -> tuple[str | None, bool]:
        """The position up to which a side's change logs were pruned, and whether `position` lies before it.

        What notes it has to be there.
        """
        found = session.rows("sync/read_pruned", {"pruned": table(pruned(migration, side))})
        number, text = found[0] if found else (0, None)
        return text, bool(text and position and int(number) > number_in(position))

    def returning(self, session: Session, migration: str) -> Returning | None:
        """How far the way back has come, by its table on the source, which has to be there; None where its row is gone."""
        found = session.rows("sync/read_way_back", {"way_back": table(way_back(migration))})
        return returning(*found[0]) if found else None

    def sessions(self, session: Session, migration: str) -> list[OurSession]:
        """The sessions of a migration's tasks, but for the one that asks: as far as the server knows what sessions are called."""
        prefix = f"airlift {migration} "
        return [
            OurSession(each["pid"], each["application"].removeprefix(prefix), each["state"], float(each["seconds"]), each["waits_for"])
            for each in session.records("doctor/read_own_sessions", prefix=prefix)
        ]

    def blocked(self, session: Session, oids: list[int], *, seconds: float) -> list[Attached]:
        """Who has waited longer than `seconds` for a lock on one of the tables, and behind whom, in words."""
        named = {table(name): oid for oid, name in _numbered(session).items() if oid in oids}
        if not named:
            return []
        found = [(each, "a row") for each in session.records("doctor/read_blocked_rows", tables=list(named), seconds=seconds)]
        # who may not see the locks of tables is told of those of rows
        with contextlib.suppress(Refused):
            found += [(each, "the table") for each in session.records("doctor/read_blocked_tables", tables=list(named), seconds=seconds)]
        return [Attached(named[each["table"]], _waiting(each, what)) for each, what in found]

    def drop_trigger(self, session: Session, trigger: Installed) -> None:
        """Take a trigger off its table."""
        session.define("contract/drop_trigger", {"trigger": table(TableName(trigger.table.schema, trigger.name))})

    def drop(self, session: Session, kept: Kept) -> None:
        """Remove a table or view of ours."""
        name = table(TableName(SCHEMA, kept.name))
        if kept.form == TABLE:
            session.define("contract/drop_own_table", {"table": name})
        else:
            session.define("cutover/drop_view", {"view": name})

    def has_rows(self, session: Session, kept: Kept) -> bool:
        """Whether a table of ours holds anything."""
        return bool(session.value("cutover/has_logged", {"log": table(TableName(SCHEMA, kept.name))}))


def _installed(record: dict[str, Any], occupants: dict[TableName, Occupant], shut: set[int]) -> Installed:
    name = TableName(record["schema"], record["relation"])
    kind = owner_of_trigger(record["name"])[1]
    is_on = kind != "guard" or number_of(record["name"]) in shut
    oid = occupants[name].oid if name in occupants else 0
    return Installed(oid=oid, table=name, name=record["name"], kind=kind, is_always=is_on, is_off=not is_on)


def _numbered(session: Session) -> dict[int, TableName]:
    return {int(each["oid"]): TableName(each["schema"], each["name"]) for each in session.records("prepare/read_table_numbers")}


def _waiting(record: dict[str, Any], what: str) -> str:
    who = _who(record["pid"], record["user"])
    blocker = _who(record["blocker"], record["blocker_user"]) if record["blocker"] else "a prepared transaction"
    state = record["blocker_state"] or "of no session"
    return f"{who} has waited {record['seconds']:,.0f} s for {what}, behind {blocker}, {state}"


def _who(pid: int, user: str | None) -> str:
    return f'process {pid} of user "{user}"'
