"""The servers, the run that holds the migration, and its attempts at a hand-over. Pure: asks no server."""

from collections.abc import Iterator

from airlift.ledger import Stage
from airlift.phases.doctor.expected import BACK, Names, Turn
from airlift.phases.doctor.facts import Facts
from airlift.phases.doctor.finding import Finding, Repair
from airlift.phases.doctor.judging import way_back
from airlift.phases.doctor.judging.leftovers import is_over
from airlift.phases.doctor.places import or_way_out, roll_back, service

CUTOVER = "cutover.rename"
ROLL_BACK = "rename_back"
"""The tasks that decide who has the service."""
MOVING_SECONDS = 60.0
"""How long the services may take to be moved after the decision before a person is told."""


def servers(facts: Facts) -> Iterator[Finding]:
    """Servers that are away or are others than before, and a run that nobody goes on with."""
    if facts.trouble:
        fact = f"could not be looked at: {facts.trouble.rstrip('.')}"
        yield Finding("the source", fact, "Make it reachable from here and look again; until then nothing is known of it")
    for side in facts.sides:
        if side.moved_to:
            fact = f"is another server than the one that preflight saw: {side.moved_to}. Every task refuses to work there"
            yield Finding(f'server "{side.where}"', fact, "Point the connection back to the server of the migration, or abandon it")
    if facts.edits and facts.stage != Stage.CLEANED_UP:
        fact = f"was edited after preflight froze it, so every task refuses: {'; '.join(facts.edits)}"
        remedy = f"Undo the edit. Or {or_way_out(facts)}" if service(facts) is Names.OLD else "Undo the edit"
        yield Finding(f'the spec of migration "{facts.migration}"', fact, remedy)
    if not facts.is_going_on and facts.standing and not is_over(facts) and not facts.at_work:
        fact = f'was abandoned by run "{facts.standing.abandoned_by}", and what is ours is not taken away yet'
        task = "contract.clean_up" if facts.turn is Turn.REJECTED else f"rename_back of {roll_back(facts)}"
        yield Finding(f'migration "{facts.migration}"', fact, f"If {task} is not at work, clear it")


def attempts(facts: Facts) -> Iterator[Finding]:
    """Attempts at a hand-over that did not come to their end."""
    for each in facts.attempts:
        task = ROLL_BACK if each["is_back"] else CUTOVER
        is_at_work = any(session.task == task for session in facts.at_work)
        if each["state"] == "begun" and not is_at_work:
            yield _dead(facts, each["no"], is_back=each["is_back"])
        elif each["state"] == "deciding":
            yield from _undecided(facts, each["no"], is_back=each["is_back"], is_at_work=is_at_work or facts.may_decide)
    if facts.stage in (Stage.OPENING, Stage.ROLLING_BACK) and all(each["state"] != "deciding" for each in facts.attempts):
        fact = f'stands at "{facts.stage.words}" without an attempt that is deciding, which no step of ours leaves'
        yield Finding(f'migration "{facts.migration}"', fact, _LOOK_AT_ATTEMPTS)
    if facts.stage == Stage.SWITCHED and facts.stage_seconds > MOVING_SECONDS:
        fact = f"was handed over {facts.stage_seconds:,.0f} s ago, and that the services were moved is not noted yet"
        yield Finding("the name", fact, "See the log of cutover.rename, mend what moves the services, and clear that task")
    if facts.turn is Turn.HANDED_BACK and facts.stage_seconds > MOVING_SECONDS:
        fact = f"was handed back {facts.stage_seconds:,.0f} s ago, and that the services were moved is not noted yet"
        remedy = f"See the log of rename_back in {roll_back(facts)}, mend what moves the services, and clear that task"
        yield Finding("the name", fact, remedy)


_LOOK_AT_ATTEMPTS = "Look at: SELECT * FROM airlift.attempts ORDER BY no, on the target"


def may_give_up(facts: Facts, *, is_back: bool) -> bool:
    """Whether attempts of a way whose process is gone may be given up: their services go on where the service is."""
    if facts.source is None or facts.stage is None:
        return False
    return Stage.SWITCHED <= facts.stage <= Stage.SETTLED if is_back else facts.stage == Stage.VIEWS_CREATED


def _dead(facts: Facts, number: int, *, is_back: bool) -> Finding:
    fact = "was begun and its process is gone; nothing was decided, and services that it held may still be waiting"
    task = f"rename_back in {roll_back(facts)}" if is_back else CUTOVER
    may_repair = may_give_up(facts, is_back=is_back)
    remedy = f"Clear {task}, which gives it up, lets the services go on and tries again"
    is_decided = service(facts) is (Names.OLD if is_back else Names.NEW)
    if is_decided or facts.stage == Stage.CONTRACTING:
        remedy = "The migration went on without it since; see that no process of this one is alive, and leave it"
    remedy = f"{remedy}; or have it given up from here" if may_repair else remedy
    return Finding(f"attempt {number}", fact, remedy, Repair.ATTEMPTS if may_repair else None)


def _undecided(facts: Facts, number: int, *, is_back: bool, is_at_work: bool) -> Iterator[Finding]:
    thing, undecided = f"attempt {number}", Stage.ROLLING_BACK if is_back else Stage.OPENING
    if facts.source is None:
        fact = "is not decided as far as the ledger knows, and who owns the name on the source can't be seen from here"
        yield Finding(thing, fact, "Make the source reachable; don't send anybody to another side before")
    elif is_at_work:
        yield Finding(thing, "is deciding right now: its process is still connected", "Wait some seconds and look again")
    elif facts.stage != undecided:
        fact = f'is noted as deciding, but the migration stands at "{facts.stage.words if facts.stage else "nothing"}"'
        yield Finding(thing, fact, _LOOK_AT_ATTEMPTS)
    elif is_back:
        yield from way_back.after_a_crash(facts, thing)
    else:
        yield from _after_a_crash(facts, thing)


def _after_a_crash(facts: Facts, thing: str) -> Iterator[Finding]:
    has = service(facts)
    if has is Names.NEW:
        fact = "was decided before its process died: the source's names were handed over, and the ledger does not know it yet"
        yield Finding(thing, fact, f"{_again()}, and moves the services to the target", Repair.UNDECIDED)
    elif has is Names.OLD and (written := _written(facts)):
        fact = (
            "was not decided, the source owns the service, and meanwhile somebody wrote the target, which was open: the keys are in "
            f"{', '.join(written)}"
        )
        remedy = (
            "Decide which side's rows are right, make the target's equal to the source's, empty those tables and clear cutover.rename. "
            "From here the target can be shut, so that nothing more is written to it"
        )
        yield Finding(thing, fact, remedy, Repair.UNDECIDED)
    elif has is Names.OLD:
        open_ = "" if facts.in_place else ", and the target is open"
        fact = f"was announced and not decided before its process died: the source owns the service{open_}"
        yield Finding(thing, fact, f"{_again()}; or have it given up from here", Repair.UNDECIDED)
    # what is left is Ambiguous, and is told of each name


def _again() -> str:
    return "Clear cutover.rename: it looks who owns the name and goes on from there"


def _written(facts: Facts) -> list[str]:
    """The logs of new tables that hold what was written since the way back's position: before it all was carried, or is shut."""
    return [f'"airlift.{facts.migration}_{BACK}_{table.layout.no}"' for table in facts.tables if table.waiting_back]
