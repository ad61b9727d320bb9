"""What preflight has read of both servers, for its checks to judge. Reads and tries; decides nothing and leaves nothing behind."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from airlift.databases import Database, Pair, Session
from airlift.databases.examined import Blueprint, CustomType, Draft, Powers, SchemaRights
from airlift.databases.shapes import ForeignKey, Index, Relation, Sequence, Server
from airlift.errors import Refused
from airlift.phases.migration import Migration
from airlift.phases.prepare.origin import Old, read_tables
from airlift.spec import Choice, Spec, TableName, choose
from airlift.spec.names import Selector, selector


@dataclass(frozen=True)
class Side:
    """A server with an open session on it. `schemas` are those that the migration touches there."""

    role: str
    database: Database
    session: Session
    server: Server
    powers: Powers
    relations: dict[TableName, Relation]
    schemas: dict[str, SchemaRights] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The server, for people."""
        return f'{self.role} "{self.database.where}"'

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A transaction for questions: nothing can be written in it."""
        with self.database.examination.reading(self.session):
            yield


@dataclass(frozen=True)
class Moved:
    """A table that is to move. `existing` is the target table where there is one already; `draft` is None where none can be made."""

    old: Old
    existing: Relation | None
    existing_indexes: list[Index]
    draft: Draft | None

    @property
    def name(self) -> TableName:
        """The old table's name."""
        return self.old.choice.name

    @property
    def target(self) -> TableName:
        """The new table's name."""
        return self.old.choice.target

    @property
    def oid(self) -> int:
        """The old table's number in the source's catalog."""
        return self.old.relation.oid

    @property
    def obsolete(self) -> TableName:
        """The old table's name after the switch."""
        return TableName(self.name.schema, f"{self.name.name}_obsolete")

    @property
    def is_renamed(self) -> bool:
        """Whether a compatibility view takes the old name."""
        return self.target.name != self.name.name

    @property
    def key(self) -> list[str] | None:
        """The key that rows are matched by, or None where the table has none that is fit."""
        return key(self.old)

    def __str__(self) -> str:
        return f'table "{self.name}"'


@dataclass(frozen=True)
class Situation:
    """All that checks look at. `choosing` are the faults of the spec's keys, in words."""

    spec: Spec
    pair: Pair
    source: Side
    target: Side
    in_place: bool
    choosing: list[str]
    moved: list[Moved]
    foreign_keys: list[ForeignKey]
    types: list[CustomType]

    @property
    def sides(self) -> list[Side]:
        """Each server once."""
        return [self.source] if self.in_place else [self.source, self.target]

    @property
    def oids(self) -> list[int]:
        """The old tables' numbers in the source's catalog."""
        return [moved.oid for moved in self.moved]

    @property
    def fit(self) -> list[Moved]:
        """The tables whose kind can be moved."""
        unfitness = self.source.database.examination.unfitness
        return [moved for moved in self.moved if unfitness(moved.old.relation) is None]

    def by_oid(self, oid: int) -> Moved:
        """The table with that number in the source's catalog."""
        return next(moved for moved in self.moved if moved.oid == oid)


def key(old: Old) -> list[str] | None:
    """The columns of the key that the spec names or the table offers; None where there is no such key."""
    keys = [index.columns for index in old.indexes if index.is_key]
    wanted = old.choice.table.key
    if wanted:
        return list(wanted) if any(set(columns) == set(wanted) for columns in keys) else None
    return keys[0] if keys else None


@contextmanager
def sides(m: Migration) -> Iterator[tuple[Side, Side]]:
    """Both servers with an open session on each."""
    with ExitStack() as stack:
        source = stack.enter_context(m.source.session())
        target = stack.enter_context(m.target.session())
        yield _side("source", m.source, source), _side("target", m.target, target)


def _side(role: str, database: Database, session: Session) -> Side:
    with database.examination.reading(session):
        return Side(
            role=role,
            database=database,
            session=session,
            server=database.catalog.server(session),
            powers=database.examination.powers(session),
            relations=database.catalog.relations(session),
        )


def read(m: Migration, source: Side, target: Side) -> Situation:
    """Read all that the spec's tables are made of, and try what would be made of them."""
    in_place = source.server.is_same_as(target.server)
    names = list(_candidates(m.spec, source))
    choices, choosing = _chosen(m.spec, names, source.database.schema, target.database.schema)
    with source.session.transaction(snapshot=True):
        relations = [source.relations[choice.name] for choice in choices]
        foreign_keys = source.database.catalog.foreign_keys(source.session, relations)
        enums = source.database.catalog.enums(source.session, relations)
        olds = read_tables(m, source.session, choices, source.relations, foreign_keys=foreign_keys, enums=enums)
        sequences = source.database.catalog.sequences(source.session, relations)
        types = source.database.examination.types_of(source.session, [relation.oid for relation in relations])
    source = _with_schemas(source, (old.choice.name.schema for old in olds))
    target = _with_schemas(target, (old.choice.target.schema for old in olds))
    # in place a sequence goes on serving both tables
    own = [] if in_place or not target.database.has_sequences else sequences
    moved = _moved(m.pair, source, target, olds, sequences=own, enums=enums)
    return Situation(m.spec, m.pair, source, target, in_place, choosing, moved, foreign_keys, types)


