"""The proof, the positions, and who is in the way. Pure: asks no server."""

from collections.abc import Iterator

from airlift.databases.examined import Occupant
from airlift.ledger import Stage
from airlift.phases.doctor.expected import Expected, Names, Should
from airlift.phases.doctor.facts import Facts, Table
from airlift.phases.doctor.finding import Finding
from airlift.phases.doctor.judging import way_back
from airlift.phases.doctor.judging.installed import capture
from airlift.phases.doctor.places import or_way_out, some, unguarded, way_out
from airlift.phases.sync.premises import WORDS
from airlift.spec.durations import duration_text


def proof(facts: Facts, should: Expected) -> Iterator[Finding]:
    """Why the comparison of all rows does not hold any more."""
    if should.names not in (Names.OLD, Names.UNDECIDED) or facts.stage == Stage.ROLLING_BACK or facts.is_void or not facts.is_going_on:
        return
    for table in facts.tables:
        thing = f'table "{table.layout.source}"'
        if table.differing:
            fact = f'has {table.differing:,} keys whose rows differ between both sides, so the cutover refuses: see the table "airlift.'
            fact += f'{facts.migration}_unverified_{table.layout.no}" on the target'
            yield Finding(thing, fact, f"Find out who wrote them, mend the rows and clear sync.validate. Or {or_way_out(facts)}")
    yield from _changed(facts, should)
    compared = facts.comparison
    if compared and compared.is_restarted_since:
        yield Finding("the source", "was restarted since the last comparison, which proves nothing any more", _ANEW)
    if compared and compared.is_finished and compared.age > facts.validation_age and facts.stage in (Stage.REPORTED, Stage.VIEWS_CREATED):
        fact = f"is {compared.age:,.0f} s old, and the cutover refuses one that is older than {duration_text(facts.validation_age)}"
        yield Finding(f"comparison {compared.no}", fact, "Clear sync.validate and what comes after it")


def _changed(facts: Facts, should: Expected) -> Iterator[Finding]:
    """What the comparison rested on and what is another now; not where that is told already because it is missing."""
    open_ = unguarded(facts) if should.guard is Should.MUST else []
    by_words: dict[str, list[str]] = {}
    for table in facts.tables:
        if table.changed and table not in open_ and not list(capture(facts, should, table)):
            by_words.setdefault("; ".join(table.changed), []).append(str(table.layout.source))
    number = facts.comparison.no if facts.comparison else 0
    for words, names in by_words.items():
        fact = f"{'are' if len(names) > 1 else 'is'} not what comparison {number} rests on any more: {words}"
        yield Finding(some(names), fact, f"{_ANEW}. {_COLUMNS}, or {or_way_out(facts)}" if _IN_COLUMNS in words else _ANEW)


_IN_COLUMNS = WORDS["columns"].partition("{")[0]
_COLUMNS = "Where columns changed, no comparison helps: undo that"
_ANEW = "The cutover compares all rows anew by itself before any writer waits; to have that done before it, clear sync.validate"


def positions(facts: Facts) -> Iterator[Finding]:
    """A record that is older than the change log."""
    if facts.place.is_pruned_beyond:
        fact = "were pruned beyond the ledger's position: the ledger is older than the logs, as after a restore of the target"
        yield Finding("the change logs on the source", fact, f"Nothing can be carried. {way_out(facts)}")
    waiting = sum(table.waiting or 0 for table in facts.tables)
    is_carrying = facts.stage is not None and facts.is_going_on and Stage.IN_SYNC <= facts.stage <= Stage.VIEWS_CREATED
    if is_carrying and waiting and (facts.place.ahead or 0) > way_back.BEHIND_SECONDS and not facts.at_work:
        fact = f"are {facts.place.ahead:,.0f} s ahead of the target with {waiting:,} changes, and nobody carries them"
        remedy = "Clear sync.keep_in_sync: the lag only grows, and the logs with it"
        yield Finding("the change logs on the source", fact, f"{remedy}. Or {or_way_out(facts)}" if facts.is_void else remedy)


def in_the_way(facts: Facts, should: Expected) -> Iterator[Finding]:
    """Sessions and prepared transactions that keep a hand-over from its locks."""
    if should.names is Names.ANY:
        return
    sender = facts.target if should.names is Names.NEW or facts.stage == Stage.ROLLING_BACK else facts.source
    if sender:
        where = "source" if sender is facts.source else "target"
        waits = "triggers, watermark and cutover wait" if where == "source" else "a roll back waits"
        for name, whose in sender.prepared:
            fact = f"waits on the {where} ({whose}); {waits} for its end, and vacuum with them"
            yield Finding(f'prepared transaction "{name}"', fact, f"Commit it, or roll it back: {sender.advice.giving_up(name)}")
    tables = {owner.oid: name for table in facts.tables for owner, name in _owned(table)}
    for side in facts.sides:
        for each in side.blocked:
            remedy = f"If that does not end by itself, end the one in front: {side.advice.ending()}"
            yield Finding(f'a lock on table "{tables.get(each.oid)}"', f"is waited for: {each.words}", remedy)
        for each in side.old_transactions if should.names is not Names.NEW else ():
            fact = f"is held by {each.words}; the cutover gives up as long as it is"
            remedy = f"Wait for it, or end that session: {side.advice.ending()}"
            yield Finding(f'table "{tables.get(each.oid)}"', fact, remedy)


def _owned(table: Table) -> Iterator[tuple[Occupant, str]]:
    for owner, name in ((table.old, table.layout.source), (table.obsolete, table.layout.obsolete), (table.new, table.layout.target)):
        if owner:
            yield owner, str(name)
