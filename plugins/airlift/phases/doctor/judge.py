"""From what is there and what should be there to what is wrong, and what a person does next. Pure: asks no server."""

from collections.abc import Iterator
from dataclasses import dataclass

from airlift.databases.examined import Installed, Kept, Occupant
from airlift.ledger import Stage
from airlift.phases.doctor.examine import Facts, Side, Table
from airlift.phases.doctor.expected import CAPTURE, EARLY, GUARD, HEARTBEAT, UNVERIFIED, VIEW, Expected, Names, Should, expected
from airlift.phases.doctor.finding import Finding, Repair
from airlift.phases.sync.premises import WORDS
from airlift.spec.durations import duration_text

CUTOVER = "cutover.rename"
BEHIND_SECONDS = 60.0
"""How far the position may be behind, with changes waiting and nobody at work, before a person is told."""
MOST_NAMES = 5
"""So many tables are named where all have the same trouble."""
MOVING_SECONDS = 60.0
"""How long the services may take to be moved after the decision before a person is told."""
_START_OVER = "Reject the gate cutover.approve, which leaves the source as it was, and start over"


def _or_over() -> str:
    return _START_OVER[:1].lower() + _START_OVER[1:]



@dataclass(frozen=True)
class Owners:
    """Who owns the old name of one table: True for the new table, False for the old one, None where it can't be told."""

    table: Table
    is_handed_over: bool | None


def findings(facts: Facts) -> list[Finding]:
    """All that is not as it should be, the most pressing first."""
    should = expected(facts.stage)
    if any(side.moved_to for side in facts.sides):
        # nothing that is there, or is not, says anything of the migration
        return list(_servers(facts))
    return [
        *_servers(facts),
        *_attempts(facts),
        *(_names(facts, should) if facts.source is not None and facts.standing else ()),
        *_missing(facts, should),
        *_leftovers(facts, should),
        *_proof(facts, should),
        *_positions(facts),
        *_in_the_way(facts, should),
    ]


def owners(facts: Facts) -> list[Owners]:
    """Who owns each old name, by oid where a comparison has read it: a name alone proves nothing."""
    return [Owners(table, _is_handed_over(table)) for table in facts.tables]


def _is_handed_over(table: Table) -> bool | None:
    if table.old_oid is None:
        return False if table.old and table.old.kind == "table" and table.obsolete is None else None
    if table.old and table.old.oid == table.old_oid:
        return False
    return True if table.obsolete and table.obsolete.oid == table.old_oid else None


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
        yield Finding(f'the spec of migration "{facts.migration}"', fact, "Undo the edit, or reject the gate and start over")


def _attempts(facts: Facts) -> Iterator[Finding]:
    is_at_work = any(session.task == CUTOVER for session in facts.at_work)
    for each in facts.attempts:
        if each["state"] == "begun" and not is_at_work:
            yield _dead(facts, each["no"])
        elif each["state"] == "deciding":
            yield from _undecided(facts, each["no"], is_at_work=is_at_work or facts.may_decide)
    if facts.stage == Stage.OPENING and all(each["state"] != "deciding" for each in facts.attempts):
        fact = 'stands at "opening" without an attempt that is deciding, which no step of ours leaves'
        yield Finding(f'migration "{facts.migration}"', fact, "Look at: SELECT * FROM airlift.attempts ORDER BY no, on the target")
    if facts.stage == Stage.SWITCHED and facts.stage_seconds > MOVING_SECONDS:
        fact = f"was handed over {facts.stage_seconds:,.0f} s ago, and that the services were moved is not noted yet"
        yield Finding("the name", fact, "See the log of cutover.rename, mend what moves the services, and clear that task")


def _dead(facts: Facts, number: int) -> Finding:
    fact = "was begun and its process is gone; nothing was decided, and services that it held may still be waiting"
    may_repair = facts.stage == Stage.VIEWS_CREATED and facts.source is not None
    remedy = "Clear cutover.rename, which gives it up, lets the services go on and tries again"
    if facts.stage is not None and facts.stage >= Stage.SWITCHED:
        remedy = "Another attempt handed the name over since; see that no process of this one is alive, and leave it"
    remedy = f"{remedy}; or have it given up from here" if may_repair else remedy
    return Finding(f"attempt {number}", fact, remedy, Repair.ATTEMPTS if may_repair else None)


