"""What has to be told of foreign keys, whichever engines they go between. No connection."""

from collections.abc import Iterable

from airlift.databases.shapes import ForeignKey, Index
from airlift.databases.translating.terms import Note


def unique_parent(key: ForeignKey, parent: Iterable[Index]) -> list[Note]:
    """A foreign key that references columns with no unique index of their own, where there has to be one."""
    wanted = set(key.parent_columns)
    if any(index.is_unique and len(index.columns) == len(wanted) and set(index.columns) == wanted for index in parent):
        return []
    listed = ", ".join(f'"{name}"' for name in key.parent_columns)
    fact = f"references {listed}, which there has to have a unique index of its own"
    return [Note(None, fact, "Reference a unique key, or drop the foreign key", is_refused=True)]
