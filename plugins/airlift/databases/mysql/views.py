"""The compatibility view: what has the old table's columns over the new table, and takes the old code's writes. Knows no phase.

These servers have no triggers on views. So there is one only where each of its columns is a column of the new table: then the server
itself turns what is written to the view into what is written to the table, with the writer's own rights.
"""

from airlift.databases.mysql.quoting import quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.shapes import Carried, Columns, Layout
from airlift.errors import Refused
from airlift.spec import TableName

_LIMITS = "TRUNCATE, ALTER TABLE, index hints, PARTITION and a foreign key to it do not work through a view."
_WRITTEN = "The server itself writes through it: every column takes writes."


class Views:
    """Each method is one act, at once and for good."""

    has_defaults = False
    """Whether a view fills columns that a row says nothing of by itself, and not as the table below does."""

    def limits(self, layout: Layout) -> list[str]:  # noqa: ARG002
        """What such a view can't do, in two sentences for people: of itself, and where it is written through."""
        return [_LIMITS, _WRITTEN]

    def create(self, session: Session, view: TableName, layout: Layout, columns: Columns) -> None:  # noqa: ARG002
        """Make a compatibility view. Refused where the server would not write through it."""
        fault = unwritable(layout)
        if fault is not None:
            raise Refused(f'No compatibility view "{view}" can stand over "{layout.target}": {fault}. Nothing was changed.')
        shown = ", ".join(f"{quoted(str(column.column))} AS {quoted(column.name)}" for column in layout.old_columns)
        session.define("cutover/create_view", {"view": table(view), "columns": shown, "table": table(layout.target)})
        if not session.is_seen(lambda: session.rows("cutover/read_view", schema=view.schema, name=view.name) == [("YES",)]):
            session.define("cutover/drop_view", {"view": table(view)})
            raise Refused(f'The server does not write through the compatibility view "{view}" over "{layout.target}". It was taken away.')

    def create_trigger(self, session: Session, view: TableName, layout: Layout, columns: Columns, *, migration: str) -> None:  # noqa: ARG002
        """Let writes reach the new table through a trigger: Refused, as there is none on a view."""
        raise Refused(f'No compatibility view "{view}" can stand over "{layout.target}": {unwritable(layout)}. Nothing was changed.')

    def try_forward(self, session: Session, view: TableName, layout: Layout, columns: Columns, carried: Carried) -> None:
        """Hear what the server says of the SQL that makes a new column from a row of the view: no view needs any."""

    def takes(self, privilege: str) -> bool:  # noqa: ARG002
        """Whether a compatibility view is given a privilege of the old table: rights are a database's here."""
        return False

    def drop(self, session: Session, view: TableName, layout: Layout, *, migration: str) -> None:  # noqa: ARG002
        """Remove a compatibility view."""
        session.define("cutover/drop_view", {"view": table(view)})


def unwritable(layout: Layout) -> str | None:
    """Why the server can't write through a view of this layout, in words; None where it can."""
    if not layout.needs_triggers:
        return None
    strange = [column.name for column in layout.old_columns if column.column is None]
    made = [each.column for each in layout.carried if each.old is None]
    listed = ", ".join(f'"{name}"' for name in strange or made)
    if strange:
        return (
            f"old code could INSERT nothing through it, for {listed} would be no column of the new table; and this server has no triggers "
            "on views"
        )
    return f"what old code writes through it would not reach {listed or 'all columns'}; and this server has no triggers on views"
