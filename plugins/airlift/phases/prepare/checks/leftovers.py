"""What an earlier migration left behind, or another one is working on."""

from collections.abc import Iterator

from airlift.databases.examined import Trigger
from airlift.phases.prepare.checks.finding import Finding, refused
from airlift.phases.prepare.checks.situation import Side, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the triggers of any migration on these tables, and the objects of this one that no ledger knows."""
    on_source = {moved.oid: str(moved) for moved in situation.moved}
    on_target = {moved.existing.oid: f'target table "{moved.target}"' for moved in situation.fit if moved.existing is not None}
    yield from _triggers(situation, situation.source, on_source)
    yield from _triggers(situation, situation.target, on_target)
    yield from _objects(situation)


def _triggers(situation: Situation, side: Side, tables: dict[int, str]) -> Iterator[Finding]:
    with side.asking():
        found = side.database.examination.triggers(side.session, list(tables))
    for trigger in found:
        if trigger.migration is not None:
            yield _left(situation, trigger, tables[trigger.oid])


def _left(situation: Situation, trigger: Trigger, table: str) -> Finding:
    thing = f'trigger "{trigger.name}" of {table}'
    if trigger.migration == situation.spec.name:
        fact = "was left by an earlier run of this migration, which the ledger does not know any more"
        return refused(thing, fact, f"Drop the trigger; its functions and its log in our schema come next. {_doctor(situation)}")
    fact = f'belongs to migration "{trigger.migration}", which works on this table or left it unfinished'
    return refused(thing, fact, "End that migration first: its clean-up takes the trigger away")


def _objects(situation: Situation) -> Iterator[Finding]:
    """A log of other columns than today's would take the place of the new one."""
    source = situation.source
    with source.asking():
        found = source.database.examination.own_objects(source.session)
    for own in found:
        if own.migration == situation.spec.name:
            thing = f'object "{source.database.examination.own_schema}.{own.name}" on {source.where}'
            fact = "was left by an earlier run of this migration, which the ledger does not know any more"
            yield refused(thing, fact, f"Drop it, after any trigger that uses it. {_doctor(situation)}")


def _doctor(situation: Situation) -> str:
    return f"`airlift doctor {situation.spec.name} --repair` does it in this order"
