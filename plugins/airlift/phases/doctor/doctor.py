"""Look at a migration from outside: where it stands, what is wrong, what to do next. Changes nothing, and trusts no task state."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airlift.ledger import Stage
from airlift.phases.doctor.examine import examine, has_moved
from airlift.phases.doctor.expected import Names
from airlift.phases.doctor.facts import Facts
from airlift.phases.doctor.finding import Deed, Finding
from airlift.phases.doctor.judging import findings
from airlift.phases.doctor.places import service
from airlift.phases.migration import Migration

COUNTED = 10_000_000
"""Rows of a change log are counted up to this number, unless whoever asks has less time."""
LOOKS = 3
"""So often is looked again where there are findings and the migration went on meanwhile: between two servers that can look like a fault."""
PATIENT = {"statement_timeout": "60s", "lock_timeout": "5s"}
"""What a look may take of a server's time, for each statement, unless whoever asks has less time."""


@dataclass(frozen=True)
class Diagnosis:
    """What was found. `deeds` is what repairs did before it was looked at again."""

    facts: Facts
    findings: list[Finding]
    next: list[str]
    deeds: list[Deed] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether all could be looked at."""
        return self.facts.trouble is None

    @property
    def verdict(self) -> str:
        """All of it in a line."""
        number = len(self.findings)
        head = "HEALTHY" if not number else f"{number} FINDING{'S' if number > 1 else ''}"
        head = head if self.is_complete else f"{head}, AND THE SOURCE COULD NOT BE LOOKED AT"
        return f"{head}: {_standing_words(self.facts)}"


def doctor(m: Migration, *, limits: Mapping[str, str] = PATIENT, most: int = COUNTED) -> Diagnosis:
    """Look at both servers, in transactions that only read. Raises what the target answers where it can't be read."""
    for _ in range(LOOKS):
        facts = examine(m, limits, most=most)
        found = findings(facts)
        if not found or not has_moved(m, facts, limits):
            break
    return Diagnosis(facts, found, list(_next(facts, found)))


def _standing_words(facts: Facts) -> str:
    if facts.stage is None:
        return f'no ledger on the target knows migration "{facts.migration}".'
    words = {
        Names.OLD: "the service runs on the old tables",
        Names.NEW: "the service runs on the new tables",
        Names.UNDECIDED: _undecided_words(facts),
        Names.ANY: "nothing is under way",
    }[facts.should.names]
    if facts.is_returned:
        words = f"{words} again: it was rolled back"
    if not facts.is_going_on and not facts.should.is_over:
        words = f"{words}, and the migration is abandoned"
    return f'migration "{facts.migration}" stands at "{facts.stage.words}"; {words}.'


def _undecided_words(facts: Facts) -> str:
    has, is_back = service(facts), facts.stage == Stage.ROLLING_BACK
    if has is Names.NEW:
        why = "the new tables are not shut" if is_back else "the names were handed over"
    elif has is Names.OLD:
        why = "the new tables are shut" if is_back else "the source owns the names"
    else:
        return "who owns the service is not clear"
    return f"{why}: the service belongs on {has.value}"


def _next(facts: Facts, found: list[Finding]) -> list[str]:
    """What a person does, in sentences."""
    should, steps = facts.should, []
    step, how = (words.format(name=facts.migration) for words in (should.step, should.how))
    if any(each.is_repairable for each in found):
        steps.append("Findings marked [repair] are mended by: the same command with --repair. Nothing else is touched by it.")
    if any(not each.is_repairable for each in found):
        others = "The other findings are" if steps else "Each finding is"
        steps.append(f"{others} for a person, and {'each names' if steps else 'names'} the remedy.")
    tasks = sorted({session.task for session in facts.at_work})
    if tasks:
        steps.append(f"At work now: {', '.join(tasks)}. Look into their logs before clearing anything.")
    elif facts.stage is not None and not should.is_over:
        steps.append("No session of ours is connected: nobody is at work, or a gate waits for its answer.")
    steps.append(f"{how}." if should.is_over else f"Next: {step}. {how}.")
    return steps
