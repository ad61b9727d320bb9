"""The names of tables and columns as a spec writes them, and patterns of them. Knows nothing of an engine's quoting.

Unquoted names fold to lower case as SQL folds them: `Orders` is the table orders, `"Orders"` the table Orders.
"""

import re
import string
from dataclasses import dataclass
from typing import NamedTuple

from airlift.spec.problems import shown

_WORD = r'"(?:[^"]|"")+"|[\w$*?]+'
_ONE_WORD = re.compile(_WORD)
_DOTTED = re.compile(rf"(?:({_WORD})\.)?({_WORD})")
_BARE = re.compile(r"[\w$]+")
_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_EXPECTED = "other characters than letters, digits, `_` and `$` need double quotes inside YAML's own: '\"odd name\"'"


class TableName(NamedTuple):
    """A table as its database knows it: real names, not folded any more."""

    schema: str
    name: str

    def __str__(self) -> str:
        """The name as a spec would write it: `public.orders`, `public."Odd name"`."""
        return f"{written(self.schema)}.{written(self.name)}"


@dataclass(frozen=True)
class Word:
    """One part of a dotted name: a real name, or a pattern whose `*` and `?` stand for other characters."""

    text: str
    pattern: bool

    @classmethod
    def read(cls, token: str) -> "Word":
        """Take a token that `_WORD` matched."""
        if token.startswith('"'):
            return cls(token[1:-1].replace('""', '"'), pattern=False)
        # Only ASCII letters: that is what servers fold in a multi-byte encoding.
        return cls(token.translate(_FOLDED), pattern="*" in token or "?" in token)

    @property
    def literals(self) -> int:
        """How many characters stand for themselves."""
        return sum(not (self.pattern and letter in "*?") for letter in self.text)

    def matches(self, name: str) -> bool:
        """Whether a real name is meant."""
        if not self.pattern:
            return self.text == name
        wild = {"*": ".*", "?": "."}
        return re.fullmatch("".join(wild.get(c) or re.escape(c) for c in self.text), name, re.DOTALL) is not None

    def __str__(self) -> str:
        return self.text if self.pattern else written(self.text)


@dataclass(frozen=True)
class Selector:
    """A key of `tables`: a plain name or a pattern. Without a schema it means tables of the default schema only."""

    schema: Word | None
    name: Word

    @property
    def plain(self) -> bool:
        """Whether it names exactly one table."""
        return not self.name.pattern and (self.schema is None or not self.schema.pattern)

    def rank(self, default_schema: str) -> tuple[bool, int]:
        """How specific it is: the greater one wins. A plain name beats patterns, then literal characters count."""
        schema = len(default_schema) if self.schema is None else self.schema.literals
        return self.plain, schema + self.name.literals

    def matches(self, table: TableName, default_schema: str) -> bool:
        """Whether this key covers a table."""
        schema = table.schema == default_schema if self.schema is None else self.schema.matches(table.schema)
        return schema and self.name.matches(table.name)

    def __str__(self) -> str:
        return str(self.name) if self.schema is None else f"{self.schema}.{self.name}"


def written(name: str) -> str:
    """Write a real name as a spec would: bare where that reads back as the same name, else in double quotes."""
    if _BARE.fullmatch(name) and name == name.translate(_FOLDED):
        return name
    return '"' + name.replace('"', '""') + '"'


def sql_name(text: str) -> str:
    """Read one name (a column, a schema) and return the real one.

    Raises ValueError, which says what is wrong with the text.
    """
    if not _ONE_WORD.fullmatch(text):
        raise ValueError(f"is {shown(text)}, which is not one SQL name; {_EXPECTED}")
    word = Word.read(text)
    if word.pattern:
        raise ValueError(f"is the pattern {shown(text)}; expected one name (a real `*` or `?` needs double quotes)")
    return word.text


def selector(text: str) -> Selector:
    """Read a key of `tables`: `orders`, `sales.orders`, `"odd.name"`, `tmp_*`, `sales.*`. Raises ValueError."""
    found = _DOTTED.fullmatch(text)
    if found is None:
        raise ValueError(f"is {shown(text)}, which is neither a table's SQL name nor a pattern; {_EXPECTED}")
    schema, name = found.groups()
    return Selector(None if schema is None else Word.read(schema), Word.read(name))


def target_name(text: str) -> tuple[str | None, str]:
    """Read the value of `to`: the schema, where one is given, and the table's real name. Raises ValueError."""
    key = selector(text)
    if not key.plain:
        raise ValueError(f"is the pattern {shown(text)}; expected the name of one table")
    return None if key.schema is None else key.schema.text, key.name.text