def _undecided(facts: Facts, number: int, *, is_at_work: bool) -> Iterator[Finding]:
    thing = f"attempt {number}"
    if facts.source is None:
        fact = "is not decided as far as the ledger knows, and who owns the name on the source can't be seen from here"
        yield Finding(thing, fact, "Make the source reachable; don't send anybody to the target before")
    elif is_at_work:
        yield Finding(thing, "is deciding right now: its process is still connected", "Wait some seconds and look again")
    elif facts.stage != Stage.OPENING:
        fact = f'is noted as deciding, but the migration stands at "{facts.stage.words if facts.stage else "nothing"}"'
        yield Finding(thing, fact, "Look at: SELECT * FROM airlift.attempts ORDER BY no, on the target")
    else:
        yield from _after_a_crash(facts, thing)


def _after_a_crash(facts: Facts, thing: str) -> Iterator[Finding]:
    handed = {each.is_handed_over for each in owners(facts)}
    if handed == {True}:
        fact = "was decided before its process died: the source's names were handed over, and the ledger does not know it yet"
        yield Finding(thing, fact, f"{_again()}, and moves the services to the target", Repair.UNDECIDED)
    elif handed == {False} and (written := _written(facts)):
        fact = (
            "was not decided, the source owns the service, and meanwhile somebody wrote the target, which was open: the keys are in "
            f"{', '.join(written)}"
        )
        remedy = (
            "Decide which side's rows are right, make the target's equal to the source's, empty those tables and clear cutover.rename. "
            "From here the target can be shut, so that nothing more is written to it"
        )
        yield Finding(thing, fact, remedy, Repair.UNDECIDED)
    elif handed == {False}:
        open_ = "" if facts.in_place else ", and the target is open"
        fact = f"was announced and not decided before its process died: the source owns the service{open_}"
        yield Finding(thing, fact, f"{_again()}; or have it given up from here", Repair.UNDECIDED)
    # what is left is Ambiguous, and is told of each name


def _again() -> str:
    return "Clear cutover.rename: it looks who owns the name and goes on from there"


def _written(facts: Facts) -> list[str]:
    return [f'"airlift.{name}"' for name in sorted(facts.target.filled)]


# ---- names


def _names(facts: Facts, should: Expected) -> Iterator[Finding]:
    if should.names is Names.ANY:
        return
    found = owners(facts)
    for each in found:
        if each.is_handed_over is None:
            yield _lost(each.table)
        elif should.names is not Names.UNDECIDED and each.is_handed_over != (should.names is Names.NEW):
            yield _astray(facts, each)
    if len({each.is_handed_over for each in found} - {None}) > 1:
        fact = "are handed over only in part, which no commit of ours does"
        yield Finding("the old names on the source", fact, _look("oid::regclass, relkind", found))
    for table in facts.tables:
        yield from _other_names(facts, should, table)


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
        yield Finding(f'name "{table.view}"', fact, _view_remedy(should))
    if table.view and should.views is Should.NOT and table.viewed and table.viewed.kind == "view":
        fact = "is a view on the target, where none should be at this stage"
        yield Finding(f'name "{table.view}"', fact, "See whether old code still reads it before anybody drops it; contract.drop_views does")
    if should.names is Names.NEW and not facts.in_place and table.old:
        fact = f"stands for {_kind(table.old)} on the source, though the service was handed over: writers that were not moved may use it"
        yield Finding(f'name "{layout.source}"', fact, "Find out who made it, and point its users to the target")


def _view_remedy(should: Expected) -> str:
    if should.names is Names.NEW:
        return "Old code fails without it. Make it again with the columns of the report, or point the old code to the new table"
    return f"No step makes it a second time. {_START_OVER}"


def _kind(owner: Occupant | None) -> str:
    return f"a {owner.kind} (oid {owner.oid})" if owner else "nothing"


def _text(value: str) -> str:
    """A value as a person types it into SQL."""
    return "'" + value.replace("'", "''") + "'"


# ---- what must be there


def _missing(facts: Facts, should: Expected) -> Iterator[Finding]:
    for table in facts.tables:
        yield from _capture(facts, should, table)
        if should.early is Should.MUST and not facts.in_place:
            yield from _early(facts, table)
    if should.guard is Should.MUST:
        yield from _guards(facts)
    if facts.source and should.logs is Should.MUST and not any(each.kind == HEARTBEAT for each in facts.source.kept):
        yield Finding(f'table "airlift.{facts.migration}_heartbeat" on the source', "is gone; no window can be carried", f"{_START_OVER}")


