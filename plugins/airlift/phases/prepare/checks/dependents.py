"""What hangs on the old tables and would not come along: views, functions, policies, triggers, shared sequences, subscriptions."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what would go on with the old table, or be missing from the new one."""
    yield from _dependents(situation)
    yield from _triggers(situation)
    yield from _subscriptions(situation)
    if not situation.in_place:
        yield from _sequences(situation)


def _dependents(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    oids = [moved.oid for moved in situation.fit]
    with source.asking():
        found = source.database.examination.dependents(source.session, oids)
    for each in found:
        fact = f"depends on {situation.by_oid(each.oid)} and would go on with the old one after the switch"
        yield refused(each.words, fact, "Drop it, and make it again on the new table; or leave the table out with `skip: true`")


def _triggers(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    created = [moved.oid for moved in situation.fit if moved.existing is None]
    with source.asking():
        found = source.database.examination.triggers(source.session, created)
    for trigger in found:
        if trigger.migration is None:
            moved = situation.by_oid(trigger.oid)
            fact = "would be missing on the new table, which is made without it"
            remedy = f'Make the table "{moved.target}" yourself with the trigger disabled, or drop the trigger'
            yield refused(f'trigger "{trigger.name}" of {moved}', fact, remedy)


def _subscriptions(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    with source.asking():
        found = source.database.examination.subscriptions(source.session, situation.oids)
    for each in found:
        fact = f"writes {situation.by_oid(each.oid)} and would not find it after the switch"
        yield refused(f'subscription "{each.words}"', fact, "End the subscription, or leave the table out with `skip: true`")


def _sequences(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    with source.asking():
        found = source.database.examination.shared_sequences(source.session, situation.oids)
    for each in found:
        fact = f"shares its {each.words}, and the two servers would give out the same numbers"
        yield warning(str(situation.by_oid(each.oid)), fact, "See that equal numbers do no harm, or move both tables")
