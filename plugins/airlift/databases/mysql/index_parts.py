"""What an index consists of, as its definition says. No connection."""

from dataclasses import dataclass

from airlift.databases.mysql.expressions import bare, split, tokens, top_level
from airlift.databases.shapes import Index


@dataclass(frozen=True)
class Part:
    """A part of an index: a column, or None for an expression. `length` is that of the beginning that counts, None for the whole."""

    column: str | None
    length: str | None
    is_descending: bool


def parts(index: Index) -> list[Part]:
    """The parts of an index in their order."""
    first, last = brackets(index)
    return [_part(text) for text in split(index.tail[first + 1 : last])]


def brackets(index: Index) -> tuple[int, int]:
    """Where in its definition the parentheses around its parts are."""
    first, last, *_ = [match.start() for match in top_level(index.tail) if match["piece"] in ("(", ")")]
    return first, last


def _part(text: str) -> Part:
    first, *others = [match.group() for match in tokens(text)]
    length = others[1] if others[:1] == ["("] else None
    is_descending = bool(others) and others[-1].upper() == "DESC"
    return Part(bare(first) if first.startswith("`") else None, length, is_descending)
