"""The bulk path: block ranges out of the source, COPY into the target, keys and indexes afterwards."""

from collections.abc import Iterable
from typing import Any

from airlift.databases.common_form import is_common
from airlift.databases.naming import CaptureNames
from airlift.databases.postgres.quoting import listed, matching, quoted, table
from airlift.databases.postgres.session import Session
from airlift.databases.pumping import Outgoing, Wire, pump
from airlift.databases.sending import Sending
from airlift.databases.shapes import Layout, Relation
from airlift.databases.values import Range
from airlift.spec import TableName


class Streams:
    """Moves rows in bulk between two sessions, in the transactions of their callers."""

    def cut(self, session: Session, relation: Relation, key: list[str], bytes_each: int) -> list[Range]:  # noqa: ARG002
        """Cut a table into ranges of about `bytes_each`, here by blocks. The first begins at block 0 and the last has no end: none is
        left out.
        """
        blocks_each = max(1, -(-bytes_each // relation.block_size))
        firsts = list(range(0, max(relation.blocks, 1), blocks_each))
        ends: list[int | None] = [*firsts[1:], None]
        tops = [*firsts[1:], max(relation.blocks, firsts[-1])]
        sizes = [(top - first) * relation.block_size for first, top in zip(firsts, tops, strict=True)]
        return [Range({"first": first, "end": end}, size) for first, end, size in zip(firsts, ends, sizes, strict=True)]

    def hold_heaps(self, session: Session, names: Iterable[TableName]) -> None:
        """Keep tables from being rewritten while this transaction reads them. To be the transaction's first statement."""
        tables = ", ".join(f"ONLY {table(name)}" for name in names)
        if tables:
            session.run("copying/lock_heaps", {"tables": tables})

    def copy_range(self, source: Sending, target: Session, layout: Layout, cut: Range) -> int:
        """Copy a range; how many rows. The bytes pass through unread."""
        return pump_into(target, source.rows_of(layout, cut), "copying/receive_rows", _places(layout, table(layout.target)))

    def try_rows(self, source: Sending, target: Session, layout: Layout, most: int) -> int:
        """Bring some rows into a table like the layout's target, which is gone with the transaction; how many.

        Raises what the server says against them.
        """
        trial = quoted(f"airlift_trial_{layout.no}")
        target.run("sync/create_trial", {"trial": trial, "table": table(layout.target)})
        return pump_into(target, source.some_rows(layout, most), "sync/receive_rows", _places(layout, trial))

    def empty(self, session: Session, name: TableName) -> None:
        """Empty a target table."""
        session.run("copying/empty_table", {"table": table(name)})

    def remove_logged_keys(self, source: Sending, target: Session, layout: Layout, names: CaptureNames, since: str) -> int:
        """Take every key that is in the log so far out of the loaded table; how many rows went."""
        create_keys(target, layout)
        receive_keys(source, target, layout, names, since)
        return target.run(
            "copying/delete_logged_keys",
            {"target": table(layout.target), "keys": keys_table(layout), "matching": matching(layout.key, "t", "k")},
        )

    def build(self, session: Session, target: TableName, made: list[dict[str, Any]]) -> None:
        """Make indexes, constraints and statistics objects that were set aside, as each one's `kind`, `name` and `definition` say.

        A constraint takes over the unique index of its name, which has to be there: it asks for a lock that two at once on one
        table would wait for in a circle.
        """
        if made:
            session.together([_definition(session, target, each["kind"], each["name"], each["definition"]) for each in made])

    def analyze(self, session: Session, names: list[TableName]) -> None:
        """Gather tables' statistics."""
        session.run("copying/analyze_tables", {"tables": ", ".join(map(table, names))})

    def tend(self, session: Session, names: list[TableName]) -> None:
        """Have the server tend tables of our making by itself, as it does not while they are loaded."""
        if names:
            session.together([session.text("copying/tend_table", {"table": table(name)}) for name in names])


def _definition(session: Session, target: TableName, kind: str, name: str, definition: dict[str, Any]) -> str:
    """The statement that makes an object."""
    holes = {"table": table(target), "tail": definition["tail"]}
    if kind == "statistics":
        return session.text("copying/create_statistics", {**holes, "statistics": table(TableName(definition["schema"], name))})
    if kind == "index":
        unique = "UNIQUE" if definition["is_unique"] else ""
        return session.text("copying/create_index", {**holes, "index": quoted(name), "unique": unique})
    if definition["constraint_type"] == "x":
        return session.text(
            "copying/add_constraint", {**holes, "constraint": quoted(name), "definition": definition["constraint_definition"]}
        )
    made = "PRIMARY KEY" if definition["constraint_type"] == "p" else "UNIQUE"
    holes = {**holes, "constraint": quoted(name), "index": quoted(definition["name"]), "kind": made}
    return session.text("copying/add_constraint_using_index", {**holes, "deferring": definition["deferring"]})


def pump_into(target: Session, outgoing: Outgoing, file: str, holes: dict[str, str]) -> int:
    """Have what the other side sends taken in by the COPY of a file; how many rows."""
    return pump(outgoing, target, put(target, outgoing, file, holes))


def put(target: Session, outgoing: Outgoing, file: str, holes: dict[str, str]) -> str:
    """The COPY that takes in what the other side sends."""
    return target.text(file, {**holes, "format": "binary" if outgoing.wire is Wire.BINARY else "text"})


def _places(layout: Layout, into: str) -> dict[str, str]:
    return {"table": into, "columns": carried_columns(layout)}


def carried_columns(layout: Layout) -> str:
    """The target's columns that come from the source, in the order in which they are sent."""
    return listed(each.column for each in layout.carried)


def keys_table(layout: Layout) -> str:
    """The temporary table of a window's keys."""
    return quoted(f"airlift_keys_{layout.no}")


def create_keys(target: Session, layout: Layout) -> None:
    """Make the temporary table for the keys of a window."""
    target.run("sync/create_keys", {"keys": keys_table(layout), "key": listed(layout.key), "target": table(layout.target)})


def receive_keys(source: Sending, target: Session, layout: Layout, names: CaptureNames, since: str) -> int:
    """Bring the keys that changed since a position into the temporary table for them on the target; how many, each counted once."""
    arrived = pump_into(target, source.logged_keys(layout, names, since), "sync/receive_keys", {"keys": keys_table(layout)})
    if not is_common(layout):
        return arrived
    # another engine may send a key in several spellings
    return target.run("sync/merge_keys", {"keys": keys_table(layout), "key": listed(layout.key)})
