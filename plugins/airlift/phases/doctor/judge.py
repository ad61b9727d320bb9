"""From what is there and what should be there to what is wrong, and what a person does next. Pure: asks no server."""

from collections.abc import Iterator

from airlift.databases.examined import Installed, Kept, Occupant
from airlift.ledger import Stage
from airlift.phases.doctor import judge_back
from airlift.phases.doctor.examine import Facts, Side, Table
from airlift.phases.doctor.expected import (
    BACK,
    CAPTURE,
    GUARD,
    HEARTBEAT,
    HEARTBEAT_BACK,
    UNRETURNED,
    UNVERIFIED,
    VIEW,
    WAY_BACK,
    Expected,
    Names,
    Should,
    Turn,
)
from airlift.phases.doctor.finding import Finding, Repair
from airlift.phases.doctor.places import (
    Owners,
    log_of,
    on_old,
    or_way_out,
    owners,
    roll_back,
    service,
    some,
    unguarded,
    unshut,
    way_out,
)
from airlift.phases.sync.premises import WORDS
from airlift.spec.durations import duration_text

CUTOVER = "cutover.rename"
ROLL_BACK = "rename_back"
"""The tasks that decide who has the service."""
MOVING_SECONDS = 60.0
"""How long the services may take to be moved after the decision before a person is told."""


def findings(facts: Facts) -> list[Finding]:
    """All that is not as it should be, the most pressing first."""
    should = facts.should
    if any(side.moved_to for side in facts.sides):
        # nothing that is there, or is not, says anything of the migration
        return list(_servers(facts))
    return [
        *_servers(facts),
        *_attempts(facts),
        *(_names(facts, should) if facts.source is not None and facts.standing else ()),
        *_missing(facts, should),
        *judge_back.findings(facts),
        *_leftovers(facts, should),
        *_proof(facts, should),
        *_positions(facts),
        *_in_the_way(facts, should),
    ]


# ---- the servers and the run


def _servers(facts: Facts) -> Iterator[Finding]:
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


def _attempts(facts: Facts) -> Iterator[Finding]:
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
        yield from judge_back.after_a_crash(facts, thing)
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


# ---- names


def _names(facts: Facts, should: Expected) -> Iterator[Finding]:
    if should.names is Names.ANY:
        return
    found = owners(facts)
    for each in found:
        if each.is_handed_over is None:
            yield _dropped(each.table) if _is_dropped(facts, each.table) else _lost(each.table)
        elif not _fits(facts, each):
            yield _astray(facts, each)
    if len({each.is_handed_over for each in found} - {None}) > 1:
        fact = "are handed over only in part, which no commit of ours does"
        yield Finding("the old names on the source", fact, _look("oid::regclass, relkind", found))
    for table in facts.tables:
        yield from _other_names(facts, should, table)


def _fits(facts: Facts, each: Owners) -> bool:
    """Whether a name is where who has the service wants it. An undecided roll back gives the old tables their names before it decides."""
    if facts.stage == Stage.OPENING:
        return True
    has = service(facts)
    if facts.stage == Stage.ROLLING_BACK and not facts.in_place and has is Names.NEW:
        return True
    return has is Names.UNDECIDED or each.is_handed_over == (has is Names.NEW)


def _is_dropped(facts: Facts, table: Table) -> bool:
    return service(facts) is Names.NEW and table.obsolete is None and (table.old is None or table.old.kind != "table")


def _dropped(table: Table) -> Finding:
    fact = "is gone on the source: there is no way back any more"
    remedy = "Restore it with all its rows if you may want to go back; else answer contract.approve when all servers run the new code"
    return Finding(f'the old table "{table.layout.obsolete}"', fact, remedy)


def _look(columns: str, found: list[Owners]) -> str:
    oids = ", ".join(str(each.table.old_oid) for each in found if each.table.old_oid)
    return f"Touch nothing more and look on the source at: SELECT {columns} FROM pg_class WHERE oid IN ({oids})"


def _lost(table: Table) -> Finding:
    layout = table.layout
    thing = f'name "{layout.source}" on the source'
    if table.old_oid is None:
        name = _text(layout.source.name)
        remedy = f"Look on the source for what became of it: SELECT oid, relname, relkind FROM pg_class WHERE relname = {name}"
        return Finding(thing, f"belongs to {_kind(table.old)} where the table to be moved should be", remedy)
    fact = f'belongs to {_kind(table.old)} and "{layout.obsolete}" to {_kind(table.obsolete)}; neither is the table that was copied'
    return Finding(thing, f"{fact} (oid {table.old_oid})", _look("oid::regclass, relkind", [Owners(table, None)]))


