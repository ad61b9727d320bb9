"""The tables that the spec chooses: that there are some, and that their kind can be moved."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused
from airlift.phases.prepare.checks.situation import Moved, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what is wrong with the choice, then with each table."""
    for line in situation.choosing:
        fact, _, remedy = line.removeprefix("tables: ").partition("; ")
        yield refused("`tables` of the spec:", fact.rstrip("."), _sentence(remedy) or "Correct the key")
    if not situation.moved and not situation.choosing:
        yield refused("`tables` of the spec", "match no table", "Name tables of the source, or check the schema")
    for moved in situation.moved:
        yield from _table(situation, moved)


def _table(situation: Situation, moved: Moved) -> Iterator[Finding]:
    relation = moved.old.relation
    remedy = "Exclude it with `skip: true`"
    unfit = situation.source.database.examination.unfitness(relation)
    if unfit:
        yield refused(str(moved), unfit, remedy)
    if relation.row_security:
        yield refused(str(moved), "has row security, which the new table and the view would not keep", remedy)
    if situation.in_place and moved.target == moved.name and not situation.choosing:
        fact = "would keep its name, though source and target are one database"
        yield refused(str(moved), fact, "Give the new table another name with `to`")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
