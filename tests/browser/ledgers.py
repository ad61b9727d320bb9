"""Ledgers as a migration would leave them at some stage. The rows are made up; the tables and the server are real."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from airlift import ledger as record
from airlift.databases import Session, connect
from airlift.ledger import Ledger, Stage
from testbed.servers import Database

REPORT = """# Report on shop

| table | rows | verdict |
|---|--:|---|
| `orders` | 300,000 | equal |

<script>document.title = "taken over"</script> ![x](http://127.0.0.1:1/x.png) [bad](javascript:alert(1)) [good](https://example.com)
"""
TABLES = {"customers": "customers", "orders": "orders_v2", '<img src=x onerror="document.title=1">': "odd"}


def write(target: Database, migration: str, *, stage: Stage, run_id: str) -> None:
    """Write what the ledger of a migration holds at a stage, in place of what it held."""
    dsn = {name: str(value) for name, value in target.dsn.items()}
    database = connect("postgres", dsn, where="the target", search_path_schema=None)
    with target.connect() as admin, admin.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS airlift")
    with database.session() as session, session.transaction():
        ledger = Ledger(migration)
        ledger.create(session)
        for table in reversed(record.metadata.sorted_tables):
            ledger.remove(session, table)
        _fill(session, ledger, stage=stage, run_id=run_id)


def rest(target: Database, migration: str, **values: Any) -> Callable[..., None]:
    """Write what a loop says of its rests and of the disks; what changes it."""
    key = {"task": values.pop("task"), "stream": values.pop("stream", "")}
    database = connect("postgres", {name: str(value) for name, value in target.dsn.items()}, where="the target", search_path_schema=None)
    ledger = Ledger(migration)

    def change(**values: Any) -> None:
        with database.session() as session, session.transaction():
            ledger.change(session, record.rests, key, **values, at=record.NOW)

    with database.session() as session, session.transaction():
        ledger.add(session, record.rests, **key, **{"seconds": 0.0, "lost": {}, "at": record.NOW, **values})
    return change


def _fill(session: Session, ledger: Ledger, *, stage: Stage, run_id: str) -> None:
    now = datetime.now(UTC)
    ledger.add(
        session, record.migrations, stage=stage, spec={}, dag_id=f"migrate_{ledger.migration}", run_id=run_id, in_place=False,
        source_server={}, target_server={}, started_at=now - timedelta(minutes=10), stage_at=now - timedelta(seconds=100),
    )  # fmt: skip
    ledger.add(session, record.controls)
    for no, (source, target) in enumerate(TABLES.items(), 1):
        _table(session, ledger, no, layout={"source": ["public", source], "target": ["public", target]}, is_done=stage > Stage.PLANNED)
    if stage >= Stage.IN_SYNC:
        for no in range(1, 31):
            lag = 30 / no**2
            ledger.add(
                session, record.windows, no=no, at="x", changes=900 // no, keys=1, compared=1, differing=0, seconds=lag / 3,
                lag_seconds=lag, committed_at=now - timedelta(seconds=31 - no),
            )  # fmt: skip
    if stage >= Stage.REPORTED:
        ledger.add(session, record.passes, no=1, premises={}, first_window=1, finished_at=now)
        for no in range(1, 7):
            row = {"source_rows": 50, "target_rows": 50, "suspects": 1 if no == 1 else 0, "done_at": now}
            ledger.add(session, record.checks, pass_no=1, no=no, table_no=1 + no % len(TABLES), **row)
        ledger.keep_report(session, "sync.report", {"markdown": REPORT})
        old, new = {"id": "7", "note": "<b>old</b>", "city": "Rome"}, {"id": "7", "note": None, "city": "Rome"}
        ledger.add(session, record.differences, table_no=2, no=1, key={"id": "7"}, source=old, target=new)
        ledger.add(session, record.differences, table_no=2, no=2, key={"id": "8"}, source=old, target=None)
    if stage >= Stage.SWITCHED:
        ledger.add(session, record.attempts, no=1, state="given up", detail="<b>pid 4711</b> held orders", pause_ms=498.2)
        ledger.add(session, record.attempts, no=2, state="switched", pause_ms=31.4, outage_ms=12.0)
        back = {"at": "x", "keys": 1, "compared": 1, "differing": 0, "seconds": 0.1, "lag_seconds": 0.2, "is_back": True}
        ledger.add(session, record.windows, no=31, changes=7, **back)
        ledger.keep_report(session, "contract.sync_back", {"stands_still": "value out of range (column <b>total</b>)"})


def _table(session: Session, ledger: Ledger, no: int, *, layout: dict[str, Any], is_done: bool) -> None:
    """Four ranges in two batches, of which the first is always done."""
    ledger.add(session, record.tables, no=no, layout=layout, bytes=4_000_000)
    for half in (0, 1):
        batch = 2 * no + half
        done_at = datetime.now(UTC) if is_done or half == 0 else None
        ledger.add(session, record.batches, no=batch, done_at=done_at, stream="stream 1 of 2")
        for part in (1, 2):
            rows = 75 if done_at else None
            ledger.add(
                session, record.ranges, batch=batch, no=part, table_no=no, filenode=1, bounds={"first": 0, "end": 1},
                bytes=1_000_000, rows=rows,
            )  # fmt: skip
