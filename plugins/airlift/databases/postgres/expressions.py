"""How PostgreSQL writes expressions. No connection."""

import re
import string
from collections.abc import Iterable

from airlift.databases.expressions import Language

_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_TOKEN = re.compile(
    r"""
    (?:--[^\n]*|/\*.*?\*/|\s+)                                                        # comments and blanks
  | (?:(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag)|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')  # texts
  | (?P<piece>"(?:[^"]|"")+"|[^\W\d][\w$]*|\d[\w.]*|::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# only ASCII letters fold: that is what servers do in a multi-byte encoding
_LANGUAGE = Language(_TOKEN, quote='"', folded=lambda name: name.translate(_FOLDED), compared=lambda name: name)


def columns_read(expression: str, columns: Iterable[str], *, table: str) -> list[str]:
    """Those of the table's `columns` that the expression names, with or without the table's name in front."""
    return _LANGUAGE.columns_read(expression, columns, table=table)