def on(side: Side | None, table: Table, kind: str) -> list[Installed]:
    """Our triggers of a kind on a table: on the old one if they capture, else on the new one."""
    old = {each.oid for each in (table.old, table.obsolete) if each}
    new = {table.new.oid} if table.new else set()
    wanted = old if kind == CAPTURE else new
    return [each for each in (side.triggers if side else ()) if each.kind == kind and each.oid in wanted]


def log_of(facts: Facts, table: Table) -> Kept | None:
    """The change log of a table, if it is there."""
    name = f"{facts.migration}_{CAPTURE}_{table.layout.no}"
    return next((each for each in (facts.source.kept if facts.source else ()) if each.name == name and not each.is_function), None)


def _capture(facts: Facts, should: Expected, table: Table) -> Iterator[Finding]:
    if facts.source is None or (table.old is None and table.obsolete is None):
        return
    found, thing = on(facts.source, table, CAPTURE), f'of table "{table.layout.source}"'
    log = log_of(facts, table)
    weak = [each for each in found if not each.is_always]
    if found and log is None:
        fact = "is gone and its triggers are there: every write of that table fails"
        remedy = f"Drop the triggers now, so that the service goes on: {_drop(found)}"
        yield Finding(f"the change log {thing}", fact, remedy if is_over(facts) else f"{remedy}. Then {_or_over()}")
    if should.triggers is not Should.MUST:
        return
    if log is None and not found:
        yield Finding(f"the change log {thing}", "is gone; what changed since is noted nowhere", _START_OVER)
    if len(found) < 2:
        names = ", ".join(f'"{each.name}"' for each in found) or "none"
        fact = f"are not all there ({names} of 2); what changes is noted nowhere"
        yield Finding(f"the capture triggers {thing}", fact, _START_OVER)
    for each in weak:
        state = "is disabled" if each.is_off else "does not fire in every session"
        fact = f"{state}; what changes meanwhile is noted nowhere, and who disabled it may have had a reason"
        remedy = (
            f'Find out why, then: ALTER TABLE {table.layout.source} ENABLE ALWAYS TRIGGER "{each.name}"; and clear sync.validate, which '
            f"names the keys that were missed: a row that is touched on the source is carried anew. Or {_or_over()}"
        )
        yield Finding(f'trigger "{each.name}" {thing}', fact, remedy)


def _drop(found: list[Installed]) -> str:
    return ", then ".join(f'run DROP TRIGGER "{each.name}" ON {each.table}' for each in found)


def unguarded(facts: Facts) -> list[Table]:
    """The new tables that are there and that no guard shuts."""
    return [
        table
        for table in facts.tables
        if table.new and table.new.kind == "table" and not any(each.is_always for each in on(facts.target, table, GUARD))
    ]


def _guards(facts: Facts) -> Iterator[Finding]:
    names = _some([str(table.layout.target) for table in unguarded(facts)])
    if names:
        fact = "is missing or disabled: at this stage others may write the target"
        remedy = "Have it put back from here. The next comparison finds what somebody wrote meanwhile, and the cutover makes one by itself"
        yield Finding(f"the guard of {names}", fact, remedy, Repair.GUARD)


