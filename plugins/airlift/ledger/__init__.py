"""Our own record on the target: where a migration stands, what was copied, carried and compared.

A row of the ledger commits with the rows it speaks of, in one transaction: each method works in the caller's session.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from airlift.databases import Session, connect
from airlift.errors import Refused
from airlift.ledger.moments import NOW, Now
from airlift.ledger.stages import Stage
from airlift.ledger.tables import (
    SCHEMA,
    SHARED,
    attempts,
    batches,
    checks,
    controls,
    differences,
    metadata,
    migrations,
    objects,
    passes,
    ranges,
    reports,
    rests,
    tables,
    windows,
)
from airlift.spec import TableName

__all__ = [
    "NOW", "SCHEMA", "SHARED", "Ledger", "Stage", "Standing", "attempts", "batches", "checks", "commanding", "controls", "differences",
    "metadata", "migrations", "objects", "passes", "ranges", "reading", "reports", "rests", "tables", "windows",
]  # fmt: skip
_ROLL_BACK_SECONDS = 60


@dataclass(frozen=True)
class Standing:
    """Where a migration stands. Positions are opaque; `..._at` are the source's clock in ISO 8601, for people."""

    stage: Stage
    spec: dict[str, Any]
    dag_id: str
    run_id: str
    in_place: bool
    source_server: dict[str, Any]
    target_server: dict[str, Any]
    watermark_at: str | None
    watermark: str | None
    position_at: str | None
    position: str | None
    abandoned_by: str | None


_NOT_STANDING = ("migration", "started_at", "stage_at", "rolling_back_until")


