"""Indexes of PostgreSQL's as MySQL or MariaDB would have them. No connection."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from airlift.databases.mysql.catalog import KEPT
from airlift.databases.mysql.quoting import quoted
from airlift.databases.postgres.expressions import bare, split, tokens, top_level
from airlift.databases.shapes import Column, Index
from airlift.databases.translating.index_notes import left_out, note
from airlift.databases.translating.terms import Note, Shape

KEY_BYTES = 3072
"""Of all columns of a key together."""
LEAST_ROOM = 16
_OTHER_BYTES = 40
"""More than any column takes up in a key that is neither text nor bytes; a uuid has 36."""


@dataclass(frozen=True)
class _Part:
    """A part of an index: a column, or None for an expression."""

    column: str | None
    is_descending: bool


def kept(indexes: list[Index]) -> list[Index]:
    """The indexes that have a counterpart there."""
    return [index for index in indexes if _fault(index) is None]


def room(column: str, indexes: list[Index], texts: set[str]) -> int | None:
    """How many characters of a column, one of `texts`, have room in the indexes that it is in; None where it is in none."""
    found = []
    for index in indexes:
        if column in index.columns:
            long = sum(name in texts for name in index.columns)
            found.append((KEY_BYTES - _OTHER_BYTES * (len(index.columns) - long)) // (4 * long))
    return max(min(found), LEAST_ROOM) if found else None


def translated(shape: Shape, columns: list[Column]) -> tuple[list[Index], list[Note]]:
    """The indexes of a table whose columns the server has as `columns`, and what is to be told of them."""
    made = [(index, _index(index, columns)) for index in kept(shape.indexes)]
    documents = {column.name for column in columns if column.type in ("json", "longtext", "longblob")}
    good = [(old, new) for old, new in made if documents.isdisjoint(new.columns)]
    notes = [note for index in shape.indexes if (fault := _fault(index)) for note in [left_out(index, fault)]]
    notes += [left_out(old, "is over a document or a text that no key has room for") for old, new in made if (old, new) not in good]
    notes += [note for old, _ in good for note in _told(old)]
    return _with_kept([new for _, new in good], columns), notes


def _fault(index: Index) -> str | None:
    """Why the server has no such index."""
    if not index.is_valid:
        return "is not valid here"
    words = [match.group().upper() for match in top_level(index.tail)]
    if index.constraint_type == "x":
        return "is an exclusion constraint"
    if words[:2] != ["USING", "BTREE"]:
        return f"is of kind {words[1].lower()}"
    if "WHERE" in words:
        return "is over some of the rows only"
    if "NULLS" in words and index.is_unique and words[words.index("NULLS") + 1] == "NOT":
        return "takes NULLs for the same"
    return "is over an expression" if any(part.column is None for part in _parts(index)) else None


def _parts(index: Index) -> list[_Part]:
    brackets = [match for match in top_level(index.tail) if match["piece"] in ("(", ")")]
    return [_part(text, index.columns) for text in split(index.tail[brackets[0].end() : brackets[1].start()])]


def _part(text: str, columns: list[str]) -> _Part:
    first, *others = [match.group() for match in tokens(text)]
    name = bare(first)
    is_plain = name in columns and "(" not in others and "::" not in others
    return _Part(name if is_plain else None, "DESC" in [word.upper() for word in others])


def _index(index: Index, columns: list[Column]) -> Index:
    shown = ",".join(f"{quoted(part.column or '')}{' DESC' if part.is_descending else ''}" for part in _parts(index))
    not_null = {column.name for column in columns if column.not_null}
    name = "PRIMARY" if index.is_primary else f"{index.name}_" if index.name.upper() == "PRIMARY" else index.name
    kind = "PRIMARY KEY" if index.is_primary else f"{'UNIQUE ' if index.is_unique else ''}KEY {quoted(name)}"
    return Index(
        name=name, is_unique=index.is_unique, is_primary=index.is_primary, is_valid=True, tail=f"{kind} ({shown})", constraint_name=None,
        constraint_type=None, constraint_definition=None, is_deferrable=False, deferring="",
        is_key=index.is_unique and not_null.issuperset(index.columns), columns=index.columns,
    )  # fmt: skip


def _with_kept(indexes: list[Index], columns: list[Column]) -> list[Index]:
    """Marks those that the table can't be without: in whose order its rows lie, and by which it numbers them."""
    keys = sorted((index for index in indexes if index.is_key), key=lambda index: not index.is_primary)
    clustered = keys[0].name if keys else None
    numbered = {column.name for column in columns if column.identity}
    needed = {index.name for index in indexes if numbered & set(index.columns[:1])} | {clustered}
    ordered = sorted(indexes, key=lambda index: (not index.is_primary, not index.is_unique))
    return [replace(index, constraint_type=KEPT if index.name in needed else None) for index in ordered]


def _told(index: Index) -> Iterator[Note]:
    words = [match.group().upper() for match in top_level(index.tail)]
    if "INCLUDE" in words:
        yield note(
            index, "holds further columns (INCLUDE), which are left out of it", "Add them to the key if the service needs them there"
        )
    if index.is_deferrable:
        yield note(index, "is deferrable; there each statement is checked at once", "Change statements that rely on it")
