"""The two servers: their versions, whether they take writes, whether text means the same on both."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Side, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what is wrong with each server, then with the pair."""
    for side in situation.sides:
        yield from _server(side)
    yield from _pair(situation.source, situation.target)


def _server(side: Side) -> Iterator[Finding]:
    thing = f'{side.role} "{side.where}"'
    examination = side.database.examination
    if side.server.version < examination.oldest_version:
        fact = f"runs version {side.server.version_text}, older than {examination.oldest_release}"
        yield refused(thing, fact, f"Upgrade it to {examination.oldest_release} or later")
    if side.server.is_standby:
        yield refused(thing, "is a standby, which takes no writes", "Point the connection to the primary server")


def _pair(source: Side, target: Side) -> Iterator[Finding]:
    thing = f'target "{target.where}"'
    if source.server.encoding != target.server.encoding:
        fact = f"is encoded in {target.server.encoding}, the source in {source.server.encoding}: their bytes can't be compared"
        yield refused(thing, fact, f"Make the target database with the encoding {source.server.encoding}")
    if target.server.version // 10000 < source.server.version // 10000:
        fact = f"runs version {target.server.version_text}, older than the source's {source.server.version_text}"
        yield warning(thing, fact, "Look for features that the old version lacks before you approve")
