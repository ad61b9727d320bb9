"""How a loop that copies, carries or compares rests between two pieces of work: by its pace, under pressure, or because a person
has paused it. Knows none of the loops.

It rests where the loop holds nothing, neither lock nor transaction, and hears there that its task was killed.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime

from airlift.databases import Session
from airlift.errors import Interrupted, Refused
from airlift.ledger import NOW, Stage, controls, rests, tables
from airlift.phases import pressure
from airlift.phases.migration import Migration
from airlift.phases.pressure import Filling, Telling, Verdict
from airlift.phases.watching import FreeSpace, Watch, log_gauge, target_gauge
from airlift.phases.ways import Way

TICK = 0.2
"""So often a rest looks whether it was killed."""
HEAR_EVERY = 1.0
LOOK_EVERY = 2.0
"""Seconds between two looks at what a person asks for, and at the servers."""
SHARE = 0.05
"""The part of its time that a loop may spend on looking, for the servers may be far away."""
WRITE_EVERY = 5.0
PAUSE = "a pause"
_MORE_ROOM = (
    "The triggers go on noting changes. Look at that disk: if it has more room, say how much on the page Airlift of this run, and clear "
    "this task, which goes on where it was. If it has not, {end}, which drops the log."
)
_MORE_DISK = (
    "Nothing is lost. Look at that disk: if it has more room, say how much on the page Airlift of this run, and clear this task, which "
    "goes on where it was. If it has not, abandon the migration with its DAG roll_back_{name}, which drops what was made there."
)
_END = "abandon the migration with its DAG roll_back_{name}"
_END_BACK = "approve contract.approve and go back no more"
"""What rids a disk of the log for good: before the cutover, and after it."""


@dataclass(frozen=True)
class Command:
    """What a person asks for. `pace` is the run's own where nobody has set another."""

    pace: float
    pace_by: str | None = None
    paused_at: datetime | None = None
    paused_by: str | None = None
    reason: str | None = None
    log_room: int | None = None
    target_room: int | None = None
    target_room_by: str | None = None

    @property
    def paused(self) -> str | None:
        """Who paused it, since when and why, in words; None where nobody did."""
        if self.paused_at is None:
            return None
        why = f": {self.reason}" if self.reason else ""
        return f"paused by {self.paused_by} since {self.paused_at:%Y-%m-%d %H:%M:%S %Z}{why}"


@dataclass(frozen=True)
class Fills:
    """What a loop fills, or lets fill: `target` is what it makes there, `log` the change log, which nothing empties meanwhile."""

    target: bool = False
    log: bool = False


NOTHING = Fills()
THE_TARGET = Fills(target=True)
"""What windows fill: they empty the log."""
BOTH = Fills(target=True, log=True)
"""What the copy and the building of indexes fill."""


