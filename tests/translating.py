"""Tables of one engine made on another one, as a migration between the families makes them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airlift.databases.examined import Misfit
from airlift.databases.mysql import MySQL
from airlift.databases.postgres import Postgres
from airlift.databases.shapes import Column, Index
from airlift.databases.translating import Shape, Translated, Unfit, translator
from airlift.spec import TableName
from testbed.serving import Database
from tests.family import class_of


@dataclass(frozen=True)
class Side:
    """A database with what we know of its engine, and its schema."""

    database: Database
    opened: Callable[[], Any]
    schema: str

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as the owner; what the last one returned."""
        with contextlib.closing(self.database.connect()) as session, session.cursor() as cursor:
            if self.opened is not postgres:
                cursor.execute("SET sql_mode = 'ALLOW_INVALID_DATES'")
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def run_with(self, statement: str, values: tuple[Any, ...]) -> None:
        """Run a statement with values as a strict server takes them."""
        with contextlib.closing(self.database.connect()) as session, session.cursor() as cursor:
            if self.opened is not postgres:
                cursor.execute("SET sql_mode = 'STRICT_ALL_TABLES'")
            cursor.execute(statement, values)

    @contextlib.contextmanager
    def session(self) -> Iterator[tuple[Any, Any]]:
        """Our engine, and a session of ours in a transaction."""
        engine = self.opened(self.database)
        with engine.session() as session, session.transaction():
            yield engine, session

    def shape(self, name: str, *, keyed: frozenset[str] = frozenset()) -> Shape:
        """A table as the catalog has it."""
        with self.session() as (engine, session):
            catalog = engine.catalog
            relations = catalog.relations(session)
            relation = relations[TableName(self.schema, name)]
            oid = [relation.oid]
            enums = {str(each.name): labels for each, labels in catalog.enums(session, [relation]).items()}
            columns = catalog.columns(session, relation)
            return Shape(
                name=relation.name,
                columns=columns,
                indexes=catalog.indexes(session, relation),
                checks=catalog.checks_of(session, oid)[relation.oid],
                keyed=keyed,
                labels={each.name: enums[each.type_name] for each in columns if each.type_name in enums},
                options=catalog.options_of(session, oid)[relation.oid],
            )

    def misfits(self, name: str, conditions: Mapping[str, list[Unfit]], *, key: tuple[str, ...] = ("id",), most: int = 5) -> list[Misfit]:
        """What preflight would find in a table."""
        with self.session() as (engine, session):
            found: list[Misfit] = engine.examination.unfit_values(session, TableName(self.schema, name), list(key), conditions, most=most)
            return found

    def create(self, name: str, made: Translated) -> tuple[list[Column], list[Index]]:
        """Make a translated table; its columns and indexes as the catalog has them then."""
        target = TableName(self.schema, name)
        with self.session() as (engine, session):
            engine.definitions.create_table(
                session, target, migration="shop", like=made.columns, indexes=made.indexes, checks=made.checks, statistics=[],
                options=made.options, old_name=target, taken=set(), statistics_taken=set(),
            )  # fmt: skip
        with self.session() as (engine, session):
            relation = engine.catalog.relations(session)[target]
            return engine.catalog.columns(session, relation), engine.catalog.indexes(session, relation)


def postgres(database: Database) -> Postgres:
    """PostgreSQL."""
    return Postgres(database.dsn, where="here", schema=None)


def mariadb(database: Database) -> MySQL:
    """MariaDB, or MySQL."""
    return class_of(database)({**database.dsn, "port": str(database.dsn["port"])}, where="here", schema=None)


def on_postgres(database: Database) -> Side:
    """A database of PostgreSQL's."""
    return Side(database, postgres, "public")


def on_mariadb(database: Database) -> Side:
    """A database of MariaDB's, or of MySQL's."""
    return Side(database, mariadb, database.name)


def between(source: Side, target: Side) -> Any:
    """What translates from the one to the other."""
    return translator(source.opened(source.database).product, target.opened(target.database).product)
