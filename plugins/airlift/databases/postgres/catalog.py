"""What PostgreSQL's catalogs say of servers, tables, keys and what hangs on them. Reads only."""

from collections.abc import Iterable
from typing import Any

from airlift.databases.postgres.session import Session
from airlift.databases.shapes import Attachment, Column, ForeignKey, Index, Relation, Role, Sequence, Server
from airlift.spec import TableName


class Catalog:
    """Reads in the caller's transaction; every name in a definition comes with its schema."""

    def server(self, session: Session) -> Server:
        """Which server this session is on."""
        return Server(**session.records("sessions/read_identity")[0])

    def relations(self, session: Session) -> dict[TableName, Relation]:
        """Everything that takes up a table's name outside the system's schemas."""
        found = {}
        for record in session.records("prepare/read_tables"):
            name = TableName(record.pop("schema"), record.pop("name"))
            found[name] = Relation(name=name, **record)
        return found

    def columns(self, session: Session, table: Relation) -> list[Column]:
        """The table's columns in their order."""
        return self.columns_of(session, [table.oid])[table.oid]

    def columns_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[Column]]:
        """The columns of tables, by their oids, in their order."""
        return {oid: [Column(**record) for record in records] for oid, records in self._each(session, "prepare/read_columns", oids).items()}

    def indexes(self, session: Session, table: Relation) -> list[Index]:
        """The table's indexes, the primary key's first."""
        return self.indexes_of(session, [table.oid])[table.oid]

    def indexes_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[Index]]:
        """The indexes of tables, by their oids, the primary keys' first."""
        return {oid: [Index(**record) for record in records] for oid, records in self._each(session, "prepare/read_indexes", oids).items()}

    def checks_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        """The CHECK constraints of tables, by their oids: `name` and `definition`."""
        return self._each(session, "prepare/read_checks", oids)

    def options_of(self, session: Session, oids: Iterable[int]) -> dict[int, str]:  # noqa: ARG002
        """What CREATE TABLE says behind the columns, by the tables' oids: nothing that is carried."""
        return dict.fromkeys(oids, "")

    def attached_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[Attachment]]:
        """What hangs on tables and decides what their users may do or how fast, by their oids: what is ours left out."""
        found = self._each(session, "sync/read_attached", oids)
        return {oid: [Attachment(**record) for record in records] for oid, records in found.items()}

    def statistics_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        """The extended statistics of tables, by their oids.

        Each has `schema`, `name` and `tail`, which stands between the statistic's name and the table's.
        """
        return self._each(session, "prepare/read_statistics", oids)

    def grants_of(self, session: Session, oids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        """The grants on tables and on their columns, by the tables' oids."""
        return self._each(session, "prepare/read_grants", oids)

    def roles(self, session: Session) -> dict[str, Role]:
        """The roles of the server."""
        return {record["name"]: Role(**record) for record in session.records("prepare/read_roles")}

    def statistics_names(self, session: Session, schema: str) -> set[str]:
        """The names of the extended statistics in a schema."""
        return {name for (name,) in session.rows("prepare/read_statistics_names", schema=schema)}

    def foreign_keys(self, session: Session, tables: Iterable[Relation]) -> list[ForeignKey]:
        """The foreign keys that start or end at one of the tables."""
        found = []
        for record in session.records("prepare/read_foreign_keys", oids=[table.oid for table in tables]):
            child = TableName(record.pop("child_schema"), record.pop("child_name"))
            parent = TableName(record.pop("parent_schema"), record.pop("parent_name"))
            found.append(ForeignKey(child=child, parent=parent, **record))
        return found

    def sequences(self, session: Session, tables: Iterable[Relation]) -> list[Sequence]:
        """The sequences that the tables' columns draw from; one that is also owned stands once, as owned."""
        found: dict[tuple[TableName, str, TableName], Sequence] = {}
        for record in session.records("prepare/read_sequences", oids=[table.oid for table in tables]):
            table = TableName(record.pop("table_schema"), record.pop("table_name"))
            name = TableName(record.pop("schema"), record.pop("name"))
            column = record.pop("column_name")
            sequence = Sequence(table=table, column=column, name=name, **record)
            found.setdefault((table, column, name), sequence)
        return list(found.values())

    def enums(self, session: Session, tables: Iterable[Relation]) -> dict[TableName, list[str]]:
        """The enum types that the tables use, with their labels in order."""
        records = session.records("prepare/read_enums", oids=[table.oid for table in tables])
        return {TableName(record["schema"], record["name"]): record["labels"] for record in records}

    def _each(self, session: Session, file: str, oids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = {oid: [] for oid in oids}
        with session.qualified():
            for record in session.records(file, oids=list(found)):
                found[record.pop("table_oid")].append(record)
        return found

    def enum_names(self, session: Session) -> set[TableName]:
        """The enum types that are there."""
        return {TableName(record["schema"], record["name"]) for record in session.records("prepare/read_enum_names")}
