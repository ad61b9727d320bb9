"""Where the new tables go: schemas that are there, and tables that somebody made beforehand."""

from collections.abc import Iterator

from airlift.databases.shapes import Relation
from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Moved, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what is wrong with the places, then with the tables that are there already."""
    for schema in sorted({moved.target.schema for moved in situation.moved}):
        yield from _schema(situation, schema)
    for moved in situation.fit:
        yield from _place(situation, moved)
        is_itself = situation.in_place and moved.target == moved.name
        if moved.existing is not None and not is_itself:
            yield from _existing(situation, moved, moved.existing)


def _schema(situation: Situation, name: str) -> Iterator[Finding]:
    target = situation.target
    if name == target.database.examination.own_schema:
        yield refused(f'schema "{name}"', "holds our own objects and takes no table of yours", "Name another one in `to`")
        return
    rights = target.schemas[name]
    if not rights.is_there:
        yield refused(f'schema "{name}"', f"does not exist on {target.where}", "Create it there, or name another one in `to`")
    elif not (rights.may_use and rights.may_create):
        fact = f'lets role "{target.powers.role}" make no table on {target.where}'
        yield refused(f'schema "{name}"', fact, "Grant the role USAGE and CREATE on it")


def _place(situation: Situation, moved: Moved) -> Iterator[Finding]:
    if situation.in_place and moved.target == moved.name:
        if situation.spec.source != situation.spec.target:
            fact = "would keep its name, though both connections lead to one database"
            yield refused(str(moved), fact, "Give the new table another name with `to`, or correct a connection")
        return
    if moved.target.schema == (moved.name.schema if situation.in_place else moved.old.choice.schema):
        return
    thing = f'new table "{moved.target}"'
    if situation.in_place:
        fact = f"would be in another schema than {moved}, whose old name the view could then not take"
        yield refused(thing, fact, f'Give it a name in the schema "{moved.name.schema}"')
    else:
        fact = f"is not where the like of {moved} would be: code that looks for the old name in its old schema does not find it"
        yield warning(thing, fact, "Tell the services that move where to look")


def _existing(situation: Situation, moved: Moved, existing: Relation) -> Iterator[Finding]:
    target = situation.target
    thing = f'target table "{moved.target}"'
    unfit = target.database.examination.unfitness(existing)
    if unfit:
        yield refused(f'"{moved.target}"', f"on {target.where} {unfit}", "Name another table with `to`, or remove it")
        return
    if existing.row_security:
        yield refused(thing, "has row security, under which rows could not be compared", "Switch it on after the migration")
    if existing.has_rules:
        yield refused(thing, "has rules, which would rewrite what is brought to it", "Drop them, and make them again after the migration")
    if not existing.is_owner:
        fact = f'belongs to role "{existing.owner}", and only its owner may set its indexes aside for the load'
        yield refused(thing, fact, f'Make role "{target.powers.role}" a member of that role')
    elif target.database.examination.drafts.has_rows(target.session, moved.target):
        yield refused(thing, "has rows, which the migration would mix with the source's", "Empty it, or name another table with `to`")
    yield from _triggers(situation, moved, existing)
    yield from _keys(situation, moved, existing)


def _triggers(situation: Situation, moved: Moved, existing: Relation) -> Iterator[Finding]:
    target = situation.target
    with target.asking():
        found = target.database.examination.triggers(target.session, [existing.oid])
    for trigger in found:
        if trigger.is_enabled and trigger.migration is None:
            fact = "would fire for every row that is brought"
            yield refused(f'trigger "{trigger.name}" of target table "{moved.target}"', fact, "Disable it, and enable it after the switch")


def _keys(situation: Situation, moved: Moved, existing: Relation) -> Iterator[Finding]:
    target = situation.target
    thing = f'target table "{moved.target}"'
    layout = moved.draft.layout if moved.draft else None
    if layout and layout.key and not any(index.is_key and set(index.columns) == set(layout.key) for index in moved.existing_indexes):
        listed = ", ".join(f'"{name}"' for name in layout.key)
        fact = f"has no unique index on exactly {listed} with all columns NOT NULL, by which rows are matched"
        yield refused(thing, fact, "Add it, for instance as its primary key")
    with target.asking():
        foreign_keys = target.database.catalog.foreign_keys(target.session, [existing])
    for key in foreign_keys:
        if key.parent == moved.target:
            fact = f"references {thing}, whose key is set aside for the load"
            yield refused(f'foreign key "{key.name}" of table "{key.child}"', fact, "Drop it, and add it again after the switch")
        elif situation.in_place and not target.database.fence.checks_keys and key.parent not in {each.target for each in situation.moved}:
            fact = f'references table "{key.parent}", which stays: rows that follow by and by would stop what the service deletes there'
            yield refused(f'foreign key "{key.name}" of {thing}', fact, "Drop it, and add it again after the switch")
