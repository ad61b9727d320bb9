"""Carry a window: the keys that changed between two positions, their rows re-read, applied and compared. Knows no ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

from airlift.databases.postgres.capture import CaptureNames, log_columns, snapshot_of
from airlift.databases.postgres.quoting import listed, matching, quoted, table
from airlift.databases.postgres.session import Session, pump
from airlift.databases.postgres.streams import carried_columns, form, keys_table, send_keys
from airlift.databases.postgres.values import hashed, sent
from airlift.databases.shapes import Layout
from airlift.spec import TableName


@dataclass(frozen=True)
class Changes:
    """What the log of one table holds since a position."""

    no: int
    changes: int
    checks: int
    is_truncated: bool


@dataclass(frozen=True)
class Unverified:
    """Keys of one table without a verdict, and keys that were found to differ."""

    no: int
    waiting: int
    differing: int


def unverified(migration: str, layout: Layout) -> str:
    """Our table of keys that are not known to be equal, on the side that is written."""
    kind = "unreturned" if layout.is_mirrored else "unverified"
    return table(TableName("airlift", f"{migration}_{kind}_{layout.no}"))


class Windows:
    """Works in the callers' transactions: the source's is a snapshot, the target's commits with the ledger."""

    few = 0.05
    """Below this part of a table's rows, its changed rows are looked up one by one: statistics of a log are always old."""

    def changes(self, source: Session, names: Iterable[CaptureNames], since: str) -> list[Changes]:
        """What each log holds since a position; tables without any are left out."""
        each = [source.text("sync/count_changes", {"log": name.log}, no=name.no, since=snapshot_of(since)) for name in names]
        found = [Changes(*row) for row in source.joined(each, " UNION ALL ")] if each else []
        return [change for change in found if change.changes or change.checks]

    def receive(self, source: Session, target: Session, layout: Layout, names: CaptureNames, since: str, *, are_few: bool) -> int:
        """Bring a window's keys and rows of one table into temporary tables on the target; how many keys."""
        keys = send_keys(source, target, layout, names, since)
        target.run("copying/analyze_tables", {"tables": keys_table(layout)})
        holes = {
            "rows": _rows(layout),
            "columns": carried_columns(layout),
            "target": table(layout.target),
            "format": form(layout),
        }
        target.run("sync/create_rows", holes)
        if are_few:
            source.set_local(enable_hashjoin="off", enable_mergejoin="off")
        out = {
            "expressions": ", ".join(map(sent, layout.carried)),
            "hashed": source_hashed(layout),
            "table": table(layout.source),
            "key": listed(layout.source_key),
            "own_key": listed(layout.source_key, of=quoted(layout.source.name)),
            "log": names.log,
            "log_columns": listed(log_columns(layout.key)),
            "format": form(layout),
        }
        take = source.text("sync/send_rows", out, since=snapshot_of(since))
        pump(source, take, target, target.text("sync/receive_rows", holes))
        if are_few:
            source.set_local(enable_hashjoin="on", enable_mergejoin="on")
        return keys

    def delete(self, target: Session, layout: Layout) -> None:
        """Remove the rows of the window's keys; what only the target knows of them is kept."""
        holes = {"target": table(layout.target), "keys": keys_table(layout), "matching": matching(layout.key, "t", "k")}
        if not layout.added:
            target.run("sync/delete_rows", holes)
            return
        own = {"own_key": listed(layout.key, of="t"), "own_added": listed(layout.added, of="t"), "kept": _kept(layout)}
        target.run(
            "sync/create_kept",
            {
                "kept": _kept(layout),
                "key": listed(layout.key),
                "added": listed(layout.added),
                "target": table(layout.target),
            },
        )
        target.run("sync/delete_and_keep_rows", {**holes, **own})

    def insert(self, target: Session, layout: Layout) -> None:
        """Insert the rows of the window's keys as the source has them."""
        holes = {
            "target": table(layout.target),
            "columns": carried_columns(layout),
            "row_columns": listed((each.column for each in layout.carried), of="r"),
            "rows": _rows(layout),
            "keys": keys_table(layout),
            "matching": matching(layout.key, "r", "k"),
            "kept": _kept(layout),
            "matching_kept": matching(layout.key, "r", "o"),
            "added": listed(layout.added),
            "kept_added": listed(layout.added, of="o"),
        }
        if layout.added:
            target.run("sync/insert_kept_rows", holes)
            target.run("sync/insert_new_rows", holes)
        else:
            target.run("sync/insert_rows", holes)

    def compare(self, target: Session, migration: str, layout: Layout) -> int:
        """Compare the target's rows of the window's keys with the source's, byte by byte; how many differ."""
        holes = {
            "unverified": unverified(migration, layout),
            "keys": keys_table(layout),
            "rows": _rows(layout),
            "target": table(layout.target),
            "key": listed(layout.key),
            "own_keys": listed(layout.key, of="k"),
            "first_key": listed(layout.key[:1], of="t"),
            "matching_rows": matching(layout.key, "r", "k"),
            "matching_target": matching(layout.key, "t", "k"),
            "hashed": target_hashed(layout, of="t"),
        }
        target.run("sync/forget_unverified", {**holes, "matching": matching(layout.key, "u", "k")})
        return target.run("sync/compare_keys", holes)

    def unverified(self, target: Session, migration: str, layouts: Iterable[Layout]) -> list[Unverified]:
        """What waits for a verdict and what differs, per table."""
        each = [target.text("sync/count_unverified", {"unverified": unverified(migration, one)}, no=one.no) for one in layouts]
        return [Unverified(*row) for row in target.joined(each, " UNION ALL ")] if each else []


def source_hashed(layout: Layout) -> str:
    """What is hashed on the source: the carried columns in the target's types."""
    return ", ".join(hashed(each, each.expression) for each in layout.carried)


def target_hashed(layout: Layout, *, of: str = "") -> str:
    """What is hashed on the target: the same columns as they are there."""
    return ", ".join(hashed(each, listed([each.column], of=of)) for each in layout.carried)


def _rows(layout: Layout) -> str:
    return quoted(f"airlift_rows_{layout.no}")


def _kept(layout: Layout) -> str:
    return quoted(f"airlift_kept_{layout.no}")
