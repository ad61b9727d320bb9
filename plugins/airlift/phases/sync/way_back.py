"""What a person is told of the way back: before the gate whether it works, and after the switch how far it is. Changes nothing."""

from dataclasses import replace
from typing import Any

from airlift.databases import Session
from airlift.databases.shapes import Layout
from airlift.errors import Refused
from airlift.phases.migration import Migration
from airlift.phases.sync.ranges import ranges
from airlift.phases.ways import Way

TRIED = 10_000
"""Rows of each table that are tried."""


def tried(m: Migration, layouts: list[Layout]) -> list[dict[str, Any]]:
    """For each table: how many rows were `tried`, what the server said `against` them, and how many would come back `changed`.

    Rows are counted as changed where a column is computed: all that there are just now, of which sync back only touches those that are
    written on the new side.
    """
    way = Way(m, is_back=True)
    with way.sender.session() as target, way.receiver.session() as source:
        # before the cutover the old table has its own name
        return [_tried(way, target, source, replace(layout.mirrored(), target=layout.source), layout) for layout in layouts]


def _tried(way: Way, target: Session, source: Session, back: Layout, layout: Layout) -> dict[str, Any]:
    found: dict[str, Any] = {"table": str(layout.source), "tried": 0, "against": None, "changed": 0}
    try:
        with target.transaction(), source.transaction():
            found["tried"] = way.receiver.streams.try_rows(way.sender.sends(target), source, back, TRIED)
    except Refused as error:
        return {**found, "against": str(error)}
    if layout.computed:
        for keys in ranges(way, target, source, back):
            with target.transaction(), source.transaction():
                found["changed"] += way.receiver.checksums.count_changed(way.sender.sends(target), source, back, keys)
    return found


def behind(m: Migration, layouts: list[Layout]) -> dict[str, Any]:
    """How far the old tables are behind the new ones: the `changes` that wait, and up to when (`at`) they have all."""
    names = [m.capture_names(layout.mirrored()) for layout in layouts]
    with m.source.session() as source, source.transaction():
        returning = m.source.way_back.read(source, m.name)
    with m.target.session() as target, target.transaction(snapshot=True):
        found = m.target.windows.changes(target, names, returning.position)
    return {"changes": sum(each.changes for each in found), "at": returning.at}
