"""What MySQL and MariaDB say of servers, tables, keys and what hangs on them. Reads only.

A table's definition is taken from what SHOW CREATE TABLE says, so that a like one is the same in all that the server knows.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from airlift.databases.mysql.clauses import ColumnClause, IndexClause, TableClauses, taken_apart
from airlift.databases.mysql.connecting import version_number
from airlift.databases.mysql.quoting import table as quoted_table
from airlift.databases.mysql.session import Session
from airlift.databases.shapes import Attachment, Column, ForeignKey, Index, Relation, Role, Sequence, Server
from airlift.errors import Interrupted
from airlift.spec import TableName

TOGETHER = 100
"""So many tables are asked for in one message."""
_BYTES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8}
_DEFAULT_ACTIONS = ("RESTRICT", "NO ACTION")
"""What happens where nothing is said, in the one server's words and in the other's; InnoDB knows no difference."""


class Catalog:
    """Reads in the caller's transaction."""

    def server(self, session: Session) -> Server:
        """Which server this session is on."""
        found = session.records("sessions/read_identity")[0]
        # all sessions of ours speak utf8mb4, whatever the server's tables are in
        return Server(**found, timeline=0, is_standby=False, version=version_number(found["version_text"]), encoding="utf8mb4")

    def relations(self, session: Session) -> dict[TableName, Relation]:
        """Everything that takes up a table's name outside the system's schemas."""
        numbers = {(each["schema"], each["name"]): each for each in session.records("prepare/read_table_numbers")}
        found = {}
        for record in session.records("prepare/read_tables"):
            name = TableName(record.pop("schema"), record.pop("name"))
            relation = _relation(name, record, numbers.get((name.schema, name.name)))
            if relation is not None:
                found[name] = relation
        return found

    def columns(self, session: Session, table: Relation) -> list[Column]:
        """The table's columns in their order."""
        return self.columns_named(session, [table.name])[table.name]

    def columns_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[Column]]:
        """The columns of tables, by their oids, in their order."""
        names = self._names(session, oids)
        found = self.columns_named(session, names.values())
        return {oid: found[name] for oid, name in names.items()}

    def columns_named(self, session: Session, names: Iterable[TableName]) -> dict[TableName, list[Column]]:
        """The same by the tables' names."""
        return self._columns(session, _shown(session, "prepare/read_columns", list(names)))

    def columns_of_draft(self, session: Session, name: TableName) -> list[Column]:
        """The columns of a temporary table of this session."""
        return self._columns(session, _shown(session, "prepare/show_columns", [name]))[name]

    def _columns(self, session: Session, shown: dict[TableName, list[dict[str, Any]]]) -> dict[TableName, list[Column]]:
        # by name: of a temporary table also the columns are shown that the server hides behind an index over an expression
        records = {name: {record["Field"]: record for record in found} for name, found in shown.items()}
        made = self.clauses(session, shown)
        for name in shown:
            # the server leaves a table out, or what it has of it, that somebody is defining something on just then
            if not {clause.name for clause in made[name].columns} <= records[name].keys():
                raise Interrupted(f'Table "{name}" was just being changed by somebody when it was looked at. This step looks anew.')
        kinds = {name: {field: session.type_shown(record["Type"]) for field, record in found.items()} for name, found in records.items()}
        return {
            name: [_column(clause, records[name][clause.name], kinds[name][clause.name]) for clause in made[name].columns] for name in shown
        }

    def indexes(self, session: Session, table: Relation) -> list[Index]:
        """The table's indexes, the primary key's first."""
        return self.indexes_named(session, [table.name])[table.name]

    def indexes_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[Index]]:
        """The indexes of tables, by their oids, the primary keys' first."""
        names = self._names(session, oids)
        found = self.indexes_named(session, names.values())
        return {oid: found[name] for oid, name in names.items()}

    def indexes_named(self, session: Session, names: Iterable[TableName]) -> dict[TableName, list[Index]]:
        """The same by the tables' names, temporary tables too."""
        return {name: _indexes(made) for name, made in self.clauses(session, names).items()}

    def checks_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        """The CHECK constraints of tables, by their oids: `name` and `definition`. A single column's stand in its definition."""
        names = self._names(session, oids)
        made = self.clauses(session, names.values())
        return {oid: [{"name": each.name, "definition": each.definition} for each in made[name].checks] for oid, name in names.items()}

    def options_of(self, session: Session, oids: Iterable[int]) -> dict[int, str]:
        """What CREATE TABLE says behind the columns, by the tables' oids; the comment comes along by itself."""
        names = self._names(session, oids)
        made = self.clauses(session, names.values())
        return {oid: f"{made[name].options}\n{made[name].partitions}".strip() for oid, name in names.items()}

    def clauses(self, session: Session, names: Iterable[TableName]) -> dict[TableName, TableClauses]:
        """What tables are made of, by their names, temporary tables too."""
        found = _shown(session, "prepare/show_create_table", list(names))
        return {name: taken_apart(records[0].get("Create Table") or "") for name, records in found.items()}

    def attached_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[Attachment]]:
        """What hangs on tables and decides what their users may do or how fast, by their oids: what is ours left out.

        On a view nothing hangs.
        """
        names = self._names(session, oids)
        tables = [name for name, relation in self.relations(session).items() if relation.kind == "r" and name in names.values()]
        if not tables:
            return {oid: [] for oid in names}
        made = self.clauses(session, tables)
        triggers = session.records("sync/read_triggers", tables=[tuple(name) for name in tables])
        found = {
            name: [
                *_attached(made[name]),
                *(Attachment("trigger", each["trigger_name"], each["definition"]) for each in triggers if _is_of(each, name)),
            ]
            for name in tables
        }
        return {oid: found.get(name, []) for oid, name in names.items()}

    def statistics_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:  # noqa: ARG002
        """The extended statistics of tables, by their oids: these servers have none that a person makes."""
        return {oid: [] for oid in oids}

    def grants_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:  # noqa: ARG002
        """The grants on tables, by their oids: none, for they are a database's here, and are not carried."""
        return {oid: [] for oid in oids}

    def roles(self, session: Session) -> dict[str, Role]:  # noqa: ARG002
        """The roles of the server: none, for nothing here is handed to one."""
        return {}

    def statistics_names(self, session: Session, schema: str) -> set[str]:  # noqa: ARG002
        """The names of the extended statistics in a schema: none."""
        return set()

    def foreign_keys(self, session: Session, tables: Iterable[Relation]) -> list[ForeignKey]:
        """The foreign keys that start or end at one of the tables."""
        wanted = [tuple(table.name) for table in tables]
        records = session.records("prepare/read_foreign_keys", tables=wanted) if wanted else []
        return [_foreign_key(list(pairs)) for _, pairs in groupby(records, key=_constraint)]

    def sequences(self, session: Session, tables: Iterable[Relation]) -> list[Sequence]:
        """The numbers that AUTO_INCREMENT columns give out; each is its table's own, and has its name."""
        wanted = [tuple(table.name) for table in tables]
        return [_sequence(each) for each in session.records("prepare/read_numbered_columns", tables=wanted)] if wanted else []

    def enums(self, session: Session, tables: Iterable[Relation]) -> dict[TableName, list[str]]:  # noqa: ARG002
        """The enum types that the tables use: none, for here each column has its labels itself."""
        return {}

    def enum_names(self, session: Session) -> set[TableName]:  # noqa: ARG002
        """The enum types that are there: none."""
        return set()

    def _names(self, session: Session, oids: Iterable[int]) -> dict[int, TableName]:
        wanted = list(oids)
        if not wanted:
            return {}
        names = {relation.oid: name for name, relation in self.relations(session).items()}
        return {oid: names[oid] for oid in wanted}


