"""Take apart what SHOW CREATE TABLE says of a table: its columns, indexes, checks and options, each in the server's own words.

No connection. The text is the server's, so that nothing is lost on the way to a like table; what is not to come along is left out here.
"""

import re
from dataclasses import dataclass

from airlift.databases.mysql.expressions import bare, split, tokens, top_level

_BEHIND_TYPE = frozenset({
    "AS", "AUTO_INCREMENT", "CHARACTER", "CHARSET", "CHECK", "COLLATE", "COLUMN_FORMAT", "COMMENT", "COMPRESSED", "CONSTRAINT", "DEFAULT",
    "GENERATED", "INVISIBLE", "KEY", "NOT", "NULL", "ON", "PRIMARY", "REF_SYSTEM_ID", "REFERENCES", "SRID", "STORAGE", "UNIQUE", "VISIBLE",
    "WITH", "WITHOUT", "/",
})  # fmt: skip
"""What a column's type ends before; "/" begins what only some versions read."""
_CHARSET = re.compile(r"(?:CHARACTER SET|CHARSET)\s+\w+\s*|COLLATE\s+\w+\s*", re.IGNORECASE)
_COMMENT = re.compile(r" COMMENT='(?:[^'\\]|\\.|'')*'", re.DOTALL)
_FOLDERS = re.compile(r" (?:DATA|INDEX) DIRECTORY='(?:[^'\\]|\\.|'')*'", re.DOTALL)
_PARTITIONS = re.compile(r"\n(?=/\*!\d+ PARTITION BY| PARTITION BY)")
_KEYS = ("PRIMARY", "UNIQUE", "KEY", "FULLTEXT", "SPATIAL", "VECTOR")


@dataclass(frozen=True)
class ColumnClause:
    """A column: `type` as written, `charset` with the collation, or nothing, and the `rest` of its definition."""

    name: str
    definition: str
    type: str
    charset: str
    rest: str

    @property
    def is_not_null(self) -> bool:
        """Whether it takes no NULL."""
        return "NOT" in self._words

    @property
    def is_numbered(self) -> bool:
        """Whether the server numbers its rows."""
        return "AUTO_INCREMENT" in self._words

    @property
    def default(self) -> str | None:
        """The expression that fills the column where a row says nothing of it, None where that is NULL or an error."""
        expression = self._behind("DEFAULT")
        return None if expression is None or expression.upper() == "NULL" else expression

    @property
    def generation(self) -> str | None:
        """The expression that the server computes it by."""
        return self._behind("AS")

    @property
    def on(self) -> str | None:
        """What fills the column when its row changes, with the word UPDATE in front."""
        return self._behind("ON")

    @property
    def check(self) -> str | None:
        """The condition that its values have to meet."""
        return self._behind("CHECK")

    @property
    def _words(self) -> list[str]:
        return [_word(match) for match in top_level(self.rest)]

    def _behind(self, word: str) -> str | None:
        """What stands behind a word, up to the next one that begins something else."""
        found, words = list(top_level(self.rest)), self._words
        if word not in words:
            return None
        first = words.index(word) + 1
        last = next((at for at in range(first + 1, len(found)) if words[at] in _BEHIND_TYPE), len(found))
        end = found[last].start() if last < len(found) else len(self.rest)
        return self.rest[found[first].start() : end].strip()


@dataclass(frozen=True)
class IndexClause:
    """An index: `definition` is what ALTER TABLE ... ADD takes, `tail` what stands behind the name.

    `columns` are the plain columns in it; `is_whole` says that it consists of whole plain columns only.
    """

    name: str
    kind: str
    definition: str
    tail: str
    columns: list[str]
    is_whole: bool


@dataclass(frozen=True)
class ConstraintClause:
    """A CHECK constraint of the table, or a foreign key; checks of single columns stand with these."""

    name: str
    definition: str


@dataclass(frozen=True)
class TableClauses:
    """All of a table. `options` is what stands behind the columns, without comment and partitions."""

    columns: list[ColumnClause]
    indexes: list[IndexClause]
    checks: list[ConstraintClause]
    foreign_keys: list[ConstraintClause]
    options: str
    partitions: str
    has_periods: bool


def taken_apart(text: str) -> TableClauses:
    """What a CREATE TABLE statement as the server writes it says."""
    brackets = [match for match in top_level(text) if match["piece"] in ("(", ")")]
    columns, indexes, constraints, has_periods = [], [], [], False
    for part in split(text[brackets[0].end() : brackets[1].start()]):
        first = tokens(part)[0]
        if first["piece"] and first["piece"].startswith("`"):
            columns.append(column_clause(part))
        elif _word(first) in _KEYS:
            indexes.append(_index(part))
        elif _word(first) == "CONSTRAINT":
            constraints.append(_constraint(part))
        elif _word(first) == "PERIOD":
            has_periods = True
    options, *partitions = _PARTITIONS.split(text[brackets[1].end() :], maxsplit=1)
    options = _FOLDERS.sub("", _COMMENT.sub("", options, count=1)).strip()
    checks = [each for each in constraints if each.definition.startswith("CHECK")]
    keys = [each for each in constraints if each not in checks]
    return TableClauses(columns, indexes, checks, keys, options, "".join(partitions).strip(), has_periods)


def column_clause(text: str) -> ColumnClause:
    """What a column's definition says, name first."""
    found = list(top_level(text))
    end = next((match.start() for match in found[2:] if _word(match) in _BEHIND_TYPE), len(text))
    rest, charset = text[end:], ""
    while clause := _CHARSET.match(rest):
        charset, rest = charset + clause.group(), rest[clause.end() :]
    return ColumnClause(bare(found[0].group()), text, text[found[0].end() : end].strip(), charset.strip(), rest.strip())


def _index(text: str) -> IndexClause:
    found = list(top_level(text))
    first, last = (next(match for match in found if match["piece"] == bracket) for bracket in ("(", ")"))
    words = [_word(match) for match in found[: found.index(first)]]
    name = "PRIMARY" if words[0] == "PRIMARY" else bare(found[found.index(first) - 1].group())
    parts = [tokens(part) for part in split(text[first.end() : last.start()])]
    columns = [bare(part[0].group()) for part in parts if part[0].group().startswith("`")]
    is_whole = len(columns) == len(parts) and not any(part[1:] and part[1]["piece"] == "(" for part in parts)
    kind = words[0] if words[0] in _KEYS[3:] else ""
    return IndexClause(name, kind, text, f"{kind} {text[first.start() :]}".strip(), columns, is_whole)


def _constraint(text: str) -> ConstraintClause:
    _, name, kind, *_ = tokens(text)
    return ConstraintClause(bare(name.group()), text[kind.start() :])


def _word(match: re.Match[str]) -> str:
    return (match["piece"] or "").upper()
