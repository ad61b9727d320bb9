"""The bulk path: block ranges out of the source, COPY into the target, keys and indexes afterwards."""

from collections.abc import Iterable
from typing import Any

from airlift.databases.naming import CaptureNames
from airlift.databases.postgres.capture import log_columns, snapshot_of
from airlift.databases.postgres.quoting import listed, matching, quoted, table
from airlift.databases.postgres.session import Session
from airlift.databases.postgres.values import sent
from airlift.databases.pumping import pump
from airlift.databases.shapes import Layout, Relation
from airlift.databases.values import Range
from airlift.spec import TableName

LAST_BLOCK = 2**32 - 1


class Streams:
    """Moves rows in bulk between two sessions, in the transactions of their callers."""

    def cut(self, session: Session, relation: Relation, key: list[str], bytes_each: int) -> list[Range]:  # noqa: ARG002
        """Cut a table into ranges of about `bytes_each`, here by blocks. The first begins at block 0 and the last has no end: none is
        left out.
        """
        blocks_each = max(1, bytes_each // relation.block_size)
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

    def copy_range(self, source: Session, target: Session, layout: Layout, blocks: Range) -> int:
        """Copy a range; how many rows. The bytes pass through unread."""
        take = source.text(
            "copying/send_range",
            {
                "expressions": ", ".join(map(sent, layout.carried)),
                "table": table(layout.source),
                "format": form(layout),
            },
            first=f"({blocks.bounds['first']},0)",
            end=f"({LAST_BLOCK if blocks.bounds['end'] is None else blocks.bounds['end']},0)",
        )
        holes = {"table": table(layout.target), "columns": carried_columns(layout), "format": form(layout)}
        return pump(source, take, target, target.text("copying/receive_rows", holes))

    def try_rows(self, source: Session, target: Session, layout: Layout, most: int) -> int:
        """Bring some rows into a table like the layout's target, which is gone with the transaction; how many.

        Raises what the server says against them.
        """
        holes = {"trial": quoted(f"airlift_trial_{layout.no}"), "table": table(layout.target), "columns": carried_columns(layout)}
        target.run("sync/create_trial", holes)
        sending = {"expressions": ", ".join(map(sent, layout.carried)), "table": table(layout.source), "format": form(layout)}
        take = source.text("sync/send_trial", sending, most=most)
        return pump(source, take, target, target.text("sync/receive_trial", {**holes, "format": form(layout)}))

    def empty(self, session: Session, name: TableName) -> None:
        """Empty a target table."""
        session.run("copying/empty_table", {"table": table(name)})

    def remove_logged_keys(self, source: Session, target: Session, layout: Layout, names: CaptureNames, since: str) -> int:
        """Take every key that is in the log so far out of the loaded table; how many rows went."""
        create_keys(target, layout)
        send_keys(source, target, layout, names, since)
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


def form(layout: Layout) -> str:
    """COPY's format: binary where both sides' types agree."""
    return "binary" if layout.is_binary else "text"


def carried_columns(layout: Layout) -> str:
    """The target's columns that come from the source, in the order in which they are sent."""
    return listed(each.column for each in layout.carried)


def keys_table(layout: Layout) -> str:
    """The temporary table of a window's keys."""
    return quoted(f"airlift_keys_{layout.no}")


def typed_keys(layout: Layout) -> str:
    """The log's key columns in the target's types."""
    types = {each.column: each.type for each in layout.carried}
    pairs = zip(log_columns(layout.key), layout.key, strict=True)
    return ", ".join(f"{quoted(own)}::{types[column]}" for own, column in pairs)


def create_keys(target: Session, layout: Layout) -> None:
    """Make the temporary table for the keys of a window."""
    target.run("sync/create_keys", {"keys": keys_table(layout), "key": listed(layout.key), "target": table(layout.target)})


def send_keys(source: Session, target: Session, layout: Layout, names: CaptureNames, since: str) -> int:
    """Bring the keys that changed since a position into the temporary table for them on the target; how many."""
    holes = {"keys": keys_table(layout), "format": form(layout)}
    out = {
        "typed_keys": typed_keys(layout),
        "log": table(names.log),
        "log_columns": listed(log_columns(layout.key)),
        "format": form(layout),
    }
    take = source.text("sync/send_keys", out, since=snapshot_of(since))
    return pump(source, take, target, target.text("sync/receive_keys", holes))