def _relation(name: TableName, record: dict[str, Any], number: dict[str, Any] | None) -> Relation | None:
    """None for a table that was made or dropped between two questions."""
    own = -1 - int(record.pop("hash"))
    if record["kind"] == "r" and number is None:
        return None
    record |= {each: int(record[each]) for each in ("bytes", "rows")}
    return Relation(
        name=name, oid=int(number["oid"]) if number else own, filenode=int(number["filenode"]) if number else own, block_size=1,
        is_partition=False, row_security=False, has_rules=False, inherits=False, is_owner=True, is_typed=False, **record,
    )  # fmt: skip


def _shown(session: Session, file: str, names: list[TableName]) -> dict[TableName, list[dict[str, Any]]]:
    """What the server says of each of the tables. It is asked of each by its name: else it opens all that there are."""
    found: dict[TableName, list[dict[str, Any]]] = {}
    for first in range(0, len(names), TOGETHER):
        asked = names[first : first + TOGETHER]
        found |= zip(asked, session.records_of([_asking(session, file, name) for name in asked]), strict=True)
    return found


def _asking(session: Session, file: str, name: TableName) -> str:
    return session.text(file, {"table": quoted_table(name)}, schema=name.schema, name=name.name)


def _column(clause: ColumnClause, record: dict[str, Any], kind: str) -> Column:
    extra = str(record["Extra"]).upper()
    identity = "d" if "AUTO_INCREMENT" in extra else ""
    generated = {"STORED": "s", "PERSISTENT": "s", "VIRTUAL": "v"}.get(extra.split(" ")[0], "") if "DEFAULT_" not in extra else ""
    return Column(
        name=clause.name, type=kind, type_name=type_name(kind), type_schema="", type_kind="b", is_built_in=True, has_custom_element=False,
        has_binary_form=False, base_type=kind, not_null=record["Null"] == "NO", identity=identity, generated=generated,
        default_expression=clause.default, is_deterministic=_tells_apart(record["Collation"]), collation=record["Collation"],
        comment=record["Comment"] or None, definition=clause.definition,
    )  # fmt: skip


