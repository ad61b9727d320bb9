"""The types that somebody made: enums are made anew on the target, all others must be there already."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused
from airlift.phases.prepare.checks.situation import Situation
from airlift.spec import TableName


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the types that the target lacks, or has with another meaning."""
    if situation.in_place or not situation.pair.are_kindred:
        return
    target = situation.target
    with target.asking():
        there = {found.name: found for found in target.database.examination.types_named(target.session, _names(situation))}
    for wanted in situation.types:
        thing = f'{wanted.kind} "{wanted.name}"'
        found = there.get(wanted.name)
        if found is None and not wanted.is_enum:
            yield refused(thing, f"does not exist on {target.where}", "Create it there, or the extension that it comes from")
        elif found is not None and (found.kind, found.definition) != (wanted.kind, wanted.definition):
            fact = f"is {found.kind} ({found.definition}) on {target.where}, but {wanted.kind} ({wanted.definition}) on the source"
            yield refused(thing, fact, "Make the two alike")


def _names(situation: Situation) -> list[TableName]:
    return [wanted.name for wanted in situation.types]
