"""Make tables like those of the source, reshape them as the spec says, set their keys and indexes aside for the load, guard them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from airlift import sqlfiles
from airlift.databases.naming import guard_trigger
from airlift.databases.postgres.catalog import Catalog
from airlift.databases.postgres.quoting import LONGEST_NAME, quoted, table
from airlift.databases.postgres.session import ENGINES, Session
from airlift.databases.postgres.triggers import stays
from airlift.databases.shapes import Column, ForeignKey, Index, Layout, Relation, Role, Sequence
from airlift.spec import Table, TableName

VIEW_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")
_WRITING = ("SELECT", "INSERT", "UPDATE")
"""What is needed of the table below to write through a view's trigger."""


class Definitions:
    """Changes the target's schema only, in the caller's transactions."""

    indexes_in_one_pass = False
    """Whether all indexes of a table are to be built by one statement."""

    def __init__(self) -> None:
        self._catalog = Catalog()

    def create_enum(self, session: Session, name: TableName, labels: list[str]) -> None:
        """Make an enum type."""
        literals = ", ".join(session.value("prepare/quote_literal", value=label) for label in labels)
        session.run("prepare/create_enum", {"type": table(name), "labels": literals})

    def drop_shared(self, session: Session, kind: str, name: TableName) -> None:
        """Remove an enum type or a sequence ("enum", "sequence") that we made for the new tables. Refused where others use it."""
        if kind == "enum":
            session.run("contract/drop_enum", {"type": table(name)})
        else:
            session.run("contract/drop_sequence", {"sequence": table(name)})

    def create_sequence(self, session: Session, sequence: Sequence, roles: Mapping[str, Role]) -> list[str]:
        """Make a sequence like the source's, with its rights; what of them could not be given, in words."""
        session.run(
            "prepare/create_sequence",
            {
                "sequence": table(sequence.name),
                "type": sequence.type,
                "cycling": "CYCLE" if sequence.cycles else "NO CYCLE",
            },
            increment=sequence.increment,
            minimum=sequence.minimum,
            maximum=sequence.maximum,
            start=sequence.start_value,
            cache=sequence.cache,
        )
        return self.take_over_sequence_rights(session, sequence, sequence.name, roles)

    def take_over_sequence_rights(self, session: Session, sequence: Sequence, name: TableName, roles: Mapping[str, Role]) -> list[str]:
        """Give the sequence `name` the owner and the grants of another; what could not be given, in words."""
        rights = Rights(owner=sequence.owner, grants=sequence.grants)
        return self.take_over_rights(session, rights=rights, name=name, kind="SEQUENCE", columns={}, roles=roles)

    def own_sequence(self, session: Session, sequence: TableName, owner: TableName, column: str) -> None:
        """Let a column own a sequence."""
        session.run("prepare/own_sequence", {"sequence": table(sequence), "table": table(owner), "column": quoted(column)})

    def indispensable(self, indexes: list[Index]) -> list[Index]:  # noqa: ARG002
        """The indexes that a table is to have from the beginning: none."""
        return []

    def create_table(
        self,
        session: Session,
        name: TableName,
        *,
        migration: str,  # noqa: ARG002
        like: list[Column],
        indexes: list[Index],
        checks: list[dict[str, Any]],
        statistics: list[dict[str, Any]],
        options: str,  # noqa: ARG002
        old_name: TableName,
        taken: set[str],
        statistics_taken: set[str],
    ) -> None:
        """Make a table with the columns, checks, indexes and statistics of the old one.

        Made while it is empty and still has its old shape, so that the server itself carries every definition through a
        renamed or retyped column. `taken` are the names of the schema that are not free, `statistics_taken` those of its extended
        statistics; they grow.
        """
        session.run("prepare/create_table", {"table": table(name), "columns": ", ".join(column.definition for column in like)})
        for check in checks:
            holes = {"table": table(name), "constraint": quoted(check["name"]), "definition": check["definition"]}
            session.run("copying/add_constraint", holes)
        for index in indexes:
            self._create_index(session, name, index, free_name(index.name, old_name.name, name.name, taken))
        for each in statistics:
            own = TableName(name.schema, free_name(each["name"], old_name.name, name.name, statistics_taken))
            session.run("copying/create_statistics", {"statistics": table(own), "tail": each["tail"], "table": table(name)})

    def reshape(self, session: Session, name: TableName, spec: Table, old: list[Column]) -> None:
        """Bring a table of the old shape into the new one."""
        columns = {column.name: column for column in old}
        holes = {"table": table(name)}
        for gone in spec.drop:
            session.run("prepare/drop_column", {**holes, "column": quoted(gone)})
        for new_name, how in spec.columns.items():
            column = {**holes, "column": quoted(new_name)}
            if how.add is not None:
                session.run("prepare/add_column", {**column, "definition": how.add})
                continue
            if how.from_ is not None:
                session.run("prepare/rename_column", {**holes, "old": quoted(how.from_), "new": quoted(new_name)})
            if how.type is not None and (how.from_ or new_name) in columns:
                default = columns[how.from_ or new_name].default_expression
                if default is not None:
                    session.run("prepare/drop_default", column)
                session.run("prepare/alter_type", {**column, "type": how.type})
                if default is not None:
                    session.run("prepare/set_default", {**column, "type": how.type, "default": default})
            elif how.type is not None:
                session.run("prepare/add_column", {**column, "definition": how.type})

    def kept_aside(
        self, name: TableName, *, indexes: list[Index], statistics: list[dict[str, Any]], old_name: TableName, taken: set[str],
        statistics_taken: set[str],
    ) -> list[tuple[str, str, dict[str, Any]]]:  # fmt: skip
        """What `set_aside` would return of a table that keeps the old one's shape, so that nothing has to be made for it."""
        found: list[tuple[str, str, dict[str, Any]]] = []
        for index in indexes:
            own_name = free_name(index.name, old_name.name, name.name, taken)
            own = asdict(replace(index, name=own_name, constraint_name=own_name if index.constraint_name else None))
            if index.constraint_type != "x":
                found.append(("index", own_name, own))
            if index.constraint_name:
                found.append(("constraint", own_name, own))
        for each in statistics:
            own_name = free_name(each["name"], old_name.name, name.name, statistics_taken)
            found.append(("statistics", own_name, {**each, "schema": name.schema, "name": own_name}))
        return found

    def set_aside(self, session: Session, relation: Relation) -> list[tuple[str, str, dict[str, Any]]]:
        """Drop what would slow the load or stop it, and return it: kind, name and definition of each."""
        found: list[tuple[str, str, dict[str, Any]]] = []
        for index in self._catalog.indexes(session, relation):
            if index.constraint_type != "x":
                found.append(("index", index.name, asdict(index)))
            if index.constraint_name:
                found.append(("constraint", index.constraint_name, asdict(index)))
                session.run(
                    "prepare/drop_constraint",
                    {"table": table(relation.name), "constraint": quoted(index.constraint_name)},
                )
            else:
                session.run("prepare/drop_index", {"index": table(TableName(relation.name.schema, index.name))})
        for each in self._catalog.statistics_of(session, [relation.oid])[relation.oid]:
            found.append(("statistics", each["name"], each))
            session.run("prepare/drop_statistics", {"statistics": table(TableName(each["schema"], each["name"]))})
        return found

    def unfinished(self, session: Session, migration: str, relations: Iterable[Relation]) -> list[TableName]:  # noqa: ARG002
        """Those of the tables that an earlier try has begun to make, and that no ledger knows: none, for they went with its transaction."""
        return []

    def drop_aside(self, session: Session, name: TableName, noted: Iterable[tuple[str, str]]) -> None:
        """Drop what was set aside of a table and is still there, kind and name of each: nothing is, it went when it was set aside."""

    def constraint_name(self, name: str, *, of: TableName, to: TableName) -> str:  # noqa: ARG002
        """What a table's constraint is called on the new one beside it: each table has its own names."""
        return name

    def add_foreign_keys(self, session: Session, keys: Iterable[ForeignKey]) -> None:
        """Add foreign keys before the cutover: none, for a live one would act on rows that windows bring."""

    def drop_foreign_key(self, session: Session, child: TableName, name: str) -> None:
        """Drop a foreign key."""
        session.run("prepare/drop_constraint", {"table": table(child), "constraint": quoted(name)})

    def prepare_guard(self, session: Session, migration: str, names: Mapping[TableName, TableName]) -> None:
        """Make ready what is needed to shut tables by and by, each with the name that it has then: nothing is."""

    def is_shut_once_loaded(self, layout: Layout) -> bool:  # noqa: ARG002
        """Whether a new table is shut after the load only: no, for here a guard is asked once a statement."""
        return False

    def create_guard(self, session: Session, migration: str, names: Iterable[TableName]) -> None:
        """Shut target tables to all sessions but ours."""
        function = guard_function(migration)
        session.run("prepare/create_guard_function", {"function": function}, body=sqlfiles.body(ENGINES, "bodies/guard", {}))
        for name in names:
            holes = {"trigger": quoted(guard_trigger(migration)), "table": table(name), "function": function}
            is_there = stays(session, guard_trigger(migration), holes["table"])
            made = [] if is_there else [session.text("prepare/create_guard", holes, migration=migration)]
            session.together([*made, session.text("prepare/enable_trigger_always", holes)])

    def drop_guard(self, session: Session, migration: str, name: TableName) -> None:
        """Open a target table."""
        session.run("contract/drop_trigger", {"trigger": quoted(guard_trigger(migration)), "table": table(name)})

    def drop_guard_function(self, session: Session, migration: str) -> None:
        """Remove the guard's function, once no table has it."""
        session.run("contract/drop_function", {"function": guard_function(migration)})

    def guard_triggers(self, migration: str) -> list[str]:
        """The guard's triggers on a target table, as the catalog has them."""
        return [guard_trigger(migration)]

    def shut_tables(self, session: Session, migration: str, names: Iterable[TableName]) -> list[TableName]:
        """Those of the tables that are shut."""
        wanted = list(names)
        values = {"tables": [table(name) for name in wanted], "triggers": self.guard_triggers(migration)}
        return [wanted[each["position"] - 1] for each in session.records("prepare/read_capture", **values)]

    def has_rows(self, session: Session, name: TableName) -> bool:
        """Whether a table has any row."""
        return bool(session.value("prepare/has_rows", {"table": table(name)}))

    def drop_table(self, session: Session, name: TableName) -> None:
        """Remove a table that we made."""
        session.run("prepare/drop_table", {"table": table(name)})

    def take_over_comments(self, session: Session, layout: Layout, old: Relation, columns: list[Column]) -> None:
        """Give a new table the comments of the old one and of its columns, as far as they came over as they are."""
        if old.comment is not None:
            session.run("prepare/comment_on_table", {"table": table(layout.target)}, comment=old.comment)
        comments = {column.name: column.comment for column in columns if column.comment is not None}
        for each in layout.carried:
            if each.old in comments:
                holes = {"table": table(layout.target), "column": quoted(each.column)}
                session.run("prepare/comment_on_column", holes, comment=comments[each.old])

    def take_over_rights(
        self, session: Session, *, rights: "Rights", name: TableName, kind: str, columns: Mapping[str, str], roles: Mapping[str, Role]
    ) -> list[str]:
        """Give a table, view or sequence the owner and the grants of the old one; what could not be given, in words.

        `columns` are its names of the old one's columns, `roles` those of its server.
        """
        missing = []
        for grant in rights.grants:
            if grant["grantee"] is not None and grant["grantee"] not in roles:
                missing.append(f'{grant["privilege"]} on "{name.name}" for role "{grant["grantee"]}", which does not exist there')
                continue
            column = grant.get("column")
            if (kind == "VIEW" and grant["privilege"] not in VIEW_PRIVILEGES) or (column is not None and column not in columns):
                continue
            grantee = "PUBLIC" if grant["grantee"] is None else quoted(grant["grantee"])
            grantable = "WITH GRANT OPTION" if grant["is_grantable"] else ""
            holes = {"privilege": grant["privilege"], "object": table(name), "grantee": grantee, "grantable": grantable}
            of = f"({quoted(columns[column])})" if column is not None else ""
            session.run("prepare/grant", {**holes, "columns": of, "kind": "SEQUENCE" if kind == "SEQUENCE" else "TABLE"})
        owner = roles.get(rights.owner) if rights.owner is not None else None
        if owner and owner.is_member:
            if not owner.is_self:  # whoever makes it owns it
                session.run("prepare/change_owner", {"kind": kind, "object": table(name), "owner": quoted(owner.name)})
        elif rights.owner is not None:
            missing.append(f'role "{rights.owner}" as the owner of "{name.name}"')
        return missing

    def rights(self, session: Session, relations: Iterable[Relation]) -> "dict[int, Rights]":
        """Owners and grants of tables, by their oids."""
        owners = {relation.oid: relation.owner for relation in relations}
        return {oid: Rights(owner=owners[oid], grants=grants) for oid, grants in self._catalog.grants_of(session, owners).items()}

    def lacking_rights(self, session: Session, rights: "Rights", name: TableName) -> list[str]:
        """What those who write the old table may not do with a table that somebody made beforehand, in words."""
        wanted = [(grant["grantee"], grant["privilege"]) for grant in rights.of_somebody_else().grants if grant["privilege"] in _WRITING]
        values = {"roles": [role for role, _ in wanted], "privileges": [privilege for _, privilege in wanted]}
        records = session.records("preflight/read_lacking_rights", table=table(name), **values)
        return [f'{each["privilege"]} on "{name.name}" for role "{each["role"]}"' for each in records]

    def _create_index(self, session: Session, name: TableName, index: Index, own_name: str) -> None:
        holes = {"table": table(name), "index": quoted(own_name), "constraint": quoted(own_name), "tail": index.tail}
        if index.constraint_type == "x":
            session.run("copying/add_constraint", {**holes, "definition": str(index.constraint_definition)})
            return
        session.run("copying/create_index", {**holes, "unique": "UNIQUE" if index.is_unique else ""})
        if index.constraint_type:
            kind = "PRIMARY KEY" if index.is_primary else "UNIQUE"
            session.run("copying/add_constraint_using_index", {**holes, "kind": kind, "deferring": index.deferring})


@dataclass(frozen=True)
class Rights:
    """Owner and grants of a table; no owner: whoever makes it."""

    owner: str | None
    grants: list[dict[str, Any]]

    def of_somebody_else(self) -> "Rights":
        """The same on an object that the owner does not get: what he may do is granted to him."""
        own = [{"grantee": self.owner, "privilege": each, "is_grantable": False, "column": None} for each in VIEW_PRIVILEGES]
        return Rights(None, [*own, *self.grants])


def guard_function(migration: str) -> str:
    """The guard's function, quoted."""
    return table(TableName("airlift", f"{migration}_guard"))


def free_name(name: str, old_table: str, new_table: str, taken: set[str]) -> str:
    """A name for an object of the new table: the old one's where it is free, else with the new table's name in it."""
    candidate = name
    if candidate in taken and old_table in candidate:
        candidate = name.replace(old_table, new_table, 1)
    number = 1
    while candidate in taken or len(candidate.encode()) > LONGEST_NAME:
        number += 1
        room = LONGEST_NAME - len(str(number)) - 1
        candidate = f"{name.encode()[:room].decode(errors='ignore')}_{number}"
    taken.add(candidate)
    return candidate
