"""Cut a table into ranges of keys that both sides can compare, whichever way each of them sorts keys."""

from collections.abc import Iterator
from itertools import pairwise

from airlift.databases import KeyRange, Session
from airlift.databases.shapes import Layout
from airlift.phases.ways import Way

ROWS = 50_000
"""Rows of a range."""
MOSTLY, MOST_MISPLACED = 10, 20
"""Both sides sort keys mostly alike where no more than one in so many is out of order on the other one, and no more bounds than so many."""
TELLING = 20
"""So many keys tell whether they are in order. Where there are fewer bounds, about so many others are looked at."""


def ranges(way: Way, sending: Session, receiving: Session, layout: Layout) -> list[KeyRange]:
    """Half-open ranges of about `ROWS` rows, as the sender sorts keys; the first is open below and the last above.

    So none is left out on the receiver either, however it sorts them: on the way from below all keys to above all of them some range passes
    each. But rows that the two sort into different ranges are suspects, though they are equal. Where these would be many it is one range.
    """
    bounds = list(_bounds(way, sending, layout, ROWS))
    kept, misplaced = _in_order(way, receiving, layout, bounds)
    if 0 < len(bounds) < TELLING:
        # few of them may be in order by chance
        sample = list(_bounds(way, sending, layout, max(1, ROWS * (len(bounds) + 1) // TELLING)))
        alike = _in_order(way, receiving, layout, sample)[1] <= len(sample) // MOSTLY
    else:
        alike = misplaced <= min(len(bounds) // MOSTLY, MOST_MISPLACED)
    return [KeyRange(lower, upper) for lower, upper in pairwise([None, *(kept if alike else []), None])]


def _in_order(way: Way, receiving: Session, layout: Layout, bounds: list[list[str]]) -> tuple[list[list[str]], int]:
    """Those of the keys that the receiver has and sorts in their order; and how many it has and sorts otherwise."""
    kept: list[list[str]] = []
    misplaced = 0
    with receiving.transaction():
        for bound in bounds:
            in_order = way.receiver.checksums.are_in_order(receiving, layout, kept[-1] if kept else None, bound)
            if in_order:
                kept.append(bound)
            misplaced += in_order is False
    return kept, misplaced


def _bounds(way: Way, sending: Session, layout: Layout, rows: int) -> Iterator[list[str]]:
    """The keys at which the sender's rows are cut into so many each."""
    lower: list[str] | None = None
    while True:
        with sending.transaction():
            upper = way.sender.checksums.next_boundary(sending, layout, lower, rows)
        if upper in (None, lower):
            return
        yield upper
        lower = upper
