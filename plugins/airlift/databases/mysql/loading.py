"""Lines that are taken into a table, whoever has made them."""

from collections.abc import Sequence

from airlift.databases.mysql.lines import Place, loading
from airlift.databases.mysql.quoting import table
from airlift.databases.mysql.session import Session
from airlift.databases.pumping import Outgoing, Wire, pump
from airlift.spec import TableName

_ESCAPED = r"FIELDS TERMINATED BY x'09' ESCAPED BY x'5C' LINES TERMINATED BY x'0A'"
# a value in quotes is taken as it is: what another engine escapes would mean something else here
_QUOTED = r"FIELDS TERMINATED BY x'09' ENCLOSED BY x'22' ESCAPED BY '' LINES TERMINATED BY x'0A'"


CHARSET = "utf8mb4"
"""What lines are written in."""


def take_in(session: Session, outgoing: Outgoing, name: TableName, columns: Sequence[Place], *, charset: str = CHARSET) -> int:
    """Have what the other side sends taken into a table's columns; how many rows."""
    return pump(outgoing, session, taking(session, outgoing, name, columns, charset=charset))


def taking(session: Session, outgoing: Outgoing, name: TableName, columns: Sequence[Place], *, charset: str = CHARSET) -> str:
    """The statement that takes it in, for `copy_in`."""
    read, made = loading(columns)
    form = _QUOTED if outgoing.wire is Wire.QUOTED else _ESCAPED
    holes = {"table": table(name), "charset": charset, "columns": read, "made": made, "form": form}
    return session.text("copying/receive_rows" if made else "copying/receive_plain_rows", holes)


def charset_for(session: Session, name: TableName) -> str:
    """What lines for a table are best read as: as bytes where its texts are of the same ones, for then the server looks at no character
    of them before it stores it.
    """
    return "binary" if session.value("copying/are_columns_plain", schema=name.schema, name=name.name) else CHARSET
