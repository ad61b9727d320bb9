"""What is wrong with the way back, and with an undecided attempt at it. Pure: asks no server."""

from collections.abc import Iterator

from airlift.databases.examined import Installed
from airlift.ledger import Stage
from airlift.phases.doctor.expected import BACK, CAPTURE, HEARTBEAT_BACK, UNRETURNED, WAY_BACK, Names, Should
from airlift.phases.doctor.facts import Back, Facts, Side, Table
from airlift.phases.doctor.finding import Finding, Repair
from airlift.phases.doctor.places import log_of, on_new, owners, roll_back, service, some, unshut, way_out

BEHIND_SECONDS = 60.0
"""How far a position may be behind, with changes waiting and nobody at work, before a person is told."""


def findings(facts: Facts) -> Iterator[Finding]:
    """All that is not as it should be on the way back."""
    if facts.should.back is Should.MUST:
        for table in facts.tables:
            yield from _triggers(facts, table)
        yield from _tables(facts)
    if facts.back and facts.stage in (Stage.SWITCHED, Stage.SETTLED):
        yield from _carrying(facts, facts.back)
        yield from _changed(facts, facts.back)


def after_a_crash(facts: Facts, thing: str) -> Iterator[Finding]:
    """An attempt at a roll back that is noted as deciding and whose process is gone. The guards on the new tables decide."""
    has = service(facts)
    if has is Names.OLD:
        fact = "was decided before its process died: the new tables are shut, and the ledger does not know it yet"
        yield Finding(thing, fact, f"{_again(facts)}, and moves the services to the source", Repair.UNDECIDED)
    elif has is Names.NEW and (written := _written(facts)):
        fact = (
            "was not decided, the new tables have the service, and meanwhile somebody wrote the old ones, which were open: the keys are in "
            f"{', '.join(written)}"
        )
        remedy = (
            "Decide whose rows are right, make the old tables' equal to the new ones', empty those tables and clear rename_back in "
            f"{roll_back(facts)}. From here the old tables can be shut, so that nothing more is written to them"
        )
        yield Finding(thing, fact, remedy, Repair.UNDECIDED)
    elif has is Names.NEW:
        open_ = ", and the old ones are open" if any(each.is_handed_over is False for each in owners(facts)) else ""
        fact = f"was announced and not decided before its process died: the new tables have the service{open_}"
        yield Finding(thing, fact, f"{_again(facts)}; or have it given up from here", Repair.UNDECIDED)
    else:
        fact = "left only some of the new tables shut, which no commit of ours does: who has the service is not clear"
        look = f": {facts.target.advice.guarded(facts.migration)}" if facts.target else ""
        yield Finding(thing, fact, f"Touch nothing more, and look on the target which tables have a guard{look}")


def _again(facts: Facts) -> str:
    return f"Clear rename_back in {roll_back(facts)}: it looks who has the service and goes on from there"


def _written(facts: Facts) -> list[str]:
    return [f'"airlift.{facts.migration}_{CAPTURE}_{table.layout.no}"' for table in facts.tables if table.is_written_early]


# ---- what must be there


def _triggers(facts: Facts, table: Table) -> Iterator[Finding]:
    """The capture of a new table: before the cutover it notes who writes too early, after it what a roll back brings back."""
    if table.new is None:
        return
    found, log, thing = on_new(facts, table, BACK), log_of(facts, table, BACK), f'of table "{table.layout.target}"'
    if log is None:
        yield _no_log(facts, found, thing)
    if service(facts) is not Names.NEW:
        if len([each for each in found if each.is_always]) < facts.target.capturing:
            fact = "are not all there and enabled: after a crash beside the decision it could not be told whether somebody wrote it early"
            yield Finding(f'the triggers that note early writes of "{table.layout.target}"', fact, way_out(facts))
        return
    if len(found) < facts.target.capturing:
        names = ", ".join(f'"{each.name}"' for each in found) or "none"
        fact = f"are not all there ({names} of {facts.target.capturing}); what changes is noted nowhere, and a roll back refuses as it is"
        may = may_capture(facts, table)
        remedy = f"Have them put back from here. {_COMPARED}" if may else _no_way_back(facts)
        yield Finding(f"the capture triggers {thing}", fact, remedy, Repair.CAPTURE_BACK if may else None)
    for each in found:
        if not each.is_always:
            state = "is disabled" if each.is_off else "does not fire in every session"
            fact = f"{state}; what changes meanwhile is noted nowhere, and a roll back refuses as it is"
            remedy = f'Find out why, then: ALTER TABLE {each.table} ENABLE ALWAYS TRIGGER "{each.name}". {_COMPARED}'
            yield Finding(f'trigger "{each.name}" {thing}', fact, remedy)


_COMPARED = "A roll back then compares all rows first, and brings those that differ"


