"""Carry a window: the keys that changed, their rows re-read, applied and compared. Knows no ledger.

A window is what the snapshot of the source's transaction shows: the log and the rows of one instant. Once there is anything that its
beginning has not seen, all keys that are in the log are carried: it holds little else, and to carry a row again does no harm.
"""

from collections.abc import Iterable

from airlift.databases.mysql import cascades
from airlift.databases.mysql.keysets import create_keys, keys_table, merge_keys, receive_keys, temporary
from airlift.databases.mysql.lines import Place, checksum, places, targets
from airlift.databases.mysql.loading import taking
from airlift.databases.mysql.logs import read_seen
from airlift.databases.mysql.quoting import listed, matching, table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames, own, unverified
from airlift.databases.pumping import sending
from airlift.databases.sending import Sending
from airlift.databases.shapes import Layout
from airlift.databases.values import Cascade, Changes, Unverified

CHECKSUM = Place("airlift checksum", "number")


class Windows:
    """Works in the callers' transactions: the source's is a snapshot, the target's commits with the ledger."""

    few = 1.0
    """Changed rows are looked up one by one, however many they are: in the order of the keys that is as good as to read the table."""

    def changes(self, source: Session, names: Iterable[CaptureNames], since: str) -> list[Changes]:
        """What each log holds that a position has not seen; tables without any are left out."""
        return read_seen(source, names, since)

    def cascades(self, source: Session, layouts: list[Layout]) -> list[Cascade]:
        """The foreign keys by which the source changes rows that no trigger sees."""
        return cascades.read(source, layouts)

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

        `is_widened`: those that `widen` has found of it are among them.
        The rows of these keys are removed there meanwhile: the target would only wait until the source has read its own.
        """
        with target.batch():
            create_keys(target, layout)
            _create_rows(target, layout)
        receive_keys(source, target, layout, names, since)
        if is_widened:
            holes = {"arrived": temporary("arrived", layout), "more": temporary("more", layout), "key": listed(layout.key)}
            target.run("sync/add_more_keys", holes)
        keys = merge_keys(target, layout)
        with source.logged_rows(layout, names, since, are_few=are_few, is_widened=is_widened) as outgoing, sending(outgoing) as rows:
            with target.batch():
                self._delete(target, layout)
            into = [*places(layout.carried), CHECKSUM]
            rows.into(target, taking(target, outgoing, own(f"airlift_rows_{layout.no}"), into))
        return keys

    def _delete(self, target: Session, layout: Layout) -> None:
        """Remove the rows of the window's keys; what only the target knows of them is kept."""
        holes = {"target": table(layout.target), "keys": keys_table(layout), "matching": matching(layout.key, "t", "k")}
        if layout.added:
            own_columns = {"own_key": listed(layout.key, of="t"), "own_added": listed(layout.added, of="t")}
            target.run("sync/keep_values", {**holes, **own_columns, "kept": temporary("kept", layout)})
        target.run("sync/delete_rows", holes)

    def insert(self, target: Session, layout: Layout) -> None:
        """Insert the rows of the window's keys as the source has them."""
        columns = [each.column for each in layout.carried]
        holes = {
            "target": table(layout.target),
            "columns": listed(columns),
            "row_columns": listed(columns, of="r"),
            "rows": temporary("rows", layout),
            "keys": keys_table(layout),
            "matching": matching(layout.key, "r", "k"),
        }
        if not layout.added:
            target.run("sync/insert_rows", holes)
            return
        holes |= {
            "kept": temporary("kept", layout),
            "matching_kept": matching(layout.key, "r", "o"),
            "added": listed(layout.added),
            "kept_added": listed(layout.added, of="o"),
        }
        with target.batch():
            target.run("sync/insert_kept_rows", holes)
            target.run("sync/insert_new_rows", holes)

    def compare(self, target: Session, migration: str, layout: Layout) -> int:
        """Compare the target's rows of the window's keys with the source's, byte by byte; how many differ."""
        holes = {
            "unverified": table(unverified(migration, layout)),
            "keys": keys_table(layout),
            "rows": temporary("rows", layout),
            "target": table(layout.target),
            "key": listed(layout.key),
            "own_keys": listed(layout.key, of="k"),
            "first_key": listed(layout.key[:1], of="t"),
            "matching_rows": matching(layout.key, "r", "k"),
            "matching_target": matching(layout.key, "t", "k"),
            "checksum": checksum(targets(layout.carried, of="t")),
        }
        forget = target.text("sync/forget_unverified", {**holes, "matching": matching(layout.key, "u", "k")})
        return target.together([forget, target.text("sync/compare_keys", holes)])

    def unverified(self, target: Session, migration: str, layouts: Iterable[Layout]) -> list[Unverified]:
        """What waits for a verdict and what differs, per table."""
        each = [target.text("sync/count_unverified", {"unverified": table(unverified(migration, one))}, no=one.no) for one in layouts]
        rows = target.joined(each, " UNION ALL ") if each else []
        return [Unverified(int(no), int(waiting), int(differing)) for no, waiting, differing in rows]


def _create_rows(target: Session, layout: Layout) -> None:
    """Make the temporary tables for the rows of a window, and for what only the target has of them."""
    holes = {
        "target": table(layout.target),
        "key": listed(layout.key),
        "rows": temporary("rows", layout),
        "columns": listed(each.column for each in layout.carried),
        "kept": temporary("kept", layout),
        "added": listed(layout.added),
    }
    target.run("sync/drop_temporary", {"table": temporary("rows", layout)})
    target.run("sync/create_rows", holes)
    if layout.added:
        target.run("sync/drop_temporary", {"table": temporary("kept", layout)})
        target.run("sync/create_kept", holes)
