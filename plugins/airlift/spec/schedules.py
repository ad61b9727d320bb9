"""The form of cron expressions. A wrong one would break the DAG file, and with it every other migration's DAGs."""

import re
from typing import Final

from airlift.spec.problems import shown

_PRESETS: Final = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# minute, hour, day of the month, month, day of the week: the lowest and highest number, and the names of numbers
_FIELDS: Final[tuple[tuple[int, int, dict[str, int]], ...]] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 7, {name: number for number, name in enumerate(_DAYS)}),
)
_ITEM = re.compile(r"(?:\*|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([1-9][0-9]?))?")


def schedule(text: str) -> str:
    """Return the text if it is a cron expression of five fields or a preset. Raises ValueError otherwise."""
    fields = text.split()
    if text in _PRESETS or (len(fields) == len(_FIELDS) and all(map(_fits, fields, _FIELDS))):
        return text
    expected = f"a cron expression of five fields such as `0 3 * * sun`, or one of {', '.join(_PRESETS)}"
    raise ValueError(f"is {shown(text)}; expected {expected}")


def _fits(field: str, limits: tuple[int, int, dict[str, int]]) -> bool:
    return all(_item_fits(item, limits) for item in field.lower().split(","))


def _item_fits(item: str, limits: tuple[int, int, dict[str, int]]) -> bool:
    low, high, names = limits
    found = _ITEM.fullmatch(item)
    if found is None:
        return False
    ends = [names.get(end, int(end) if end.isdigit() else -1) for end in found.groups()[:2] if end]
    return all(low <= end <= high for end in ends) and ends == sorted(ends)
