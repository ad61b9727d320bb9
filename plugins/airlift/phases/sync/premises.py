"""What the proof rests on besides the comparison: capture had no hole, the old tables kept their columns, nobody else wrote the target."""

from typing import Any

from airlift.databases import Session
from airlift.databases.shapes import Layout
from airlift.phases.migration import Migration


def premises(m: Migration, source: Session, target: Session, layouts: list[Layout]) -> dict[str, Any]:
    """The catalog rows of our triggers and guards, the tables' heaps and columns and the server's start, as they are now.

    Equal at the beginning of a full comparison and under the fence, they say that nothing went by us between.
    """
    olds, news = [layout.source for layout in layouts], [layout.target for layout in layouts]
    triggers = m.capture_names(layouts[0]).triggers
    return {
        "capture": m.source.capture.evidence(source, olds, triggers),
        "heaps": {str(name): heap for name, heap in m.source.capture.heaps(source, olds).items()},
        "columns": {str(name): columns for name, columns in m.source.capture.columns(source, olds).items()},
        "guard": m.target.capture.evidence(target, news, m.target.definitions.guard_triggers(m.name)),
        "started": m.source.positions.started(m.source.positions.now(source).text),
    }


WORDS = {
    "capture": "our triggers on the source were changed, disabled or dropped",
    "heaps": "a table of the source was rewritten, truncated or replaced",
    "columns": "columns of a table of the source were added, dropped or changed",
    "guard": "the guard on a target table was changed, disabled or dropped",
    "started": "the source was restarted",
}


def broken(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Which premises no longer hold, in words."""
    return [words for name, words in WORDS.items() if before[name] != now[name]]


def are_complete(found: dict[str, Any], layouts: list[Layout]) -> list[str]:
    """Which tables lack a trigger or a guard, are gone or have other columns than when we began, in words; none when all is well."""
    enabled = [each for each in found["capture"] if each["enabled"] == "A"]
    missing = []
    if len(enabled) != 2 * len(layouts):
        missing.append(f"{2 * len(layouts) - len(enabled)} of {2 * len(layouts)} capture triggers are missing or disabled")
    if len([each for each in found["guard"] if each["enabled"] == "A"]) != len(layouts):
        missing.append("a guard is missing or disabled on the target")
    missing += [f'table "{layout.source}" is gone' for layout in layouts if str(layout.source) not in found["heaps"]]
    return missing + [words for layout in layouts if (words := _changed_columns(found["columns"][str(layout.source)], layout))]


def _changed_columns(now: list[list[Any]], layout: Layout) -> str | None:
    """In words, when a table has not the columns of its layout any more: nothing would bring a new one's values."""
    had, has = {(column.name, column.type) for column in layout.old_columns}, {(name, kind) for _, name, kind in now}
    if had == has or not now:
        return None
    changed = ", ".join(f'"{name}" {kind}' for name, kind in sorted(had ^ has))
    return f'table "{layout.source}" has not the columns any more that it had when the migration began (see {changed})'