class Pacing:
    """One loop's rests. Its sessions are the loop's own, used only while the loop does nothing with them."""

    def __init__(self, way: Way, source: Session, target: Session, *, stream: str, fills: Fills, ahead: int) -> None:
        self._way = way
        self._m = m = way.m
        self._target = target
        self._fills = fills
        self._ahead = ahead
        sending, receiving = (target, source) if way.is_back else (source, target)
        self._watch = Watch(way, sending, receiving)
        self._command = Command(m.settings.pace)
        self._verdict: Verdict | None = None
        self._log: Filling | None = None
        self._made: Filling | None = None
        self._log_telling, self._old_telling = Telling(pressure.NEARLY), Telling(pressure.NEARLY)
        self._made_telling = Telling(pressure.MOSTLY)
        self._catching_up: str | None = None
        self._paused: tuple[float, int] | None = None
        self._state: str | None = None
        self._began = self._written = time.monotonic()
        self._hear_at = self._look_at = 0.0
        self._row = {"task": m.run.task_id, "stream": stream}
        with target.transaction():
            self._tables = m.ledger.total(target, tables.c.bytes)
            self._gauge = log_gauge(way, sending, target)
            self._old_gauge = log_gauge(Way(m), source, target) if way.is_back else None
            self._made_gauge = target_gauge(m, target)
            self._in_place = m.ledger.must_stand(target, Stage.PREPARED).in_place
            before = m.ledger.rows(target, rests, **self._row)
        self._free_on_target = FreeSpace(m, m.target, target)
        self._free_on_source = FreeSpace(m, m.source, source)
        # an earlier try of this task may have rested, too
        self._lost: defaultdict[str, float] = defaultdict(float, before[0]["lost"] if before else {})
        self._seconds_before = before[0]["seconds"] if before else 0.0

    def rest(self, after: float, *, at_least: float = 0.0, lag: float | None = None, ahead: int | None = None) -> bool:
        """Rest after `after` seconds of work, and as long as a person wants; whether there was a pause.

        `at_least` seconds are no time lost. A loop of windows tells its `lag`: if that grows, catching up comes first. `ahead` is about
        how many bytes the next piece of work makes on the target, of this loop and of those beside it. Raises Refused when the change log
        has no room left or the target's disk none for what is ahead, and Interrupted when the task is stopped.
        """
        self._ahead = self._ahead if ahead is None else ahead
        rested, had_pause = 0.0, False
        while True:
            self._attend()
            if self._command.paused:
                had_pause = True
                self._pause()
                continue
            self._resume()
            self._must_fit()
            self._judge(lag)
            owing = self._owing(after)
            left = at_least + sum(owing.values()) - rested
            if left <= 0:
                return had_pause
            cause = pressure.charged(owing, rested - at_least)
            took = self._nap(min(left, TICK))
            rested += took
            if cause:
                self._lost[cause] += took

    def catch_up(self, why: str) -> bool:
        """Rest no more until the lag is small; False where it rests not at all, and so is not to blame."""
        if self._catching_up or not self._is_slowed:
            return False
        self._catching_up = why
        self._say()
        return True

    def say_lost(self) -> None:
        """Tell the person on duty what the rests have cost."""
        if words := pressure.lost_words(self._lost, self._seconds):
            self._m.log.info("%s", words)

    def end(self) -> None:
        """Note in the ledger that nothing slows this loop any more, for it has ended."""
        if self._lost or self._written > self._began:
            self._write(has_ended=True)

    @property
    def _seconds(self) -> float:
        return float(self._seconds_before + time.monotonic() - self._began)

    @property
    def _is_slowed(self) -> bool:
        return self._command.pace < pressure.FULL or self._verdict is not None

    def _owing(self, after: float) -> dict[str, float]:
        return {} if self._catching_up else pressure.owed(after, pace=self._command.pace, verdict=self._verdict)

    def _nap(self, seconds: float) -> float:
        began = time.monotonic()
        time.sleep(seconds)
        if self._m.source.is_cancelled or self._m.target.is_cancelled:
            raise Interrupted("The task was stopped while it rested; nothing was under way.")
        return time.monotonic() - began

    # ---- catching up, and pauses

    def _judge(self, lag: float | None) -> None:
        """Whether windows have to catch up first."""
        if lag is None:
            return
        why = pressure.catching_up(self._catching_up, lag=lag, log=self._log)
        if not why or self._is_slowed:
            self._catching_up = why
            self._say()

    def _pause(self) -> None:
        if self._paused is None:
            self._paused = (time.monotonic(), self._log.taken if self._log else 0)
            self._m.log.warning("%s. No lock and no transaction is held meanwhile; Resume is on the page Airlift.",
                                _sentence(str(self._command.paused)))  # fmt: skip
            self._write()
        self._lost[PAUSE] += self._nap(TICK)

    def _resume(self) -> None:
        if self._paused is not None:
            self._m.log.warning("It goes on, after a pause of %s.", pressure.span(time.monotonic() - self._paused[0]))
            self._paused = None
            self._write()

    # ---- hearing, looking, saying

    def _attend(self) -> None:
        """Hear what a person asks for and look at the servers, each when it is time; say what is new."""
        now = time.monotonic()
        if now >= self._hear_at:
            self._command = self._heard()
            self._hear_at = time.monotonic() + HEAR_EVERY
        if now >= self._look_at:
            self._measure()
            if not self._command.paused:
                self._must_fit()
            self._mind_log()
            if not self._command.paused:
                self._verdict = self._watch.look()
            self._look_at = time.monotonic() + max(LOOK_EVERY, (time.monotonic() - now) / SHARE)
        self._say()
        if time.monotonic() - self._written > WRITE_EVERY:
            self._write()

    def _heard(self) -> Command:
        """What a person asks for. Raises Refused where the migration was abandoned meanwhile: whoever did that waits for us."""
        with self._target.transaction():
            standing = self._m.standing_in(self._target, Stage.PREPARED)
            found = self._m.ledger.rows(self._target, controls)
        if self._way.is_back and standing.stage < Stage.SWITCHED:
            found = []  # a roll back waits for no pause; what it has left nothing to do for has to see that
        row = {each.name: found[0][each.name] for each in fields(Command)} if found else {}
        return Command(**{**row, "pace": row.get("pace") or self._m.settings.pace})

    def _say(self) -> None:
        """Say what slows it, when that has become something else."""
        state = f"{self._command.pace} {bool(self._catching_up)} {self._verdict and self._verdict.about}"
        if state == self._state:
            return
        is_first, self._state = self._state is None, state
        words = self._words()
        if words or not is_first:
            self._m.log.info("%s.", _sentence(words or "Nothing slows it any more"))
            self._write()

    def _words(self) -> str | None:
        """What slows it at this moment; None where nothing does."""
        command, verdict = self._command, self._verdict
        if self._catching_up:
            return f"not slowed, for catching up comes first: {self._catching_up}"
        if verdict and verdict.pace < command.pace:
            return f"slowed to {verdict.pace:.0%} of full speed by {verdict.words}"
        if command.pace < pressure.FULL:
            return f"slowed to {command.pace:.0%} of full speed by {command.pace_by or 'the pace of this run'}"
        return None

    def _write(self, *, has_ended: bool = False) -> None:
        """Note in the ledger what slows it and what that has cost so far, for the page."""
        m, log, made = self._m, self._log, self._made
        now = None if has_ended else self._command.paused or self._words()
        values = {
            "seconds": self._seconds, "lost": dict(self._lost), "now": now, "log_bytes": log.taken if log else None,
            "log_room": log.room if log else None, "target_bytes": made.taken if made else None,
            "target_room": made.room if made else None, "at": NOW,
        }  # fmt: skip
        with self._target.transaction():
            if not m.ledger.change(self._target, rests, self._row, **values):
                m.ledger.add(self._target, rests, **self._row, **values)
        self._written = time.monotonic()

    # ---- disks

    def _measure(self) -> None:
        """Measure what fills a disk, and warn from a part of its room on and with every tenth more."""
        command = self._command
        self._made = made = self._made_gauge.measure(
            lambda taken: pressure.room_on(taken, command.target_room, self._free_on_target.ask() if command.target_room is None else None)
        )
        # on the target's disk the log takes of the room that is said of that
        is_on_target = self._way.is_back or self._in_place
        left = made.left if made and is_on_target else None if is_on_target else self._left_on_source()
        self._log = self._gauge.measure(lambda taken: self._room_for_log(taken, left, command.log_room))
        if made and self._made_telling.is_due(made):
            self._m.log.warning("%s %s", made, f"Before it is full, {self._what_stops()}")
        if self._old_gauge is not None:
            # another server's disk than the one that a person may have said the room of
            left = made.left if made and self._in_place else self._left_on_source()
            old = self._old_gauge.measure(lambda taken: self._room_for_log(taken, left, None))
            if old and self._old_telling.is_due(old):
                self._m.log.warning("%s It notes what comes back, for a next cutover; contract.approve ends that, and drops it.", old)

    def _left_on_source(self) -> int | None:
        disk = self._free_on_source.ask()
        return None if disk is None else pressure.left_on(disk)

    def _room_for_log(self, taken: int, left: int | None, given: int | None) -> int:
        return pressure.room_for_log(self._tables, given, None if left is None else taken + left)

    def _must_fit(self) -> None:
        """Stop what makes something on the target before its disk is full."""
        made = self._made
        if not self._fills.target or made is None:
            return
        steps = self._m.settings.workers * self._m.target.signals.file_step
        if made.has_room_for(self._ahead + steps + self._made_gauge.grown_since):
            return
        self._write()  # what the page shows is what it stops for
        next_one = "" if made.is_full or not self._ahead else f" What is to come next takes about {pressure.size(self._ahead)} more."
        said = f" (said by {self._command.target_room_by})" if self._command.target_room_by else ""
        more = _MORE_DISK.format(name=self._m.name)
        raise Refused(f"{str(made).rstrip('.')}{said}.{next_one} This task stops here, before the disk is full. {more}")

    def _what_stops(self) -> str:
        if self._fills.target:
            return "this task stops."
        return "a pause of the windows back ends." if self._way.is_back else "copy, index builds and windows stop."

    def _mind_log(self) -> None:
        """Warn when half of the log's room is taken, and with every tenth more; stop what lets it grow when there is none left.

        Windows are not stopped: they alone empty it. The space that they empty is used again before the log takes more.
        """
        log = self._log
        if log is None:
            return
        is_emptied = not self._fills.log and self._paused is None
        if log.is_full and not is_emptied and log.taken > (self._paused[1] if self._paused else 0):
            raise Refused(f"{log} {self._stopped()} {self._more_room()}")
        if (log.rate > 0 or self._fills.log) and self._log_telling.is_due(log):
            self._m.log.warning("%s When it is full, %s.", log, "only windows empty it" if is_emptied else "this task stops")

    def _stopped(self) -> str:
        if self._fills.log:
            return "The copy stops here, before the disk is full: only the windows that come after it empty the log."
        return f"The windows that would empty it are {self._command.paused}. Resume, and clear this task."

    def _more_room(self) -> str:
        end = _END_BACK if self._way.is_back else _END.format(name=self._m.name)
        return _MORE_ROOM.format(end=end)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".")


@contextmanager
def pacing(
    m: Migration, source: Session, target: Session, *, stream: str = "", fills: Fills = NOTHING, ahead: int = 0, is_back: bool = False
) -> Iterator[Pacing]:
    """The rests of a loop, the first of them before its first piece of work, which makes about `ahead` bytes on the target.

    `is_back`: what it carries goes back, so that the target has the service and the log.
    """
    paced = Pacing(Way(m, is_back), source, target, stream=stream, fills=fills, ahead=ahead)
    try:
        paced.rest(0.0)
        yield paced
    finally:
        paced.say_lost()
    paced.end()
