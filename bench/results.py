"""What was measured, and how it is said: one line for each measure. Knows nothing of how a figure came about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

HEAD = ("measure", "ours", "peer", "ratio", "goal", "reached")


@dataclass(frozen=True)
class Line:
    """One measure. `ours` and `peer` are in `unit`; with `limit` it is `value` that must not lie above it."""

    measure: str
    ours: float
    unit: str
    peer: float | None = None
    ratio: float | None = None
    value: float | None = None
    limit: float | None = None
    at_least: bool = False
    why_no_ratio: str | None = None
    """What came of a peer that did not do what was measured: it is nothing to be compared with."""

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.limit is None or self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        reached = {None: "", True: "yes", False: "NO"}[self.is_reached]
        sign, unit = (">=" if self.at_least else "<="), "" if self.value == self.ratio else f" {self.unit}"
        return (
            self.measure,
            f"{_number(self.ours)} {self.unit}",
            self.why_no_ratio or ("" if self.peer is None else f"{_number(self.peer)} {self.unit}"),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            "" if self.limit is None else f"{sign} {self.limit:g}{unit}",
            reached,
        )


def paired(
    measure: str, ours: Sequence[float], peer: Sequence[float], *, unit: str, limit: float | None = None, at_least: bool = False
) -> Line:
    """A line from rounds in which both took their turns: the medians, and the median of each round's ratio."""
    ratio = median(one / other for one, other in zip(ours, peer, strict=True))
    return Line(measure, median(ours), unit, median(peer), ratio, value=ratio, limit=limit, at_least=at_least)


def without_peer(measure: str, ours: Sequence[float], why: str, *, unit: str) -> Line:
    """A line whose peer failed: there is no goal to be reached against it."""
    return Line(measure, median(ours), unit, why_no_ratio=why)


def absolute(measure: str, ours: float, *, unit: str, limit: float, peer: float | None = None) -> Line:
    """A line whose goal is on our own figure."""
    return Line(measure, ours, unit, peer, value=ours, limit=limit)


def table(lines: Iterable[Line]) -> str:
    """The table, as Markdown that reads well on a terminal."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"
