"""The values that the new table could not hold, because the target is of another kind: looked for in all rows."""

from collections.abc import Iterator

from airlift.databases.examined import Misfit
from airlift.phases.prepare.checks.finding import Finding, refused
from airlift.phases.prepare.checks.situation import Moved, Situation

SHOWN = 3
"""Rows that are named of each."""


def check(situation: Situation) -> Iterator[Finding]:
    """Yield them for each column, with the keys of some rows; then what of an index would be one value there."""
    source = situation.source
    for moved in situation.fit:
        if moved.draft is None or moved.draft.layout is None or moved.key is None:
            continue
        yield from _twins(situation, moved)
        conditions = situation.pair.unfit(moved.old.columns, moved.draft.columns, moved.draft.layout)
        if conditions:
            with source.asking():
                found = source.database.examination.unfit_values(source.session, moved.name, moved.key, conditions, most=SHOWN)
            for misfit in found:
                yield _finding(moved, misfit)


def _twins(situation: Situation, moved: Moved) -> Iterator[Finding]:
    if moved.existing is not None:
        return
    source, old = situation.source, moved.old
    for index in situation.pair.twins(old.indexes, old.columns, old.choice.table):
        with source.asking():
            found = source.database.examination.twins(source.session, moved.name, index.expressions, most=SHOWN)
        if found:
            named = ", ".join(repr(", ".join(values)) for values in found)
            fact = f"has rows that the target would take for one, as it compares texts: those with {named}"
            yield refused(f'index "{index.index}" of {moved}', fact, "Change such values, or give the column a `type` with another COLLATE")


def _finding(moved: Moved, misfit: Misfit) -> Finding:
    named = ", ".join(f"{value!r} of key {', '.join(key)}" for key, value in misfit.examples)
    rows = "1 row" if misfit.rows == 1 else f"{misfit.rows:,} rows"
    fact = f"has in {rows} a value that {misfit.fact}: {named}{' and others' if misfit.rows > len(misfit.examples) else ''}"
    return refused(f'column "{misfit.column}" of {moved}', fact, misfit.remedy)
