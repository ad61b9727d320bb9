"""Indexes of MySQL's as MariaDB would have them, and the other way. No connection."""

from dataclasses import replace

from airlift.databases.mysql.expressions import conditional, tokens
from airlift.databases.mysql.index_parts import Part, brackets, parts
from airlift.databases.mysql.quoting import quoted
from airlift.databases.shapes import Column, Index
from airlift.databases.translating.index_notes import left_out, note
from airlift.databases.translating.siblings.collations import charset_of, there
from airlift.databases.translating.terms import Note, Shape, Twins

_UNSEEN = {"MySQL": "INVISIBLE", "MariaDB": "IGNORED"}
"""How an index says that no query is to use it."""
_LONG = ("text", "blob")


def translated(shape: Shape, columns: list[Column], product: str) -> tuple[list[Index], list[Note]]:
    """The indexes of a table whose columns the other server has as `columns`, and what is to be told of them."""
    kinds = {column.name: column.type_name for column in columns}
    made, notes = [], []
    for index in shape.indexes:
        if (fault := _fault(index, kinds, product)) is not None:
            notes.append(left_out(index, fault))
            continue
        made.append(replace(index, tail=_tail(index, product)))
        if product == "MySQL" and index.tail.startswith("SPATIAL"):
            words = "is over a column without an SRID of its own; there no query uses it"
            notes.append(note(index, words, "ALTER the column so that it says its SRID, after the switch"))
    return made, notes


def _fault(index: Index, kinds: dict[str, str], product: str) -> str | None:
    """Why the other server has no such index."""
    if index.tail.startswith("VECTOR"):
        return "is VECTOR"
    if any(words.startswith("WITH PARSER") for words in conditional(index.tail)):
        return "has a parser that the other server may not have"
    found = parts(index)
    if product == "MariaDB":
        return "is over an expression" if any(part.column is None for part in found) else None
    is_of_words = index.tail.startswith(("FULLTEXT", "SPATIAL"))
    if not is_of_words and any(part.length is None and kinds.get(part.column or "", "").endswith(_LONG) for part in found):
        return "is over the whole of texts without a length"
    return None


def _tail(index: Index, product: str) -> str:
    _, last = brackets(index)
    options = index.tail[last + 1 :]
    words = [match.group() for match in tokens(options)]
    said = {word.upper(): words[at + 1 : at + 3] for at, word in enumerate(words)}
    kept = [
        "USING BTREE" if "BTREE" in said else "",
        f"KEY_BLOCK_SIZE={said['KEY_BLOCK_SIZE'][-1]}" if "KEY_BLOCK_SIZE" in said else "",
        f"COMMENT {said['COMMENT'][0]}" if "COMMENT" in said else "",
        _UNSEEN[product] if said.keys() & set(_UNSEEN.values()) else "",
    ]
    return " ".join(filter(None, [index.tail[: last + 1], *kept]))


def twins(indexes: list[Index], columns: list[Column], source_product: str, target_product: str) -> list[Twins]:
    """The unique indexes in which rows that are two here may be one there, because texts are compared otherwise."""
    other = {each.name: twin for each in columns if (twin := _twin(each, source_product, target_product)) is not None}
    plain = [index for index in indexes if index.is_unique and all(part.column for part in parts(index))]
    return [Twins(index.name, [_judged(part, other) for part in parts(index)]) for index in plain if other.keys() & set(index.columns)]


def _twin(column: Column, source_product: str, target_product: str) -> str | None:
    """What the source has of the collation that a column gets; None where that is its own."""
    if column.collation is None:
        return None
    twin = there(there(column.collation, target_product).name, source_product).name
    return twin if twin != column.collation else None


def _judged(part: Part, other: dict[str, str]) -> str:
    name = quoted(part.column or "")
    value = f"LEFT({name}, {part.length})" if part.length else name
    twin = other.get(part.column or "")
    return f"CONVERT({value} USING {charset_of(twin)}) COLLATE {twin}" if twin else value
