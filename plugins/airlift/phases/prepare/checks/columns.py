"""The columns: that each has a place, that the servers understand what the spec says of it, and what the view can't write."""

import difflib
from collections.abc import Iterable, Iterator

from airlift.databases.examined import Draft
from airlift.databases.shapes import Layout
from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Moved, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield what is wrong with the columns of each table."""
    for moved in situation.fit:
        misnamed = dict(_misnamed(moved))
        yield from misnamed.values()
        if moved.draft is not None:
            yield from _drafted(moved, moved.draft, misnamed)
            if moved.old.relation.is_owner:
                yield from _filled(situation, moved, moved.draft)
        if moved.existing is None:
            yield from _translated(moved)
        yield from _large_objects(situation, moved)


def _misnamed(moved: Moved) -> Iterator[tuple[str, Finding]]:
    """What the spec says of columns that there aren't, by the column's name."""
    names = [column.name for column in moved.old.columns]
    table = moved.old.choice.table
    for name in table.drop:
        if name not in names:
            yield name, refused(f'column "{name}" of {moved}', "does not exist and can't be dropped", _did_you_mean(name, names))
    for name, how in table.columns.items():
        thing = f'column "{name}" of new table "{moved.target}"'
        if how.from_ is not None and how.from_ not in names:
            yield name, refused(thing, f'is made from "{how.from_}", which {moved} does not have', _did_you_mean(how.from_, names))
        elif how.type is not None and not (how.using or how.from_ or how.add) and name not in names:
            fact = f"has a type, but {moved} has no column of that name to fill it"
            yield name, refused(thing, fact, "Give it `from`, `using` or `add`")


def _did_you_mean(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f'Perhaps "{close[0]}" is meant' if close else f"Its columns are {_listed(names)}"


def _drafted(moved: Moved, draft: Draft, misnamed: Iterable[str | None]) -> Iterator[Finding]:
    """What the target's server says against the new table, and what it makes of it."""
    homeless = _homeless(moved, draft)
    yield from homeless
    for objection in draft.objections:
        if objection.column in misnamed or (homeless and objection.column is None):
            continue
        if objection.column is not None:
            thing = f'column "{objection.column}" of new table "{moved.target}"'
            yield refused(thing, f"is not accepted by the target: {objection.reason}", "Correct what the spec says of it")
        else:
            thing = f'new table "{moved.target}"'
            yield refused(thing, f"can't be made for {moved}: {objection.reason}", "Put that right, or make the table yourself")
    for missing in draft.missing:
        yield warning(f'new table "{moved.target}"', f"will lack {missing}", "Create the role first, or grant it after the switch")
    if draft.layout is not None and moved.is_renamed:
        yield from _through_view(moved, draft.layout)
    yield from _unfilled(moved, draft)


def _through_view(moved: Moved, layout: Layout) -> Iterator[Finding]:
    """What old code will find changed when the view has the old name."""
    thing = f"compatibility view of {moved}"
    if layout.lost:
        fact = f"shows NULL in {_listed(layout.lost)}, and does not keep what old code writes there"
        yield warning(thing, fact, "See that no old code needs them after the switch")
    if layout.merged:
        fact = f"shows NULL in {_listed(layout.merged)}; what old code writes there reaches the new columns"
        yield warning(thing, fact, "See that no old code reads them after the switch, or give them `back` where a new column can tell them")
    if layout.needs_triggers:
        fact = "is written through a trigger, for not each of its columns is one of the new table's: ON CONFLICT does not work, and of two "
        fact += "concurrent UPDATEs of one row the second fails with SQLSTATE 40001"
        yield warning(thing, fact, "See that old code repeats such transactions, or locks rows with SELECT ... FOR UPDATE first")


def _translated(moved: Moved) -> Iterator[Finding]:
    """What is otherwise in the new table because the target is of another kind."""
    for note in moved.old.made.notes:
        thing = str(moved) if note.column is None else f'column "{note.column}" of {moved}'
        yield (refused if note.is_refused else warning)(thing, note.fact, note.remedy)


