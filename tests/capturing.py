"""One captured table on a real server of either engine: our sessions, a user's, what is in its log and what a window would find."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from airlift.databases.mysql import capture as mysql_capture
from airlift.databases.mysql.connecting import engine_for
from airlift.databases.mysql.inspection import Inspection as MySQLInspection
from airlift.databases.mysql.logs import log_columns, read_seen
from airlift.databases.mysql.session import MariaDBSession
from airlift.databases.mysql.signals import Signals as MySQLSignals
from airlift.databases.naming import CaptureNames
from airlift.databases.postgres import Postgres
from airlift.databases.shapes import Column
from airlift.databases.values import Captured, Changes
from airlift.spec import TableName
from testbed.serving import Database

NAME = "shop"


@dataclass(frozen=True)
class Table:
    """A table that is captured, and the classes that do it."""

    database: Database
    table: TableName
    key: list[str]
    names: CaptureNames
    capture: Any
    positions: Any
    way_back: Any
    signals: Any
    inspection: Any

    @contextlib.contextmanager
    def session(self, **settings: str) -> Iterator[Any]:
        """A session of ours in a transaction."""
        with self.opened() as session, session.transaction(**settings):
            yield session

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Any]:
        """A session of ours that sees one instant."""
        with self.opened() as session, session.transaction(snapshot=True):
            yield session

    @contextlib.contextmanager
    def opened(self) -> Iterator[Any]:
        """A session of ours."""
        if self.is_mysql:
            session = MariaDBSession(engine_for(self.database.dsn), where="the source", schema=self.database.name)
            try:
                yield session
            finally:
                session.close()
        else:
            with Postgres(self.database.dsn, where="the source", schema=None).session() as postgres:
                yield postgres

    @property
    def is_mysql(self) -> bool:
        return self.database.engine != "postgres"

    def noted(self) -> list[tuple[Any, ...]]:
        """What is in the log, in the order in which it was noted."""
        columns = ", ".join(["op", *log_columns(self.key)])
        order = "id" if self.is_mysql else "ctid"
        return user_rows(self.database, f"SELECT {columns} FROM airlift.{self.names.log.name} ORDER BY {order}")

    def forget(self) -> None:
        """Empty the log."""
        user_rows(self.database, f"DELETE FROM airlift.{self.names.log.name}")

    def changes(self, session: Any, since: str) -> list[Changes]:
        """What a window would find."""
        if self.is_mysql:
            return read_seen(session, [self.names], since)
        found: list[Changes] = Postgres(self.database.dsn, where="", schema=None).windows.changes(session, [self.names], since)
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

    def prune(self, position: str, found: Sequence[Changes] = ()) -> int:
        """Take out of the log what a position has seen."""
        with self.session() as session:
            return int(self.positions.prune(session, [self.names], NAME, self.names.side, position=position, found=found))

    def is_beyond(self, position: str) -> bool:
        """Whether the log was pruned beyond a position."""
        with self.snapshot() as session:
            return bool(self.positions.is_pruned_beyond(session, NAME, self.names.side, position))

    def standing(self, *others: TableName) -> Captured:
        """What a proof rests on."""
        with self.session() as session:
            found: Captured = self.capture.standing(session, [self.table, *others], self.capture.triggers(self.names))
            return found

    def install(self) -> Table:
        """Put the triggers on the table."""
        with self.session() as session:
            self.capture.prepare(session, NAME, self.names.side)
        with self.session() as session:
            self.capture.create_log(session, self.names, self.columns())
        with self.session() as session:
            self.capture.create_triggers(session, self.names, self.table)
        return self

    def columns(self) -> list[Column]:
        """The key's columns."""
        with self.session() as session:
            if self.is_mysql:
                found = {name: _column(name, kind, collation) for name, kind, collation in user_rows(
                    self.database, "SELECT column_name, column_type, collation_name FROM information_schema.columns"
                    f" WHERE table_schema = '{self.table.schema}' AND table_name = '{self.table.name}'",
                )}  # fmt: skip
            else:
                catalog = Postgres(self.database.dsn, where="", schema=None).catalog
                found = {each.name: each for each in catalog.columns(session, catalog.relations(session)[self.table])}
        return [found[name] for name in self.key]


def user_rows(database: Database, *statements: str, admin: bool = False) -> list[tuple[Any, ...]]:
    """Run statements in a session of a user's, each committed; what the last returned."""
    with contextlib.closing(database.connect(admin=admin)) as session, session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def table_of(database: Database, name: str, key: list[str], *, no: int = 1, side: str = CaptureNames.FORWARD) -> Table:
    """A table that is there, to be captured."""
    postgres = Postgres({}, where="", schema=None)
    own: tuple[Any, ...] = (postgres.capture, postgres.positions, postgres.way_back, postgres.signals, postgres.inspection)
    if database.engine != "postgres":
        own = (
            mysql_capture.Capture(), mysql_capture.Positions(), mysql_capture.WayBack(), MySQLSignals(), MySQLInspection(),
        )  # fmt: skip
    schema = "public" if database.engine == "postgres" else database.name
    return Table(database, TableName(schema, name), key, CaptureNames(NAME, no, side), *own)


def capture(database: Database, name: str, definition: str, key: list[str], *, no: int = 1) -> Table:
    """Make a table and capture it."""
    user_rows(database, f"CREATE TABLE {name} ({definition})")
    return table_of(database, name, key, no=no).install()


def back_of(captured: Table) -> Table:
    """The other direction's capture of the same table."""
    return replace(captured, names=replace(captured.names, side=CaptureNames.BACK))


def _column(name: str, kind: str, collation: str | None) -> Column:
    return Column(
        name=name, type=kind, type_name=kind, type_schema="", type_kind="b", is_built_in=True, has_custom_element=False,
        has_binary_form=False, base_type=kind, not_null=True, identity="", generated="", default_expression=None, is_deterministic=True,
        collation=collation, comment=None, definition="",
    )  # fmt: skip
