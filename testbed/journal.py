"""What writers did, kept outside the database: one file of JSON lines for each writer. Knows nothing of SQL.

A transaction is written down in two lines: what it is about to commit, just before COMMIT, and how it ended, after the
answer. A line without an end (the writer died, or the answer was lost) leaves both outcomes open.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

Texts = Sequence[str | None]


class Key(NamedTuple):
    """A row by its table and its key."""

    table: str
    id: int


class Untouched:
    """Stands for what a row was before any writer came."""


UNTOUCHED = Untouched()
State = Texts | None | Untouched


class Wait(NamedTuple):
    """A statement that took long, or a time in which a writer could not write. `at` is the clock at its start."""

    seconds: float
    at: float
    what: str


class Error(NamedTuple):
    """What a writer was told that it should not have been."""

    at: float
    what: str
    text: str


class Book:
    """One writer's journal, for writing."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._number = 0

    def about_to(self, kind: str, *, rows: dict[Key, Texts | None], counters: Counter[Key]) -> None:
        """Write down what is about to be committed. None is a deleted row."""
        self._number += 1
        written = [[*key, texts] for key, texts in rows.items()]
        self._write(tx=self._number, kind=kind, rows=written, counters=[[*key, n] for key, n in counters.items()])

    def ended(self, how: str) -> None:
        """The end of the transaction above: `ok`, `undone` or `unknown`."""
        self._write(end=how, of=self._number, at=time.time())

    def waited(self, wait: Wait) -> None:
        self._write(wait=wait)

    def out(self, wait: Wait) -> None:
        """The writer could not write at all, and now it can, on the other side."""
        self._write(outage=wait)

    def failed(self, error: Error) -> None:
        self._write(error=error)

    def _write(self, **line: Any) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")


@dataclass
class Journal:
    """All writers' books, read together."""

    acknowledged: int = 0
    unknown: int = 0
    rows: dict[Key, list[State]] = field(default_factory=dict)  # what a row may be now; one entry unless unknown
    existed: set[Key] = field(default_factory=set)
    counters: Counter[Key] = field(default_factory=Counter)
    open_counters: Counter[Key] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    waits: list[Wait] = field(default_factory=list)
    outages: list[Wait] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)

    def longest_wait(self, *, since: float = 0.0, until: float = float("inf")) -> Wait | None:
        """The longest wait that overlaps this stretch of the clock."""
        found = [wait for wait in self.waits if wait.at + wait.seconds >= since and wait.at <= until]
        return max(found, default=None)

    def _take(self, line: dict[str, Any], how: str) -> None:
        self.kinds[f"{line['kind']} {how}"] += 1
        if how == "undone":
            return
        known = how == "ok"
        self.acknowledged += known
        self.unknown += not known
        for table, number, texts in line["rows"]:
            key = Key(table, number)
            self.rows[key] = [texts] if known else [*self.rows.get(key, [UNTOUCHED]), texts]
            if texts is not None:
                self.existed.add(key)
        for table, number, n in line["counters"]:
            (self.counters if known else self.open_counters)[Key(table, number)] += n


def read(folder: Path) -> Journal:
    """Read every book in a folder. Their order doesn't matter: a row has one writer."""
    journal = Journal()
    for path in sorted(folder.glob("*.jsonl")):
        _read_book(journal, _lines(path))
    return journal


class Count:
    """How many writes were acknowledged so far, and how many errors there were; read as the books grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: Counter[Path] = Counter()
        self.acknowledged = 0
        self.errors = 0

    def read(self) -> Self:
        """Count what was added since the last time."""
        for path in self._folder.glob("*.jsonl"):
            with path.open("rb") as book:
                book.seek(self._read[path])
                grown = book.read()
            whole = grown[: grown.rfind(b"\n") + 1]
            self._read[path] += len(whole)
            self.acknowledged += whole.count(b'{"end":"ok"')
            self.errors += whole.count(b'{"error":')
        return self


def _read_book(journal: Journal, lines: Iterable[dict[str, Any]]) -> None:
    pending: dict[str, Any] | None = None
    for line in lines:
        if "tx" in line:
            if pending:
                journal._take(pending, "unknown")
            pending = line
        elif "end" in line:
            assert pending is not None, f"transaction {line['of']} ended and never began"
            journal._take(pending, line["end"])
            pending = None
        elif "wait" in line:
            journal.waits.append(Wait(*line["wait"]))
        elif "outage" in line:
            journal.outages.append(Wait(*line["outage"]))
        else:
            journal.errors.append(Error(*line["error"]))
    if pending:
        journal._take(pending, "unknown")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines: a writer that was killed may have left half of one, and that was acknowledged to nobody."""
    for text in path.read_text().splitlines(keepends=True):
        if text.endswith("\n"):
            yield json.loads(text)
