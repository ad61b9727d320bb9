"""A row as one line of text, and what a line is loaded into. Knows no connection.

Columns with a tab between them and a line break behind, `\\N` for NULL; in a text a backslash, tab, line break and carriage return are
escaped. Both LOAD DATA and COPY read that. A value that is no text goes as one that every server reads as the very same: bytes in hex,
a float as the double that it is. Lines are made as binary strings, so that neither a server nor a driver converts what is in them.

A value's kind is a word of `kind`'s, or to and from other engines one of `common_form`'s.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from airlift.databases import common_form
from airlift.databases.mysql.quoting import quoted
from airlift.databases.shapes import Carried, Column

TAB, BREAK, NOTHING = "x'09'", "x'0A'", "x''"
ESCAPES = ((b"\\", b"\\\\"), (b"\t", b"\\t"), (b"\n", b"\\n"), (b"\r", b"\\r"))
NULL = r"'\\N'"
_ESCAPED = ((r"'\\'", r"'\\\\'"), (r"'\t'", r"'\\t'"), (r"'\n'", r"'\\n'"), (r"'\r'", r"'\\r'"))
_KINDS = {
    **dict.fromkeys(("float", "double"), "float"),
    "bit": "bit",
    "enum": "enum",
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "decimal"), "number"),
    **dict.fromkeys(("date", "datetime", "timestamp", "time", "year"), "moment"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector"), "bytes"),
    **dict.fromkeys(("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"), "bytes"),
    **dict.fromkeys(("geometrycollection", "geomcollection"), "bytes"),
}
_LONG = re.compile(
    r"(?!tiny)\w*(text|blob)|json|geom\w*|point|multi\w+|linestring|polygon|vector|(var)?(char|binary)\((\d{5,}|[5-9]\d{3})\)"
)
_LONGEST_DOUBLE = 260
"""Characters of a DOUBLE with as many digits as one may be told to show, or filled with zeros."""
ESCAPED_THERE = 4096
"""Bytes of a long text up to which its server escapes it: what that costs grows with the square of the length."""
_MEMBER = re.compile(r"'((?:[^'\\]|''|\\.)*)'")
_BACKSLASHED = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


_WRITTEN = {
    "bytes": "HEX({})",
    "bytea": r"CONCAT('\\x', LOWER(HEX({})))",
    "boolean": "({} + 0)",
    "uuid": "LOWER({})",
    "numeral": "IF(INSTR({0}, '.'), TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {0})), {0})",
    "datetime": "DATE_FORMAT({}, '%Y-%m-%d %H:%i:%s.%f')",
    "instant": "DATE_FORMAT({}, '%Y-%m-%d %H:%i:%s.%f')",
    "time": "TIME_FORMAT({}, '%H:%i:%s.%f')",
}

Raw = str | bytes | None


def escaped(text: Raw) -> bytes:
    """A text as it stands in a line."""
    if text is None:
        return b"\\N"
    found = text.encode() if isinstance(text, str) else text
    for character, escape in ESCAPES:
        found = found.replace(character, escape)
    return found


def in_hex(value: Raw) -> bytes:
    """Bytes as they stand in a line."""
    if value is None:
        return b"\\N"
    return (value.encode() if isinstance(value, str) else value).hex().upper().encode()


def as_bytea(value: Raw) -> bytes:
    """Bytes as they stand in a line for another engine."""
    return b"\\N" if value is None else b"\\\\x" + in_hex(value)


def kind(type_text: str) -> str:
    """How a value of a type goes into a line, for a type such as "int(10) unsigned": one word.

    "number" and "moment" as the server writes it, "padded" as a number without its leading zeros, "float" as the double that it is,
    "bit" as a number, "bytes" in hex, "enum" and "text" as text.
    """
    name = base(type_text)
    word = _KINDS.get(name, "text")
    return "padded" if word == "number" and "zerofill" in type_text else word


def compared(column: Column) -> str:
    """The word for how a column's value goes into a line, and so into the checksum that is made of one."""
    return kind(column.type)


def base(type_text: str) -> str:
    """The type's first word."""
    found = re.match(r"\w+", type_text)
    return found[0].lower() if found else ""


def _digits(type_text: str) -> int:
    """The digits of a BIT; it has one where nothing is said."""
    found = re.search(r"\((\d+)", type_text)
    return int(found[1]) if found else 1