def _candidates(spec: Spec, source: Side) -> Iterator[TableName]:
    """What a spec may choose from: base tables, and whatever else it names in full, so that it can be told what that is."""
    plain = [each for each in map(selector, spec.tables) if each.plain]
    schema = source.database.schema
    for relation in source.relations.values():
        is_meant = any(each.matches(relation.name, schema) for each in plain)
        if source.database.examination.is_base_table(relation) or is_meant:
            yield relation.name


def _chosen(spec: Spec, names: list[TableName], default_schema: str, target_schema: str) -> tuple[list[Choice], list[str]]:
    """The tables that are meant, and what is wrong with the spec's keys. A key that matches nothing hides no other table."""
    try:
        return choose(spec, names, default_schema, target_schema), []
    except Refused as error:
        found = str(error).splitlines()
    matching = {text: table for text, table in spec.tables.items() if not _is_lost(selector(text), names, default_schema)}
    try:
        return choose(spec.model_copy(update={"tables": matching}), names, default_schema, target_schema), found
    except Refused:
        return [], found


def _is_lost(each: Selector, names: list[TableName], default_schema: str) -> bool:
    return each.plain and not any(each.matches(name, default_schema) for name in names)


def _with_schemas(side: Side, names: Iterable[str]) -> Side:
    with side.asking():
        found = side.database.examination.schemas(side.session, [*names, side.database.examination.own_schema])
    return Side(**{**vars(side), "schemas": {schema.name: schema for schema in found}})


def _taken(target: Side, olds: list[Old]) -> set[TableName]:
    """The new tables' names that something else has, or that the server would cut short."""
    names = [old.choice.target for old in olds]
    with target.asking():
        occupants = target.database.examination.occupants(target.session, names)
    longest = target.database.longest_name
    return {name for name in names if name in occupants or len(name.name.encode()) > longest}


def _moved(
    pair: Pair, source: Side, target: Side, olds: list[Old], *, sequences: list[Sequence], enums: Mapping[TableName, list[str]]
) -> list[Moved]:
    taken = _taken(target, olds)
    blueprints = {old.choice.name: _blueprint(pair, target, old, sequences) for old in olds if _can_be_tried(source, target, old, taken)}
    drafts = dict(zip(blueprints, _drafts(target, list(blueprints.values()), pair.shared_enums(enums)), strict=True))
    with target.asking():
        return [
            Moved(
                old=old,
                existing=target.relations.get(old.choice.target),
                existing_indexes=_indexes(target, old.choice.target),
                draft=drafts.get(old.choice.name),
            )
            for old in olds
        ]


def _can_be_tried(source: Side, target: Side, old: Old, taken: set[TableName]) -> bool:
    existing = target.relations.get(old.choice.target)
    if source.database.examination.unfitness(old.relation) is not None:
        return False
    if existing is not None:
        return target.database.examination.unfitness(existing) is None
    return target.schemas[old.choice.target.schema].may_create and old.choice.target not in taken


def _indexes(target: Side, name: TableName) -> list[Index]:
    existing = target.relations.get(name)
    return target.database.catalog.indexes(target.session, existing) if existing is not None else []


def _blueprint(pair: Pair, target: Side, old: Old, sequences: list[Sequence]) -> Blueprint:
    return Blueprint(
        source=old.choice.name,
        target=old.choice.target,
        spec=old.choice.table,
        key=key(old) or [],
        old_columns=old.columns,
        mapping=pair.mapping,
        columns=old.made.columns,
        indexes=old.made.indexes,
        checks=old.made.checks,
        statistics=old.made.statistics,
        options=old.made.options,
        rights=old.rights,
        sequences=[sequence for sequence in sequences if sequence.table == old.choice.name and not sequence.is_identity],
        existing=target.relations.get(old.choice.target),
        view=old.choice.target.name != old.choice.name.name,
    )


def _drafts(target: Side, blueprints: list[Blueprint], enums: Mapping[TableName, list[str]]) -> list[Draft]:
    with target.asking():
        there = target.database.catalog.enum_names(target.session)
    missing = {name: labels for name, labels in enums.items() if name not in there}
    return target.database.examination.drafts.drafts(target.session, blueprints, enums=missing, taken=target.relations)
