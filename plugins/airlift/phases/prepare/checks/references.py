"""Foreign keys: both ends must move, or stay within reach; and their columns must come along."""

from collections import Counter
from collections.abc import Iterator

from airlift.databases.shapes import ForeignKey, Layout
from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Moved, Situation
from airlift.spec import TableName


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the foreign keys that can't be made anew."""
    moved = {each.name: each for each in situation.moved}
    yield from _names(situation, moved)
    for key in situation.foreign_keys:
        child, parent = moved.get(key.child), moved.get(key.parent)
        if child is not None and child.existing is not None:
            continue  # a table that was made beforehand has the foreign keys that it is to have
        if situation.in_place:
            yield from _in_place(situation, key, {key.child: child, key.parent: parent})
        else:
            yield from _across(key, child, parent)
        yield from _columns(key, child, key.columns)
        yield from _columns(key, parent, key.parent_columns)
        yield from _types(situation, key, child, parent)
        if child is not None and parent is not None and not situation.pair.are_kindred:
            yield from _between(situation, key, child, parent)


def _thing(key: ForeignKey) -> str:
    return f'foreign key "{key.name}" of table "{key.child}"'


def _across(key: ForeignKey, child: Moved | None, parent: Moved | None) -> Iterator[Finding]:
    if parent is None:
        fact = f'references table "{key.parent}", which does not move with it'
        yield refused(_thing(key), fact, "Move that table too, or drop the foreign key")
    elif child is None:
        fact = f'references table "{key.parent}", which moves to another server'
        yield refused(_thing(key), fact, f'Move table "{key.child}" too, or drop the foreign key')


def _in_place(situation: Situation, key: ForeignKey, ends: dict[TableName, Moved | None]) -> Iterator[Finding]:
    """The tables at the other end are locked under the fence and their foreign keys re-pointed: only their owner may."""
    for name, moved in ends.items():
        relation = situation.source.relations.get(name)
        if moved is not None or relation is None:
            continue
        if not relation.is_owner:
            fact = f'must be made anew, and table "{name}" belongs to role "{relation.owner}"'
            remedy = f'Make role "{situation.source.powers.role}" a member of that role'
            yield refused(_thing(key), fact, remedy)
        unfit = situation.source.database.examination.unfitness(relation)
        if name == key.child and unfit:
            yield refused(_thing(key), f"can't be made anew: that table {unfit}", "Drop it, and add it again after the switch")
        tie = situation.source.database.examination.tie(key, to_parent=name == key.parent)
        if tie:
            yield refused(_thing(key), tie, f'Move table "{name}" too, or drop the foreign key for the time of the migration')


def _names(situation: Situation, moved: dict[TableName, Moved]) -> Iterator[Finding]:
    """Foreign keys of different tables that have one name where the target takes each once."""
    if not situation.pair.has_names_once:
        return
    made = [key for key in situation.foreign_keys if key.child in moved and moved[key.child].existing is None]
    times = Counter((moved[key.child].target.schema, key.name.casefold()) for key in made)
    for key in made:
        if times[moved[key.child].target.schema, key.name.casefold()] > 1:
            remedy = f"Rename it, for example to {key.child.name}_{key.name}"
            yield refused(_thing(key), "has the name of another table's foreign key, which there each may have once only", remedy)


def _between(situation: Situation, key: ForeignKey, child: Moved, parent: Moved) -> Iterator[Finding]:
    """What is otherwise because the target is of another kind."""
    if parent.existing is None:
        for note in situation.pair.foreign_key_notes(key, parent.old.made.indexes):
            yield (refused if note.is_refused else warning)(_thing(key), note.fact, note.remedy)
    spec = child.old.choice.table
    if not any(column.name in key.columns and situation.pair.is_finer(column, spec) for column in child.old.columns):
        return
    with situation.source.asking():
        misspelled = situation.source.database.examination.misspelled(situation.source.session, key)
    if misspelled:
        fact = f'is spelled otherwise in {misspelled:,} rows than in those of "{key.parent}": there they would reference none'
        yield refused(_thing(key), fact, "Write in the referencing columns what the referenced row has")


def _layout(moved: Moved | None) -> Layout | None:
    return moved.draft.layout if moved is not None and moved.draft is not None else None


def _columns(key: ForeignKey, moved: Moved | None, columns: list[str]) -> Iterator[Finding]:
    layout = _layout(moved)
    if moved is None or layout is None:
        return
    carried = {each.old for each in layout.carried}
    for name in columns:
        if name not in carried:
            fact = f'needs column "{name}" of {moved}, which is not carried over as it is'
            yield refused(
                _thing(key), fact, f'Make "{moved.target}" yourself, with the foreign keys that it is to have, or keep the column'
            )


def _types(situation: Situation, key: ForeignKey, child: Moved | None, parent: Moved | None) -> Iterator[Finding]:
    for own, other in zip(key.columns, key.parent_columns, strict=True):
        left, right = _type(situation, key.child, child, own), _type(situation, key.parent, parent, other)
        target = situation.target
        if left and right and left != right and not target.database.examination.drafts.is_comparable(target.session, left, right):
            fact = f'would compare column "{own}" of type {left} with "{other}" of type {right}'
            yield refused(_thing(key), fact, "Give both columns the same type")


def _type(situation: Situation, name: TableName, moved: Moved | None, column: str) -> str | None:
    """A column's type after the switch, None where it is not known or not carried."""
    layout = _layout(moved)
    if layout is not None:
        return next((each.type for each in layout.carried if each.old == column), None)
    if moved is not None or name not in situation.source.relations:
        return None
    source = situation.source
    with source.asking():
        columns = source.database.catalog.columns(source.session, source.relations[name])
    return next((each.type for each in columns if each.name == column), None)