def members(type_text: str) -> list[str]:
    """The values of an ENUM or SET."""
    return [_unescaped(each.replace("''", "'")) for each in _MEMBER.findall(type_text)]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _BACKSLASHED.get(match[1], match[1]), text, flags=re.DOTALL)


@dataclass(frozen=True)
class Value:
    """A value on its way: the SQL that gives it, its type, and its kind of `kind`."""

    expression: str
    type: str
    kind: str

    @property
    def is_long(self) -> bool:
        """Whether it may be too long to be put together with others: then a digest stands for it in a checksum."""
        if self.kind in ("text", "bytes"):
            return _LONG.match(self.type) is not None
        return common_form.is_long(self.kind, self.type)

    @property
    def is_text(self) -> bool:
        """Whether it may have any character in it."""
        return self.kind in ("text", "enum") or common_form.is_text(self.kind)

    @property
    def plain(self) -> str:
        """The SQL of the value as a text, NULL where it is that."""
        if self.is_text:
            return f"CONVERT({self.expression} USING utf8mb4)"
        if self.kind in _WRITTEN:
            return _WRITTEN[self.kind].format(f"({self.expression})")
        if self.kind == "bits":
            return f"LPAD(BIN(({self.expression}) + 0), {_digits(self.type)}, '0')"
        if self.kind in ("float", "double"):
            # a FLOAT's own text has too few digits, and where a server reckons with a DOUBLE, it makes no longer text of it than of 22
            # characters: one digit too few for some. So does GROUP_CONCAT where it makes the text
            factor = " * 1e0" if base(self.type) in ("float", "real") else ""
            return f"CAST(({self.expression}){factor} AS CHAR({_LONGEST_DOUBLE}))"
        # what is shown with leading zeros has none in other columns
        is_bare = self.kind in ("padded", "bit") or (self.kind == "decimal" and "zerofill" in self.type)
        return f"(({self.expression}) + 0)" if is_bare else f"({self.expression})"

    @property
    def sent(self) -> str:
        """The SQL of what stands in a line. It is NULL only where a long value is too long for that."""
        text = self._escaped() if self.is_text else self.unescaped
        if self.is_long and self.is_text:
            text = f"IF(LENGTH({self.expression}) > {ESCAPED_THERE}, NULL, {text})"
        return f"IF(({self.expression}) IS NULL, {NULL}, {text})" if self.is_long else f"IFNULL({text}, {NULL})"

    @property
    def unescaped(self) -> str:
        """The SQL of what stands in a line of a value in which nothing has to be escaped; NULL where it is that."""
        # the backslash of these bytes' own form is escaped in a line
        return rf"CONCAT('\\', {self.plain})" if self.kind == "bytea" else self.plain

    @property
    def raw(self) -> str:
        """The SQL of a long value as it is, NULL where it is that: whoever gets it has to make of it what stands in a line."""
        if base(self.type) == "vector":
            # which the driver would take for a text
            return f"CAST({self.expression} AS BINARY)"
        return self.plain if self.is_text else f"({self.expression})"

    @property
    def made_of_raw(self) -> Callable[[Raw], bytes]:
        """What makes of that what stands in a line."""
        return escaped if self.is_text else as_bytea if self.kind == "bytea" else in_hex

    @property
    def hashed(self) -> str:
        """The SQL of what stands for the value in a checksum: no two values have the same. Never NULL."""
        if self.is_long:
            return f"IFNULL(SHA2({self.plain if self.is_text else self.expression}, 256), {NULL})"
        if self.kind == "double":
            # no text of it is the same everywhere. A zero below zero, which not all servers know, is one above by then
            return f"IFNULL(LOWER(HEX(REVERSE(SUBSTRING(ST_AsBinary(POINT(({self.expression}) + 0e0, 0)), 6, 8)))), {NULL})"
        if self.is_text:
            return f"IFNULL(CONCAT(LENGTH({self.plain}), ':', {self.plain}), {NULL})"
        return f"IFNULL({self.plain}, {NULL})"

    @property
    def shown(self) -> str:
        """The SQL of the value as people read it."""
        return f"CAST({self.plain} AS CHAR)"

    def _escaped(self) -> str:
        # over bytes: twice as fast as over characters
        text = f"CAST({self.plain} AS BINARY)"
        for character, escape in _ESCAPED:
            text = f"REPLACE({text}, {character}, {escape})"
        return text


