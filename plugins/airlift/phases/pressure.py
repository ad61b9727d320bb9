"""Decide from what was read of the servers how fast to go. Pure functions: no server, no clock, no ledger.

The limits are decisions, not settings: a service that is well stays below them, and whoever knows better sets the pace on the page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airlift.databases import Disk, Slot, Standby

FULL = 1.0
UNKNOWN = 0.5
"""The pace while a signal can't be read: half as fast, and no slower, for that may last for the whole migration."""
SLOW = 0.25
"""The pace while a signal says that a server is under pressure."""
STANDBY_SECONDS = 5.0
STANDBY_BYTES = 1 << 30
"""A standby further behind than either serves readers what is long gone, or will be missed in a failover."""
WAIT_SECONDS = 1.0
WAITERS = 3
"""So many sessions that have waited for a lock for so long are a queue, not the usual meeting of two writers."""
COMMIT_SECONDS = 0.25
"""A small commit that takes longer waits for a disk, or for a synchronous standby, as those of the service do."""
SLOT_BYTES = 4 << 30
"""A slot that keeps more WAL than this fills the disk with it."""
LEAST_ROOM = 1 << 30
MOST_ROOM = 64 << 30
"""What the change log may take: a quarter of the tables, within these bounds, unless a person says how much there is."""
NEARLY = 0.5
"""From this part of its room on the log is spoken of, and windows rest no more."""
MOSTLY = 0.75
"""From this part of its room on what was made on the target is spoken of: that a copy takes half of it is what the room is for."""
AGAIN = 0.1
"""With every such part more it is spoken of again."""
KEPT_PART = 0.05
MOST_KEPT = 10 << 30
"""What is left free of a disk that a server can be asked about: a part of it, up to so many bytes. The service may live there, too."""
BEHIND_SECONDS = 10.0
"""A window with a longer lag ends all rests, until the lag is below `CAUGHT_UP_SECONDS`: else it would run away."""
CAUGHT_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Verdict:
    """What one signal says: the pace to go at, and why in words, where that is not full speed."""

    about: str
    pace: float = FULL
    words: str = ""


def standbys(found: list[Standby], *, about: str, remedy: str) -> Verdict:
    """Whether a standby falls behind. None at all is well; those that can't be seen may be anywhere."""
    for each in found:
        if (each.seconds or 0) >= STANDBY_SECONDS:
            return Verdict(about, SLOW, f'{about}: "{each.name}" is {each.seconds:,.0f} s behind')
        if (each.bytes or 0) >= STANDBY_BYTES:
            return Verdict(about, SLOW, f'{about}: "{each.name}" is {size(each.bytes or 0)} of WAL behind')
    hidden = sum(each.is_hidden for each in found)
    if hidden:
        return Verdict(about, UNKNOWN, f"{about}: our role may not see how far {hidden} of them may be behind. {remedy}")
    return Verdict(about)


def lock_waits(pids: list[int], *, about: str) -> Verdict:
    """Whether sessions of the service queue for locks."""
    if len(pids) < WAITERS:
        return Verdict(about)
    named = ", ".join(map(str, pids[:5])) + (", ..." if len(pids) > 5 else "")
    return Verdict(about, SLOW, f"{about}: {len(pids)} sessions wait for locks (processes {named})")


def commits(seconds: float | None, *, about: str) -> Verdict:
    """Whether a commit takes long. One that could not be tried says nothing."""
    if seconds is None or seconds < COMMIT_SECONDS:
        return Verdict(about)
    return Verdict(about, SLOW, f"{about}: a small one takes {seconds:.2f} s")


def slots(largest: Slot | None, *, about: str) -> Verdict:
    """Whether WAL piles up behind somebody who does not fetch it."""
    if largest is None or (largest.bytes < SLOT_BYTES and not largest.is_at_risk):
        return Verdict(about)
    risk = " and is about to lose what it needs" if largest.is_at_risk else ""
    words = f'{about}: {size(largest.bytes)} for replication slot "{largest.name}"{risk}; see to its consumer, or drop it'
    return Verdict(about, SLOW, words)


def unreadable(about: str, reason: str) -> Verdict:
    """What is said of a signal that could not be read: too busy a server answers no questions either."""
    return Verdict(about, UNKNOWN, f"{about}: can't be read, {reason}")


