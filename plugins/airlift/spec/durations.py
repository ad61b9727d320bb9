"""Durations as people write them: 500ms, 2s, 15m, 24h, 7d. Knows nothing of what they are for."""

import re
from typing import Final

from airlift.spec.problems import shown

_MILLISECONDS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_FORM = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
_EXPECTED = "expected a duration: a whole number with ms, s, m, h or d, such as `500ms` or `24h`"


def duration(value: object) -> float:
    """Read a duration and return it in seconds. Raises ValueError, which says what is wrong and what to write."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"is {value} without a unit; {_EXPECTED} (for seconds `{value:g}s`)")
    found = _FORM.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"is {shown(value)}; {_EXPECTED}")
    return int(found[1]) * _MILLISECONDS[found[2]] / 1000


def duration_text(seconds: float) -> str:
    """Write a duration in its largest whole unit; `duration` reads the same number back."""
    milliseconds = round(seconds * 1000)
    unit = next(unit for unit in ("d", "h", "m", "s", "ms") if milliseconds % _MILLISECONDS[unit] == 0)
    return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
