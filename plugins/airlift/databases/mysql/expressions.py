"""How MySQL and MariaDB write expressions, and what SHOW CREATE TABLE returns. No connection."""

import re
from collections.abc import Iterable, Iterator

from airlift.databases.expressions import Language

TOKEN = re.compile(
    r"""
    (?:--(?=[\s\x00-\x1f]|$)[^\n]*|\#[^\n]*|/\*(?!M?!).*?\*/|\s+)        # comments and blanks; what a server runs of a comment is none
  | (?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")                   # texts: no session of ours takes "..." for a name
  | (?P<piece>`(?:[^`]|``)+`|\d+\.?\d*[eE][-+]?\d+|[\w$]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# a name may begin with a digit, and one that is all digits has to be quoted; case says nothing in a column's name
_LANGUAGE = Language(TOKEN, quote="`", folded=lambda name: name, compared=str.casefold)


def columns_read(expression: str, columns: Iterable[str], *, table: str) -> list[str]:
    """Those of the table's `columns` that the expression names, with or without the table's name in front."""
    return _LANGUAGE.columns_read(expression, columns, table=table)


def bare(token: str) -> str:
    """The real name that a token stands for."""
    return _LANGUAGE.name(token)


def tokens(text: str) -> list[re.Match[str]]:
    """What a text is made of, without comments and blanks: texts and tokens."""
    return _LANGUAGE.tokens(text)


def top_level(text: str) -> Iterator[re.Match[str]]:
    """The tokens of a text that stand in no parentheses; of those that do, only the outermost parentheses themselves."""
    return _LANGUAGE.top_level(text)


def split(text: str) -> list[str]:
    """The parts of a list, cut at the commas that stand in no parentheses."""
    return _LANGUAGE.split(text)


def conditional(text: str) -> Iterator[str]:
    """What stands in comments that only some servers and versions read: "INVISIBLE" of "/*!80023 INVISIBLE */"."""
    found = list(top_level(text))
    pieces = [match["piece"] or "" for match in found]
    for at, piece in enumerate(pieces):
        if piece == "/" and pieces[at + 1 : at + 2] == ["*"]:
            first = at + 4 if pieces[at + 2] == "!" else at + 5
            last = next((end for end in range(first, len(pieces)) if pieces[end : end + 2] == ["*", "/"]), len(pieces) - 1)
            yield text[found[first].start() : found[last].start()].strip()