def slowest(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The verdict to go by, or None where all is well."""
    return min((each for each in verdicts if each.pace < FULL), key=lambda each: each.pace, default=None)


def owed(after: float, *, pace: float, verdict: Verdict | None) -> dict[str, float]:
    """How long to rest after `after` seconds of work, by cause: at half the pace as long as it worked.

    The slower of the two counts, not both together; what the person's pace alone would cost is the pace's.
    """
    by_pace = after * (1 / pace - 1)
    more = after * (1 / verdict.pace - 1) - by_pace if verdict else 0.0
    return {"the pace": by_pace} | ({verdict.about: more} if verdict and more > 0 else {})


def charged(owing: Mapping[str, float], rested: float) -> str | None:
    """The cause that the next moment of a rest is charged to; None before the rest that costs something, and after it."""
    if rested < 0:
        return None
    for cause, seconds in owing.items():
        if rested < seconds:
            return cause
        rested -= seconds
    return None


def room_for_log(table_bytes: int, given: int | None, most: int | None = None) -> int:
    """How many bytes a change log may take of its server's disk: `most`, where that is known. What a person says of that disk counts."""
    usual = min(max(table_bytes // 4, LEAST_ROOM), MOST_ROOM)
    return given or (usual if most is None else max(min(usual, most), 1))


def left_on(disk: Disk) -> int:
    """How many bytes of a disk may be taken beside what is there already."""
    return max(disk.free - min(int(disk.total * KEPT_PART), MOST_KEPT), 0)


def room_on(taken: int, given: int | None, disk: Disk | None) -> int | None:
    """How many bytes a migration may take of the target's disk in all, of which it has `taken` some. None where nobody knows.

    What a person says counts before what the server does, which knows no quotas and may look at another disk than its tables are on.
    """
    if given is not None:
        return given
    return None if disk is None else max(taken + left_on(disk), 1)


@dataclass(frozen=True)
class Filling:
    """How full a room on a server's disk is, in bytes; `rate` is how many come in a second, `what` takes them, in words.

    `room` is None where nobody knows how much there is.
    """

    what: str
    taken: int
    room: int | None
    rate: float = 0.0

    @property
    def part(self) -> float:
        """The part of the room that is taken."""
        return 0.0 if self.room is None else self.taken / self.room

    @property
    def is_full(self) -> bool:
        """Whether there is no room left."""
        return not self.has_room_for(0)

    def has_room_for(self, ahead: float) -> bool:
        """Whether so many bytes more leave some of the room."""
        return self.room is None or self.taken + ahead < self.room

    @property
    def left(self) -> int | None:
        """The bytes that are left of the room; None where nobody knows."""
        return None if self.room is None else max(self.room - self.taken, 0)

    def __str__(self) -> str:
        """One sentence, with when it will be full."""
        if self.room is None:
            return f"{self.what} takes {size(self.taken)}."
        grows = self.rate > 0 and not self.is_full
        left = f", and grows by {size(self.rate)}/s: full in about {span((self.room - self.taken) / self.rate)}" if grows else ""
        return f"{self.what} takes {size(self.taken)} of the {size(self.room)} that it may take ({self.part:.0%}){left}."


class Telling:
    """When a room that fills is to be spoken of: from a part of it on, and with every tenth more."""

    def __init__(self, begins_at: float) -> None:
        self._next = begins_at

    def is_due(self, filling: Filling) -> bool:
        """Whether to speak of it now. What was said is not said again."""
        if filling.part < self._next:
            return False
        self._next = filling.part + AGAIN
        return True


def catching_up(before: str | None, *, lag: float, log: Filling | None) -> str | None:
    """Why windows may not rest now, not even under pressure: in words, or None. `before` is what this said last."""
    if log and log.part >= NEARLY and log.rate > 0:
        return f"the change log has taken {NEARLY:.0%} of its room and grows"
    if lag > BEHIND_SECONDS or (before and lag >= CAUGHT_UP_SECONDS):
        return f"the lag is over {CAUGHT_UP_SECONDS if before else BEHIND_SECONDS:.0f} s"
    return None


def lost_words(lost: Mapping[str, float], seconds: float) -> str | None:
    """How much of its time a loop has rested, and why; None where it is not worth a word."""
    worth = {cause: each for cause, each in sorted(lost.items(), key=lambda item: -item[1]) if each >= 0.05}
    if not worth:
        return None
    causes = ", ".join(f"{span(each)} for {cause}" for cause, each in worth.items())
    return f"Rested {span(sum(worth.values()))} of {span(seconds)}: {causes}."


def size(number: float) -> str:
    """Bytes, for people."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:,.0f} {unit}"
        number /= 1000
    return f"{number:,.1f} GB"


def span(seconds: float) -> str:
    """A stretch of time, for people."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:,.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"
