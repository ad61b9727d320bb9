"""The keys of a window on the target: each once, however often and in whatever spelling they were noted. Knows no rows."""

from airlift.databases.mysql.lines import Place, places, row, sources
from airlift.databases.mysql.loading import taking
from airlift.databases.mysql.logs import log_columns
from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames, own
from airlift.databases.pumping import pump
from airlift.databases.shapes import Carried, Layout

CHECK_ONLY = Place("airlift check only", "number")


def keys_table(layout: Layout) -> str:
    """The temporary table of a window's keys."""
    return temporary("keys", layout)


def temporary(what: str, layout: Layout) -> str:
    """A temporary table of ours, in our own database: there we may have some."""
    return table(own(f"airlift_{what}_{layout.no}"))


def key_of_layout(layout: Layout) -> list[Carried]:
    """The carried columns that make the key."""
    by_name = {each.column: each for each in layout.carried}
    return [by_name[name] for name in layout.key]


def create_keys(target: Session, layout: Layout) -> None:
    """Make the temporary tables for the keys of a window."""
    holes = {"key": listed(layout.key), "target": table(layout.target)}
    for what in ("arrived", "keys"):
        target.run("sync/drop_temporary", {"table": temporary(what, layout)})
    target.run("sync/create_arrived", {**holes, "arrived": temporary("arrived", layout)})
    target.run("sync/create_keys", {**holes, "keys": keys_table(layout)})


def send_keys(source: Session, target: Session, layout: Layout, names: CaptureNames) -> None:
    """Bring the keys that the log has to the target."""
    put = taking(target, own(f"airlift_arrived_{layout.no}"), [*places(key_of_layout(layout)), CHECK_ONLY])
    pump(source, logged_keys(source, layout, names), target, put)


def logged_keys(source: Session, layout: Layout, names: CaptureNames) -> str:
    """The statement that sends the keys of the log, as the new table has them.

    What makes the new table's key of the old one's columns is made of the log's, under their names.
    """
    as_key = zip(log_columns(layout.source_key), layout.source_key, strict=True)
    holes = {
        "line": row(sources(key_of_layout(layout))),
        "log_key": ", ".join(f"{quoted(own_name)} AS {quoted(column)}" for own_name, column in as_key),
        "log": table(names.log),
        "source": quoted(layout.source.name),
    }
    return source.text("sync/send_keys", holes)


def merge_keys(target: Session, layout: Layout) -> int:
    """Make the window's keys of all that arrived; how many."""
    holes = {"keys": keys_table(layout), "arrived": temporary("arrived", layout), "key": listed(layout.key)}
    return target.run("sync/merge_keys", holes)
