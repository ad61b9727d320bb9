"""How a value is written down between engines: one value is one text, whichever server writes it. Knows no engine and no SQL.

What a carried column is `compared` as is then one of these words, and not one of an engine's own:

    decimal    a whole number, or one with the receiving column's digits behind the point
    numeral    the same without the zeros at its end
    double     the digits that make this very double, in whatever way
    boolean    1 or 0
    bits       as many 0 and 1 as there are
    string     its characters
    enum       the same, nothing where once no member was written; only between MySQL and MariaDB
    json       the same
    uuid       in lower case, with hyphens
    bytea      bytes: in hexadecimal digits behind \\x
    date       YYYY-MM-DD
    datetime   YYYY-MM-DD HH:MM:SS.ffffff
    instant    the same, in UTC
    time       HH:MM:SS.ffffff

A row's checksum is the first 64 bits, as a number with a sign, of the SHA-256 of its values with a tab between them: `\\N` for NULL; for a
value that may be long the SHA-256 of it, in hexadecimal digits; for other texts their length in bytes, a colon and the text; for a double
its eight bytes in hexadecimal digits, the sign first, with no sign for a zero.
"""

import re

from airlift.databases.shapes import COMMON, Carried, Layout

NULL = "\\N"
_TEXTS = ("string", "json")
_OF_ANY_LENGTH = (*_TEXTS, "bytea")
LONGEST = 5000
"""Characters of a text up to which it is no long one."""
_LENGTH = re.compile(r"\((\d+)")


def is_common(layout: Layout) -> bool:
    """Whether its rows are written down so."""
    return layout.form == COMMON


def is_text(kind: str) -> bool:
    """Whether a value of the kind may have any character in it."""
    return kind in _TEXTS


def is_long(kind: str, type_text: str) -> bool:
    """Whether a value may be too long to be put together with others, by the type of the column that receives it."""
    if kind not in _OF_ANY_LENGTH:
        return False
    length = _LENGTH.search(type_text)
    return length is None or int(length[1]) >= LONGEST


def key_of(layout: Layout) -> list[Carried]:
    """The carried columns that make the key."""
    by_name = {each.column: each for each in layout.carried}
    return [by_name[name] for name in layout.key]
