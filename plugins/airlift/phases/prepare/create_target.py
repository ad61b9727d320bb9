"""Make the target's tables, bring them into the new shape, set keys and indexes aside for the load, and shut them to others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from airlift import faults
from airlift.databases import Session
from airlift.databases.shapes import Column, ForeignKey, Index, Layout, Relation, Sequence
from airlift.errors import Refused
from airlift.ledger import Stage, objects, tables
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
    rights: Any


@dataclass(frozen=True)
class Origin:
    """All that the new tables are made from, read in one snapshot of the source."""

    tables: list[Old]
    foreign_keys: list[ForeignKey]
    sequences: list[Sequence]
    enums: dict[TableName, list[str]]


def create_target(m: Migration) -> None:
    """Make what is missing on the target. May run again: a table that the ledger has is left as it is."""
    standing = m.standing(Stage.PREPARED)
    if standing.stage >= Stage.TARGET_CREATED:
        m.log.info("The target's tables are made already.")
        return
    origin = read_origin(m)
    with m.target.session() as session:
        with session.transaction():
            _create_types(m, session, origin)
            if not standing.in_place:
                _create_sequences(m, session, origin.sequences)
        for no, old in enumerate(origin.tables, start=1):
            with session.transaction():
                if not m.ledger.rows(session, tables, no=no):
                    _create_table(m, session, no, old, in_place=standing.in_place)
            faults.reached("target.table_made")
        with session.transaction():
            layouts = m.layouts(session)
            _own_sequences(m, session, layouts, origin.sequences, in_place=standing.in_place)
            _hand_on_identities(m, session, layouts, origin.sequences)
            _note_foreign_keys(m, session, layouts, origin.foreign_keys)
            m.target.definitions.create_guard(session, m.name, [layout.target for layout in layouts])
            m.ledger.reach(session, Stage.TARGET_CREATED)
    m.log.info("%s tables are ready on %s, shut to all others until the switch.", len(layouts), m.target.where)


def read_origin(m: Migration) -> Origin:
    """The chosen tables of the source, parents before children, with all that hangs on them."""
    catalog = m.source.catalog
    with m.source.session() as session, session.transaction(snapshot=True):
        relations = catalog.relations(session)
        choices = choose(m.spec, [name for name, each in relations.items() if each.kind in ("r", "p")], m.source.schema)
        chosen = [relations[choice.name] for choice in choices]
        foreign_keys = catalog.foreign_keys(session, chosen)
        found = [
            Old(
                choice=choice,
                relation=relations[choice.name],
                columns=catalog.columns(session, relations[choice.name]),
                indexes=catalog.indexes(session, relations[choice.name]),
                checks=catalog.checks(session, relations[choice.name]),
                statistics=catalog.statistics(session, relations[choice.name]),
                rights=m.source.definitions.rights(session, relations[choice.name]),
            )
            for choice in choices
        ]
        order = parents_first([old.choice.name for old in found], foreign_keys)
        return Origin(
            tables=sorted(found, key=lambda old: order.index(old.choice.name)),
            foreign_keys=foreign_keys,
            sequences=catalog.sequences(session, chosen),
            enums=catalog.enums(session, chosen),
        )


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


def _create_types(m: Migration, session: Session, origin: Origin) -> None:
    there = m.target.catalog.enum_names(session)
    for name, labels in origin.enums.items():
        if name not in there:
            m.target.definitions.create_enum(session, name, labels)
            m.log.info('Type "%s" was made.', name)


def _create_sequences(m: Migration, session: Session, sequences: list[Sequence]) -> None:
    for sequence in sequences:
        if not sequence.is_identity:
            _tell_missing(m, m.target.definitions.create_sequence(session, sequence))


def _create_table(m: Migration, session: Session, no: int, old: Old, *, in_place: bool) -> None:
    definitions = m.target.definitions
    target = old.choice.target
    relations = m.target.catalog.relations(session)
    is_created = target not in relations
    if is_created:
        taken = {name.name for name in relations if name.schema == target.schema} | {target.name}
        if in_place:
            taken |= {each["name"] for each in old.statistics}
        definitions.create_table(
            session, target, like=old.columns, indexes=old.indexes, checks=old.checks, statistics=old.statistics,
            old_name=old.choice.name, taken=taken,
        )  # fmt: skip
        definitions.reshape(session, target, old.choice.table, old.columns)
        columns = m.target.new_names(old.choice.table, old.columns)
        _tell_missing(m, definitions.take_over_rights(session, rights=old.rights, name=target, kind="TABLE", columns=columns))
        relations = m.target.catalog.relations(session)
    elif definitions.has_rows(session, target):
        raise Refused(f'Target table "{target}" has rows. Empty it, or name another one with `to`.')
    new = relations[target]
    layout = m.target.layout(
        no, source=old.choice.name, target=target, old=old.columns, new=m.target.catalog.columns(session, new),
        spec=old.choice.table, key=key_columns(old), is_created=is_created,
    )  # fmt: skip
    if is_created:
        definitions.take_over_comments(session, layout, old.relation, old.columns)
    m.ledger.add(session, tables, no=no, layout=layout.to_json(), bytes=old.relation.bytes)
    _set_aside(m, session, layout, new)
    m.target.checksums.create_unverified(session, m.name, layout)
    m.log.info('Table "%s" %s for "%s".', target, "was made" if is_created else "is used as it is", old.choice.name)


def _set_aside(m: Migration, session: Session, layout: Layout, new: Relation) -> None:
    """Note indexes, keys and an existing table's foreign keys in the ledger and drop them until after the load."""
    number = 0
    # foreign keys first, those from other tables too: they hold on to the keys that they reference
    for key in m.target.catalog.foreign_keys(session, [new]):
        number += 1
        m.target.definitions.drop_foreign_key(session, key.child, key.name)
        m.ledger.add(session, objects, table_no=layout.no, no=number, kind="foreign_key", name=key.name, definition=key.to_json())
    for kind, name, definition in m.target.definitions.set_aside(session, new):
        number += 1
        m.ledger.add(session, objects, table_no=layout.no, no=number, kind=kind, name=name, definition=definition)


