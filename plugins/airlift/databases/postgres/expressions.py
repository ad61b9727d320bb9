"""Which of a table's columns an SQL expression reads, told from its text. No connection.

In doubt a column counts as read. What can't be seen is a reference to the row as a whole.
"""

import re
import string
from collections.abc import Iterable, Iterator

_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_TOKEN = re.compile(
    r"""
    (?:--[^\n]*|/\*.*?\*/|\s+)                                                        # comments and blanks
  | (?:(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag)|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')  # texts
  | (?P<token>"(?:[^"]|"")+"|[^\W\d][\w$]*|\d[\w.]*|::|.)
    """,
    re.VERBOSE | re.DOTALL,
)


def columns_read(expression: str, columns: Iterable[str], *, table: str) -> list[str]:
    """Those of the table's `columns` that the expression names, with or without the table's name in front."""
    found = set(_names(expression, table))
    return [name for name in columns if name in found]


def _names(expression: str, table: str) -> Iterator[str]:
    """What may be a column: no function, no type behind `::`, no column of another table."""
    tokens = ["", "", *(match["token"] for match in _TOKEN.finditer(expression) if match["token"]), ""]
    for position in range(2, len(tokens) - 1):
        qualifier, before, token, after = tokens[position - 2 : position + 2]
        if not (token[0] == '"' or token[0] == "_" or token[0].isalpha()) or after in ("(", ".") or before == "::":
            continue
        if before != "." or _name(qualifier) == table:
            yield _name(token)


def _name(token: str) -> str:
    """The real name that a token stands for. Only ASCII letters fold: that is what servers do in a multi-byte encoding."""
    return token[1:-1].replace('""', '"') if token.startswith('"') else token.translate(_FOLDED)
