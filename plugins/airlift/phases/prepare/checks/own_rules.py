"""What only the engines themselves know to be in the way: settings, rights and rules that others don't have."""

from collections.abc import Iterable, Iterator

from airlift.databases.examined import Obstacle, Part
from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Side, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what each side's engine knows, then what it knows of the pair."""
    source, target = situation.source, situation.target
    yield from _side(situation, source, [Part("source", moved.name, moved.key) for moved in situation.fit])
    yield from _side(situation, target, [Part("target", moved.target, None) for moved in situation.fit])
    if situation.pair.has_one_rulebook and not situation.in_place:
        with source.asking(), target.asking():
            found = target.database.examination.obstacles_between(source.session, target.session)
        yield from _findings(found)


def _side(situation: Situation, side: Side, parts: list[Part]) -> Iterator[Finding]:
    with side.asking():
        found = side.database.examination.obstacles(side.session, parts, migration=situation.spec.name, where=side.where)
    yield from _findings(found)


def _findings(found: Iterable[Obstacle]) -> Iterator[Finding]:
    for each in found:
        yield (refused if each.is_refused else warning)(each.thing, each.fact, each.remedy)
