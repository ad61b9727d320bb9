"""Which of a table's columns an SQL expression reads, told from its text. No connection; how an engine writes names it is told.

In doubt a column counts as read. What can't be seen is a reference to the row as a whole.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """How an engine writes SQL. `token` is what a text is cut into; comments, blanks and texts have no group "piece".

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
