"""Compare what writers were promised with what the database has in the end. Knows nothing of how it got there.

Every row is judged, also those that no writer touched: the baseline, taken before the first write, has their digests.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from testbed.dialects import Dialect
from testbed.journal import UNTOUCHED, Journal, Key, State, Untouched
from testbed.serving import Database
from testbed.shop import COLUMNS, COUNTERS, HOT, as_text

Row = tuple[int, str]  # a row's id and its digest
EXAMPLES = 5
_DIGESTS = "SELECT id, {digest} FROM {table} ORDER BY id"
_PART = "CASE WHEN {name} IS NULL THEN 'N' ELSE concat(octet_length({text}), ':', {text}) END"
_COUNTER = "SELECT id, {column} FROM {table} WHERE id BETWEEN 1 AND %s"
_NAME = "judge"


@dataclass(frozen=True)
class Baseline:
    """What the database was before the first write: a file of digests for each table, and the shared counters."""

    folder: Path
    counters: Mapping[Key, int]

    def rows(self, table: str) -> Iterator[Row]:
        return _read(self.folder / f"{table}.digests")


@dataclass
class Verdict:
    """What was found. Numbers of rows; `lost` also has lost increments of a shared counter."""

    rows: int = 0
    acknowledged: int = 0
    unknown: int = 0
    lost: int = 0
    stale: int = 0
    doubled: int = 0
    resurrected: int = 0
    strangers: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Nothing is wrong with any row, and there were rows to judge."""
        wrong = self.lost + self.stale + self.doubled + self.resurrected + self.strangers
        return wrong == 0 and self.rows > 0

    def note(self, what: str, key: Key, *, count: int = 1) -> None:
        setattr(self, what, getattr(self, what) + count)
        seen = self.examples.setdefault(what, [])
        if len(seen) < EXAMPLES:
            seen.append(f"{key.table} {key.id}")


@dataclass(frozen=True)
class _View:
    """The shop as one session sees it."""

    dialect: Dialect
    session: Any
    names: Mapping[str, str]

    def write_digests(self, table: str, path: Path) -> None:
        quoted = self.dialect.quoted
        parts = [_PART.format(name=quoted(column), text=as_text(column, self.dialect)) for column in COLUMNS[table]]
        whole = f"concat({', '.join(parts)})"
        self.dialect.write_pairs(self.session, _DIGESTS.format(digest=self.dialect.sha256(whole), table=self._name(table)), path)

    def counters(self) -> Counter[Key]:
        found: Counter[Key] = Counter()
        with self.session.cursor() as cursor:
            for table, column in COUNTERS.items():
                cursor.execute(_COUNTER.format(column=self.dialect.quoted(column), table=self._name(table)), (HOT,))
                found.update({Key(table, number): value for number, value in cursor.fetchall()})
        return found

    def _name(self, table: str) -> str:
        return self.dialect.quoted(self.names.get(table, table))


def take_baseline(database: Database, folder: Path, *, names: Mapping[str, str] | None = None) -> Baseline:
    """Note every row's digest. To be done when nobody writes. `names` says what a table is called, where that isn't its old name."""
    names = names or {}
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(database.dialect.connect(database.dsn, name=_NAME)) as session:
        view = _View(database.dialect, session, names)
        for table in COLUMNS:
            view.write_digests(table, folder / f"{table}.digests")
        return Baseline(folder, view.counters())


def judge(baseline: Baseline, journal: Journal, database: Database, *, names: Mapping[str, str], folder: Path) -> Verdict:
    """Compare all. `names` says what a table is called in the end, where that isn't its old name.

    `folder` is for temporary files.
    """
    verdict = Verdict(acknowledged=journal.acknowledged, unknown=journal.unknown)
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(database.dialect.connect(database.dsn, name=_NAME)) as session:
        view = _View(database.dialect, session, names)
        for table in COLUMNS:
            path = folder / f"{table}.final"
            view.write_digests(table, path)
            _judge_table(verdict, table, was=baseline.rows(table), journal=journal, found=_read(path))
        _judge_counters(verdict, baseline, journal, found=view.counters())
    return verdict


def digest(texts: State) -> str | None:
    """The digest that the database gives for a row of these texts; None for a row that isn't there."""
    if texts is None or isinstance(texts, Untouched):
        return None
    parts = ("N" if text is None else f"{len(text.encode())}:{text}" for text in texts)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _judge_table(verdict: Verdict, table: str, *, was: Iterator[Row], journal: Journal, found: Iterator[Row]) -> None:
    touched = sorted(key.id for key in journal.rows if key.table == table)
    tagged = heapq.merge(
        ((number, "was", value) for number, value in was),
        ((number, "touched", "") for number in touched),
        ((number, "found", value) for number, value in found),
        key=_number,
    )
    for number, group in groupby(tagged, key=_number):
        key = Key(table, number)
        entries = list(group)
        before = next((value for _, tag, value in entries if tag == "was"), None)
        has = [value for _, tag, value in entries if tag == "found"]
        verdict.rows += len(has)
        allowed = {before if state is UNTOUCHED else digest(state) for state in journal.rows.get(key, [UNTOUCHED])}
        existed = before is not None or key in journal.existed
        _judge_row(verdict, key, has=has, allowed=allowed, existed=existed)


def _judge_row(verdict: Verdict, key: Key, *, has: list[str], allowed: set[str | None], existed: bool) -> None:
    if not has:
        if None not in allowed:
            verdict.note("lost", key)
        return
    if len(has) > 1:
        verdict.note("doubled", key, count=len(has) - 1)
    if allowed == {None}:
        verdict.note("resurrected" if existed else "strangers", key)
    elif not _is_hot(key) and any(value not in allowed for value in has):
        verdict.note("stale", key)


def _judge_counters(verdict: Verdict, baseline: Baseline, journal: Journal, *, found: Mapping[Key, int]) -> None:
    for key, was in baseline.counters.items():
        grown = found.get(key, was) - was
        missing = journal.counters[key] - grown
        if missing > 0:
            verdict.note("lost", key, count=missing)
        elif -missing > journal.open_counters[key]:
            verdict.note("doubled", key, count=-missing - journal.open_counters[key])


def _number(entry: tuple[int, str, str]) -> int:
    return entry[0]


def _is_hot(key: Key) -> bool:
    return key.table in COUNTERS and 1 <= key.id <= HOT


def _read(path: Path) -> Iterator[Row]:
    with path.open() as file:
        for line in file:
            number, value = line.split()
            yield int(number), value
