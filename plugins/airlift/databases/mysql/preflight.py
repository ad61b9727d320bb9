"""What has to be known of a MySQL or MariaDB server before a migration may begin. Reads only; what is tried is in drafts.py."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from airlift.databases.examined import Attached, CustomType, Misfit, Obstacle, OwnObject, Part, Powers, SchemaRights, Trigger, Unfit
from airlift.databases.mysql import obstacles
from airlift.databases.mysql.catalog import Catalog
from airlift.databases.mysql.definitions import Rights
from airlift.databases.mysql.drafts import Drafts
from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.rights import EVERYWHERE, PROCESS, privileges
from airlift.databases.mysql.session import Session
from airlift.databases.naming import SCHEMA, SENTRY, owner_of_object, owner_of_trigger
from airlift.databases.scanning import SHOWN, misfits
from airlift.databases.shapes import Column, ForeignKey, Relation
from airlift.errors import Interrupted, Refused
from airlift.spec import TableName

ALONE_WITHIN = 60
"""Seconds in which another one that begins a migration has to come to its end."""
_KINDS = {
    "v": "is a view, not a table",
    "S": "is a sequence, not a table",
    "h": "is system-versioned: its history can't be moved",
}


class Examination:
    """Each method answers one question, in the caller's transaction."""

    oldest_version = 80013
    oldest_release = "MySQL 8.0.13"
    own_schema = SCHEMA
    identity_remedy = "Let the account read server variables: they tell one server from another"
    activity_remedy = "Grant the account PROCESS"
    _everywhere: tuple[str, ...] = tuple(EVERYWHERE)
    moves_ties = False
    """Whether a foreign key of a locked table may be pointed at one that is not locked."""
    _has_to_see_locks = True

    def __init__(self) -> None:
        self.drafts = Drafts()
        self._catalog = Catalog()

    @contextmanager
    def reading(self, session: Session) -> Iterator[None]:
        """A transaction in which nothing can be written."""
        with session.transaction(transaction_read_only="on"):
            yield

    def powers(self, session: Session) -> Powers:
        """What our account may do here. Needs no transaction."""
        rights = privileges(session)
        return Powers(
            is_standby=False, is_read_only=False, role=rights.account,
            may_create_schemas=bool(rights.role) or rights.has("CREATE", SCHEMA),
            may_make_temporary=bool(rights.role) or rights.has("CREATE TEMPORARY TABLES", SCHEMA),
            sees_activity=bool(rights.role) or PROCESS in rights.everywhere,
        )  # fmt: skip

    def schemas(self, session: Session, names: Iterable[str]) -> list[SchemaRights]:
        """What our account may do in each of the databases."""
        wanted = sorted(set(names))
        rights = privileges(session)
        there = {name for (name,) in session.rows("preflight/read_schemas", names=wanted)} if wanted else set()
        return [
            SchemaRights(
                name, is_there=name in there, may_use=bool(rights.role) or rights.has("SELECT", name),
                may_create=bool(rights.role) or rights.has("CREATE", name),
            )
            for name in wanted
        ]  # fmt: skip

    def own_objects(self, session: Session) -> list[OwnObject]:
        """What there is in the database of ours."""
        names = [name for (name,) in session.rows("preflight/read_own_objects")]
        return [OwnObject(name, is_owner=True, migration=owner_of_object(name)[0]) for name in names]

    def obstacles(self, session: Session, parts: list[Part], *, migration: str, where: str) -> list[Obstacle]:
        """What only this engine knows to be in the way on one side; `where` is the server, for people."""
        return list(
            obstacles.found(
                session, parts, everywhere=self._everywhere, migration=migration, where=where, has_to_see_locks=self._has_to_see_locks
            )
        )

    def obstacles_between(self, source: Session, target: Session) -> list[Obstacle]:
        """What two servers of this kind have otherwise, and had better not."""
        return list(obstacles.between(source, target))

    def is_base_table(self, relation: Relation) -> bool:
        """Whether a pattern of the spec may mean it."""
        return relation.kind in ("r", "h", "o")

    def unfitness(self, relation: Relation) -> str | None:
        """Why the rows of a relation can't be moved, or moved to; None where nothing in its kind forbids it."""
        if relation.kind == "o":
            engine = relation.persistence or "no engine that the server knows"
            return f"is of {engine}, not InnoDB: a change that is rolled back would stay there and not in its log"
        return None if relation.kind == "r" else _KINDS.get(relation.kind, "is not a table")

    def holds_large_objects(self, column: Column) -> bool:  # noqa: ARG002
        """Whether the column may hold the numbers of large objects: there are none here."""
        return False

    def occupants(self, session: Session, names: Iterable[TableName]) -> dict[TableName, str]:
        """What stands where something new is to stand, in words."""
        wanted = [tuple(name) for name in names]
        records = session.records("preflight/read_occupants", names=wanted, sentry=SENTRY) if wanted else []
        return {TableName(each["schema"], each["name"]): f'{_word(each["type"])} "{each["schema"]}.{each["name"]}"' for each in records}

    def triggers(self, session: Session, oids: list[int]) -> list[Trigger]:
        """The triggers on the tables, ours among them."""
        names = self._names(session, oids)
        records = session.records("preflight/read_triggers", tables=[tuple(name) for name in names]) if names else []
        return [
            Trigger(names[TableName(each["schema"], each["table"])], each["name"], True, owner_of_trigger(each["name"])[0])
            for each in records
        ]

    def dependents(self, session: Session, oids: list[int]) -> list[Attached]:  # noqa: ARG002
        """What would go on with the old table after it was renamed: nothing, for all that reads a table finds it by its name."""
        return []

    def publications(self, session: Session, oids: list[int]) -> tuple[list[str], list[Attached]]:  # noqa: ARG002
        """The publications of all tables, and those that publish any of these: there are none here."""
        return [], []

    def schema_publications(self, session: Session, schemas: Iterable[str], version: int) -> list[tuple[str, str]]:  # noqa: ARG002
        """The publications that a new table in one of the databases would join by itself: none."""
        return []

    def subscriptions(self, session: Session, oids: list[int]) -> list[Attached]:  # noqa: ARG002
        """The subscriptions that write the tables: none."""
        return []

    def extensions(self, session: Session, oids: list[int]) -> list[Attached]:  # noqa: ARG002
        """The extensions that tables belong to: none."""
        return []

    def event_triggers(self, session: Session) -> list[str]:  # noqa: ARG002
        """The event triggers that our own definitions would set off: none."""
        return []

    def shared_sequences(self, session: Session, oids: list[int]) -> list[Attached]:  # noqa: ARG002
        """The sequences of these tables that others draw from too: none, each table has its own numbers."""
        return []

    def types_of(self, session: Session, oids: list[int]) -> list[CustomType]:  # noqa: ARG002
        """The types that somebody made and the tables use: none."""
        return []

    def types_named(self, session: Session, names: Iterable[TableName]) -> list[CustomType]:  # noqa: ARG002
        """The types of these names: none."""
        return []

    def unhashable(self, session: Session, keys: Mapping[int, list[str]]) -> list[tuple[int, str, str]]:  # noqa: ARG002
        """Those of the tables' key columns that rows can't be matched by through a hash: rows are matched by an index here."""
        return []

    def strangers(self, session: Session, rights: Iterable[Rights]) -> list[str]:  # noqa: ARG002
        """The accounts whose sessions ours can't look into: it sees all or none, as its own rights say."""
        return []

    def prepared(self, session: Session) -> list[tuple[str, str]]:
        """The prepared transactions of this server: name, and whose it is in words."""
        # that our account may not see them is told as a right that it lacks
        with suppress(Refused):
            return [(_text(each["data"]), "an XA transaction") for each in session.records("preflight/read_prepared")]
        return []

    def old_transactions(self, session: Session, oids: list[int], *, seconds: float) -> list[Attached]:
        """The transactions older than `seconds` that hold the tables, in words, where the server keeps that. Never what they run."""
        names = self._names(session, oids)
        if not names:
            return []
        # whoever may not read the performance schema is told of blockers when they block
        with suppress(Refused):
            records = session.records("preflight/read_old_transactions", tables=[tuple(name) for name in names], seconds=seconds)
            return [Attached(names[TableName(each["schema"], each["name"])], _transaction(each)) for each in records]
        return []

    def wraparound_vacuums(self, session: Session, oids: list[int]) -> list[Attached]:  # noqa: ARG002
        """The vacuums that can't be sent away: none."""
        return []

    def snapshot_defaults(self, session: Session) -> list[str]:
        """Where a transaction keeps one snapshot for its whole life unless it says otherwise, in words."""
        level = str(session.value("preflight/read_isolation_default")).replace("-", " ").lower()
        return [f"the server ({level})"] if level in ("repeatable read", "serializable") else []

    def unfit_values(
        self, session: Session, name: TableName, key: list[str], conditions: Mapping[str, Sequence[Unfit]], *, most: int
    ) -> list[Misfit]:
        """The values of a table that meet conditions under which the other side can't hold them, by column, with up to `most` rows each.

        One read of the table counts them all; only where there are any, some are looked for.
        """
        return misfits(
            conditions,
            counted=lambda counts: session.row("preflight/count_unfit", {"counts": counts, "table": table(name)}),
            examples=lambda column, condition: self._unfit_rows(session, name, key, column, condition, most=most),
        )

    def _unfit_rows(
        self, session: Session, name: TableName, key: list[str], column: str, condition: str, *, most: int
    ) -> list[tuple[list[str], str]]:
        holes = {
            "value": f"LEFT(CAST({quoted(column)} AS CHAR), {SHOWN})", "condition": condition, "table": table(name), "key": listed(key),
        }  # fmt: skip
        found = session.rows("preflight/read_unfit", holes, most=most)
        return [([_key_text(each) for each in keys], value) for value, *keys in found]

    def twins(self, session: Session, name: TableName, parts: list[str], *, most: int) -> list[list[str]]:
        """Some of the values, as texts, that several rows of a table have in the `parts` of an index, which are our SQL."""
        holes = {
            "values": ", ".join(f"LEFT(CAST(MIN({part}) AS CHAR), {SHOWN})" for part in parts),
            "table": table(name),
            "are_set": " AND ".join(f"{part} IS NOT NULL" for part in parts),
            "parts": ", ".join(parts),
        }
        return [list(map(_key_text, found)) for found in session.rows("preflight/read_twins", holes, most=most)]

    def misspelled(self, session: Session, key: ForeignKey) -> int:
        """How many rows spell a text of a foreign key otherwise than the row that they reference."""
        pairs = list(zip(key.columns, key.parent_columns, strict=True))
        holes = {
            "child": table(key.child),
            "parent": table(key.parent),
            "matching": " AND ".join(f"c.{quoted(own)} = p.{quoted(to)}" for own, to in pairs),
            "is_other": " OR ".join(f"NOT (CAST(c.{quoted(own)} AS binary) <=> CAST(p.{quoted(to)} AS binary))" for own, to in pairs),
        }
        return int(session.value("preflight/count_misspelled", holes))

    def tie(self, key: ForeignKey, *, to_parent: bool) -> str | None:
        """In place: why a foreign key to or from a table that stays can't be, if it can't."""
        if not self.moves_ties:
            return "ties it to a table that stays: this server moves no foreign key without waiting for both tables"
        if to_parent and key.actions:
            return f'has {key.actions}: what is deleted or changed in table "{key.parent}" would fire no trigger here, and be in no window'
        return None

    def begin_alone(self, session: Session) -> None:
        """Let nobody else begin a migration on this server until the session ends."""
        if session.value("preflight/lock_ledger", seconds=ALONE_WITHIN) != 1:
            raise Interrupted("Another migration is being begun on the target's server. This step tries again.")

    def create_schema(self, session: Session) -> None:
        """Make the database of our own objects where it is missing."""
        if not session.rows("preflight/read_schemas", names=[SCHEMA]):
            session.define("prepare/create_schema")

    def publish_status(self, session: Session, stages: dict[int, str]) -> None:
        """Make the view `airlift.status`; `stages` are the words for the ledger's numbers."""
        rows = [session.text("prepare/name_stage", number=number, words=words) for number, words in stages.items()]
        session.define("prepare/create_status_view", {"stages": " UNION ALL ".join(rows)})

    def _names(self, session: Session, oids: Iterable[int]) -> dict[TableName, int]:
        wanted = set(oids)
        if not wanted:
            return {}
        return {name: relation.oid for name, relation in self._catalog.relations(session).items() if relation.oid in wanted}


class MariaDBExamination(Examination):
    """The same on MariaDB."""

    oldest_version = 101100
    oldest_release = "MariaDB 10.11"
    _everywhere = (PROCESS,)
    moves_ties = True
    _has_to_see_locks = False


def _word(kind: str) -> str:
    return "view" if kind.endswith("VIEW") else "sequence" if kind == "SEQUENCE" else "table"


def _key_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _transaction(record: dict[str, Any]) -> str:
    return f'process {record["pid"]} of account "{record["account"]}", open for {record["seconds"]:,.0f} s'
