"""From what is there and what should be there to what is wrong, and what a person does next. Pure: asks no server."""

from airlift.phases.doctor.facts import Facts
from airlift.phases.doctor.finding import Finding
from airlift.phases.doctor.judging import way_back
from airlift.phases.doctor.judging.attempts import attempts, servers
from airlift.phases.doctor.judging.installed import missing
from airlift.phases.doctor.judging.leftovers import leftovers
from airlift.phases.doctor.judging.names import names
from airlift.phases.doctor.judging.proof import in_the_way, positions, proof


def findings(facts: Facts) -> list[Finding]:
    """All that is not as it should be, the most pressing first."""
    should = facts.should
    if any(side.moved_to for side in facts.sides):
        # nothing that is there, or is not, says anything of the migration
        return list(servers(facts))
    return [
        *servers(facts),
        *attempts(facts),
        *(names(facts, should) if facts.source is not None and facts.standing else ()),
        *missing(facts, should),
        *way_back.findings(facts),
        *leftovers(facts, should),
        *proof(facts, should),
        *positions(facts),
        *in_the_way(facts, should),
    ]
