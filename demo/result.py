"""The demo's end: judge the final database by the writers' journal, and say it in a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from demo.options import Options
from demo.stage import RENAMED, Stage
from demo.story import Ending
from testbed import journal
from testbed.journal import Error, Journal, Wait
from testbed.judge import Verdict, judge

EXAMPLES = 5
FEW = 4
"""So many deadlocks are few; more of them are errors like others."""
DEADLOCK = "OperationalError 1213"
"""What MySQL may tell a writer whom our definitions meet, who then has to begin anew as after any deadlock: docs/engines.md."""


def conclude(stage: Stage, ending: Ending, options: Options) -> tuple[str, bool]:
    """The table, and whether all is well. The writers have been stopped."""
    found = journal.read(stage.writers.journals)
    moved = ending.is_moved
    where, names = (stage.target, RENAMED) if moved else (stage.source, {})
    verdict = judge(stage.baseline, found, where, names=names, folder=stage.folder / "final")
    errors, deadlocks = told_apart(found.errors, options)
    good = verdict.good and ending.state == "success" and not errors
    told = [("errors that writers saw", _number(len(errors)))]
    if deadlocks or "mysql" in (options.source, options.target):
        told.append(("deadlocks that MySQL told them of", _number(len(deadlocks))))
    rows = [*_migration(ending), *_writes(verdict), *told, *_times(found, ending, options)]
    return "\n".join([_table(rows), *_notes(verdict, [*errors, *deadlocks], ending, moved=moved)]), good


def told_apart(errors: Sequence[Error], options: Options) -> tuple[list[Error], list[Error]]:
    """What no writer should have been told, and what docs/engines.md says that MySQL may tell one."""
    is_known = "mysql" in (options.source, options.target)
    known = [each for each in errors if is_known and DEADLOCK in each.text]
    if len(known) > FEW:
        return list(errors), []
    return [each for each in errors if each not in known], known


def _migration(ending: Ending) -> list[tuple[str, str]]:
    windows = ending.status.get("windows") or ending.windows.get("windows")
    changes = ending.status.get("changes") or ending.windows.get("changes")
    return [
        ("rows copied", _number(ending.status.get("rows_copied"))),
        ("changes carried", _number(changes)),
        ("windows", _number(windows)),
        ("cutover attempts", _number(ending.rename.get("attempts"))),
    ]


def _writes(verdict: Verdict) -> list[tuple[str, str]]:
    return [
        ("acknowledged writes", _number(verdict.acknowledged)),
        ("rows judged", _number(verdict.rows)),
        ("lost", _number(verdict.lost)),
        ("stale", _number(verdict.stale)),
        ("doubled", _number(verdict.doubled)),
        ("deleted and back", _number(verdict.resurrected)),
        ("never written by anybody", _number(verdict.strangers)),
    ]


def _times(found: Journal, ending: Ending, options: Options) -> list[tuple[str, str]]:
    outage = max(found.outages, default=None)
    none = "none: it is one database" if options.in_place else "none"
    return [
        ("longest wait of a writer", _wait(found.longest_wait(), ending.tasks)),
        ("longest at the cutover", _at_cutover(found, ending.tasks)),
        ("outage, from the last write to the next", f"{outage.seconds * 1000:,.0f} ms" if outage else none),
        ("pause and outage by cutover.rename", _measured(ending.rename)),
        *([("pause and outage by rename_back", _measured(ending.back))] if ending.back else []),
    ]


def _at_cutover(found: Journal, tasks: Sequence[dict[str, Any]]) -> str:
    for task in tasks:
        if task["task_id"] == "cutover.rename" and task["start_date"] and task["end_date"]:
            return _wait(found.longest_wait(since=_clock(task["start_date"]), until=_clock(task["end_date"])), tasks)
    return "-"


def _measured(rename: dict[str, Any]) -> str:
    values = [rename.get(name) for name in ("pause_ms", "outage_ms")]
    return " and ".join("-" if value is None else f"{value:,.0f} ms" for value in values)


def _wait(wait: Wait | None, tasks: Sequence[dict[str, Any]]) -> str:
    if wait is None:
        return "under 20 ms"
    during = sorted({task["task_id"] for task in tasks if _overlaps(task, wait)})
    return f"{wait.seconds * 1000:,.0f} ms ({wait.what}, during {' and '.join(during) or 'no task'})"


def _overlaps(task: dict[str, Any], wait: Wait) -> bool:
    start, end = task.get("start_date"), task.get("end_date")
    return bool(start and end and _clock(start) <= wait.at + wait.seconds and wait.at <= _clock(end))


def _notes(verdict: Verdict, errors: Sequence[Error], ending: Ending, *, moved: bool) -> list[str]:
    notes = [f"  {what}: for example {', '.join(rows)}" for what, rows in verdict.examples.items()]
    notes += [f"  a writer saw, in {error.what!r}: {error.text}" for error in errors[:EXAMPLES]]
    if verdict.unknown:
        notes.append(f"  {verdict.unknown} commits got no answer: either outcome is right for those.")
    if not moved:
        notes.append(f"  The service {'was rolled back' if ending.back else 'was not moved'}: the source was judged.")
    if ending.state != "success":
        notes.append(f"  The run ended as {ending.state!r}.")
    return notes


def _table(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:,}"


def _clock(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