def may_capture(facts: Facts, table: Table) -> bool:
    """Whether a new table that has the service lacks a capture trigger that may be put back.

    One that is there and disabled is left to who disabled it, and with it its likes.
    """
    found = on_new(facts, table, BACK)
    is_in_time = facts.stage in (Stage.SWITCHED, Stage.SETTLED) and table.new is not None and log_of(facts, table, BACK) is not None
    return is_in_time and len(found) < facts.target.capturing and all(each.is_always for each in found)


def _no_log(facts: Facts, found: list[Installed], thing: str) -> Finding:
    if not found:
        return Finding(f"the change log {thing}", "is gone; what changes is noted nowhere", _no_way_back(facts))
    drop = ", then ".join(f'run DROP TRIGGER "{each.name}" ON {each.table}' for each in found)
    fact = "is gone and its triggers are there: every write of that table fails"
    return Finding(f"the change log {thing}", fact, f"Drop the triggers now, so that the service goes on: {drop}. {_no_way_back(facts)}")


def _no_way_back(facts: Facts) -> str:
    if service(facts) is Names.OLD:
        return way_out(facts)
    return "Without it there is no way back: stay on the new tables, and don't trigger a roll back"


def _tables(facts: Facts) -> Iterator[Finding]:
    """What the way back keeps for itself."""
    name, source = facts.migration, {each.name for each in facts.source.kept} if facts.source else None
    if source is not None and f"{name}_{WAY_BACK}" not in source:
        fact = "is gone: how far the way back has come is not known any more"
        yield Finding(f'table "airlift.{name}_{WAY_BACK}" on the source', fact, _no_way_back(facts))
    elif source is not None and facts.back is None:
        fact = "has lost its row: how far the way back has come is not known any more"
        yield Finding(f'table "airlift.{name}_{WAY_BACK}" on the source', fact, _no_way_back(facts))
    for table in facts.tables:
        kept = f"{name}_{UNRETURNED}_{table.layout.no}"
        if source is not None and kept not in source:
            yield Finding(f'table "airlift.{kept}" on the source', "is gone; no window can be carried back", _no_way_back(facts))
    if not _has(facts.target, HEARTBEAT_BACK):
        fact = "is gone; no window can be carried back"
        yield Finding(f'table "airlift.{name}_{HEARTBEAT_BACK}" on the target', fact, _no_way_back(facts))


def _has(side: Side, kind: str) -> bool:
    return any(each.kind == kind for each in side.kept)


# ---- how far it is


def _carrying(facts: Facts, back: Back) -> Iterator[Finding]:
    waiting = sum(table.waiting_back or 0 for table in facts.tables)
    if back.is_pruned_beyond:
        fact = "were pruned beyond the way back's position: the source is older than the logs, as after a restore of it"
        yield Finding("the change logs on the target", fact, f"Nothing can be carried back. {_no_way_back(facts)}")
    if back.stands_still:
        fact = f"stands still: {back.stands_still.rstrip('.')}"
        remedy = "Mend that row on the new side, or what the old table does not take; contract.sync_back then goes on by itself"
        yield Finding("the way back", fact, f"{remedy}. A roll back stops there until it is mended")
    elif waiting and back.ahead > BEHIND_SECONDS and not facts.at_work:
        fact = f"are {back.ahead:,.0f} s ahead of the old tables with {waiting:,} changes, and nobody carries them back"
        remedy = "Clear contract.sync_back: a roll back would have to carry all of it first, and the logs grow"
        yield Finding("the change logs on the target", fact, remedy)
    for table in facts.tables:
        if table.differing_back:
            fact = f"has {table.differing_back:,} keys whose rows differ from the new table's after they were carried back, so a roll back "
            fact += f'gives up: see the table "airlift.{facts.migration}_{UNRETURNED}_{table.layout.no}" on the source'
            remedy = "Find out what the old table makes of them and mend it; a row that is touched on the new side is carried back anew"
            yield Finding(f'table "{table.layout.obsolete}"', fact, remedy)


def _changed(facts: Facts, back: Back) -> Iterator[Finding]:
    """What a roll back rests on and what is another now; not where that is told already because it is missing."""
    by_words: dict[str, list[str]] = {}
    for table in facts.tables:
        if table.changed_back and not list(_triggers(facts, table)) and table not in unshut(facts):
            by_words.setdefault("; ".join(table.changed_back), []).append(str(table.layout.target))
    for words, names in by_words.items():
        fact = f"{'are' if len(names) > 1 else 'is'} not what a roll back rests on any more: {words}"
        yield Finding(some(names), fact, _BEFORE_A_FENCE)
    if back.is_restarted_since:
        yield Finding("the target", "was restarted since the cutover, so what was noted of its changes proves nothing", _BEFORE_A_FENCE)


_BEFORE_A_FENCE = "A roll back compares all rows first, before any writer waits, and brings those that differ. Nothing else is to be done"
