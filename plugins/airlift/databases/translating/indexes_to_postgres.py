"""Indexes of MySQL's or MariaDB's as PostgreSQL would have them. No connection."""

from airlift.databases.mysql.index_parts import parts
from airlift.databases.postgres.quoting import LONGEST_NAME, quoted
from airlift.databases.shapes import Column, Index
from airlift.databases.translating.index_notes import left_out, note
from airlift.databases.translating.mysql_columns import TEXTS, parsed
from airlift.databases.translating.terms import Note, Shape

LONGEST_KEY = 2704
"""Bytes of a btree's key, where it can't be compressed."""
_OWN_KINDS = ("FULLTEXT", "SPATIAL", "VECTOR")


def translated(shape: Shape, columns: list[Column]) -> tuple[list[Index], list[Note]]:
    """The indexes of a table whose columns PostgreSQL has as `columns`, and what is to be told of them."""
    indexes, notes = [], []
    for index in shape.indexes:
        fault = _fault(index)
        if fault is None:
            indexes.append(_index(shape, index, columns))
            notes += _told(shape, index)
        else:
            notes.append(left_out(index, fault))
    return indexes, notes


def _fault(index: Index) -> str | None:
    """Why PostgreSQL has no such index."""
    kind = index.tail.split()[0].upper()
    if kind in _OWN_KINDS:
        return f"is {kind}"
    found = parts(index)
    if any(part.column is None for part in found):
        return "is over an expression"
    return "is over the beginning of a value only" if any(part.length for part in found) else None


def _index(shape: Shape, index: Index, columns: list[Column]) -> Index:
    # a primary key has no directions
    shown = [f"{quoted(part.column or '')}{' DESC' if part.is_descending and not index.is_primary else ''}" for part in parts(index)]
    not_null = {column.name for column in columns if column.not_null}
    name = _name(shape.name.name, index)
    return Index(
        name=name, is_unique=index.is_unique, is_primary=index.is_primary, is_valid=True, tail=f"USING btree ({', '.join(shown)})",
        constraint_name=name if index.is_primary else None, constraint_type="p" if index.is_primary else None,
        constraint_definition=f"PRIMARY KEY ({', '.join(shown)})" if index.is_primary else None, is_deferrable=False, deferring="",
        is_key=index.is_unique and not_null.issuperset(index.columns), columns=index.columns,
    )  # fmt: skip


def _name(table: str, index: Index) -> str:
    """In PostgreSQL the indexes of a schema have names of their own: so the table's is part of it."""
    name = f"{table}_pkey" if index.is_primary else index.name if table in index.name else f"{table}_{index.name}"
    return name.encode()[:LONGEST_NAME].decode(errors="ignore")


def _told(shape: Shape, index: Index) -> list[Note]:
    notes = []
    if index.is_primary and any(part.is_descending for part in parts(index)):
        notes.append(note(index, "is in descending order, which a primary key there can't be", "Nothing: it is read in both directions"))
    if _longest(shape, index) > LONGEST_KEY:
        fact = f"may have keys longer than the {LONGEST_KEY} bytes that an index takes there; one that does stops its build"
        notes.append(note(index, fact, "Look for the longest values before you begin"))
    loose = [column.name for column in shape.columns if column.name in index.columns and not column.is_deterministic]
    if index.is_unique and loose:
        words = ", ".join(f'"{name}"' for name in loose)
        remedy = "If the service relies on it, create a unique index over lower(...) on the new table"
        notes.append(note(index, f"takes texts that differ in case or accents for the same in {words}; there they are two", remedy))
    return notes


def _longest(shape: Shape, index: Index) -> int:
    """How many bytes a key has at most, of what has a length."""
    kinds = {column.name: parsed(column.type) for column in shape.columns}
    lengths = [(4 if isinstance(kinds[name], TEXTS) else 1, getattr(kinds[name], "length", None) or 0) for name in index.columns]
    return sum(width * length for width, length in lengths)