def _astray(facts: Facts, each: Owners) -> Finding:
    where = "the new table" if each.is_handed_over else "the old table"
    stage = facts.stage.words if facts.stage else ""
    fact = f'stands for {where}, which does not fit the stage "{stage}": somebody renamed it, or the ledger is older than the source'
    return Finding(f'name "{each.table.layout.source}" on the source', fact, _look("oid::regclass, relkind", [each]))


def _other_names(facts: Facts, should: Expected, table: Table) -> Iterator[Finding]:
    layout = table.layout
    if should.tables is Should.MUST and (table.new is None or table.new.kind != "table"):
        fact = f"should be the new table on the target and is {_kind(table.new)}"
        yield Finding(f'name "{layout.target}"', fact, "Find out who dropped or renamed it; the migration can't go on without it")
    if table.view and should.views is Should.MUST and (table.viewed is None or table.viewed.kind != "view"):
        fact = f"should be the compatibility view on the target and is {_kind(table.viewed)}"
        yield Finding(f'name "{table.view}"', fact, _view_remedy(facts))
    if table.view and should.views is Should.NOT and table.viewed and table.viewed.kind == "view":
        fact = "is a view on the target, where none should be at this stage"
        yield Finding(f'name "{table.view}"', fact, "See whether old code still reads it before anybody drops it; contract.drop_views does")
    if should.names is Names.NEW and not facts.in_place and table.old:
        fact = f"stands for {_kind(table.old)} on the source, though the service was handed over: writers that were not moved may use it"
        yield Finding(f'name "{layout.source}"', fact, "Find out who made it, and point its users to the target")


def _view_remedy(facts: Facts) -> str:
    if service(facts) is Names.NEW:
        return "Old code fails without it. Make it again with the columns of the report, or point the old code to the new table"
    return f"No step makes it a second time. {way_out(facts)}"


def _kind(owner: Occupant | None) -> str:
    return f"a {owner.kind} (oid {owner.oid})" if owner else "nothing"


def _text(value: str) -> str:
    """A value as a person types it into SQL."""
    return "'" + value.replace("'", "''") + "'"


# ---- what must be there


def _missing(facts: Facts, should: Expected) -> Iterator[Finding]:
    for table in facts.tables:
        yield from _capture(facts, should, table)
    yield from _guards(facts, should)
    if facts.source and should.logs is Should.MUST and not any(each.kind == HEARTBEAT for each in facts.source.kept):
        fact = "is gone; no window can be carried"
        yield Finding(f'table "airlift.{facts.migration}_heartbeat" on the source', fact, way_out(facts))


def _capture(facts: Facts, should: Expected, table: Table) -> Iterator[Finding]:
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
    if len(found) < 2:
        names = ", ".join(f'"{each.name}"' for each in found) or "none"
        fact = f"are not all there ({names} of 2); what changes is noted nowhere"
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


# ---- what must not be there


def _leftovers(facts: Facts, should: Expected) -> Iterator[Finding]:
    for side in facts.sides:
        for trigger in side.triggers:
            if _is_left_trigger(should, facts, side, trigger):
                yield _left_trigger(facts, side, trigger)
        for kept in side.kept:
            if _is_left(should, facts, side, kept.kind, made=should.logs):
                yield _left_object(facts, side, kept)


def _is_left_trigger(should: Expected, facts: Facts, side: Side, trigger: Installed) -> bool:
    if trigger.kind == GUARD:
        return _guarding(should, facts, side, trigger) is Should.NOT
    return _is_left(should, facts, side, trigger.kind, made=should.triggers)


def _guarding(should: Expected, facts: Facts, side: Side, trigger: Installed) -> Should:
    """Whether the table that a guard is on should have one. Two servers may give a new table and an old one the same oid."""
    is_target, is_source = facts.in_place or side is facts.target, facts.in_place or side is facts.source
    if is_target and any(table.new and table.new.oid == trigger.oid for table in facts.tables):
        return should.guard
    if is_source and any(owner and owner.oid == trigger.oid for table in facts.tables for owner in (table.old, table.obsolete)):
        return should.shut
    return Should.MAY if facts.source is None and facts.in_place else Should.NOT