def value(carried: Carried, expression: str) -> Value:
    """What goes into a line for a carried column, given the SQL of the column on one of the sides."""
    return Value(expression, carried.type, carried.compared)


def sources(carried: Iterable[Carried]) -> list[Value]:
    """The carried columns as the source has them."""
    return [value(each, each.expression) for each in carried]


def targets(carried: Iterable[Carried], *, of: str = "") -> list[Value]:
    """The carried columns as the target has them; `of` is the table's alias."""
    return [value(each, f"{of}.{quoted(each.column)}" if of else quoted(each.column)) for each in carried]


@dataclass(frozen=True)
class Pieces:
    """The SQL of a line in pieces, which make it when they stand behind each other. Some are values as they are, with what makes of each
    what stands in a line.
    """

    expressions: list[str]
    raw: dict[int, Callable[[Raw], bytes]]

    @property
    def sql(self) -> str:
        """All of them."""
        return ", ".join(self.expressions)


def pieces(values: Sequence[Value], *more: str) -> Pieces:
    """A line by itself, in which nothing is too long. `more` is the SQL of what else is in it.

    A long value is a piece of its own: a server makes no text longer than its max_allowed_packet, but sends values that are.
    """
    found: list[list[str]] = [[]]
    raw: dict[int, Callable[[Raw], bytes]] = {}
    for each in values:
        if each.is_long:
            raw[len(found)] = each.made_of_raw
            found += [[each.raw], []]
        else:
            found[-1].append(each.sent)
        found[-1].append(TAB)
    for expression in more:
        found[-1] += [expression, TAB]
    found[-1][-1] = BREAK
    # where the first value is a long one, an empty piece is before it
    return Pieces([part[0] if len(part) == 1 else f"CONCAT({', '.join(part or [NOTHING])})" for part in found], raw)


def row(values: Iterable[Value]) -> str:
    """The SQL of a line without its end, of values that are not long. Never NULL."""
    return f"CONCAT_WS({', '.join([TAB, *(each.sent for each in values)])})"


def checksum(values: Iterable[Value]) -> str:
    """The SQL of a row's checksum: 64 bits of a digest of all that its line says, as a number with a sign. Never NULL."""
    line = ", ".join([TAB, *(each.hashed for each in values)])
    return f"CAST(CONV(LEFT(SHA2(CONCAT_WS({line}), 256), 16), 16, -10) AS SIGNED)"


@dataclass(frozen=True)
class Place:
    """A column that takes values of a kind in. `type` matters to an ENUM only."""

    column: str
    kind: str
    type: str = ""

    def made_of(self, variable: str) -> str | None:
        """The SQL of what the column gets, of what was read of a line; None where that is the very same."""
        if self.kind == "bytes":
            return f"UNHEX({variable})"
        if self.kind == "bytea":
            return f"UNHEX(SUBSTRING({variable}, 3))"
        if self.kind == "bits":
            return f"CAST(CONV({variable}, 2, 10) AS UNSIGNED)"
        if self.kind == "bit":
            return f"CAST({variable} AS UNSIGNED)"
        if self.kind == "enum" and "" not in members(self.type):
            # an ENUM has that where once no member was written. The server warns of it each time, as of what it clips: so it is counted
            counted = f"IF(({NOTHINGS} := {NOTHINGS} + 1) IS NULL, NULL, '')"
            return f"IF({variable} = '', {counted}, {variable})"
        return None


NOTHINGS = "@airlift_nothings"
"""How many warnings a LOAD DATA has to give."""


def places(carried: Iterable[Carried]) -> list[Place]:
    """The target's columns that the carried ones come into."""
    return [Place(each.column, each.compared, each.type) for each in carried]


def loading(columns: Sequence[Place]) -> tuple[str, str]:
    """What LOAD DATA has to be told: what it reads each value of a line into, and what it then makes of those that are no column yet."""
    read, made = [], []
    for number, each in enumerate(columns, 1):
        variable = f"@airlift_{number}"
        value_of = each.made_of(variable)
        read.append(variable if value_of else quoted(each.column))
        if value_of:
            made.append(f"{quoted(each.column)} = {value_of}")
    return ", ".join(read), ", ".join(made)
