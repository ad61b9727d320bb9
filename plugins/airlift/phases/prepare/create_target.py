"""Make the target's tables, bring them into the new shape, set keys and indexes aside for the load, and shut them to others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from airlift import faults
from airlift.databases import Database, Session
from airlift.databases.shapes import Column, ForeignKey, Index, Layout, Relation, Role, Sequence
from airlift.errors import Refused
from airlift.ledger import Stage, objects, tables
from airlift.phases.migration import Migration
from airlift.spec import Choice, TableName, choose

TOGETHER = 50
"""So many tables are made in one transaction."""


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
    numbered = list(enumerate(origin.tables, start=1))
    with m.target.session() as session:
        with session.transaction():
            _create_types(m, session, origin)
            if not standing.in_place:
                _create_sequences(m, session, origin.sequences)
        for first in range(0, len(numbered), TOGETHER):
            with session.transaction():
                done = {row["no"] for row in m.ledger.rows(session, tables)}
                left = [(no, old) for no, old in numbered[first : first + TOGETHER] if no not in done]
                _create_tables(m, session, left, in_place=standing.in_place)
            faults.reached("target.tables_made")
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
        found = {old.choice.name: old for old in read_tables(m.source, session, choices, relations)}
        return Origin(
            tables=[found[name] for name in parents_first(found, foreign_keys)],
            foreign_keys=foreign_keys,
            sequences=catalog.sequences(session, chosen),
            enums=catalog.enums(session, chosen),
        )


def read_tables(database: Database, session: Session, choices: Iterable[Choice], relations: Mapping[TableName, Relation]) -> list[Old]:
    """The chosen tables of the source, as they are now."""
    chosen = [(choice, relations[choice.name]) for choice in choices]
    oids = [relation.oid for _, relation in chosen]
    catalog = database.catalog
    columns, indexes = catalog.columns_of(session, oids), catalog.indexes_of(session, oids)
    checks, statistics = catalog.checks_of(session, oids), catalog.statistics_of(session, oids)
    rights = database.definitions.rights(session, [relation for _, relation in chosen])
    return [
        Old(choice, relation, columns[oid], indexes[oid], checks[oid], statistics[oid], rights[oid])
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


def _create_types(m: Migration, session: Session, origin: Origin) -> None:
    there = m.target.catalog.enum_names(session)
    for name, labels in origin.enums.items():
        if name not in there:
            m.target.definitions.create_enum(session, name, labels)
            m.log.info('Type "%s" was made.', name)


def _create_sequences(m: Migration, session: Session, sequences: list[Sequence]) -> None:
    roles = m.target.catalog.roles(session)
    for sequence in sequences:
        if not sequence.is_identity:
            _tell_missing(m, m.target.definitions.create_sequence(session, sequence, roles))


def _create_tables(m: Migration, session: Session, left: list[tuple[int, Old]], *, in_place: bool) -> None:
    """Make tables, and note in the ledger how they are filled and what was set aside for the load."""
    names = _Names(m, session, left, in_place=in_place)
    before = m.target.catalog.relations(session)
    roles = m.target.catalog.roles(session)
    for _, old in left:
        if old.choice.target not in before:
            _create_table(m, session, old, names, roles)
        elif m.target.definitions.has_rows(session, old.choice.target):
            raise Refused(f'Target table "{old.choice.target}" has rows. Empty it, or name another one with `to`.')
    relations = m.target.catalog.relations(session)
    columns = m.target.catalog.columns_of(session, [relations[old.choice.target].oid for _, old in left])
    layouts: list[Layout] = []
    set_aside: list[dict[str, Any]] = []
    for no, old in left:
        new = relations[old.choice.target]
        layout = m.target.layout(
            no, source=old.choice.name, target=new.name, old=old.columns, new=columns[new.oid], spec=old.choice.table,
            key=key_columns(old), is_created=new.name not in before,
        )  # fmt: skip
        layouts.append(layout)
        if layout.is_created:
            m.target.definitions.take_over_comments(session, layout, old.relation, old.columns)
        for number, (kind, name, definition) in enumerate(_set_aside(m, session, old, new, names, is_created=layout.is_created), start=1):
            set_aside.append({"table_no": no, "no": number, "kind": kind, "name": name, "definition": definition})
        m.log.info('Table "%s" %s for "%s".', new.name, "was made" if layout.is_created else "is used as it is", old.choice.name)
    m.ledger.add_all(session, tables, [
        {"no": layout.no, "layout": layout.to_json(), "bytes": old.relation.bytes} for layout, (_, old) in zip(layouts, left, strict=True)
    ])  # fmt: skip
    m.ledger.add_all(session, objects, set_aside)
    m.target.checksums.create_unverified(session, m.name, layouts)


class _Names:
    """The names that are not free, in each schema of the target; they grow with what is made."""

    def __init__(self, m: Migration, session: Session, left: list[tuple[int, Old]], *, in_place: bool) -> None:
        schemas = {old.choice.target.schema for _, old in left}
        self.relations: dict[str, set[str]] = {schema: set() for schema in schemas}
        self.statistics = {schema: m.target.catalog.statistics_names(session, schema) for schema in schemas}
        for name in m.target.catalog.relations(session):
            self.relations.setdefault(name.schema, set()).add(name.name)
        # what is set aside comes back; where it was in does not matter, for a name that is not free is only made longer
        kept = {row["name"] for row in m.ledger.rows(session, objects)}
        for _, old in left:
            own = self.relations[old.choice.target.schema]
            own |= kept | {old.choice.target.name}
            if in_place:
                own |= {each["name"] for each in old.statistics}


def _create_table(m: Migration, session: Session, old: Old, names: "_Names", roles: Mapping[str, Role]) -> None:
    definitions, target, spec = m.target.definitions, old.choice.target, old.choice.table
    # indexes and statistics of a table that is not reshaped need not be there to be known
    is_reshaped = _is_reshaped(old)
    definitions.create_table(
        session, target, like=old.columns, indexes=old.indexes if is_reshaped else [], checks=old.checks,
        statistics=old.statistics if is_reshaped else [], old_name=old.choice.name, taken=names.relations[target.schema],
        statistics_taken=names.statistics[target.schema],
    )  # fmt: skip
    definitions.reshape(session, target, spec, old.columns)
    columns = m.target.new_names(spec, old.columns)
    _tell_missing(m, definitions.take_over_rights(session, rights=old.rights, name=target, kind="TABLE", columns=columns, roles=roles))


def _is_reshaped(old: Old) -> bool:
    return bool(old.choice.table.columns or old.choice.table.drop)


def _set_aside(
    m: Migration, session: Session, old: Old, new: Relation, names: "_Names", *, is_created: bool
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What waits until after the load: kind, name and definition of indexes, keys and an existing table's foreign keys."""
    definitions = m.target.definitions
    if is_created and not _is_reshaped(old):
        yield from definitions.kept_aside(
            new.name, indexes=old.indexes, statistics=old.statistics, old_name=old.choice.name,
            taken=names.relations[new.name.schema], statistics_taken=names.statistics[new.name.schema],
        )  # fmt: skip
        return
    # foreign keys first, those from other tables too: they hold on to the keys that they reference
    for key in m.target.catalog.foreign_keys(session, [new]):
        definitions.drop_foreign_key(session, key.child, key.name)
        yield "foreign_key", key.name, key.to_json()
    yield from definitions.set_aside(session, new)


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
    if not any(sequence.is_identity for sequence in sequences):
        return
    roles = m.target.catalog.roles(session)
    relations = m.target.catalog.relations(session)
    made = m.target.catalog.sequences(session, [relations[layout.target] for layout in layouts if layout.is_created])
    new = {(sequence.table, sequence.column): sequence.name for sequence in made if sequence.is_identity}
    by_source = {layout.source: layout for layout in layouts}
    for sequence in sequences:
        layout = by_source[sequence.table]
        names = [new.get((layout.target, each.column)) for each in layout.carried if each.old == sequence.column]
        for name in names if sequence.is_identity else ():
            if name is not None:
                _tell_missing(m, m.target.definitions.take_over_sequence_rights(session, sequence, name, roles))


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
