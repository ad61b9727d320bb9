"""How PostgreSQL writes expressions. No connection."""

import re
import string
from collections.abc import Iterable, Iterator

from airlift.databases.expressions import Language

_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_TOKEN = re.compile(
    r"""
    (?:--[^\n]*|/\*.*?\*/|\s+)                                                        # comments and blanks
  | (?P<text>(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag)|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')  # texts
  | (?P<piece>"(?:[^"]|"")+"|[^\W\d][\w$]*|\d[\w.]*|::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# only ASCII letters fold: that is what servers do in a multi-byte encoding
_LANGUAGE = Language(_TOKEN, quote='"', folded=lambda name: name.translate(_FOLDED), compared=lambda name: name)


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
