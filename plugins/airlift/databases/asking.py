"""Statements from SQL files, run by a session of either kind. Knows no engine."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any


class Asking(ABC):
    """A session of ours, as far as engines share what it does. `holes` take quoted SQL, `values` are bound."""

    def __init__(self) -> None:
        self._batch: list[str] | None = None

    @abstractmethod
    def text(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> str:
        """A statement in full, as the server would get it: to be joined with its likes."""

    @abstractmethod
    def rows(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows that a statement returns."""

    @abstractmethod
    def _run_all(self, statements: list[str]) -> int:
        """Run statements in one message; how many rows the last one touched."""

    @abstractmethod
    def _said(self, what: str) -> contextlib.AbstractContextManager[None]:
        """Turn the driver's errors into one of the three families, naming the server and the statement."""

    def run(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> int:
        """Run a statement and return how many rows it touched."""
        return self.together([self.text(file, holes, **values)], what=file)

    def row(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> tuple[Any, ...]:
        """The one row that a statement returns."""
        found = self.rows(file, holes, **values)
        if len(found) != 1:
            raise LookupError(f'"{file}" returned {len(found)} rows where one was expected')
        return found[0]

    def value(self, file: str, holes: Mapping[str, str] | None = None, /, **values: Any) -> Any:
        """The one value that a statement returns."""
        return self.row(file, holes, **values)[0]

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """In this block statements that are run are only gathered: they go to the server together at its end, in one message.

        For those of which nobody asks how many rows they touched: each round trip under the fence is time that writers wait.
        """
        gathered: list[str] = []
        self._batch = gathered
        try:
            yield
        finally:
            self._batch = None
        if gathered:
            self.together(gathered)

    def together(self, statements: list[str], *, what: str | None = None) -> int:
        """Run statements that `text` gave in one message to the server; how many rows the last one touched. `what` names them in errors."""
        if self._batch is not None:
            self._batch += statements
            return 0
        with self._said(what or statements[-1]):
            return self._run_all(statements)
