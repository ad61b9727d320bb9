"""Say of a row that a server did not take which table it is of and what can be done: the server itself says only what it objects to."""

from collections.abc import Iterator
from contextlib import contextmanager

from airlift.databases import UnfitValue
from airlift.databases.shapes import Layout


@contextmanager
def fitting(layout: Layout) -> Iterator[None]:
    """In this block rows of one table come to the other side."""
    try:
        yield
    except UnfitValue as error:
        said = str(error).rstrip(".")
        raise UnfitValue(
            f'A row of table "{layout.source}" does not fit table "{layout.target}": {said}. Nothing of it was carried. Change that value '
            f'in "{layout.source}" so that it fits, or what "{layout.target}" takes; then clear this task.'
        ) from error