class Ledger:
    """The ledger's rows of one migration."""

    def __init__(self, migration: str) -> None:
        self.migration = migration

    def create(self, session: Session) -> None:
        """Make the ledger's tables where they are missing. The schema is there already."""
        session.create_tables(metadata)

    def exists(self, session: Session) -> bool:
        """Whether there is a ledger on this server at all."""
        return session.has_table(TableName(SCHEMA, "migrations"))

    def now(self, session: Session) -> datetime:
        """The clock that the ledger's instants are of."""
        found: datetime = session.execute(sa.select(NOW)).scalar_one()
        return found

    def begin(self, session: Session, **values: Any) -> None:
        """Note a new migration, in place of one of the same name that has ended."""
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete().where(table.c.migration == self.migration))
        self.add(session, migrations, stage=Stage.PREPARED, **values)
        self.add(session, controls)

    def standing(self, session: Session) -> Standing | None:
        """Where the migration stands, or None where it was never begun."""
        columns = [column for column in migrations.c if column.name not in _NOT_STANDING]
        found = session.execute(sa.select(*columns).where(migrations.c.migration == self.migration)).mappings().first()
        return Standing(**{**found, "stage": Stage(found["stage"])}) if found else None

    def must_stand(self, session: Session, at_least: Stage) -> Standing:
        """Where the migration stands, when it has come as far as `at_least`; else Refused."""
        standing = self.standing(session)
        if standing is None:
            raise Refused(f'Migration "{self.migration}" has no row in the ledger. Run its preflight first.')
        if standing.stage < at_least:
            raise Refused(
                f'Migration "{self.migration}" stands at "{standing.stage.words}"; this step needs "{at_least.words}". '
                "Clear the task that comes before it."
            )
        return standing

    def hold(self, session: Session) -> Stage:
        """Where the migration stands, and keep it there until the transaction ends: for what an earlier try must not do late."""
        stage = sa.select(migrations.c.stage).where(migrations.c.migration == self.migration).with_for_update()
        return Stage(session.execute(stage).scalar_one())

    def reach(self, session: Session, stage: Stage) -> None:
        """Note that the migration has come to `stage`. Never moves it back."""
        session.execute(
            migrations.update()
            .where(migrations.c.migration == self.migration, migrations.c.stage < stage)
            .values(stage=stage, stage_at=NOW)
        )

    def leave(self, session: Session, stage: Stage, *, to: Stage) -> None:
        """Go from `stage` to another one, forwards or backwards, but only from there: who comes late moves nothing."""
        session.execute(
            migrations.update().where(migrations.c.migration == self.migration, migrations.c.stage == stage).values(stage=to, stage_at=NOW)
        )

    def take_over(self, session: Session, *, dag_id: str, run_id: str) -> None:
        """Note that another run holds the migration from now on."""
        session.execute(migrations.update().where(migrations.c.migration == self.migration).values(dag_id=dag_id, run_id=run_id))

    def abandon(self, session: Session, run_id: str) -> bool:
        """Note that another run ends the migration: the one that holds it has nothing left to do. False once its cutover has begun."""
        may_end = sa.or_(migrations.c.stage < Stage.OPENING, migrations.c.stage == Stage.CLEANED_UP)
        statement = migrations.update().where(migrations.c.migration == self.migration, may_end).values(abandoned_by=run_id)
        return session.execute(statement).rowcount == 1

    def forget_log_room(self, session: Session) -> None:
        """Forget what a person said of the disk that the change log is on: the service, and with it the log, went to another server."""
        self.change(session, controls, {}, log_room=None, log_room_by=None)

    def hold_way_back(self, session: Session) -> None:
        """Note that a roll back is about to fence: `contract.sync_back` rests meanwhile, and goes on by itself if this process dies."""
        until = Now(seconds=_ROLL_BACK_SECONDS)
        session.execute(migrations.update().where(migrations.c.migration == self.migration).values(rolling_back_until=until))

    def release_way_back(self, session: Session) -> None:
        """Note that the roll back is over."""
        session.execute(migrations.update().where(migrations.c.migration == self.migration).values(rolling_back_until=None))

    def is_rolling_back(self, session: Session) -> bool:
        """Whether a roll back is about to fence just now, by the target's clock."""
        query = sa.select(migrations.c.rolling_back_until > NOW).where(migrations.c.migration == self.migration)
        return bool(session.execute(query).scalar())

    def lock(self, session: Session) -> None:
        """Wait for, and be, the only one who plans until the transaction ends. Windows are not held up."""
        session.execute(sa.select(tables.c.no).where(tables.c.migration == self.migration).with_for_update())

    def note_watermark(self, session: Session, *, at: str, position: str) -> None:
        """Note watermark X; the first window starts there. Taken once: a second call keeps the first."""
        session.execute(
            migrations.update()
            .where(migrations.c.migration == self.migration, migrations.c.watermark.is_(None))
            .values(watermark_at=at, watermark=position, position_at=at, position=position)
        )

    def move_position(self, session: Session, *, start: str, end: str, at: str) -> bool:
        """Move the position from `start` to `end`: what a window does first. Whether it was at `start`; else another was faster."""
        moved = session.execute(
            migrations.update()
            .where(migrations.c.migration == self.migration, migrations.c.position == start)
            .values(position=end, position_at=at)
        )
        return moved.rowcount == 1

    def add(self, session: Session, table: sa.Table, /, **values: Any) -> None:
        """Add a row."""
        session.execute(table.insert().values(migration=self.migration, **values))

    def add_all(self, session: Session, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Add rows together; all have the same columns."""
        if rows:
            session.execute(table.insert(), [{"migration": self.migration, **row} for row in rows])

    def note_copied(self, session: Session, batch: int, rows: dict[int, int]) -> None:
        """Note how many rows each range of a batch brought, by its number, and count them to their tables."""
        own = (ranges.c.migration == self.migration, ranges.c.batch == batch, ranges.c.no.in_(list(rows)))
        session.execute(ranges.update().where(*own).values(rows=sa.case(rows, value=ranges.c.no)))
        each = sa.select(ranges.c.table_no, sa.func.sum(ranges.c.rows).label("total")).where(*own).group_by(ranges.c.table_no)
        brought = {int(found["table_no"]): int(found["total"]) for found in session.execute(each).mappings()}
        more = tables.c.rows_copied + sa.case(brought, value=tables.c.no)
        own_tables = (tables.c.migration == self.migration, tables.c.no.in_(list(brought)))
        session.execute(tables.update().where(*own_tables).values(rows_copied=more))

    def rows(self, session: Session, table: sa.Table, /, **equal: Any) -> list[dict[str, Any]]:
        """Rows in the order of their keys, those with the values of `equal`."""
        query = sa.select(table).where(table.c.migration == self.migration, *(table.c[k] == v for k, v in equal.items()))
        return [dict(row) for row in session.execute(query.order_by(*table.primary_key.columns)).mappings()]

    def newest(self, session: Session, table: sa.Table, most: int) -> list[dict[str, Any]]:
        """The rows with the highest numbers, the newest last."""
        query = sa.select(table).where(table.c.migration == self.migration).order_by(table.c.no.desc()).limit(most)
        return [dict(row) for row in session.execute(query).mappings()][::-1]

    def change(self, session: Session, table: sa.Table, where: dict[str, Any], /, **values: Any) -> int:
        """Change the rows whose columns equal `where`, or one of its list; how many there were."""
        matches = (table.c[name].in_(value) if isinstance(value, list) else table.c[name] == value for name, value in where.items())
        statement = table.update().where(table.c.migration == self.migration, *matches).values(**values)
        return int(session.execute(statement).rowcount)

    def remove(self, session: Session, table: sa.Table, /, **equal: Any) -> None:
        """Remove rows."""
        matches = (table.c[name] == value for name, value in equal.items())
        session.execute(table.delete().where(table.c.migration == self.migration, *matches))

    def claim(self, session: Session, table: sa.Table, /, **equal: Any) -> dict[str, Any] | None:
        """The first row that is not done and that nobody else holds; held until the transaction ends."""
        query = (
            sa.select(table)
            .where(
                table.c.migration == self.migration,
                table.c.done_at.is_(None),
                *(table.c[k] == v for k, v in equal.items()),
            )
            .order_by(*table.primary_key.columns)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = session.execute(query).mappings().first()
        return dict(found) if found else None

    def next_no(self, session: Session, table: sa.Table, column: str = "no", /, **equal: Any) -> int:
        """One more than the highest number so far; 1 to begin with."""
        matches = (table.c[name] == value for name, value in equal.items())
        highest = sa.select(sa.func.max(table.c[column])).where(table.c.migration == self.migration, *matches)
        return int(session.execute(highest).scalar() or 0) + 1

    def total(self, session: Session, column: sa.Column[Any], /, **equal: Any) -> int:
        """The sum of a column over this migration's rows."""
        table = column.table
        matches = (table.c[name] == value for name, value in equal.items())
        query = sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(table.c.migration == self.migration, *matches)
        return int(session.execute(query).scalar() or 0)

    def keep_report(self, session: Session, task: str, content: dict[str, Any]) -> None:
        """Keep the newest report of a task, for its retries and for the UI."""
        self.remove(session, reports, task=task)
        self.add(session, reports, task=task, content=content)

    def report(self, session: Session, task: str) -> dict[str, Any] | None:
        """The newest report of a task."""
        found = self.rows(session, reports, task=task)
        return dict(found[0]["content"]) if found else None


@contextmanager
def reading(conn_type: str, dsn: Mapping[str, str], *, where: str, seconds: int) -> Iterator[Session]:
    """A session on the target that only reads, all of one instant, and waits for nothing longer than `seconds`: for pages."""
    limits = {"statement_timeout": f"{seconds}s", "lock_timeout": f"{seconds}s", "transaction_read_only": "on"}
    with _session(conn_type, dsn, where) as session, session.transaction(snapshot=True, **limits):
        yield session


@contextmanager
def commanding(conn_type: str, dsn: Mapping[str, str], *, where: str, seconds: int) -> Iterator[Session]:
    """A session on the target in which a page may write what a person asks for."""
    limit = f"{seconds}s"
    with _session(conn_type, dsn, where) as session, session.transaction(statement_timeout=limit, lock_timeout=limit):
        yield session


@contextmanager
def _session(conn_type: str, dsn: Mapping[str, str], where: str) -> Iterator[Session]:
    with closing(connect(conn_type, dsn, where=where, search_path_schema=None)) as database, database.session() as session:
        yield session
