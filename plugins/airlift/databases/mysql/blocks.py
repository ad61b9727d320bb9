"""Many lines as one value, which costs a server far less than as many rows. Knows no connection.

A block is first asked for as if nothing in its texts had to be escaped: that takes the server a third of the time. Whether that is so is
seen from the block, for what would have to be escaped is counted there. One in which it is not so is asked for anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airlift.databases.mysql.lines import BREAK, NULL, TAB, Value, value
from airlift.databases.mysql.quoting import quoted
from airlift.databases.shapes import Carried


@dataclass(frozen=True)
class Facts:
    """What the catalog says of a column that spares the server work."""

    is_utf8mb4: bool
    is_never_null: bool


UNKNOWN = Facts(is_utf8mb4=False, is_never_null=False)
"""Of what is no column but is made of some."""


@dataclass(frozen=True)
class Line:
    """The SQL of a line among others in a block, and of how many backslashes the server itself puts into it."""

    sql: str
    backslashes: str


@dataclass(frozen=True)
class Block:
    """What came as one value: how many lines the server says there are, how many backslashes of its own, how many warnings it gave.

    It cuts what gets too long short, with a warning only.
    """

    text: bytes | None
    lines: int
    backslashes: int
    warnings: int

    @property
    def is_whole(self) -> bool:
        """Whether each line of an escaped block is there, with its end."""
        if self.lines == 0:
            return True
        return self.text is not None and self.text.count(b"\n") == self.lines and self.text.endswith(b"\n")

    @property
    def is_cut(self) -> bool:
        """Whether lines are missing at its end, or all of it is."""
        if self.text is None:
            return self.lines > 0
        return not self.text.endswith(b"\n") or self.text.count(b"\n") < self.lines

    def is_plain(self, columns: int) -> bool:
        """Whether a block that was not escaped is what it would be if it were: whole, and nothing in its values to be escaped."""
        if self.text is None or self.warnings:
            return self.lines == 0 and not self.warnings
        text = self.text
        # that there is none is found out thirty times as fast as how many there are
        if b"\r" in text or (text.count(b"\\") if self.backslashes else b"\\" in text) != self.backslashes:
            return False
        # both are counted in one go: those between the values are all there, and each one more stands in a value
        return len(text) - len(text.translate(None, b"\t\n")) == self.lines * columns and text.endswith(b"\n")


def escaped_line(values: Sequence[Value]) -> Line:
    """A line as it stands in a block. NULL in it is a row that can't be sent so."""
    return Line(_joined([each.sent for each in values]), "0")


def plain_line(carried: Sequence[Carried], facts: Mapping[str, Facts]) -> Line:
    """The same where nothing in any text has to be escaped; `facts` are those of the source's columns."""
    values = [(value(each, each.expression), _facts(each, facts)) for each in carried]
    backslashes = [count for each, known in values if (count := _backslashes(each, known)) != "0"]
    return Line(_joined([_unescaped(each, known) for each, known in values]), " + ".join(backslashes) or "0")


def _facts(each: Carried, facts: Mapping[str, Facts]) -> Facts:
    is_the_column_itself = each.old is not None and each.expression == quoted(each.old)
    return facts.get(str(each.old), UNKNOWN) if is_the_column_itself else UNKNOWN


def _unescaped(each: Value, known: Facts) -> str:
    # among bytes, as the line's end, a text goes as the bytes that it is stored as
    text = each.expression if each.is_text and known.is_utf8mb4 else each.unescaped
    return text if known.is_never_null else f"IFNULL({text}, {NULL})"


def _backslashes(each: Value, known: Facts) -> str:
    own = 2 if each.kind == "bytea" else 0
    return str(own) if known.is_never_null else f"IF(({each.expression}) IS NULL, 1, {own})"


def _joined(texts: Sequence[str]) -> str:
    between = [part for text in texts for part in (text, TAB)]
    # bytes that are cast weigh as much as a column, and make bytes of all: a literal would become a part of a text
    return ", ".join([*between[:-1], f"CAST({BREAK} AS BINARY)"])
