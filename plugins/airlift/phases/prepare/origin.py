"""What the new tables are made from: the chosen tables of the source, with all that hangs on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airlift.databases import Database, Session
from airlift.databases.shapes import Attachment, Column, ForeignKey, Index, Relation, Sequence
from airlift.errors import Refused
from airlift.phases.migration import Migration
from airlift.spec import Choice, TableName, choose


@dataclass(frozen=True)
class Old:
    """A table of the source with all that its new table is made from."""

    choice: Choice
    relation: Relation
    columns: list[Column]
    indexes: list[Index]
    checks: list[dict[str, Any]]
    statistics: list[dict[str, Any]]
    options: str
    rights: Any


@dataclass(frozen=True)
class Origin:
    """All that the new tables are made from, read in one snapshot of the source."""

    tables: list[Old]
    foreign_keys: list[ForeignKey]
    sequences: list[Sequence]
    enums: dict[TableName, list[str]]
    attached: dict[TableName, list[Attachment]]


def read_origin(m: Migration) -> Origin:
    """The chosen tables of the source, parents before children, with all that hangs on them."""
    catalog = m.source.catalog
    with m.source.session() as session, session.transaction(snapshot=True):
        relations = catalog.relations(session)
        choices = choose(m.spec, [name for name, each in relations.items() if each.kind in ("r", "p")], m.source.schema)
        chosen = [relations[choice.name] for choice in choices]
        foreign_keys = catalog.foreign_keys(session, chosen)
        found = {old.choice.name: old for old in read_tables(m.source, session, choices, relations)}
        attached = catalog.attached_of(session, [relation.oid for relation in chosen])
        return Origin(
            tables=[found[name] for name in parents_first(found, foreign_keys)],
            foreign_keys=foreign_keys,
            sequences=catalog.sequences(session, chosen),
            enums=catalog.enums(session, chosen),
            attached={relation.name: attached[relation.oid] for relation in chosen},
        )


def read_tables(database: Database, session: Session, choices: Iterable[Choice], relations: Mapping[TableName, Relation]) -> list[Old]:
    """The chosen tables of the source, as they are now."""
    chosen = [(choice, relations[choice.name]) for choice in choices]
    oids = [relation.oid for _, relation in chosen]
    catalog = database.catalog
    columns, indexes = catalog.columns_of(session, oids), catalog.indexes_of(session, oids)
    checks, statistics = catalog.checks_of(session, oids), catalog.statistics_of(session, oids)
    options = catalog.options_of(session, oids)
    rights = database.definitions.rights(session, [relation for _, relation in chosen])
    return [
        Old(choice, relation, columns[oid], indexes[oid], checks[oid], statistics[oid], options[oid], rights[oid])
        for (choice, relation), oid in zip(chosen, oids, strict=True)
    ]


def parents_first(names: Iterable[TableName], foreign_keys: list[ForeignKey]) -> list[TableName]:
    """The tables in an order in which a referenced one comes before those that reference it; a circle is cut by name."""
    left = sorted(names)
    placed: list[TableName] = []
    while left:
        waits = {key.child for key in foreign_keys if key.parent in left and key.parent != key.child}
        free = [name for name in left if name not in waits] or left[:1]
        placed += free
        left = [name for name in left if name not in free]
    return placed


def key_columns(old: Old) -> list[str]:
    """The key that rows are matched by: the spec's, else the primary key, else a unique NOT NULL key."""
    if old.choice.table.key:
        return list(old.choice.table.key)
    keys = [index for index in old.indexes if index.is_key]
    if not keys:
        raise Refused(f'Table "{old.choice.name}" has no primary key and no unique NOT NULL key. Give it one.')
    return keys[0].columns
