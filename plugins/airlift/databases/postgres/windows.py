"""Carry a window: the keys that changed between two positions, their rows re-read, applied and compared. Knows no ledger."""

from collections.abc import Iterable

from airlift.databases.naming import CaptureNames, unverified
from airlift.databases.postgres.capture import snapshot_of
from airlift.databases.postgres.quoting import listed, matching, quoted, table
from airlift.databases.postgres.sending import MEMORY
from airlift.databases.postgres.session import Session, version_of
from airlift.databases.postgres.streams import carried_columns, create_keys, keys_table, put, receive_keys
from airlift.databases.postgres.values import row_checksum
from airlift.databases.pumping import sending
from airlift.databases.sending import Sending
from airlift.databases.shapes import Carried, Layout
from airlift.databases.values import Cascade, Changes, Unverified

CHECKSUM = quoted("airlift checksum")


class Windows:
    """Works in the callers' transactions: the source's is a snapshot, the target's commits with the ledger."""

    few = 0.05
    """Below this part of a table's rows, its changed rows are looked up one by one: statistics of a log are always old."""

    def changes(self, source: Session, names: Iterable[CaptureNames], since: str) -> list[Changes]:
        """What each log holds since a position; tables without any are left out."""
        each = [source.text("sync/count_changes", {"log": table(name.log)}, no=name.no, since=snapshot_of(since)) for name in names]
        found = [Changes(*row) for row in source.joined(each, " UNION ALL ")] if each else []
        return [change for change in found if change.changes or change.checks]

    def cascades(self, source: Session, layouts: list[Layout]) -> list[Cascade]:  # noqa: ARG002
        """The foreign keys by which the source changes rows that no trigger sees: none, here triggers see all."""
        return []

    def receive(
        self,
        source: Sending,
        target: Session,
        layout: Layout,
        names: CaptureNames,
        since: str,
        *,
        are_few: bool,
        is_widened: bool = False,
    ) -> int:
        """Bring a window's keys and rows of one table into temporary tables on the target; how many keys.

        The rows of these keys are removed there meanwhile: the target would only wait until the source has read and sorted its own.
        """
        holes = {
            "target": table(layout.target),
            "key": listed(layout.key),
            "rows": _rows(layout),
            "columns": carried_columns(layout),
            "kept": _kept(layout),
            "added": listed(layout.added),
        }
        with target.batch():
            create_keys(target, layout)
            target.run("sync/create_rows", holes)
            if layout.added:
                target.run("sync/create_kept", holes)
        keys = self._receive_keys(source, target, layout, names, since, is_widened=is_widened)
        with source.logged_rows(layout, names, since, are_few=are_few, is_widened=is_widened) as outgoing, sending(outgoing) as rows:
            with target.batch():
                target.run_with({"work_mem": MEMORY}, "copying/analyze_tables", {"tables": keys_table(layout)})
                self._delete(target, layout)
            into = {"table": _rows(layout), "columns": f"{carried_columns(layout)}, {CHECKSUM}"}
            rows.into(target, put(target, outgoing, "sync/receive_rows", into))
        return keys

    def _receive_keys(self, source: Sending, target: Session, layout: Layout, names: CaptureNames, since: str, *, is_widened: bool) -> int:
        if not is_widened:
            return receive_keys(source, target, layout, names, since)
        holes = {"keys": keys_table(layout), "more": quoted(f"airlift_more_{layout.no}"), "key": listed(layout.key)}
        target.run("sync/add_more_keys", holes)
        return receive_keys(source, target, layout, names, since)

    def _delete(self, target: Session, layout: Layout) -> None:
        """Remove the rows of the window's keys; what only the target knows of them is kept."""
        holes = {"target": table(layout.target), "keys": keys_table(layout), "matching": matching(layout.key, "t", "k")}
        if layout.added:
            own = {"own_key": listed(layout.key, of="t"), "own_added": listed(layout.added, of="t"), "kept": _kept(layout)}
            target.run("sync/delete_and_keep_rows", {**holes, **own})
        else:
            target.run("sync/delete_rows", holes)

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
            with target.batch():
                target.run("sync/insert_kept_rows", holes)
                target.run("sync/insert_new_rows", holes)
        else:
            target.run("sync/insert_rows", holes)

    def compare(self, target: Session, migration: str, layout: Layout) -> int:
        """Compare the target's rows of the window's keys with the source's, byte by byte; how many differ."""
        holes = {
            "unverified": table(unverified(migration, layout)),
            "keys": keys_table(layout),
            "rows": _rows(layout),
            "target": table(layout.target),
            "key": listed(layout.key),
            "own_keys": listed(layout.key, of="k"),
            "first_key": listed(layout.key[:1], of="t"),
            "matching_rows": matching(layout.key, "r", "k"),
            "matching_target": matching(layout.key, "t", "k"),
            "checksum": row_checksum(layout, targets(layout, of="t"), version=version_of(target)),
        }
        forget = target.text("sync/forget_unverified", {**holes, "matching": matching(layout.key, "u", "k")})
        return target.together([forget, target.text("sync/compare_keys", holes)])

    def unverified(self, target: Session, migration: str, layouts: Iterable[Layout]) -> list[Unverified]:
        """What waits for a verdict and what differs, per table."""
        each = [target.text("sync/count_unverified", {"unverified": table(unverified(migration, one))}, no=one.no) for one in layouts]
        return [Unverified(*row) for row in target.joined(each, " UNION ALL ")] if each else []


def targets(layout: Layout, *, of: str = "") -> list[tuple[Carried, str]]:
    """The carried columns as the target has them; `of` is the table's alias."""
    return [(each, listed([each.column], of=of)) for each in layout.carried]


def _rows(layout: Layout) -> str:
    return quoted(f"airlift_rows_{layout.no}")


def _kept(layout: Layout) -> str:
    return quoted(f"airlift_kept_{layout.no}")
