"""The names that a migration takes: short enough, free, and not wanted twice."""

from collections.abc import Iterator

from airlift.databases import CaptureNames
from airlift.phases.prepare.checks.finding import Finding, refused
from airlift.phases.prepare.checks.situation import Moved, Side, Situation
from airlift.spec import TableName


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the names that can't be taken."""
    on_source, on_target = _wanted(situation)
    if situation.in_place:
        yield from _side(situation.source, [*on_source, *on_target])
    else:
        yield from _side(situation.source, on_source)
        yield from _side(situation.target, on_target)
    for moved in situation.fit:
        yield from _columns(situation, moved)
    yield from _triggers(situation)


def _wanted(situation: Situation) -> tuple[list[tuple[TableName, str]], list[tuple[TableName, str]]]:
    """The names on either side, each with what takes it."""
    on_source: list[tuple[TableName, str]] = []
    on_target: list[tuple[TableName, str]] = []
    for moved in situation.fit:
        on_source.append((moved.obsolete, f"the old {moved} gets it after the switch"))
        if moved.existing is None:
            on_target.append((moved.target, f"the new table of {moved} gets it"))
        if moved.is_renamed and situation.in_place:
            view = TableName(moved.target.schema, f"{moved.name.name}_compat")
            on_target.append((view, f"the compatibility view of {moved} has it before the switch"))
        elif moved.is_renamed:
            on_target.append((TableName(moved.target.schema, moved.name.name), f"the compatibility view of {moved} gets it"))
    return on_source, on_target


def _side(side: Side, wanted: list[tuple[TableName, str]]) -> Iterator[Finding]:
    longest = side.database.longest_name
    with side.asking():
        occupants = side.database.examination.occupants(side.session, [name for name, _ in wanted])
    seen: dict[TableName, str] = {}
    for name, purpose in wanted:
        thing = f'name "{name}"'
        length = len(name.name.encode())
        if length > longest:
            yield refused(thing, f"has {length} bytes of {longest} at most; {purpose}", _another(purpose))
        elif name in occupants:
            yield refused(thing, f"is taken on {side.where} by {occupants[name]}; {purpose}", f"Rename that, or {_lower(purpose)}")
        elif name in seen:
            yield refused(thing, f"is needed twice: {seen[name]}, and {purpose}", "Give one of the two another name with `to`")
        seen.setdefault(name, purpose)


def _another(purpose: str) -> str:
    return "Choose a shorter name with `to`" if purpose.startswith("the new") else "Give the old table a shorter name first"


def _lower(purpose: str) -> str:
    return "choose another name with `to`" if purpose.startswith("the new") else "leave the table out with `skip: true`"


def _columns(situation: Situation, moved: Moved) -> Iterator[Finding]:
    longest = situation.target.database.longest_name
    for name in moved.old.choice.table.columns:
        length = len(name.encode())
        if length > longest:
            thing = f'column "{name}" of new table "{moved.target}"'
            yield refused(thing, f"has a name of {length} bytes of {longest} at most", "Choose a shorter name")


def _triggers(situation: Situation) -> Iterator[Finding]:
    longest = situation.source.database.longest_name
    made = situation.source.database.capture.triggers(CaptureNames(situation.spec.name, len(situation.moved)))
    if any(len(name) > longest for name in made):
        yield refused(f'migration "{situation.spec.name}"', "has too long a name for its triggers", "Choose a shorter name")
