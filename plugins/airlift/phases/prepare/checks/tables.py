"""The tables that the spec chooses: that there are some, and that their kind can be moved."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused
from airlift.phases.prepare.checks.situation import Moved, Situation

LEAVE_OUT = "Leave it out with `skip: true`"


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what is wrong with the choice, then with each table."""
    for line in situation.choosing:
        fact, _, remedy = line.removeprefix("tables: ").partition("; ")
        yield refused("spec key `tables`:", fact.rstrip("."), _sentence(remedy) or "Correct the key")
    if not situation.moved and not situation.choosing:
        fact = f'matches no table in the schema "{situation.source.database.schema}" of {situation.source.where}'
        yield refused("spec key `tables`", fact, "Name the schema with `schema`, or the tables with their schemas")
    for moved in situation.moved:
        yield from _table(situation, moved)
    yield from _extensions(situation)


def _table(situation: Situation, moved: Moved) -> Iterator[Finding]:
    unfit = situation.source.database.examination.unfitness(moved.old.relation)
    if unfit:
        yield refused(str(moved), unfit, LEAVE_OUT)
    if moved.old.relation.row_security:
        yield refused(str(moved), "has row security, which the new table and the view would not keep", LEAVE_OUT)


def _extensions(situation: Situation) -> Iterator[Finding]:
    source = situation.source
    with source.asking():
        found = source.database.examination.extensions(source.session, situation.oids)
    for member in found:
        fact = f'belongs to extension "{member.words}", which makes it itself'
        yield refused(str(situation.by_oid(member.oid)), fact, LEAVE_OUT)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
