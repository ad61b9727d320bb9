"""How an old table maps to a new one, in MySQL's and MariaDB's words. No connection."""

from collections.abc import Iterable

from airlift.databases import laying_out
from airlift.databases.mysql.casts import as_shown
from airlift.databases.mysql.expressions import columns_read
from airlift.databases.mysql.lines import compared
from airlift.databases.mysql.quoting import quoted
from airlift.databases.shapes import TEXT, Column


class Words(laying_out.Words):
    """A view shows a column of another type as it is: only then does the server write through it, and no client's plan breaks."""

    def quoted(self, name: str) -> str:
        return quoted(name)

    def columns_read(self, expression: str, columns: Iterable[str], *, table: str) -> list[str]:
        return columns_read(expression, columns, table=table)

    def carried(self, expression: str, column: Column, *, of: Column | None) -> str:
        return as_shown(expression, column.type, of=of.type if of else None)

    def given_back(self, expression: str, column: Column, *, of: Column | None) -> str:
        return as_shown(expression, column.type, of=of.type if of else None) if expression != "NULL" else expression

    def shows(self, home: Column, column: Column) -> bool:  # noqa: ARG002
        return True

    def compared(self, column: Column) -> str:
        return compared(column)

    def form(self, columns: list[Column]) -> str:  # noqa: ARG002
        return TEXT
