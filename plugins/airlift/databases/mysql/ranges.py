"""Ranges of keys: their bounds as texts, the conditions that they make, and where the next one begins."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from airlift.databases import common_form
from airlift.databases.common_form import is_common
from airlift.databases.mysql.lines import Value, base, kind, members
from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.shapes import Layout
from airlift.spec import TableName

Bound = list[str] | None
EVERYTHING = "TRUE"
_NUMBERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
_INTEGERS = (*_NUMBERS, "year", "bit")
_FROM_TEXT: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(_INTEGERS, int),
    # as a text it would be compared as a double, in which two of them may be one
    "decimal": Decimal,
    "float": float,
    "double": float,
}


@dataclass(frozen=True)
class KeyColumn:
    """A column of a key, as one side has it."""

    name: str
    type: str
    kind: str
    """How its bounds are written down."""

    @property
    def text(self) -> str:
        """The SQL of its value as the text of a bound."""
        return Value(quoted(self.name), self.type, self.kind).shown

    @property
    def is_integer(self) -> bool:
        """Whether its values are whole numbers."""
        return base(self.type) in _INTEGERS

    def value(self, text: str) -> object:
        """A bound's text as what the server compares with the column, in the order of its indexes."""
        if self.kind == "bits":
            return int(text, 2)
        if kind(self.type) == "bytes":
            return bytes.fromhex(text.removeprefix("\\x")) if self.kind in ("bytes", "bytea") else text.encode()
        if base(self.type) == "enum":
            # indexes have them in the order of their numbers, and before them what once was no member
            found = members(self.type)
            return found.index(text) + 1 if text or "" in found else 0
        if base(self.type) == "set":
            return sum(1 << members(self.type).index(each) for each in text.split(",") if each)
        return _FROM_TEXT.get(base(self.type), str)(text)


@dataclass(frozen=True)
class Key:
    """The key of a table, in whose order ranges are cut."""

    table: TableName
    columns: list[KeyColumn]

    @property
    def is_one_integer(self) -> bool:
        """Whether it is a single whole number."""
        return len(self.columns) == 1 and self.columns[0].is_integer

    def is_dense(self, lower: Bound, upper: Bound, rows: int) -> bool:
        """Whether so many rows between two bounds are at least half of all that would have room there. Only of numbers is that known."""
        first = self.columns[0]
        if len(self.columns) > 1 or base(first.type) not in _NUMBERS or first.kind == "bits" or lower is None or upper is None:
            return False
        return 2 * rows >= int(upper[0]) - int(lower[0])


def key_of(session: Session, name: TableName, columns: Iterable[str], kinds: Mapping[str, str] | None = None) -> Key:
    """The key of a table as the server has it; `kinds` are those in which the other side reads bounds."""
    types = dict(session.rows("copying/read_key_types", schema=name.schema, table=name.name))
    return Key(name, [KeyColumn(column, types[column], (kinds or {}).get(column) or kind(types[column])) for column in columns])


def key_of_source(session: Session, layout: Layout) -> Key:
    """The key of the table that a layout's rows come from."""
    return key_of(session, layout.source, layout.source_key, _kinds(layout, layout.source_key))


def key_of_target(session: Session, layout: Layout) -> Key:
    """The key of the table that they go to."""
    return key_of(session, layout.target, layout.key, _kinds(layout, layout.key))


def _kinds(layout: Layout, columns: Iterable[str]) -> dict[str, str]:
    if not is_common(layout):
        return {}
    return {column: each.compared for column, each in zip(columns, common_form.key_of(layout), strict=True)}


def between(session: Session, key: Key, lower: Bound, upper: Bound) -> str:
    """The condition for the keys from `lower` up to but not with `upper`; None is an open end."""
    conditions = []
    if lower is not None:
        conditions.append(_beyond(session, key, lower, beyond=">", itself=True))
    if upper is not None:
        conditions.append(_beyond(session, key, upper, beyond="<", itself=False))
    return " AND ".join(conditions) or EVERYTHING


def equal(session: Session, key: Key, bound: list[str]) -> str:
    """The condition for one key."""
    return " AND ".join(f"{column} = {value}" for column, value in _parts(session, key, bound))


def _beyond(session: Session, key: Key, bound: list[str], *, beyond: str, itself: bool) -> str:
    """A comparison of whole keys, spelled out: servers look up no row comparison in an index. Its first column stands alone before it."""
    *parts, (column, value) = _parts(session, key, bound)
    condition = f"{column} {beyond}{'=' if itself else ''} {value}"
    for column, value in reversed(parts):
        condition = f"({column} {beyond} {value} OR ({column} = {value} AND {condition}))"
    if not parts:
        return condition
    return f"{parts[0][0]} {beyond}= {parts[0][1]} AND {condition}"


def _parts(session: Session, key: Key, bound: list[str]) -> list[tuple[str, str]]:
    return [
        (quoted(column.name), session.text("sync/bind_value", value=column.value(text)))
        for column, text in zip(key.columns, bound, strict=True)
    ]


def above(lower: list[str], numbers: int, upper: Bound) -> Bound:
    """The bound that lies so many numbers above `lower`, or None where the range ends before."""
    found = int(lower[0]) + numbers
    return [str(found)] if upper is None or found < int(upper[0]) else None


def boundary(session: Session, key: Key, lower: Bound, upper: Bound, rows: int) -> Bound:
    """The key `rows` rows above `lower`, or None where the range ends before."""
    holes = {
        "key_text": ", ".join(column.text for column in key.columns),
        "table": table(key.table),
        "range": between(session, key, lower, upper),
        "key": listed(column.name for column in key.columns),
    }
    found = session.rows("sync/read_boundary", holes, rows=rows)
    return [str(text) for text in found[0]] if found else None
