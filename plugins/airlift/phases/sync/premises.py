"""What the proof rests on besides the comparison: capture had no hole, the tables kept their columns, nobody else wrote the other side."""

from typing import Any

from airlift.databases import Session
from airlift.databases.shapes import Layout
from airlift.phases.ways import Way


def capturing(way: Way, sending: Session, layouts: list[Layout]) -> dict[str, Any]:
    """The premises that are the sender's alone: the catalog rows of our triggers, heaps and columns, and the server's start.

    What is `attached` to the tables is none: no comparison rests on it. It is read with them because a cutover needs both.
    """
    names, triggers = [layout.source for layout in layouts], way.sender.capture.triggers(way.m.capture_names(layouts[0]))
    found = way.sender.capture.standing(sending, names, triggers)
    heaps = {str(name): heap for name, heap in found.heaps.items()}
    return {
        "capture": found.evidence,
        "attached": {name: heap.pop("attached") for name, heap in heaps.items()},
        "heaps": heaps,
        "columns": {str(name): columns for name, columns in found.columns.items()},
        "started": found.started,
    }


def guarding(way: Way, receiving: Session, layouts: list[Layout]) -> dict[str, Any]:
    """The premises that are the receiver's: the catalog rows of the guards."""
    names, triggers = [layout.target for layout in layouts], way.receiver.definitions.guard_triggers(way.m.name)
    return {"guard": way.receiver.capture.evidence(receiving, names, triggers)}


def premises(way: Way, sending: Session, receiving: Session, layouts: list[Layout]) -> dict[str, Any]:
    """All premises as they are now.

    Equal at the beginning of a full comparison and under the fence, they say that nothing went by us between.
    """
    return {**capturing(way, sending, layouts), **guarding(way, receiving, layouts)}


WORDS = {
    "capture": "our triggers on the {sender} were changed, disabled or dropped",
    "heaps": "a table of the {sender} was rewritten, truncated or replaced",
    "columns": "columns of a table of the {sender} were added, dropped or changed",
    "guard": "the guard on {receiver} table was changed, disabled or dropped",
    "started": "the {sender} was restarted",
}


def broken(way: Way, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Which premises no longer hold, in words."""
    return [words_of(way, name) for name in WORDS if before[name] != now[name]]


def words_of(way: Way, name: str) -> str:
    """In words, that a premise does not hold any more."""
    return WORDS[name].format(sender=way.owner, receiver="an obsolete" if way.is_back else "a target")


def are_complete(way: Way, found: dict[str, Any], layouts: list[Layout]) -> list[str]:
    """Which tables lack a trigger or a guard, are gone or have other columns than when we began, in words; none when all is well."""
    enabled = [each for each in found["capture"] if each["enabled"] == "A"]
    missing = []
    wanted = len(way.sender.capture.triggers(way.m.capture_names(layouts[0]))) * len(layouts)
    if len(enabled) != wanted:
        missing.append(f"{wanted - len(enabled)} of {wanted} capture triggers are missing or disabled")
    guards = len(way.receiver.definitions.guard_triggers(way.m.name)) * len(layouts)
    if len([each for each in found["guard"] if each["enabled"] == "A"]) != guards:
        missing.append(f"a guard is missing or disabled on {way.receiver.where}")
    missing += [f'table "{layout.source}" is gone' for layout in layouts if str(layout.source) not in found["heaps"]]
    if way.is_back:  # what the new tables have gained since is theirs alone, and stays there
        return missing
    return missing + [words for layout in layouts if (words := _changed_columns(found["columns"][str(layout.source)], layout))]


def _changed_columns(now: list[list[Any]], layout: Layout) -> str | None:
    """In words, when a table has not the columns of its layout any more: nothing would bring a new one's values."""
    had, has = {(column.name, column.type) for column in layout.old_columns}, {(name, kind) for _, name, kind in now}
    if had == has or not now:
        return None
    changed = ", ".join(f'"{name}" {kind}' for name, kind in sorted(had ^ has))
    return f'table "{layout.source}" has not the columns any more that it had when the migration began (see {changed})'
