"""The two servers: whether they are frozen, what else happens on our statements, whether text means the same on both."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Side, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what is wrong with each server, then with the pair."""
    for side in situation.sides:
        yield from _server(side)
        yield from _event_triggers(side)
    if situation.pair.are_kindred:
        yield from _pair(situation.source, situation.target)


def _server(side: Side) -> Iterator[Finding]:
    if side.powers.is_read_only:
        fact = "makes every transaction of our role read-only by default: somebody has frozen it"
        yield refused(side.where, fact, 'Reset "default_transaction_read_only" for the database and the role, if writes are meant')


def _event_triggers(side: Side) -> Iterator[Finding]:
    with side.asking():
        found = side.database.examination.event_triggers(side.session)
    for name in found:
        fact = f"on {side.where} is set off by the tables, triggers and views that are made and dropped here"
        yield warning(f'event trigger "{name}"', fact, "See that it lets them pass, or disable it for the migration")


def _pair(source: Side, target: Side) -> Iterator[Finding]:
    if source.server.encoding != target.server.encoding:
        fact = f"is encoded in {target.server.encoding}, the source in {source.server.encoding}: their bytes can't be compared"
        yield refused(target.where, fact, f"Make the target database with the encoding {source.server.encoding}")
    if target.server.version // 10000 < source.server.version // 10000:
        fact = f"runs version {target.server.version_text}, older than the source's {source.server.version_text}"
        yield warning(target.where, fact, "Look for features that the old version lacks before you approve")
