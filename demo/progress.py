"""Where the migration stands, in a line: what runs, from Airflow; how far it is, from the view airlift.status.

Lenient on what it reads: what isn't there yet, or is called otherwise, is left out.
"""

from __future__ import annotations

import contextlib
from typing import Any

from testbed.dialects import FAILURES
from testbed.journal import Count
from testbed.serving import Database

ACTIVE = ("running", "awaiting_input", "up_for_retry")
_STATUS = "SELECT * FROM airlift.status WHERE migration = %s"


def status(target: Database, migration: str) -> dict[str, Any]:
    """The migration's row in airlift.status, or nothing yet."""
    try:
        with contextlib.closing(target.connect()) as session, session.cursor() as cursor:
            cursor.execute(_STATUS, (migration,))
            row, names = cursor.fetchone(), [column[0] for column in cursor.description]
    except FAILURES:
        return {}
    return dict(zip(names, row, strict=True)) if row else {}


def line(tasks: list[dict[str, Any]], standing: dict[str, Any], *, count: Count) -> str:
    """One line for a person."""
    parts = [_active(tasks) or "waiting for Airflow", *_done(standing), f"{count.acknowledged:,} writes acknowledged"]
    return " · ".join([*parts, f"{count.errors:,} ERRORS"] if count.errors else parts)


def _active(tasks: list[dict[str, Any]]) -> str:
    named: dict[str, int] = {}
    for task in tasks:
        if task["state"] in ACTIVE:
            words = {"running": "", "awaiting_input": " (waits for an answer)", "up_for_retry": " (tries again)"}
            name = task["task_id"] + words[task["state"]]
            named[name] = named.get(name, 0) + 1
    return ", ".join(name if count == 1 else f"{name} x {count}" for name, count in named.items())


def _done(standing: dict[str, Any]) -> list[str]:
    parts = []
    if standing.get("rows_copied"):
        parts.append(f"{standing['rows_copied']:,} rows copied")
    if standing.get("ranges_total") and standing.get("ranges_done", 0) < standing["ranges_total"]:
        parts.append(f"{standing['ranges_done']} of {standing['ranges_total']} ranges")
    if standing.get("windows"):
        parts.append(f"{standing['windows']} windows, {standing.get('changes') or 0:,} changes")
    if standing.get("lag_seconds") is not None:
        parts.append(f"lag {standing['lag_seconds']:.1f} s")
    return parts
