"""Lines that are sent one by one, and lines that are taken into a table, whoever has made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from airlift.databases.mysql.lines import Pieces, Place, loading
from airlift.databases.mysql.quoting import table
from airlift.databases.mysql.session import Session
from airlift.spec import TableName


@dataclass(frozen=True)
class Rows:
    """A sender of lines in pieces, of which some come as they are."""

    session: Session
    line: Pieces

    def copy_out(self, statement: str, sink: IO[bytes], /) -> int:
        """Write what the statement sends into `sink`; the number of rows."""
        return self.session.copy_out(statement, sink, raw=self.line.raw)

    def cancel(self) -> None:
        """End what runs on the server, from any thread."""
        self.session.cancel()


def taking(session: Session, name: TableName, columns: Sequence[Place]) -> str:
    """The statement that takes lines into a table's columns, for `copy_in`."""
    read, made = loading(columns)
    holes = {"table": table(name), "columns": read, "made": made}
    return session.text("copying/receive_rows" if made else "copying/receive_plain_rows", holes)
