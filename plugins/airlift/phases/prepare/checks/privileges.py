"""What our role must be allowed on both servers."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Side, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the rights that are missing."""
    for side in situation.sides:
        yield from _own_schema(side)
    if not situation.target.powers.may_make_temporary:
        fact = f"may make no temporary tables on {situation.target.where}, where the keys of each window arrive"
        yield refused(_role(situation.target), fact, "Grant it TEMPORARY on that database")
    for schema in sorted({moved.name.schema for moved in situation.moved}):
        yield from _renaming(situation.source, schema)
    for moved in situation.fit:
        if not moved.old.relation.is_owner:
            fact = f'belongs to role "{moved.old.relation.owner}", and only its owner may put triggers on it and rename it'
            yield refused(str(moved), fact, f'Make role "{situation.source.powers.role}" a member of that role')
    yield from _visibility(situation)


def _role(side: Side) -> str:
    return f'role "{side.powers.role}"'


def _own_schema(side: Side) -> Iterator[Finding]:
    name = side.database.examination.own_schema
    if not side.powers.may_create_schemas:
        fact = f'may not make the schema "{name}" on {side.where}'
        yield refused(_role(side), fact, f'Grant it CREATE on database "{side.server.database}"')
    rights = side.schemas[name]
    if not rights.is_there:
        return
    if not (rights.may_use and rights.may_create):
        fact = f'may not make objects in the schema "{name}" on {side.where}'
        yield refused(_role(side), fact, "Grant it USAGE and CREATE on that schema, or use the role that made it")
        return
    with side.asking():
        found = side.database.examination.own_objects(side.session)
    foreign = [own.name for own in found if own.migration is None and not own.is_owner]
    if foreign:
        fact = f'on {side.where} belongs to another role than "{side.powers.role}"'
        yield refused(f'ledger table "{name}.{foreign[0]}"', fact, "Use the role that made the ledger, or become a member of it")


def _renaming(source: Side, schema: str) -> Iterator[Finding]:
    if not source.schemas[schema].may_create:
        fact = f'may not rename tables in the schema "{schema}" on {source.where}'
        yield refused(_role(source), fact, "Grant it CREATE on that schema")


def _visibility(situation: Situation) -> Iterator[Finding]:
    """Old snapshots of sessions that can't be seen would miss rows through the view, and nobody would know."""
    source = situation.source
    if source.powers.sees_activity:
        return
    remedy = source.database.examination.activity_remedy
    with source.asking():
        strangers = source.database.examination.strangers(source.session, [moved.old.rights for moved in situation.fit])
    fact = f"can't see how old other roles' transactions on {source.where} are"
    if situation.in_place and strangers:
        listed = ", ".join(f'"{name}"' for name in strangers)
        more = f"{fact}, and {listed} may use the tables: a transaction that looked before the switch would miss rows"
        yield refused(_role(source), more, remedy)
    else:
        yield warning(_role(source), f"{fact}, so that it can't name who holds up a lock", remedy)