def _own_sequences(m: Migration, session: Session, layouts: list[Layout], sequences: list[Sequence], *, in_place: bool) -> None:
    by_source = {layout.source: layout for layout in layouts}
    for sequence in sequences:
        layout = by_source[sequence.table]
        column = next((each.column for each in layout.carried if each.old == sequence.column), None)
        # in place the sequence goes on serving the old table: its owner changes with the name, under the fence
        if column and layout.is_created and sequence.is_owned and not sequence.is_identity and not in_place:
            m.target.definitions.own_sequence(session, sequence.name, layout.target, column)


def _hand_on_identities(m: Migration, session: Session, layouts: list[Layout], sequences: list[Sequence]) -> None:
    """Give the rights on an identity column's sequence to the one that the new column has made itself."""
    relations = m.target.catalog.relations(session)
    made = m.target.catalog.sequences(session, [relations[layout.target] for layout in layouts if layout.is_created])
    new = {(sequence.table, sequence.column): sequence.name for sequence in made if sequence.is_identity}
    by_source = {layout.source: layout for layout in layouts}
    for sequence in sequences:
        layout = by_source[sequence.table]
        names = [new.get((layout.target, each.column)) for each in layout.carried if each.old == sequence.column]
        for name in names if sequence.is_identity else ():
            if name is not None:
                _tell_missing(m, m.target.definitions.take_over_sequence_rights(session, sequence, name))


def _tell_missing(m: Migration, missing: list[str]) -> None:
    for words in missing:
        m.log.warning("Not carried over: %s.", words)


def _note_foreign_keys(m: Migration, session: Session, layouts: list[Layout], foreign_keys: list[ForeignKey]) -> None:
    """Note the foreign keys that the new tables get under the fence, and those of others that then point to them."""
    by_source = {layout.source: layout for layout in layouts}
    for key in foreign_keys:
        child, parent = by_source.get(key.child), by_source.get(key.parent)
        if child and not child.is_created:
            continue
        owner = child or parent
        assert owner is not None
        new = replace(
            key,
            child=child.target if child else key.child,
            columns=_new_columns(child, key.columns),
            parent=parent.target if parent else key.parent,
            parent_columns=_new_columns(parent, key.parent_columns),
        )
        kind = "foreign_key" if child else "repointed_key"
        number = m.ledger.next_no(session, objects, table_no=owner.no)
        m.ledger.add(session, objects, table_no=owner.no, no=number, kind=kind, name=key.name, definition=new.to_json())


def _new_columns(layout: Layout | None, columns: list[str]) -> list[str]:
    if layout is None:
        return columns
    names = {each.old: each.column for each in layout.carried if each.old}
    lost = [column for column in columns if column not in names]
    if lost:
        raise Refused(
            f'Column "{lost[0]}" of table "{layout.source}" is part of a foreign key and is not carried over as it is. '
            f'Make the table "{layout.target}" yourself, with the foreign keys that it is to have.'
        )
    return [names[column] for column in columns]
