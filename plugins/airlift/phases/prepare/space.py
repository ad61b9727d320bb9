"""How much room a migration needs on both disks and how much there is, as far as either can be known. Knows how to judge it, too."""

from collections.abc import Iterator
from dataclasses import dataclass

from airlift.phases.migration import Settings
from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Situation
from airlift.phases.pressure import room_for_log, room_on, size

SAID = "said in the form of this run"
FOUND = "free by the server's word, less what is always left"


@dataclass(frozen=True)
class Space:
    """Bytes: of the new tables with their indexes, of the target's WAL besides, of the largest index once more while it is sorted, and what
    the change log may take on the source.

    `there` is what was on the target beforehand of what is measured there, `room` what a migration may take of the target's disk, None
    where nobody knows; `by` says who knows.
    """

    tables: int
    wal: int
    sort: int
    log: int
    there: int = 0
    room: int | None = None
    by: str = ""

    def needs(self) -> str:
        """What to look for on the disks, for people."""
        return (
            f"Room that it needs: on the target's disk about {size(self.tables)} for tables and indexes (what they take on the source), "
            f"{size(self.sort)} more while the largest index is sorted, and {size(self.wal)} of WAL besides, more where a slot keeps it; "
            f"on the source's up to {size(self.log)} for the change log, at which the copy stops."
        )

    def room_words(self, remedy: str) -> str:
        """How much room there is on the target's disk, for people; where nobody knows, what can be done about it."""
        if self.room is not None:
            return f"Room on the target's disk: {size(self.room)} ({self.by}). Copy, index builds and windows stop before that is taken."
        return (
            f"Nobody knows how much room the target's disk has. {remedy}. Say it in the form of the run (target_room), or on its page "
            "Airlift: then copy, index builds and windows stop before the disk is full. They can't now."
        )


def needed(situation: Situation, settings: Settings) -> Space:
    """The room that is needed, and that there is. A table that you made yourself may take more, or less, than the old one."""
    source, target = situation.source, situation.target
    with source.asking():
        taken = source.database.signals.space_taken(source.session, situation.oids)
        indexes = source.database.signals.index_space(source.session, situation.oids)
    with target.asking():
        wal = target.database.signals.wal_limit(target.session)
    there = target.database.signals.made_bytes(target.session, [moved.target for moved in situation.moved])
    disk = target.database.signals.disk(target.session)
    return Space(
        tables=taken,
        wal=wal,
        sort=max((each.largest for each in indexes.values()), default=0),
        log=room_for_log(sum(moved.old.relation.bytes for moved in situation.moved), None),
        there=there,
        room=room_on(0, settings.target_room, disk),
        by=SAID if settings.target_room is not None else FOUND if disk else "",
    )


def check(space: Space, where: str) -> Iterator[Finding]:
    """Yield where the new tables can't fit into the room that there is, or may not."""
    if space.room is None:
        return
    disk = f"disk of {where}"
    has = f"has room for {size(space.room)} ({space.by}), and the new tables with their indexes take about {size(space.tables)}"
    if space.tables >= space.room:
        remedy = "Make room there, and say in the form how much there is; where the old tables are larger than their rows, that may be more"
        yield refused(disk, has, remedy)
    elif space.tables + space.sort + space.wal >= space.room:
        fact = f"{has}, {size(space.sort)} more while the largest index is sorted, and {size(space.wal)} of WAL besides"
        yield warning(disk, fact, "See whether that fits: else it stops before the disk is full, and waits for a larger room")