def _homeless(moved: Moved, draft: Draft) -> list[Finding]:
    """The old columns that nothing takes, where the target table was made beforehand."""
    if draft.layout is not None or moved.existing is None:
        return []
    table = moved.old.choice.table
    taken = {how.from_ for how in table.columns.values() if how.from_} | {column.name for column in draft.columns} | set(table.drop)
    read = " ".join(how.using for how in table.columns.values() if how.using)
    lost = [column.name for column in moved.old.columns if not column.generated and column.name not in taken]
    return [
        refused(f'column "{name}" of {moved}', f'has no place in target table "{moved.target}"',
                "Add it there, give it a place with `from` or `using`, or name it under `drop`")
        for name in lost
        if name not in read
    ]  # fmt: skip


def _unfilled(moved: Moved, draft: Draft) -> Iterator[Finding]:
    carried = {each.column for each in draft.layout.carried} if draft.layout else {column.name for column in moved.old.columns}
    table = moved.old.choice.table
    known = {column.name for column in draft.columns}
    for column in draft.columns:
        thing = f'column "{column.name}" of new table "{moved.target}"'
        has_value = column.default_expression is not None or column.generated or column.identity
        if column.name not in carried and column.not_null and not has_value:
            yield refused(thing, "is NOT NULL without a default, and nothing fills it", "Give it a DEFAULT, or fill it with `using`")
    if moved.existing is not None:
        for name in table.columns:
            if name not in known:
                thing = f'column "{name}" of target table "{moved.target}"'
                yield refused(thing, "does not exist there", f"Add it, or correct the spec; its columns are {_listed(known)}")


def _filled(situation: Situation, moved: Moved, draft: Draft) -> Iterator[Finding]:
    """What the source's server says against the expressions that fill the new table."""
    source = situation.source
    layout = draft.layout
    if layout is not None:
        old = {column.name: column.type for column in moved.old.made.columns}
        # a column that is carried as it is needs no trial
        expressions = {each.column: each.expression for each in layout.carried if each.old is None or each.type != old[each.old]}
    else:
        columns = moved.old.choice.table.columns
        expressions = {name: f"({how.using})" for name, how in columns.items() if how.using is not None}
    for objection in source.database.examination.drafts.expressions(source.session, moved.name, expressions):
        thing = f'column "{objection.column}" of new table "{moved.target}"'
        yield refused(thing, f"can't be filled by the source: {objection.reason}", "Correct its `using` or its `type`")
    if layout is not None:
        yield from _changed(moved, draft, layout)


def _changed(moved: Moved, draft: Draft, layout: Layout) -> Iterator[Finding]:
    old = {column.name: column for column in moved.old.made.columns}
    new = {column.name: column for column in draft.columns}
    for carried in layout.carried:
        if carried.old is None:
            continue
        before, after = old[carried.old], new[carried.column]
        thing = f'column "{carried.column}" of target table "{moved.target}"'
        how = moved.old.choice.table.columns.get(carried.column)
        if before.type != after.type and not (how and how.type):
            fact = f"is {after.type}, in the old table {before.type}: what does not fit is cut, rounded or stops the copy"
            yield warning(thing, fact, "Make the types equal, or state the type in the spec to say that it is meant")
        if after.not_null and not before.not_null:
            yield warning(thing, "is NOT NULL, in the old table it is not: one NULL stops the copy", "See that there is none")


def _large_objects(situation: Situation, moved: Moved) -> Iterator[Finding]:
    holds = situation.source.database.examination.holds_large_objects
    for column in moved.old.columns:
        if holds(column) and not situation.in_place and column.name not in moved.old.choice.table.drop:
            fact = f"is of type {column.type}: if these are numbers of large objects, the objects stay behind"
            yield warning(f'column "{column.name}" of {moved}', fact, "Move large objects yourself, or into a bytea column first")


def _listed(names: Iterable[str]) -> str:
    shown = [f'"{name}"' for name in names]
    return ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")
