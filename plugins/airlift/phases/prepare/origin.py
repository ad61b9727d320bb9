"""What the new tables are made from: the chosen tables of the source, with all that hangs on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airlift.databases import Session
from airlift.databases.pairing import Made
from airlift.databases.shapes import Attachment, Column, ForeignKey, Index, Relation, Sequence
from airlift.errors import Refused
from airlift.phases.migration import Migration
from airlift.spec import Choice, TableName, choose


@dataclass(frozen=True)
class Old:
    """A table of the source; `made` is all that its new table is made from, in the target's words."""

    choice: Choice
    relation: Relation
    columns: list[Column]
    indexes: list[Index]
    rights: Any
    made: Made


@dataclass(frozen=True)
class Origin:
    """All that the new tables are made from, read in one snapshot of the source."""

    tables: list[Old]
    foreign_keys: list[ForeignKey]
    sequences: list[Sequence]
    enums: Mapping[TableName, list[str]]
    attached: dict[TableName, list[Attachment]]


def read_origin(m: Migration) -> Origin:
    """The chosen tables of the source, parents before children, with all that hangs on them."""
    catalog = m.source.catalog
    with m.source.session() as session, session.transaction(snapshot=True):
        relations = catalog.relations(session)
        names = [name for name, each in relations.items() if each.kind in ("r", "p")]
        choices = choose(m.spec, names, m.source.schema, m.target.schema)
        chosen = [relations[choice.name] for choice in choices]
        foreign_keys = catalog.foreign_keys(session, chosen)
        enums = catalog.enums(session, chosen)
        found = {old.choice.name: old for old in read_tables(m, session, choices, relations, foreign_keys=foreign_keys, enums=enums)}
        attached = catalog.attached_of(session, [relation.oid for relation in chosen])
        return Origin(
            tables=[found[name] for name in parents_first(found, foreign_keys)],
            foreign_keys=[m.pair.foreign_key(key) for key in foreign_keys],
            sequences=catalog.sequences(session, chosen),
            enums=m.pair.shared_enums(enums),
            attached={relation.name: attached[relation.oid] for relation in chosen},
        )


def read_tables(
    m: Migration,
    session: Session,
    choices: Iterable[Choice],
    relations: Mapping[TableName, Relation],
    *,
    foreign_keys: Iterable[ForeignKey],
    enums: Mapping[TableName, list[str]],
) -> list[Old]:
    """The chosen tables of the source, as they are now, and as the target would have them."""
    chosen = [(choice, relations[choice.name]) for choice in choices]
    oids = [relation.oid for _, relation in chosen]
    catalog = m.source.catalog
    columns, indexes = catalog.columns_of(session, oids), catalog.indexes_of(session, oids)
    checks, statistics = catalog.checks_of(session, oids), catalog.statistics_of(session, oids)
    options = catalog.options_of(session, oids)
    rights = m.source.definitions.rights(session, [relation for _, relation in chosen])
    found = []
    for (choice, relation), oid in zip(chosen, oids, strict=True):
        as_it_is = Made(columns[oid], indexes[oid], checks[oid], statistics[oid], options[oid])
        made = m.pair.made(choice.name, as_it_is, choice.table, foreign_keys, enums)
        found.append(Old(choice, relation, columns[oid], indexes[oid], rights[oid], made))
    return found


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
