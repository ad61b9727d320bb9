"""Read a change log as runs of ids, and take out of it just those that were seen. Knows no window.

Ids are given out when a row is noted and not when it is committed: a transaction that commits late has lower ids than what was seen
before it. So what was seen of a log is never "up to an id", but the very ids, as runs. A run is kept as [first, last, step]
in a position, and is a range here.
"""

import json
from collections.abc import Iterable, Sequence

from airlift.databases.mysql.quoting import quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames
from airlift.databases.shapes import Column
from airlift.databases.values import Changes

TOGETHER = 500
"""So many statements go to the server in one message."""


def log_columns(key: Sequence[str]) -> list[str]:
    """The log's names for a key's columns: never those of the user's, which could be `op`."""
    return [f"k{position}" for position in range(1, len(key) + 1)]


def key_column(name: str, column: Column) -> str:
    """A key's column in a table of ours. NULL is said, for a timestamp without it would get its own ideas of a default."""
    collation = f" COLLATE {quoted(column.collation)}" if column.collation else ""
    return f"{quoted(name)} {column.type}{collation} NULL"


def read_seen(session: Session, names: Iterable[CaptureNames], since: str | None = None) -> list[Changes]:
    """What this transaction sees of each log and the position `since` has not seen; logs without any of it are left out."""
    before = seen_of(since)
    each = [session.text("sync/read_seen", {"log": table(name.log)}, no=name.no) for name in names]
    runs: dict[int, dict[bool, list[range]]] = {}
    for no, is_check, first, last, step in session.joined(each, " UNION ALL ") if each else []:
        kinds = runs.setdefault(int(no), {False: [], True: []})
        kinds[bool(is_check)] += _unseen(range(int(first), int(last) + 1, int(step)), before.get(int(no), []))
    found = (_changes(no, changes=kinds[False], checks=kinds[True]) for no, kinds in runs.items())
    return [change for change in found if change.seen]


def seen_of(position: str | None) -> dict[int, list[range]]:
    """The ids that a position has seen and that were not pruned then, by the tables' numbers."""
    seen = json.loads(position)["seen"] if position else {}
    return {int(no): [range(first, last + 1, step) for first, last, step in runs] for no, runs in seen.items()}


def prune_seen(session: Session, names: Iterable[CaptureNames], position: str) -> int:
    """Remove from the logs the very ids that a position has seen; how many rows that were."""
    seen = seen_of(position)
    deletes = [
        session.text("sync/prune_run", {"log": table(name.log)}, first=run.start, last=run[-1], step=run.step)
        for name in names
        for run in seen.get(name.no, [])
    ]
    return sum(session.total(deletes[first : first + TOGETHER]) for first in range(0, len(deletes), TOGETHER))


def _changes(no: int, *, changes: list[range], checks: list[range]) -> Changes:
    seen = [[run.start, run[-1], run.step] for run in sorted([*changes, *checks], key=lambda run: run.start)]
    # nothing in a log tells that a table was emptied: it has another heap then
    return Changes(no, sum(map(len, changes)), sum(map(len, checks)), is_truncated=False, seen=seen)


def _unseen(run: range, seen: Iterable[range]) -> list[range]:
    """What of a run is in no other one."""
    left = [run]
    for other in seen:
        if other.start < run.stop and run.start < other.stop:
            left = [rest for part in left for rest in _without(part, other)]
    return left


def _without(run: range, other: range) -> list[range]:
    if run.step != other.step:  # the server's step was changed between the two
        return [range(each, each + 1) for each in run if each not in other]
    if (run.start - other.start) % run.step:
        return [run]
    # both ends of the other one are in step with this one
    after = other[-1] + other.step
    parts = (range(run.start, min(run.stop, other.start), run.step), range(max(run.start, after), run.stop, run.step))
    return [part for part in parts if part]
