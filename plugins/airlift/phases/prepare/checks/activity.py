"""What is going on at the source just now, or by default: what would lose rows, or make the cutover wait."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Situation

OLD_SECONDS = 300.0
"""How long a transaction may be open before a person is told."""


def check(situation: Situation) -> Iterator[Finding]:
    """Yield who is in the way."""
    yield from _prepared(situation)
    yield from _holders(situation)
    if situation.in_place:
        yield from _snapshots(situation)


def _prepared(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    with source.asking():
        found = source.database.examination.prepared(source.session)
    for name, whose in found:
        fact = f"waits on {source.where} ({whose}); its rows would be in no window"
        yield refused(f'prepared transaction "{name}"', fact, "Commit it, or roll it back")


def _holders(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    with source.asking():
        old = source.database.examination.old_transactions(source.session, situation.oids, seconds=OLD_SECONDS)
        vacuums = source.database.examination.wraparound_vacuums(source.session, situation.oids)
    for each in old:
        fact = f"is held by {each.words}; no trigger can be put on it until that ends"
        yield warning(str(situation.by_oid(each.oid)), fact, "Wait for it, or end that session")
    for each in vacuums:
        fact = f"is being vacuumed against wraparound by {each.words}, which can't be sent away; the cutover waits for it"
        yield warning(str(situation.by_oid(each.oid)), fact, "Approve the cutover after it has finished")


def _snapshots(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    with source.asking():
        found = source.database.examination.snapshot_defaults(source.session)
    for place in found:
        fact = f"is set for {place}: a transaction that began to wait in the pause sees the new table as of its old snapshot"
        yield warning("default transaction isolation", fact, "Let the service use READ COMMITTED during the cutover")
