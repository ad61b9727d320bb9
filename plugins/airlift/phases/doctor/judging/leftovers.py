"""What is there and has no business to be, and whether it may go. Pure: asks no server."""

from collections.abc import Iterator

from airlift.databases.examined import Installed, Kept
from airlift.ledger import Stage
from airlift.phases.doctor.expected import (
    BACK,
    CAPTURE,
    FENCE,
    FENCE_BACK,
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
)
from airlift.phases.doctor.facts import Facts, Side
from airlift.phases.doctor.finding import Finding, Repair
from airlift.phases.doctor.places import service


def leftovers(facts: Facts, should: Expected) -> Iterator[Finding]:
    """What has no business to be there."""
    for side in facts.sides:
        for trigger in side.triggers:
            if _is_left_trigger(should, facts, side, trigger):
                yield _left_trigger(facts, side, trigger)
        for kept in side.kept:
            if _is_left(should, facts, side, kept.kind, made=should.logs):
                yield _left_object(facts, side, kept)


def _is_left_trigger(should: Expected, facts: Facts, side: Side, trigger: Installed) -> bool:
    if trigger.kind == GUARD:
        # on some engines it stays until the end where it is, open
        is_open = trigger.is_off and not is_over(facts)
        return not is_open and _guarding(should, facts, side, trigger) is Should.NOT
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
    **dict.fromkeys((CAPTURE, HEARTBEAT, WAY_BACK, UNRETURNED, FENCE), "source"),
    **dict.fromkeys((BACK, HEARTBEAT_BACK, UNVERIFIED, VIEW, FENCE_BACK), "target"),
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
    thing = f'{kept.form} "airlift.{kept.name}" on {side.where}'
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
        return "Have it dropped from here: triggers first, then functions and views, then logs"
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