_HOME = {
    **dict.fromkeys((CAPTURE, HEARTBEAT, WAY_BACK, UNRETURNED), "source"),
    **dict.fromkeys((BACK, HEARTBEAT_BACK, UNVERIFIED, VIEW), "target"),
}
"""Where each kind belongs; a guard's function belongs to both."""
_OF_THE_WAY_BACK = (BACK, HEARTBEAT_BACK, WAY_BACK, UNRETURNED)


def _is_left(should: Expected, facts: Facts, side: Side, kind: str, *, made: Should) -> bool:
    """Whether something of a kind should not be on this side at this stage. `made` is whether what captures the old tables should."""
    is_home = facts.in_place or side is (facts.source if _HOME.get(kind) == "source" else facts.target)
    if is_over(facts) or (kind in _HOME and not is_home):
        return True
    if kind in _OF_THE_WAY_BACK:
        return should.back is Should.NOT
    if kind == VIEW:
        return should.views is Should.NOT
    return kind in (CAPTURE, HEARTBEAT) and made is Should.NOT


def is_over(facts: Facts) -> bool:
    """Whether nothing of ours is needed any more: cleaned up, or no ledger knows the migration."""
    return facts.stage in (None, Stage.CLEANED_UP)


def is_droppable(facts: Facts, side: Side, left: Installed | Kept) -> bool:
    """Whether a leftover may be dropped without a person: nobody works with it, and nothing is lost with it.

    What a trigger calls or writes stays as long as the trigger does.
    """
    if not is_over(facts) or facts.at_work or facts.source is None or left.kind == VIEW:
        return False
    if facts.stage == Stage.CLEANED_UP:
        return True
    if isinstance(left, Installed):
        return left.kind == CAPTURE and not _holds(facts, CAPTURE)
    is_called = any(each.kind == left.kind and not is_droppable(facts, side, each) for each in side.triggers)
    return not is_called and not _holds(facts, *_RECORDS.get(left.kind, ()))


_RECORDS = {
    CAPTURE: (CAPTURE,),
    HEARTBEAT: (CAPTURE,),
    BACK: (BACK,),
    HEARTBEAT_BACK: (BACK,),
    WAY_BACK: (WAY_BACK, BACK),
    UNRETURNED: (UNRETURNED,),
}
"""What goes without a ledger only where none of these kinds holds anything: a log is read from the position that another table has."""


def _holds(facts: Facts, *kinds: str) -> bool:
    """Whether a table of one of the kinds may hold the only record of something."""
    return any(kept.kind in kinds and kept.name in side.filled for side in facts.sides for kept in side.kept)


def _left_trigger(facts: Facts, side: Side, trigger: Installed) -> Finding:
    thing = f'trigger "{trigger.name}" of table "{trigger.table}" on {side.where}'
    may = is_droppable(facts, side, trigger)
    return Finding(thing, _why_left(facts), _left_remedy(facts, trigger, may=may), Repair.LEFTOVERS if may else None)


def _left_object(facts: Facts, side: Side, kept: Kept) -> Finding:
    thing = f'{"function" if kept.is_function else "table"} "airlift.{kept.name}" on {side.where}'
    may = is_droppable(facts, side, kept)
    return Finding(thing, _why_left(facts), _left_remedy(facts, kept, may=may), Repair.LEFTOVERS if may else None)


def _why_left(facts: Facts) -> str:
    if facts.stage is None:
        return f'belongs to migration "{facts.migration}", which the ledger on the target does not know'
    if facts.stage == Stage.CLEANED_UP:
        return "was left behind by a migration that is cleaned up"
    return f'should not be there at the stage "{facts.stage.words}"'


def _left_remedy(facts: Facts, left: Installed | Kept, *, may: bool) -> str:
    if may:
        return "Have it dropped from here: triggers first, then functions, then logs"
    if not is_over(facts):
        if isinstance(left, Installed) and left.kind == GUARD and _keeps_service_out(facts, left):
            return f'It keeps the service out. If the service should run there: DROP TRIGGER "{left.name}" ON {left.table}'
        return "Find out who made it. Nothing of a migration under way is dropped from here"
    if facts.at_work:
        return "Sessions of this migration are still connected, so nothing is dropped. Look again when they are gone"
    if facts.source is None:
        return "Nothing is dropped as long as the source can't be looked at"
    if left.kind == VIEW:
        return "Old code may use the view that it belongs to, so a person decides. When nobody does, drop the view, then the function"
    if left.kind == GUARD:
        return "It keeps others from a table that may be half filled, so a person decides: drop that table, or only the trigger"
    if left.kind in (BACK, HEARTBEAT_BACK):
        return "It may hold the only record of what was written to the target, so a person decides. Look into it, then drop it"
    return "It may hold the only record of how far the way back is, or of what differs, so a person decides. Look into it, then drop it"


