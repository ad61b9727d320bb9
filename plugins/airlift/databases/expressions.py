"""Which of a table's columns an SQL expression reads, told from its text. No connection; how an engine writes names it is told.

In doubt a column counts as read. What can't be seen is a reference to the row as a whole.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """How an engine writes SQL.

    `token` is what a text is cut into: texts have the group "text", comments and blanks none, all else has "piece".
    `quote` stands around names, `folded` is what a bare one stands for, and two names are one when they are the same `compared`.
    """

    token: re.Pattern[str]
    quote: str
    folded: Callable[[str], str]
    compared: Callable[[str], str]

    def columns_read(self, expression: str, columns: Iterable[str], *, table: str) -> list[str]:
        """Those of the table's `columns` that the expression names, with or without the table's name in front."""
        found = {self.compared(name) for name in self._names(expression, self.compared(table))}
        return [name for name in columns if self.compared(name) in found]

    def _names(self, expression: str, table: str) -> Iterator[str]:
        """What may be a column: no function, no type behind `::`, no column of another table."""
        tokens = ["", "", *(match["piece"] for match in self.token.finditer(expression) if match["piece"]), ""]
        for position in range(2, len(tokens) - 1):
            qualifier, before, token, after = tokens[position - 2 : position + 2]
            if not self._is_name(token) or after in ("(", ".") or before == "::":
                continue
            if before != "." or self.compared(self.name(qualifier)) == table:
                yield self.name(token)

    def _is_name(self, token: str) -> bool:
        return token.startswith((self.quote, "_")) or any(letter.isalpha() for letter in token)

    def name(self, token: str) -> str:
        """The real name that a token stands for."""
        if token.startswith(self.quote):
            return token[1:-1].replace(self.quote * 2, self.quote)
        return self.folded(token)

    def tokens(self, text: str) -> list[re.Match[str]]:
        """What a text is made of, without comments and blanks: texts and tokens."""
        return [match for match in self.token.finditer(text) if match["piece"] or match["text"]]

    def top_level(self, text: str) -> Iterator[re.Match[str]]:
        """The tokens of a text that stand in no parentheses; of those that do, only the outermost parentheses themselves."""
        depth = 0
        for match in self.tokens(text):
            if match["piece"] == ")":
                depth -= 1
            if depth == 0:
                yield match
            if match["piece"] == "(":
                depth += 1

    def split(self, text: str) -> list[str]:
        """The parts of a list, cut at the commas that stand in no parentheses."""
        commas = [match.start() for match in self.top_level(text) if match["piece"] == ","]
        firsts, ends = [0, *(comma + 1 for comma in commas)], [*commas, len(text)]
        return [text[first:end].strip() for first, end in zip(firsts, ends, strict=True)]
