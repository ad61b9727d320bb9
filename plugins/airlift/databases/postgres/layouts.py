"""How an old table maps to a new one, in PostgreSQL's words. No connection."""

from collections.abc import Iterable

from airlift.databases import laying_out
from airlift.databases.postgres.expressions import columns_read
from airlift.databases.postgres.quoting import quoted
from airlift.databases.postgres.values import can_pass_binary, compared
from airlift.databases.shapes import BINARY, TEXT, Column


class Words(laying_out.Words):
    """A view has always exactly the old types and collations: plans that sessions keep would break with others."""

    def quoted(self, name: str) -> str:
        return quoted(name)

    def columns_read(self, expression: str, columns: Iterable[str], *, table: str) -> list[str]:
        return columns_read(expression, columns, table=table)

    def carried(self, expression: str, column: Column, *, of: Column | None) -> str:  # noqa: ARG002
        return f"({expression})::{column.type}"

    def given_back(self, expression: str, column: Column, *, of: Column | None) -> str:  # noqa: ARG002
        cast = f"({expression})::{column.type}"
        return cast if column.collation is None else f"{cast} COLLATE {column.collation}"

    def shows(self, home: Column, column: Column) -> bool:
        return (home.type, home.collation) == (column.type, column.collation)

    def compared(self, column: Column) -> str:
        return compared(column)

    def form(self, columns: list[Column]) -> str:
        return BINARY if all(map(can_pass_binary, columns)) else TEXT
