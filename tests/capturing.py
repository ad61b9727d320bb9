"""One captured table on a real server of either engine: our sessions, a user's, what is in its log and what a window would find."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from airlift.databases.naming import CaptureNames
from airlift.databases.postgres import Postgres
from airlift.databases.values import Captured, Changes
from airlift.spec import TableName
from testbed.serving import Database
from tests.family import class_of

NAME = "shop"


@dataclass(frozen=True)
class Table:
    """A table that is captured, and the engine that does it."""

    database: Database
    engine: Any
    table: TableName
    key: list[str]
    names: CaptureNames

    @property
    def capture(self) -> Any:
        return self.engine.capture

    @property
    def positions(self) -> Any:
        return self.engine.positions

    @property
    def inspection(self) -> Any:
        return self.engine.inspection

    @property
    def signals(self) -> Any:
        return self.engine.signals

    @property
    def is_mysql(self) -> bool:
        return not isinstance(self.engine, Postgres)

    @contextlib.contextmanager
    def session(self, **settings: str) -> Iterator[Any]:
        """A session of ours in a transaction."""
        with self.engine.session() as session, session.transaction(**settings):
            yield session

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Any]:
        """A session of ours that sees one instant."""
        with self.engine.session() as session, session.transaction(snapshot=True):
            yield session

    def noted(self) -> list[tuple[Any, ...]]:
        """What is in the log, in the order in which it was noted."""
        columns = ", ".join(["op", *(f"k{position}" for position in range(1, len(self.key) + 1))])
        order = "id" if self.is_mysql else "ctid"
        return user_rows(self.database, f"SELECT {columns} FROM airlift.{self.names.log.name} ORDER BY {order}")

    def forget(self) -> None:
        """Empty the log."""
        user_rows(self.database, f"DELETE FROM airlift.{self.names.log.name}")

    def changes(self, session: Any, since: str) -> list[Changes]:
        """What a window would find."""
        found: list[Changes] = self.engine.windows.changes(session, [self.names], since)
        return found

    def window(self, since: str) -> tuple[str, list[Changes]]:
        """Where a window from `since` ends, and what it finds; all is of one instant."""
        with self.snapshot() as session:
            end = self.positions.now(session, [self.names])
            return end.text, self.changes(session, since)

    def position(self) -> str:
        """The position of now."""
        with self.snapshot() as session:
            return str(self.positions.now(session, [self.names]).text)

    def prune(self, position: str) -> int:
        """Take out of the log what a position has seen."""
        with self.session() as session:
            return int(self.positions.prune(session, [self.names], NAME, self.names.side, position=position))

    def is_beyond(self, position: str) -> bool:
        """Whether the log was pruned beyond a position."""
        with self.snapshot() as session:
            return bool(self.positions.is_pruned_beyond(session, NAME, self.names.side, position))

    def standing(self, *others: TableName) -> Captured:
        """What a proof rests on."""
        with self.session() as session:
            found: Captured = self.capture.standing(session, [self.table, *others], self.capture.triggers(self.names))
            return found

    def create_log(self) -> None:
        """Make what the triggers write to."""
        with self.session() as session:
            self.capture.prepare(session, NAME, self.names.side)
        with self.session() as session:
            found = self.engine.catalog.columns(session, self.engine.catalog.relations(session)[self.table])
            columns = {column.name: column for column in found}
        with self.session() as session:
            self.capture.create_log(session, self.names, [columns[name] for name in self.key])

    def install(self) -> Table:
        """Capture it."""
        self.create_log()
        with self.session() as session:
            self.capture.create_triggers(session, self.names, self.table)
        return self


def user_rows(database: Database, *statements: str, admin: bool = False) -> list[tuple[Any, ...]]:
    """Run statements in a session of a user's, each committed; what the last returned."""
    with contextlib.closing(database.connect(admin=admin)) as session, session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def table_of(database: Database, name: str, key: list[str], *, no: int = 1, application: str | None = None) -> Table:
    """A table that is there, to be captured. `application` is what our sessions call themselves."""
    is_postgres = database.engine == "postgres"
    dsn = {**database.dsn, **({"application_name": application} if application else {})}
    engine: Any = (Postgres if is_postgres else class_of(database))(dsn, where="the source", schema=None)
    schema = "public" if is_postgres else database.name
    return Table(database, engine, TableName(schema, name), key, CaptureNames(NAME, no))


def capture(database: Database, name: str, definition: str, key: list[str], *, no: int = 1) -> Table:
    """Make a table and capture it."""
    user_rows(database, f"CREATE TABLE {name} ({definition})")
    return table_of(database, name, key, no=no).install()


def back_of(captured: Table) -> Table:
    """The other direction's capture of the same table."""
    return replace(captured, names=replace(captured.names, side=CaptureNames.BACK))