def _keeps_service_out(facts: Facts, guard: Installed) -> bool:
    has = service(facts)
    is_on_new = any(table.new and table.new.oid == guard.oid for table in facts.tables)
    return has is (Names.NEW if is_on_new else Names.OLD)


# ---- the proof, the positions, and who is in the way


def _proof(facts: Facts, should: Expected) -> Iterator[Finding]:
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
        if table.changed and table not in open_ and not list(_capture(facts, should, table)):
            by_words.setdefault("; ".join(table.changed), []).append(str(table.layout.source))
    number = facts.comparison.no if facts.comparison else 0
    for words, names in by_words.items():
        fact = f"{'are' if len(names) > 1 else 'is'} not what comparison {number} rests on any more: {words}"
        yield Finding(some(names), fact, f"{_ANEW}. {_COLUMNS}, or {or_way_out(facts)}" if _IN_COLUMNS in words else _ANEW)


_IN_COLUMNS = WORDS["columns"].partition("{")[0]
_COLUMNS = "Where columns changed, no comparison helps: undo that"
_ANEW = "The cutover compares all rows anew by itself before any writer waits; to have that done before it, clear sync.validate"


def _positions(facts: Facts) -> Iterator[Finding]:
    if facts.place.is_pruned_beyond:
        fact = "were pruned beyond the ledger's position: the ledger is older than the logs, as after a restore of the target"
        yield Finding("the change logs on the source", fact, f"Nothing can be carried. {way_out(facts)}")
    waiting = sum(table.waiting or 0 for table in facts.tables)
    is_carrying = facts.stage is not None and facts.is_going_on and Stage.IN_SYNC <= facts.stage <= Stage.VIEWS_CREATED
    if is_carrying and waiting and (facts.place.ahead or 0) > judge_back.BEHIND_SECONDS and not facts.at_work:
        fact = f"are {facts.place.ahead:,.0f} s ahead of the target with {waiting:,} changes, and nobody carries them"
        remedy = "Clear sync.keep_in_sync: the lag only grows, and the logs with it"
        yield Finding("the change logs on the source", fact, f"{remedy}. Or {or_way_out(facts)}" if facts.is_void else remedy)


def _in_the_way(facts: Facts, should: Expected) -> Iterator[Finding]:
    if should.names is Names.ANY:
        return
    sender = facts.target if should.names is Names.NEW or facts.stage == Stage.ROLLING_BACK else facts.source
    if sender:
        where = "source" if sender is facts.source else "target"
        waits = "triggers, watermark and cutover wait" if where == "source" else "a roll back waits"
        for name, whose in sender.prepared:
            fact = f"waits on the {where} ({whose}); {waits} for its end, and vacuum with them"
            yield Finding(f'prepared transaction "{name}"', fact, f"Commit it, or roll it back: ROLLBACK PREPARED {_text(name)}")
    tables = {owner.oid: name for table in facts.tables for owner, name in _owned(table)}
    for side in facts.sides:
        for each in side.blocked:
            remedy = "If that does not end by itself, end the one in front: SELECT pg_terminate_backend(<its process>)"
            yield Finding(f'a lock on table "{tables.get(each.oid)}"', f"is waited for: {each.words}", remedy)
        for each in side.old_transactions if should.names is not Names.NEW else ():
            fact = f"is held by {each.words}; the cutover gives up as long as it is"
            remedy = "Wait for it, or end that session: SELECT pg_terminate_backend(<its process>)"
            yield Finding(f'table "{tables.get(each.oid)}"', fact, remedy)


def _owned(table: Table) -> Iterator[tuple[Occupant, str]]:
    for owner, name in ((table.old, table.layout.source), (table.obsolete, table.layout.obsolete), (table.new, table.layout.target)):
        if owner:
            yield owner, str(name)
