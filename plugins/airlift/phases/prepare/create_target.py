"""Make the target's tables, bring them into the new shape, set keys and indexes aside for the load, and shut them to others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from airlift import faults
from airlift.databases import Session
from airlift.databases.laying_out import layout as lay_out
from airlift.databases.shapes import ForeignKey, Layout, Relation, Role, Sequence
from airlift.errors import Interrupted, Refused
from airlift.ledger import NOW, SHARED, Stage, objects, tables
from airlift.phases.migration import Migration
from airlift.phases.prepare.origin import Old, Origin, key_columns, read_origin
from airlift.phases.sync.additions import note_before
from airlift.spec import TableName

TOGETHER = 50
"""So many tables are made in one transaction."""


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
            _must_be_first(m, session)
            _create_types(m, session, origin)
            if not standing.in_place and m.target.has_sequences:
                _create_sequences(m, session, origin.sequences)
        for first in range(0, len(numbered), TOGETHER):
            _remove_unfinished(m, session, numbered[first : first + TOGETHER])
            with session.transaction():
                _must_be_first(m, session)
                done = {row["no"] for row in m.ledger.rows(session, tables)}
                left = [(no, old) for no, old in numbered[first : first + TOGETHER] if no not in done]
                note_before(m, session, _create_tables(m, session, left), origin.attached)
            faults.reached("target.tables_made")
        with session.transaction():
            _must_be_first(m, session)
            layouts = m.layouts(session)
            _own_sequences(m, session, layouts, origin.sequences, in_place=standing.in_place)
            _hand_on_identities(m, session, layouts, origin.sequences)
            _drop_aside(m, session, layouts)
            _note_foreign_keys(m, session, layouts, origin.foreign_keys, in_place=standing.in_place)
            _take_over_comments(m, session, layouts, origin)
            _shut(m, session, layouts)
            m.ledger.reach(session, Stage.TARGET_CREATED)
    m.log.info("%s tables are ready on %s.", len(layouts), m.target.where)


def _must_be_first(m: Migration, session: Session) -> None:
    """Do nothing late: a try that was frozen would note again what the next one has noted."""
    if m.ledger.hold(session) >= Stage.TARGET_CREATED:
        raise Interrupted("Another try of this task has made the target's tables; this one changed nothing more.")


def _create_types(m: Migration, session: Session, origin: Origin) -> None:
    there = m.target.catalog.enum_names(session)
    for name, labels in origin.enums.items():
        if name not in there:
            m.target.definitions.create_enum(session, name, labels)
            _note_shared(m, session, "enum", name)
            m.log.info('Type "%s" was made.', name)


def _create_sequences(m: Migration, session: Session, sequences: list[Sequence]) -> None:
    roles = m.target.catalog.roles(session)
    there = set(m.target.catalog.relations(session))
    for sequence in sequences:
        if sequence.is_identity:
            continue
        _tell_missing(m, m.target.definitions.create_sequence(session, sequence, roles))
        if sequence.name not in there:
            _note_shared(m, session, "sequence", sequence.name)
            there.add(sequence.name)


def _note_shared(m: Migration, session: Session, kind: str, name: TableName) -> None:
    """Note what was made and is no table's alone, so that a migration that is abandoned takes it away."""
    number = m.ledger.next_no(session, objects, table_no=SHARED)
    definition = {"schema": name.schema, "name": name.name}
    m.ledger.add(session, objects, table_no=SHARED, no=number, kind=kind, name=str(name), definition=definition, made_at=NOW)


def _remove_unfinished(m: Migration, session: Session, numbered: list[tuple[int, Old]]) -> None:
    """Take away what an earlier try has begun to make and the ledger does not have, where a server keeps that."""
    with session.transaction():
        _must_be_first(m, session)
        done = {row["no"] for row in m.ledger.rows(session, tables)}
        relations = m.target.catalog.relations(session)
        begun = [relations[old.choice.target] for no, old in numbered if no not in done and old.choice.target in relations]
        for name in m.target.definitions.unfinished(session, m.name, begun):
            m.target.definitions.drop_table(session, name)
            m.log.info('Table "%s" was begun by an earlier try; it is made anew.', name)


