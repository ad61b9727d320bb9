"""What preflight has read of both servers, for its checks to judge. Reads, and decides nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from airlift.databases import Database, Session
from airlift.databases.shapes import Column, Relation, Server
from airlift.errors import Refused
from airlift.phases.migration import Migration
from airlift.phases.prepare.create_target import Old
from airlift.spec import Choice, Spec, TableName, choose
from airlift.spec.names import Selector, selector


@dataclass(frozen=True)
class Side:
    """A server with an open session on it."""

    role: str
    database: Database
    session: Session
    server: Server
    relations: dict[TableName, Relation]

    @property
    def where(self) -> str:
        """The server, for people."""
        return self.database.where


@dataclass(frozen=True)
class Moved:
    """A table that is to move. `existing` is the target table where there is one already, with its columns in `new_columns`."""

    old: Old
    existing: Relation | None
    new_columns: list[Column]

    @property
    def name(self) -> TableName:
        """The old table's name."""
        return self.old.choice.name

    @property
    def target(self) -> TableName:
        """The new table's name."""
        return self.old.choice.target

    @property
    def is_renamed(self) -> bool:
        """Whether a compatibility view takes the old name."""
        return self.target.name != self.name.name

    @property
    def key(self) -> list[str] | None:
        """The key that rows are matched by, or None where the table has none that is fit."""
        keys = [index.columns for index in self.old.indexes if index.is_key]
        wanted = self.old.choice.table.key
        if wanted:
            return list(wanted) if any(set(columns) == set(wanted) for columns in keys) else None
        return keys[0] if keys else None

    def __str__(self) -> str:
        return f'table "{self.name}"'


@dataclass(frozen=True)
class Situation:
    """All that checks look at."""

    spec: Spec
    source: Side
    target: Side
    in_place: bool
    moved: list[Moved]
    choosing: list[str]

    @property
    def sides(self) -> list[Side]:
        """Each server once."""
        return [self.source] if self.in_place else [self.source, self.target]


@contextmanager
def sides(m: Migration) -> Iterator[tuple[Side, Side]]:
    """Both servers with an open session on each."""
    with ExitStack() as stack:
        source = stack.enter_context(m.source.session())
        target = stack.enter_context(m.target.session())
        yield _side("source", m.source, source), _side("target", m.target, target)


def _side(role: str, database: Database, session: Session) -> Side:
    with session.transaction():
        server = database.catalog.server(session)
        relations = database.catalog.relations(session)
    return Side(role, database, session, server, relations)


def read(m: Migration, source: Side, target: Side) -> Situation:
    """Read all that the spec's tables are made of."""
    names = list(candidates(m.spec, source))
    choices, choosing = chosen(m.spec, names, source.database.schema)
    olds = _olds(source, choices)
    with target.session.transaction():
        moved = [_moved(target, old) for old in olds]
    return Situation(m.spec, source, target, source.server.is_same_as(target.server), moved, choosing)


def candidates(spec: Spec, source: Side) -> Iterator[TableName]:
    """What a spec may choose from: base tables, and whatever else it names in full, so that it can be told what that is."""
    plain = [key for key in map(selector, spec.tables) if key.plain]
    schema = source.database.schema
    for relation in source.relations.values():
        if source.database.examination.is_base_table(relation) or any(key.matches(relation.name, schema) for key in plain):
            yield relation.name


def chosen(spec: Spec, names: list[TableName], default_schema: str) -> tuple[list[Choice], list[str]]:
    """The tables that are meant, and what is wrong with the spec's keys. A key that matches nothing hides no other table."""
    try:
        return choose(spec, names, default_schema), []
    except Refused as error:
        found = str(error).splitlines()
    matching = {text: table for text, table in spec.tables.items() if not _is_lost(selector(text), names, default_schema)}
    try:
        return choose(spec.model_copy(update={"tables": matching}), names, default_schema), found
    except Refused:
        return [], found


def _is_lost(key: Selector, names: list[TableName], default_schema: str) -> bool:
    return key.plain and not any(key.matches(name, default_schema) for name in names)


def _olds(source: Side, choices: list[Choice]) -> list[Old]:
    catalog, session = source.database.catalog, source.session
    # definitions come with every name in full where the search_path holds none of the user's schemas
    with session.transaction(snapshot=True):
        return [
            Old(
                choice=choice,
                relation=source.relations[choice.name],
                columns=catalog.columns(session, source.relations[choice.name]),
                indexes=catalog.indexes(session, source.relations[choice.name]),
                checks=catalog.checks(session, source.relations[choice.name]),
                statistics=catalog.statistics(session, source.relations[choice.name]),
                rights=source.database.definitions.rights(session, source.relations[choice.name]),
            )
            for choice in choices
        ]


def _moved(target: Side, old: Old) -> Moved:
    existing = target.relations.get(old.choice.target)
    columns = target.database.catalog.columns(target.session, existing) if existing else []
    return Moved(old, existing, columns)
