"""What a page shows of a migration, read from the ledger. Each function reads in the caller's transaction."""

from typing import Any

import sqlalchemy as sa

from airlift.databases import Session
from airlift.ledger.moments import NOW
from airlift.ledger.tables import (
    attempts,
    batches,
    checks,
    controls,
    differences,
    migrations,
    passes,
    ranges,
    reports,
    rests,
    tables,
    windows,
)

Record = dict[str, Any]
_WAY_BACK = "contract.sync_back"


def read(session: Session, migration: str, *, newest_windows: int, newest_attempts: int) -> dict[str, Any] | None:
    """The ledger's records of a migration; None where it has none."""
    standing = _records(session, _standing(migration))
    if not standing:
        return None
    return {
        "migration": standing[0],
        "tables": _tables(session, migration),
        "windows": _newest(session, migration, windows, newest_windows),
        "pass": _only(_newest(session, migration, passes, 1)),
        "attempts": _newest(session, migration, attempts, newest_attempts),
        "differences": _records(session, _differences(migration)),
        "way_back": _way_back(session, migration),
        "control": _only(_records(session, _own(migration, controls))),
        "rests": _records(session, _own(migration, rests).order_by(rests.c.task, rests.c.stream)),
        "report": _report(session, migration),
    }


def _standing(migration: str) -> sa.Select[Any]:
    names = ("stage", "dag_id", "run_id", "in_place", "started_at", "stage_at")
    columns = [migrations.c[name] for name in names]
    return sa.select(*columns, NOW.label("now")).where(migrations.c.migration == migration)


def _own(migration: str, table: sa.Table) -> sa.Select[Any]:
    return sa.select(table).where(table.c.migration == migration)


def _newest(session: Session, migration: str, table: sa.Table, most: int) -> list[Record]:
    """The rows with the highest numbers, the newest last."""
    return _records(session, _own(migration, table).order_by(table.c.no.desc()).limit(most))[::-1]


def _tables(session: Session, migration: str) -> list[Record]:
    """For each table: its bytes and rows, how many are copied, and how much of the newest full comparison is done."""
    copied = {record["no"]: record for record in _records(session, _copied(migration))}
    compared = {record["no"]: record for record in _records(session, _compared(migration))}
    names = ("source", "target")
    layouts = [tables.c.layout[name].label(name) for name in names]
    query = sa.select(tables.c.no, tables.c.bytes, *layouts).where(tables.c.migration == migration).order_by(tables.c.no)
    return [_table(record, copied.get(record["no"], {}), compared.get(record["no"], {})) for record in _records(session, query)]


def _table(record: Record, copied: Record, compared: Record) -> Record:
    of_copy = {name: int(copied.get(name) or 0) for name in ("ranges", "ranges_done", "bytes_done", "rows")}
    of_pass = {name: int(compared.get(name) or 0) for name in ("checks", "checks_done", "rows_compared", "suspects")}
    size = int(copied.get("bytes") or record["bytes"])
    return {"source": record["source"], "target": record["target"], "bytes": size, **of_copy, **of_pass}


def _done(done_at: sa.Column[Any], value: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((done_at.is_not(None), value), else_=0))


def _copied(migration: str) -> sa.Select[Any]:
    done = batches.c.done_at
    return (
        sa.select(
            ranges.c.table_no.label("no"),
            sa.func.count().label("ranges"),
            sa.func.count(done).label("ranges_done"),
            sa.func.sum(ranges.c.bytes).label("bytes"),
            _done(done, ranges.c.bytes).label("bytes_done"),
            _done(done, ranges.c.rows).label("rows"),
        )
        .join(batches, sa.and_(batches.c.migration == ranges.c.migration, batches.c.no == ranges.c.batch))
        .where(ranges.c.migration == migration)
        .group_by(ranges.c.table_no)
    )


def _compared(migration: str) -> sa.Select[Any]:
    newest = sa.select(sa.func.max(passes.c.no)).where(passes.c.migration == migration).scalar_subquery()
    done = checks.c.done_at
    return (
        sa.select(
            checks.c.table_no.label("no"),
            sa.func.count().label("checks"),
            sa.func.count(done).label("checks_done"),
            _done(done, checks.c.source_rows).label("rows_compared"),
            _done(done, checks.c.suspects).label("suspects"),
        )
        .where(checks.c.migration == migration, checks.c.pass_no == newest)
        .group_by(checks.c.table_no)
    )


def _differences(migration: str) -> sa.Select[Any]:
    name = tables.c.layout["target"].label("table")
    return (
        sa.select(name, differences.c.key, differences.c.source, differences.c.target)
        .join(tables, sa.and_(tables.c.migration == differences.c.migration, tables.c.no == differences.c.table_no))
        .where(differences.c.migration == migration)
        .order_by(differences.c.table_no, differences.c.no)
    )


def _way_back(session: Session, migration: str) -> Record:
    """What was carried back, and whether the way back stands still."""
    query: Any = sa.select(
        sa.func.count().label("windows"),
        sa.func.sum(windows.c.changes).label("changes"),
        sa.func.max(windows.c.committed_at).label("carried_at"),
    ).where(windows.c.migration == migration, windows.c.is_back)
    carried = _records(session, query)[0]
    said = _only(_records(session, _own(migration, reports).where(reports.c.task == _WAY_BACK)))
    return {**carried, "changes": int(carried["changes"] or 0), "stands_still": said["content"].get("stands_still") if said else None}


def _report(session: Session, migration: str) -> Record | None:
    """The newest report that a person can read."""
    for report in _records(session, _own(migration, reports).order_by(reports.c.made_at.desc())):
        if "markdown" in report["content"]:
            return {"task": report["task"], "made_at": report["made_at"], "markdown": report["content"]["markdown"]}
    return None


def _records(session: Session, query: sa.Select[Any]) -> list[Record]:
    return [dict(row) for row in session.execute(query).mappings()]


def _only(records: list[Record]) -> Record | None:
    return records[0] if records else None
