"""What has to be there: the capture triggers, their logs and functions, and the guards. Pure: asks no server."""

from collections.abc import Iterator

from airlift.databases.examined import Installed
from airlift.phases.doctor.expected import CAPTURE, HEARTBEAT, Expected, Names, Should
from airlift.phases.doctor.facts import Facts, Table
from airlift.phases.doctor.finding import Finding, Repair
from airlift.phases.doctor.judging.leftovers import is_over
from airlift.phases.doctor.places import log_of, on_old, or_way_out, service, some, unguarded, unshut, way_out


def missing(facts: Facts, should: Expected) -> Iterator[Finding]:
    """What has to be there and is not."""
    for table in facts.tables:
        yield from capture(facts, should, table)
    yield from _guards(facts, should)
    if facts.source and should.logs is Should.MUST and not any(each.kind == HEARTBEAT for each in facts.source.kept):
        fact = "is gone; no window can be carried"
        yield Finding(f'table "airlift.{facts.migration}_heartbeat" on the source', fact, way_out(facts))


def capture(facts: Facts, should: Expected, table: Table) -> Iterator[Finding]:
    """What is wrong with what captures a table's changes."""
    if facts.source is None or (table.old is None and table.obsolete is None):
        return
    found, thing = on_old(facts, table, CAPTURE), f'of table "{table.layout.source}"'
    log = log_of(facts, table)
    if found and log is None:
        fact = "is gone and its triggers are there: every write of that table fails"
        fact = f"{fact}, and no window comes back" if service(facts) is Names.NEW else fact
        remedy = f"Drop the triggers now, so that the service goes on: {_drop(found)}"
        yield Finding(f"the change log {thing}", fact, remedy if is_over(facts) else f"{remedy}. Then {or_way_out(facts)}")
    if should.triggers is not Should.MUST:
        return
    if log is None and not found:
        yield Finding(f"the change log {thing}", "is gone; what changed since is noted nowhere", way_out(facts))
    if len(found) < facts.source.capturing:
        names = ", ".join(f'"{each.name}"' for each in found) or "none"
        fact = f"are not all there ({names} of {facts.source.capturing}); what changes is noted nowhere"
        yield Finding(f"the capture triggers {thing}", fact, f"{_not_needed(facts)}{way_out(facts)}")
    for each in found:
        if not each.is_always:
            yield _weak(facts, each, thing)


def _weak(facts: Facts, each: Installed, thing: str) -> Finding:
    state = "is disabled" if each.is_off else "does not fire in every session"
    fact = f"{state}; what changes meanwhile is noted nowhere, and who disabled it may have had a reason"
    enable = f'Find out why, then: ALTER TABLE {each.table} ENABLE ALWAYS TRIGGER "{each.name}"'
    if service(facts) is Names.OLD:
        how = "clear sync.validate, which names the keys that were missed: a row that is touched on the source is carried anew"
        remedy = f"{enable}; and {how}. Or {or_way_out(facts)}"
    else:
        remedy = f"{enable}. Who goes forward again after a roll back compares all rows first"
    return Finding(f'trigger "{each.name}" {thing}', fact, remedy)


def _not_needed(facts: Facts) -> str:
    """After the cutover only a second one needs what captures the old tables."""
    return "" if service(facts) is Names.OLD else "A roll back works without them, to go forward again after it does not. "


def _drop(found: list[Installed]) -> str:
    return ", then ".join(f'run DROP TRIGGER "{each.name}" ON {each.table}' for each in found)


def _guards(facts: Facts, should: Expected) -> Iterator[Finding]:
    names = some([str(table.layout.target) for table in unguarded(facts)])
    if names and should.guard is Should.MUST:
        fact = "is missing or disabled: at this stage others may write the target"
        remedy = "Have it put back from here. The next comparison finds what somebody wrote meanwhile, and the cutover makes one by itself"
        yield Finding(f"the guard of {names}", fact, remedy, Repair.GUARD)
    names = some([str(table.layout.obsolete) for table in unshut(facts)])
    if names and should.shut is Should.MUST:
        fact = "is missing or disabled: at this stage others may write the old tables, and a roll back refuses as it is"
        remedy = "Have it put back from here. A roll back then compares all rows first, and brings those that differ"
        yield Finding(f"the guard of {names}", fact, remedy, Repair.GUARD)
