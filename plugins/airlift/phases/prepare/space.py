"""How much room a migration needs on both disks, as far as that can be known. How much there is, SQL can't be asked."""

from dataclasses import dataclass

from airlift.phases.prepare.checks.situation import Situation
from airlift.phases.pressure import room_for_log, size


@dataclass(frozen=True)
class Space:
    """Bytes: of the new tables with their indexes, of the target's WAL besides, and what the change log may take on the source."""

    tables: int
    wal: int
    log: int

    def __str__(self) -> str:
        """What to look for on the disks, for people."""
        return (
            f"Room that it needs: on the target's disk about {size(self.tables)} for tables and indexes (what they take on the source) and "
            f"{size(self.wal)} of WAL besides, more where a slot keeps it; on the source's up to {size(self.log)} for the change log, at "
            "which the copy stops. How much room there is can't be asked in SQL: look at the disks."
        )


def needed(situation: Situation) -> Space:
    """The room that is needed. A table that you made yourself may take more, or less, than the old one."""
    source, target = situation.source, situation.target
    with source.asking():
        taken = source.database.signals.space_taken(source.session, situation.oids)
    with target.asking():
        wal = target.database.signals.wal_limit(target.session)
    return Space(taken, wal, room_for_log(sum(moved.old.relation.bytes for moved in situation.moved), None))
