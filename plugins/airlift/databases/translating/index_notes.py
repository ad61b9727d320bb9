"""What is told of an index that is not there as it is here. No connection."""

from airlift.databases.shapes import Index
from airlift.databases.translating.terms import Note

_MAKE_IT = "Create one that serves the same queries on the new table"


def note(index: Index, fact: str, remedy: str, *, is_refused: bool = False) -> Note:
    """Something that is told, or refused, of an index."""
    return Note(None, f'index "{index.name}" {fact}', remedy, is_refused)


def left_out(index: Index, fault: str) -> Note:
    """Of an index that there is none of there: one that keeps rows apart can't be left out."""
    if index.is_unique or index.constraint_type == "x":
        return note(index, f"{fault}, and so can't keep rows apart there as it does here", _MAKE_IT, is_refused=True)
    return note(index, f"{fault}: it is left out", _MAKE_IT)
