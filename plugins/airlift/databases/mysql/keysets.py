"""The keys of a window on the target: each once, however often and in whatever spelling they were noted. Knows no rows."""

from airlift.databases.common_form import key_of
from airlift.databases.mysql.lines import Place, places
from airlift.databases.mysql.loading import take_in
from airlift.databases.mysql.quoting import listed, table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames, own
from airlift.databases.sending import Sending
from airlift.databases.shapes import Layout

CHECK_ONLY = Place("airlift check only", "number")


def keys_table(layout: Layout) -> str:
    """The temporary table of a window's keys."""
    return temporary("keys", layout)


def temporary(what: str, layout: Layout) -> str:
    """A temporary table of ours, in our own database: there we may have some."""
    return table(own(f"airlift_{what}_{layout.no}"))


def create_keys(target: Session, layout: Layout) -> None:
    """Make the temporary tables for the keys of a window."""
    holes = {"key": listed(layout.key), "target": table(layout.target)}
    for what in ("arrived", "keys"):
        target.run("sync/drop_temporary", {"table": temporary(what, layout)})
    target.run("sync/create_arrived", {**holes, "arrived": temporary("arrived", layout)})
    target.run("sync/create_keys", {**holes, "keys": keys_table(layout)})


def receive_keys(source: Sending, target: Session, layout: Layout, names: CaptureNames, since: str) -> None:
    """Bring the keys that the log has to the target."""
    columns = [*places(key_of(layout)), CHECK_ONLY]
    take_in(target, source.logged_keys(layout, names, since), own(f"airlift_arrived_{layout.no}"), columns)


def merge_keys(target: Session, layout: Layout) -> int:
    """Make the window's keys of all that arrived; how many."""
    holes = {"keys": keys_table(layout), "arrived": temporary("arrived", layout), "key": listed(layout.key)}
    return target.run("sync/merge_keys", holes)
