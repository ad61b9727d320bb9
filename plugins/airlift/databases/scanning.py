"""Look for the values of a table that the other side can't hold. Knows no engine: what reads is given."""

from collections.abc import Callable, Mapping, Sequence

from airlift.databases.examined import Misfit, Unfit

SHOWN = 60
"""Characters of a value that doesn't fit: enough to find it again."""


def misfits(
    conditions: Mapping[str, Sequence[Unfit]],
    *,
    counted: Callable[[str], Sequence[int]],
    examples: Callable[[str, str], list[tuple[list[str], str]]],
) -> list[Misfit]:
    """What there is of each of the conditions, which stand under the column that they are about.

    `counted` reads SQL over the whole table, once for all of them; `examples` finds rows of a column and a condition that has any.
    """
    asked = [(column, unfit) for column, found in conditions.items() for unfit in found]
    if not asked:
        return []
    rows = counted(", ".join(f"COUNT(CASE WHEN {unfit.condition} THEN 1 END)" for _, unfit in asked))
    return [
        Misfit(column, unfit.fact, unfit.remedy, count, examples(column, unfit.condition))
        for (column, unfit), count in zip(asked, rows, strict=True)
        if count
    ]
