"""What PostgreSQL's catalogs say of servers, tables, keys and what hangs on them. Reads only."""

from collections.abc import Iterable
from typing import Any

from airlift.databases.postgres.session import Session
from airlift.databases.shapes import Column, ForeignKey, Index, Relation, Sequence, Server
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
        with session.qualified():
            return [Column(**record) for record in session.records("prepare/read_columns", oid=table.oid)]

    def indexes(self, session: Session, table: Relation) -> list[Index]:
        """The table's indexes, the primary key's first."""
        with session.qualified():
            return [Index(**record) for record in session.records("prepare/read_indexes", oid=table.oid)]

    def checks(self, session: Session, table: Relation) -> list[dict[str, Any]]:
        """The table's CHECK constraints: `name` and `definition`."""
        with session.qualified():
            return session.records("prepare/read_checks", oid=table.oid)

    def statistics(self, session: Session, table: Relation) -> list[dict[str, Any]]:
        """The table's extended statistics: `schema`, `name` and `tail`, which stands between the statistic's name and the table's."""
        with session.qualified():
            return session.records("prepare/read_statistics", oid=table.oid)

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

    def enum_names(self, session: Session) -> set[TableName]:
        """The enum types that are there."""
        return {TableName(record["schema"], record["name"]) for record in session.records("prepare/read_enum_names")}
