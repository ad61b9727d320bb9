"""Publications: a table without its key can't be published with deletes, and neither can our change logs."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Side, Situation

_REMEDY = "Replace it by a publication that names its tables, without these"


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the publications that our tables would break, or that would lose theirs."""
    for side in situation.sides:
        yield from _of_everything(side, _schemas(situation, side))
    yield from _of_old_tables(situation)
    if not situation.in_place:
        yield from _of_target_tables(situation)


def _schemas(situation: Situation, side: Side) -> list[str]:
    """The schemas in which we make tables on a side."""
    own = side.database.examination.own_schema
    return [own, *(moved.target.schema for moved in situation.moved if side is situation.target or situation.in_place)]


def _of_everything(side: Side, schemas: list[str]) -> Iterator[Finding]:
    with side.asking():
        everything, _ = side.database.examination.publications(side.session, [])
        of_schemas = side.database.examination.schema_publications(side.session, schemas, side.server.version)
    for name in everything:
        fact = f"on {side.where} takes in all tables, also our logs and tables that have no key yet: their deletes would fail"
        yield refused(f'publication "{name}"', fact, _REMEDY)
    for name, schema in of_schemas:
        fact = f'on {side.where} takes in all tables of the schema "{schema}", also those that have no key yet: their deletes would fail'
        yield refused(f'publication "{name}"', fact, _REMEDY)


def _of_old_tables(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    with source.asking():
        _, tables = source.database.examination.publications(source.session, situation.oids)
    for each in tables:
        moved = situation.by_oid(each.oid)
        fact = f"publishes {moved} and would go on with the old one after the switch"
        if situation.in_place:
            yield refused(f'publication "{each.words}"', fact, "Take the table out of it, and add the new one after the switch")
        else:
            remedy = "Publish the new table on the target, and move the subscribers at the switch"
            yield warning(f'publication "{each.words}"', fact, remedy)


def _of_target_tables(situation: Situation) -> Iterator[Finding]:
    target = situation.target
    existing = {moved.existing.oid: moved for moved in situation.fit if moved.existing is not None}
    with target.asking():
        _, tables = target.database.examination.publications(target.session, list(existing))
    for each in tables:
        fact = f'publishes target table "{existing[each.oid].target}", whose key is set aside for the load: its deletes would fail'
        yield refused(f'publication "{each.words}"', fact, "Take the table out of it, and add it again after the switch")