def type_name(kind: str) -> str:
    """The bare word of a type: "int" of "int(11) unsigned"."""
    found = re.match(r"\w+", kind)
    return found.group().lower() if found else kind


def _tells_apart(collation: str | None) -> bool:
    """Whether only texts of the same bytes are equal, but for blanks at their ends."""
    return collation is None or collation.endswith("_bin") or collation == "binary"


def _indexes(made: TableClauses) -> list[Index]:
    not_null = {each.name for each in made.columns if each.is_not_null}
    keys = [each for each in made.indexes if _is_key(each, not_null)]
    clustered = keys[0] if keys else None
    numbered = {each.name for each in made.columns if each.is_numbered}
    return [_index(each, is_key=each in keys, is_kept=each is clustered or bool(numbered & set(each.columns[:1]))) for each in made.indexes]


def _index(clause: IndexClause, *, is_key: bool, is_kept: bool) -> Index:
    is_primary = clause.definition.startswith("PRIMARY")
    return Index(
        name=clause.name, is_unique=is_primary or clause.definition.startswith("UNIQUE"), is_primary=is_primary, is_valid=True,
        tail=clause.definition, constraint_name=None, constraint_type=KEPT if is_kept else None, constraint_definition=None,
        is_deferrable=False, deferring="", is_key=is_key, columns=clause.columns,
    )  # fmt: skip


KEPT = "kept"
"""The `constraint_type` of an index that a table can't be without: its rows lie in its order, or AUTO_INCREMENT needs it."""


def _is_key(clause: IndexClause, not_null: set[str]) -> bool:
    is_unique = clause.definition.startswith(("PRIMARY", "UNIQUE"))
    return is_unique and clause.is_whole and not_null.issuperset(clause.columns)


def _attached(made: TableClauses) -> Iterator[Attachment]:
    yield from map(_attached_index, made.indexes)
    yield from (Attachment("check constraint", each.name, each.definition) for each in made.checks)
    yield from (Attachment("foreign key", each.name, each.definition) for each in made.foreign_keys)
    for each in made.columns:
        facts = {
            "column": each.type,
            "NOT NULL": "on" if each.is_not_null else None,
            "default": each.default,
            "generation": each.generation,
            "identity": "by default" if each.is_numbered else None,
            "check constraint": f"CHECK {each.check}" if each.check else None,
        }
        yield from (Attachment(kind, each.name, fact) for kind, fact in facts.items() if fact is not None)


def _attached_index(clause: IndexClause) -> Attachment:
    if clause.definition.startswith("PRIMARY"):
        return Attachment("unique constraint", clause.name, clause.tail)
    return Attachment("unique index" if clause.definition.startswith("UNIQUE") else "index", clause.name, clause.tail)


def _is_of(record: dict[str, Any], name: TableName) -> bool:
    return (record["schema"], record["name"]) == (name.schema, name.name)


def _constraint(record: dict[str, Any]) -> tuple[str, ...]:
    return record["name"], record["child_schema"], record["child_name"]


def _foreign_key(pairs: list[dict[str, Any]]) -> ForeignKey:
    first = pairs[0]
    actions = [f"ON {word} {first[rule]}" for word, rule in (("DELETE", "on_delete"), ("UPDATE", "on_update"))]
    return ForeignKey(
        oid=first["oid"], name=first["name"], child=TableName(first["child_schema"], first["child_name"]),
        columns=[each["own"] for each in pairs], parent=TableName(first["parent_schema"], first["parent_name"]),
        parent_columns=[each["referenced"] for each in pairs],
        actions=" ".join(each for each in actions if not each.endswith(_DEFAULT_ACTIONS)), is_validated=True,
    )  # fmt: skip


def _sequence(record: dict[str, Any]) -> Sequence:
    name = TableName(record["schema"], record["name"])
    bits = 8 * _BYTES.get(type_name(record["type"]), 8)
    top = 2**bits - 1 if "unsigned" in record["type"] else 2 ** (bits - 1) - 1
    return Sequence(
        table=name, column=record["column"], name=name, is_identity=True, is_owned=True, start_value=int(record["next"]), increment=1,
        minimum=1, maximum=top, cycles=False, cache=1, type=record["type"], owner=record["owner"], grants=[],
    )  # fmt: skip
