"""Which sequences of the old tables go on serving the new ones, and which have others take their place. Moves none."""

from collections.abc import Iterator

from airlift.databases import Session
from airlift.databases.shapes import Layout, Sequence
from airlift.phases.migration import Migration


def columns_of(layouts: list[Layout], sequences: list[Sequence]) -> Iterator[tuple[Sequence, Layout, str]]:
    """The old tables' sequences, each with its table and the new column that its values go to."""
    by_source = {layout.source: layout for layout in layouts}
    for sequence in sequences:
        layout = by_source[sequence.table]
        column = next((each.column for each in layout.carried if each.old == sequence.column), None)
        if column is not None:
            yield sequence, layout, column


def sequences_of_both(
    m: Migration, target: Session, layouts: list[Layout], sequences: list[Sequence], *, in_place: bool
) -> Iterator[tuple[Sequence, str]]:
    """The source's sequences whose place another one takes, each with that one's name on the target, quoted."""
    for sequence, layout, column in columns_of(layouts, sequences):
        if in_place and _is_shared(sequence, layout):
            continue
        name = m.target.fence.column_sequence(target, layout.target, column)
        if name is None and m.target.has_sequences and not sequence.is_identity and not in_place:
            name = m.target.quoted_table(sequence.name)
        if name is not None:
            yield sequence, name


def shared_sequences(layouts: list[Layout], sequences: list[Sequence]) -> Iterator[tuple[Sequence, Layout, str]]:
    """In place: the owned sequences that serve both tables. A table takes along what its columns own when it is dropped."""
    for sequence, layout, column in columns_of(layouts, sequences):
        if sequence.is_owned and _is_shared(sequence, layout):
            yield sequence, layout, column


def _is_shared(sequence: Sequence, layout: Layout) -> bool:
    # a table that somebody made beforehand draws from what it was made with
    return layout.is_created and not sequence.is_identity
