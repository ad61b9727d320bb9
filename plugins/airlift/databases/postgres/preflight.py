"""What has to be known of a PostgreSQL server before a migration may begin. Reads the catalogs only; what is tried is in drafts.py."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from airlift.databases.examined import Attached, CustomType, Misfit, Obstacle, OwnObject, Part, Powers, SchemaRights, Trigger, Unfit
from airlift.databases.naming import owner_of_object, owner_of_trigger
from airlift.databases.postgres.definitions import Rights
from airlift.databases.postgres.drafts import Drafts
from airlift.databases.postgres.quoting import quoted, table
from airlift.databases.postgres.session import Session
from airlift.databases.scanning import SHOWN, misfits
from airlift.databases.shapes import Column, ForeignKey, Relation
from airlift.spec import TableName

_KINDS = {
    "p": "is partitioned, which this release does not move",
    "f": "is a foreign table: its rows are on another server",
    "v": "is a view, not a table",
    "m": "is a materialized view, not a table",
    "S": "is a sequence, not a table",
    "i": "is an index, not a table",
    "I": "is an index, not a table",
    "c": "is a composite type, not a table",
}
_TYPE_KINDS = {"b": "base type", "c": "composite type", "d": "domain", "e": "enum", "r": "range type"}


class Examination:
    """Each method answers one question, in the caller's transaction."""

    oldest_version = 130000
    oldest_release = "PostgreSQL 13"
    own_schema = "airlift"
    identity_remedy = 'Grant the role EXECUTE on function "pg_control_system()": it tells one server from another'
    activity_remedy = 'Grant the role "pg_read_all_stats"'

    def __init__(self) -> None:
        self.drafts = Drafts()

    @contextmanager
    def reading(self, session: Session) -> Iterator[None]:
        """A transaction in which nothing can be written."""
        with session.transaction(transaction_read_only="on"):
            yield

    def powers(self, session: Session) -> Powers:
        """What our role may do here. Needs no transaction."""
        return Powers(**session.records("preflight/read_powers")[0])

    def schemas(self, session: Session, names: Iterable[str]) -> list[SchemaRights]:
        """What our role may do in each of the schemas."""
        return [SchemaRights(**record) for record in session.records("preflight/read_schemas", names=sorted(set(names)))]

    def own_objects(self, session: Session) -> list[OwnObject]:
        """What there is in the schema of ours."""
        return [
            OwnObject(record["name"], record["is_owner"], owner_of_object(record["name"])[0])
            for record in session.records("preflight/read_own_objects")
        ]

    def obstacles(self, session: Session, parts: list[Part], *, migration: str, where: str) -> list[Obstacle]:  # noqa: ARG002
        """What only this engine knows to be in the way on one side: all of it has a question of its own."""
        return []

    def obstacles_between(self, source: Session, target: Session) -> list[Obstacle]:  # noqa: ARG002
        """What two servers of this kind have otherwise, and had better not: nothing that is not asked for elsewhere."""
        return []

    def is_base_table(self, relation: Relation) -> bool:
        """Whether a pattern of the spec may mean it."""
        return relation.kind in ("r", "p")

    def unfitness(self, relation: Relation) -> str | None:
        """Why the rows of a relation can't be moved, or moved to; None where nothing in its kind forbids it."""
        if relation.kind != "r":
            return _KINDS.get(relation.kind, "is not a table")
        if relation.is_partition:
            return "is a partition of another table, which this release does not move"
        if relation.inherits:
            return "takes part in table inheritance, which this release does not move"
        if relation.is_typed:
            return "is a typed table (CREATE TABLE ... OF), which this release does not move"
        if relation.persistence != "p":
            return "is unlogged: it is empty after a crash, and so can't be proven equal"
        return None

    def holds_large_objects(self, column: Column) -> bool:
        """Whether the column may hold the numbers of large objects, which no table's rows carry along."""
        return column.type_name in ("oid", "lo")

    def occupants(self, session: Session, names: Iterable[TableName]) -> dict[TableName, str]:
        """What stands where something new is to stand, in words."""
        wanted = list(names)
        values = {"schemas": [name.schema for name in wanted], "names": [name.name for name in wanted]}
        return {
            TableName(record["schema"], record["name"]): _words(record) for record in session.records("preflight/read_occupants", **values)
        }

    def triggers(self, session: Session, oids: list[int]) -> list[Trigger]:
        """The triggers on the tables, ours among them; not those of foreign keys."""
        records = session.records("preflight/read_triggers", oids=oids)
        return [Trigger(**record, migration=owner_of_trigger(record["name"])[0]) for record in records]

    def dependents(self, session: Session, oids: list[int]) -> list[Attached]:
        """What would go on with the old table after it was renamed: views, rules, policies, functions, row types."""
        with session.qualified():
            records = session.records("preflight/read_dependents", oids=oids)
        return [Attached(record["oid"], _words(record)) for record in records]

    def publications(self, session: Session, oids: list[int]) -> tuple[list[str], list[Attached]]:
        """The publications of all tables, and those that publish any of these."""
        records = session.records("preflight/read_publications", oids=oids)
        everything = [record["name"] for record in records if record["oid"] is None]
        return everything, [Attached(record["oid"], record["name"]) for record in records if record["oid"] is not None]

    def schema_publications(self, session: Session, schemas: Iterable[str], version: int) -> list[tuple[str, str]]:
        """The publications that a new table in one of the schemas would join by itself: each with the schema."""
        if version < 150000:
            return []
        records = session.records("preflight/read_schema_publications", schemas=sorted(set(schemas)))
        return [(record["name"], record["schema"]) for record in records]

    def subscriptions(self, session: Session, oids: list[int]) -> list[Attached]:
        """The subscriptions that write the tables."""
        return _attached(session.records("preflight/read_subscriptions", oids=oids))

    def extensions(self, session: Session, oids: list[int]) -> list[Attached]:
        """The extensions that tables belong to."""
        return _attached(session.records("preflight/read_extension_members", oids=oids))

    def event_triggers(self, session: Session) -> list[str]:
        """The event triggers that our own definitions would set off."""
        return [record["name"] for record in session.records("preflight/read_event_triggers")]

    def shared_sequences(self, session: Session, oids: list[int]) -> list[Attached]:
        """The sequences of these tables that others draw from too, in words."""
        with session.qualified():
            records = session.records("preflight/read_shared_sequences", oids=oids)
        return [Attached(record["oid"], f'sequence "{record["sequence"]}" with table "{record["other"]}"') for record in records]

    def types_of(self, session: Session, oids: list[int]) -> list[CustomType]:
        """The types that somebody made and the tables use, also inside others."""
        return self._types(session, oids=oids, names=[])

    def types_named(self, session: Session, names: Iterable[TableName]) -> list[CustomType]:
        """The types of these names, as far as there are any."""
        return self._types(session, oids=[], names=[table(name) for name in names])

    def unhashable(self, session: Session, keys: Mapping[int, list[str]]) -> list[tuple[int, str, str]]:
        """Those of the tables' key columns that rows can't be matched by through a hash: table, column and type."""
        pairs = [(oid, name) for oid, names in keys.items() for name in names]
        values = {"oids": [oid for oid, _ in pairs], "names": [name for _, name in pairs]}
        records = session.records("preflight/read_unhashable_columns", **values)
        return [(record["oid"], record["name"], record["type"]) for record in records]

    def strangers(self, session: Session, rights: Iterable[Rights]) -> list[str]:
        """The roles that may use any of the tables and whose sessions ours can't look into."""
        ours = {record["name"] for record in session.records("prepare/read_roles") if record["is_member"]}
        grantees = {grant["grantee"] or "PUBLIC" for each in rights for grant in each.grants}
        return sorted(grantees - ours)

    def prepared(self, session: Session) -> list[tuple[str, str]]:
        """The prepared transactions of this database: name, and whose it is in words."""
        return [
            (record["gid"], f'role "{record["role"]}", for {record["seconds"]:,.0f} s')
            for record in session.records("preflight/read_prepared")
        ]

    def old_transactions(self, session: Session, oids: list[int], *, seconds: float) -> list[Attached]:
        """The transactions older than `seconds` that hold locks on the tables, in words. Never what they run."""
        return [
            Attached(record["oid"], _transaction(record))
            for record in session.records("preflight/read_old_transactions", oids=oids, seconds=seconds)
        ]

    def wraparound_vacuums(self, session: Session, oids: list[int]) -> list[Attached]:
        """The vacuums that can't be sent away, in words."""
        records = session.records("preflight/read_wraparound_vacuums", oids=oids)
        return [Attached(record["oid"], f"process {record['pid']}") for record in records]

    def snapshot_defaults(self, session: Session) -> list[str]:
        """Where a transaction keeps one snapshot for its whole life unless it says otherwise, in words."""
        found = []
        for record in session.records("preflight/read_isolation_defaults"):
            places = [f'{kind} "{record[kind]}"' for kind in ("role", "database") if record[kind] is not None]
            found.append(f"{' in '.join(places) or 'the server'} ({record['level']})")
        return found

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
            "value": f"pg_catalog.left({quoted(column)}::pg_catalog.text, {SHOWN})", "condition": condition, "table": table(name),
            "key": ", ".join(f"{quoted(each)}::pg_catalog.text" for each in key),
        }  # fmt: skip
        return [(list(keys), value) for value, *keys in session.rows("preflight/read_unfit", holes, most=most)]

    def twins(self, session: Session, name: TableName, parts: list[str], *, most: int) -> list[list[str]]:  # noqa: ARG002
        """The values that several rows have in an index where texts are compared as on the target: all servers tell its texts apart."""
        return []

    def misspelled(self, session: Session, key: ForeignKey) -> int:
        """How many rows spell a text of a foreign key otherwise than the row that they reference."""
        pairs = list(zip(key.columns, key.parent_columns, strict=True))
        holes = {
            "child": table(key.child),
            "parent": table(key.parent),
            "matching": " AND ".join(f"c.{quoted(own)} = p.{quoted(to)}" for own, to in pairs),
            "is_other": " OR ".join(
                f'c.{quoted(own)}::pg_catalog.text COLLATE "C" <> p.{quoted(to)}::pg_catalog.text COLLATE "C"' for own, to in pairs
            ),
        }
        return int(session.value("preflight/count_misspelled", holes))

    def tie(self, key: ForeignKey, *, to_parent: bool) -> str | None:  # noqa: ARG002
        """In place: why a foreign key to or from a table that stays can't be, if it can't."""
        return None

    def begin_alone(self, session: Session) -> None:
        """Let nobody else begin a migration on this database until the transaction ends."""
        session.run("preflight/lock_ledger")

    def create_schema(self, session: Session) -> None:
        """Make the schema of our own objects where it is missing."""
        session.run("prepare/create_schema")

    def publish_status(self, session: Session, stages: dict[int, str]) -> None:
        """Make the view `airlift.status`; `stages` are the words for the ledger's numbers."""
        session.run("prepare/create_status_view", numbers=list(stages), words=list(stages.values()))

    def _types(self, session: Session, *, oids: list[int], names: list[str]) -> list[CustomType]:
        with session.qualified():
            records = session.records("preflight/read_types", oids=oids, names=names)
        return [
            CustomType(
                name=TableName(record["schema"], record["name"]),
                kind=_TYPE_KINDS[record["kind"]],
                is_enum=record["kind"] == "e",
                definition=record["definition"] or "",
            )
            for record in records
        ]


def _words(record: dict[str, Any]) -> str:
    return f'{record["kind"]} "{record["identity"]}"'


def _attached(records: list[dict[str, Any]]) -> list[Attached]:
    return [Attached(record["oid"], record["name"]) for record in records]


def _transaction(record: dict[str, Any]) -> str:
    name = f" ({record['application']})" if record["application"] else ""
    return f'process {record["pid"]} of role "{record["role"]}"{name}, open for {record["seconds"]:,.0f} s'