def _some(names: list[str]) -> str:
    """Tables by name, as many as a person reads."""
    shown = ", ".join(f'"{name}"' for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"table{'s' if len(names) > 1 else ''} {shown}{more}" if names else ""


def _early(facts: Facts, table: Table) -> Iterator[Finding]:
    if table.new is not None and len([each for each in on(facts.target, table, EARLY) if each.is_always]) < 2:
        fact = "are not all there and enabled: after a crash beside the decision it could not be told whether somebody wrote it early"
        yield Finding(f'the triggers that note early writes of "{table.layout.target}"', fact, _START_OVER)


# ---- what must not be there


def _leftovers(facts: Facts, should: Expected) -> Iterator[Finding]:
    for side in facts.sides:
        for trigger in side.triggers:
            if _is_left(should, facts, side, trigger.kind, is_trigger=True):
                yield _left_trigger(facts, side, trigger)
        for kept in side.kept:
            if _is_left(should, facts, side, kept.kind, is_trigger=False):
                yield _left_object(facts, side, kept)
    if should.guard is Should.MUST:
        known = {table.new.oid for table in facts.tables if table.new}
        for trigger in facts.target.triggers:
            if trigger.kind == GUARD and trigger.oid not in known:
                yield _left_trigger(facts, facts.target, trigger)


def _is_left(should: Expected, facts: Facts, side: Side, kind: str, *, is_trigger: bool) -> bool:
    """Whether a trigger or an object of a kind should not be on this side at this stage."""
    is_source, is_target = side is facts.source or facts.in_place, side is facts.target or facts.in_place
    if kind in (CAPTURE, HEARTBEAT):
        return (should.triggers if is_trigger else should.logs) is Should.NOT or not is_source
    if kind == EARLY:
        return should.early is Should.NOT or not is_target or facts.in_place
    if kind == GUARD:
        return (should.guard is Should.NOT and (is_trigger or is_over(facts))) or not is_target
    if kind == VIEW:
        return should.views is Should.NOT or is_over(facts) or not is_target
    return kind != UNVERIFIED or is_over(facts) or not is_target


def is_over(facts: Facts) -> bool:
    """Whether nothing of ours is needed any more: cleaned up, or no ledger knows the migration."""
    return facts.stage in (None, Stage.CLEANED_UP)


def is_droppable(facts: Facts, side: Side, left: Installed | Kept) -> bool:
    """Whether a leftover may be dropped without a person: nobody works with it, and nothing is lost with it.

    What a trigger calls or writes stays as long as the trigger does.
    """
    if not is_over(facts) or facts.at_work or facts.source is None or left.kind == VIEW:
        return False
    is_known = facts.stage == Stage.CLEANED_UP
    if isinstance(left, Installed):
        return is_known or left.kind == CAPTURE
    is_called = any(each.kind == left.kind and not is_droppable(facts, side, each) for each in side.triggers)
    return not is_called and (is_known or left.kind != EARLY or not side.filled)


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
        if left.kind == GUARD and isinstance(left, Installed) and expected(facts.stage).names is Names.NEW:
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
    return "It may hold the only record of what was written to the target, so a person decides. Look into it, then drop it"


# ---- the proof, the positions, and who is in the way


def _proof(facts: Facts, should: Expected) -> Iterator[Finding]:
    if should.names is Names.NEW or is_over(facts):
        return
    for table in facts.tables:
        thing = f'table "{table.layout.source}"'
        if table.differing:
            fact = f'has {table.differing:,} keys whose rows differ between both sides, so the cutover refuses: see the table "airlift.'
            fact += f'{facts.migration}_unverified_{table.layout.no}" on the target'
            yield Finding(thing, fact, "Find out who wrote them, mend the rows and clear sync.validate; or start over")
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
        yield Finding(_some(names), fact, f"{_ANEW}. {_COLUMNS}" if _IN_COLUMNS in words else _ANEW)


_IN_COLUMNS = WORDS["columns"].partition("{")[0]
_COLUMNS = "Where columns changed, no comparison helps: undo that, or reject the gate cutover.approve and start over"
_ANEW = "The cutover compares all rows anew by itself before any writer waits; to have that done before it, clear sync.validate"


def _positions(facts: Facts) -> Iterator[Finding]:
    if facts.place.is_pruned_beyond:
        fact = "were pruned beyond the ledger's position: the ledger is older than the logs, as after a restore of the target"
        yield Finding("the change logs on the source", fact, f"Nothing can be carried. {_START_OVER}")
    waiting = sum(table.waiting or 0 for table in facts.tables)
    is_carrying = facts.stage is not None and Stage.IN_SYNC <= facts.stage <= Stage.VIEWS_CREATED
    if is_carrying and waiting and (facts.place.ahead or 0) > BEHIND_SECONDS and not facts.at_work:
        fact = f"are {facts.place.ahead:,.0f} s ahead of the target with {waiting:,} changes, and nobody carries them"
        yield Finding("the change logs on the source", fact, "Clear sync.keep_in_sync: the lag only grows, and the logs with it")


def _in_the_way(facts: Facts, should: Expected) -> Iterator[Finding]:
    if should.names is Names.ANY:
        return
    source = facts.source
    if source and should.names is not Names.NEW:
        for name, whose in source.prepared:
            fact = f"waits on the source ({whose}); triggers, watermark and cutover wait for its end, and vacuum with them"
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