def _create_tables(m: Migration, session: Session, left: list[tuple[int, Old]]) -> list[Layout]:
    """Make tables, and note in the ledger how they are filled and what was set aside for the load."""
    names = _Names(m, session, [old.choice.target for _, old in left])
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
        layout = lay_out(
            m.pair.mapping, no, source=old.choice.name, target=new.name, old=old.columns, new=columns[new.oid], spec=old.choice.table,
            key=key_columns(old), is_created=new.name not in before,
        )  # fmt: skip
        layouts.append(layout)
        for number, (kind, name, definition) in enumerate(_set_aside(m, session, old, new, names, is_created=layout.is_created), start=1):
            set_aside.append({"table_no": no, "no": number, "kind": kind, "name": name, "definition": definition})
        m.log.info('Table "%s" %s for "%s".', new.name, "was made" if layout.is_created else "is used as it is", old.choice.name)
    m.ledger.add_all(session, tables, [
        {"no": layout.no, "layout": layout.to_json(), "bytes": old.relation.bytes} for layout, (_, old) in zip(layouts, left, strict=True)
    ])  # fmt: skip
    m.ledger.add_all(session, objects, set_aside)
    m.target.checksums.create_unverified(session, m.name, layouts)
    return layouts


class _Names:
    """The names that are not free, in each schema of the target; they grow with what is made."""

    def __init__(self, m: Migration, session: Session, targets: Iterable[TableName]) -> None:
        self.relations: defaultdict[str, set[str]] = defaultdict(set)
        for name in (*m.target.catalog.relations(session), *targets):
            self.relations[name.schema].add(name.name)
        self.statistics = {schema: m.target.catalog.statistics_names(session, schema) for schema in self.relations}
        # what was set aside comes back under its name
        schemas = {layout.no: layout.target.schema for layout in m.layouts(session)}
        for row in m.ledger.rows(session, objects):
            if row["kind"] == "statistics":
                self.statistics[schemas[row["table_no"]]].add(row["name"])
            elif row["kind"] in ("index", "constraint"):
                self.relations[schemas[row["table_no"]]].add(row["name"])


def _create_table(m: Migration, session: Session, old: Old, names: "_Names", roles: Mapping[str, Role]) -> None:
    definitions, target, spec = m.target.definitions, old.choice.target, old.choice.table
    # indexes and statistics of a table that is not reshaped need not be there to be known
    is_reshaped = _is_reshaped(old)
    definitions.create_table(
        session, target, migration=m.name, like=old.made.columns, checks=old.made.checks, options=old.made.options,
        indexes=old.made.indexes if is_reshaped else definitions.indispensable(old.made.indexes),
        statistics=old.made.statistics if is_reshaped else [], old_name=old.choice.name, taken=names.relations[target.schema],
        statistics_taken=names.statistics[target.schema],
    )  # fmt: skip
    definitions.reshape(session, target, spec, old.made.columns)
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
            new.name, indexes=old.made.indexes, statistics=old.made.statistics, old_name=old.choice.name,
            taken=names.relations[new.name.schema], statistics_taken=names.statistics[new.name.schema],
        )  # fmt: skip
        return
    # foreign keys first, those from other tables too: they hold on to the keys that they reference
    for key in m.target.catalog.foreign_keys(session, [new]):
        definitions.drop_foreign_key(session, key.child, key.name)
        yield "foreign_key", key.name, key.to_json()
    yield from definitions.set_aside(session, new)


def _drop_aside(m: Migration, session: Session, layouts: list[Layout]) -> None:
    """What is set aside goes with its note, or after it: on some servers a definition does not wait for a commit."""
    noted: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in m.ledger.rows(session, objects, made_at=None):
        noted[row["table_no"]].append((row["kind"], row["name"]))
    for layout in layouts:
        m.target.definitions.drop_aside(session, layout.target, noted[layout.no])


def _shut(m: Migration, session: Session, layouts: list[Layout]) -> None:
    """Shut tables to all others. Where that slows the load, only those that others may know by now; the rest is shut once it is loaded."""
    definitions = m.target.definitions
    definitions.create_guard(session, m.name, [layout.target for layout in layouts if not definitions.is_shut_once_loaded(layout)])


def _take_over_comments(m: Migration, session: Session, layouts: list[Layout], origin: Origin) -> None:
    olds = {old.choice.name: old for old in origin.tables}
    for layout in layouts:
        if layout.is_created:
            old = olds[layout.source]
            m.target.definitions.take_over_comments(session, layout, old.relation, old.columns)


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


def _note_foreign_keys(m: Migration, session: Session, layouts: list[Layout], foreign_keys: list[ForeignKey], *, in_place: bool) -> None:
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
            name=m.target.definitions.constraint_name(key.name, of=child.source, to=child.target) if child and in_place else key.name,
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
