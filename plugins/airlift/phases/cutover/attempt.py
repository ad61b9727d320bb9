"""One attempt at a hand-over, from the request for the first lock to the commit that decides. Knows no direction."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from airlift import faults
from airlift.databases import Database, Lock, LockTimeout, Session
from airlift.errors import AirliftError, Interrupted, Refused
from airlift.ledger import Stage, Standing, attempts
from airlift.phases.cutover.deadline import ended_after
from airlift.phases.cutover.deciding import (
    UNDER_WAY,
    attempt_id,
    call_back,
    decided_in,
    move_services,
    note_decided,
    recover,
)
from airlift.phases.cutover.hand_over import HandOver
from airlift.phases.locking import LONGEST_WAIT, MAINTENANCE_LEAVES_WITHIN, OLD_MS, wait_for_quiet
from airlift.phases.migration import Migration
from airlift.phases.sync.carrying import Carrier
from airlift.phases.sync.premises import broken, premises

QUIET_WITHIN = 5.0
"""Seconds to wait, holding nothing, for old transactions to end before the fence goes up."""
SNAPSHOTS_END_WITHIN = 0.05
"""Seconds under the fence for statements that began before it to end: most take less, and giving up costs another pause."""
POLITE_ATTEMPTS = 4
"""Attempts that may find the tables in use, before one insists on them."""
BEFORE_DECISION = 0.8
"""The part of `max_pause` after which no attempt goes on: the rest is for the commit."""

GONE_ON = "Another try has handed the service over meanwhile. This one hands nothing over, and looks again."


class GivenUp(Exception):
    """An attempt that was given up. Nothing was decided; the writers went on after `pause` seconds."""

    def __init__(self, why: str, *, pause: float = 0.0, was_busy: bool = False) -> None:
        super().__init__(why)
        self.pause = pause
        self.was_busy = was_busy
        """Whether the tables were not to be had."""


@dataclass
class Attempt:
    """One attempt; the ledger counts them over all tries."""

    hand_over: HandOver
    sessions: Carrier
    since: int
    """The attempt that had handed the service over, either way, when the task began that makes this one: its approval is for what came
    of that. Should another try hand it over, and a roll back bring it back, a late one hands nothing over.
    """
    insists: bool = False
    """Whether it waits for tables that were never free when they were only asked for."""
    no: int = field(init=False)
    began: float = field(init=False)
    standing: Standing = field(init=False)
    before: dict[str, Any] = field(init=False)
    """The premises of the last proof of equality."""
    is_held: bool = field(default=False, init=False)
    is_announcing: bool = field(default=False, init=False)
    is_committing: bool = field(default=False, init=False)

    @property
    def m(self) -> Migration:
        """The migration."""
        return self.hand_over.m

    def make(self) -> float | None:
        """Make the attempt. Returns when the service was handed over; raises GivenUp when it was not.

        Across servers the services were moved then, and since when they could be is returned; None where they still have to be.
        """
        m = self.m
        self.standing = m.standing(self.hand_over.before)
        self.before = self.hand_over.proof()
        locks = self.hand_over.locks()
        blockers = self._wait_for_others(locks)
        with m.ledger_session() as ledger:
            if decided_in(m, ledger) != self.since:
                raise Interrupted(GONE_ON)
            self.no = m.ledger.next_no(ledger, attempts)
            is_back, words = self.hand_over.way.is_back, "; ".join(blockers) or None
            m.ledger.add(ledger, attempts, no=self.no, state="begun", blockers=words, is_back=is_back)
        self.hand_over.begin(self.sessions, self.no)
        if blockers:
            with self.sessions.sending.transaction() as sending:
                # where nobody knows who has the tables, whoever is named may have none of them
                may_be_busy = not self.hand_over.way.sender.fence.shows_holders(sending)
            self._let_go(f"in the way: {'; '.join(blockers)}.", was_busy=may_be_busy)
        return self._fenced(locks)

    def _wait_for_others(self, locks: list[Lock]) -> list[str]:
        """Wait, holding nothing, until nobody is in the way of a lock that is taken up to the decision; else who is."""
        sender, receiver = self.hand_over.way.sender, self.hand_over.way.receiver
        with self.sessions.sending.transaction() as sending:
            prepared, name = sender.positions.prepared(sending)
        if prepared:
            return [f'prepared transaction "{name}"']
        opened = [Lock(name, receiver.fence.writers_out) for name in self.hand_over.opened()]
        if self.standing.in_place:
            blockers = self._wait_for_quiet(sender, self.sessions.sending, [*locks, *opened])
            return blockers or self._wait_for_new_snapshots(locks)
        blockers = self._wait_for_quiet(sender, self.sessions.sending, locks)
        return blockers or self._wait_for_quiet(receiver, self.sessions.receiving, opened)

    def _wait_for_quiet(self, database: Database, session: Session, locks: list[Lock]) -> list[str]:
        """Likewise on one side. Where the server does not show who holds a table, an attempt that insists asks for it all the same."""
        with session.transaction():
            is_known = database.fence.shows_holders(session)
        return wait_for_quiet(database, session, locks, seconds=QUIET_WITHIN) if is_known or not self.insists else []

    def _fenced(self, locks: list[Lock]) -> float | None:
        """Fence, prove and hand over. What ends an attempt before its commit was asked for has decided nothing."""
        self.began = time.monotonic()
        moved_since: float | None = None
        try:
            self._under_fence(locks)
        except (GivenUp, AirliftError) as error:
            pause = self._pause()
            if not self._was_decided():
                self._give_up(error, pause)
        else:
            pause = self._pause()
            if not self.standing.in_place:
                # before anything is written down: writers wait for it, and whoever comes after a crash here calls it again
                with suppress(Interrupted):  # it was shouted, and is tried again as soon as the decision is noted
                    moved_since = move_services(self.hand_over.way, self.no, tries=1, ledger=self.sessions.ledger)
        with self.m.ledger_session() as ledger:
            if not note_decided(self.hand_over, ledger, self.no, pause_ms=pause * 1000):
                self.m.ledger.change(ledger, attempts, {"no": self.no, "state": "switched"}, pause_ms=pause * 1000)
        faults.reached("cutover.noted")
        return moved_since

    def _was_decided(self) -> bool:
        """After a fault: whether the name was handed over all the same. A lost answer is no answer; the sender's catalogs decide."""
        if not self.is_committing:
            self._call_back()
        if not self.is_announcing:
            return False
        return self.m.standing(self.hand_over.before).stage == self.hand_over.undecided and recover(self.hand_over)

    def _give_up(self, error: Exception, pause: float) -> NoReturn:
        why = str(error)
        if pause > self.m.settings.max_pause * BEFORE_DECISION and not isinstance(error, GivenUp):
            why = f"max_pause was nearly used up ({why})."
        self._note("given up", detail=why, pause_ms=pause * 1000)
        if isinstance(error, GivenUp | Interrupted):
            raise GivenUp(why, pause=pause, was_busy=isinstance(error, LockTimeout)) from error
        raise error

    def _under_fence(self, locks: list[Lock]) -> None:
        m, way = self.m, self.hand_over.way
        fence, server = way.sender.fence, way.sender.server
        assert server is not None  # known since the migration's standing was read
        with self.sessions.sending.transaction() as sending:
            longest = fence.longest_wait(sending, min(LONGEST_WAIT, m.settings.max_pause))
            with self.sessions.receiving.transaction() as receiving:
                # the tables that are to be opened are locked for an instant then
                way.receiver.fence.send_maintenance_away(receiving, self.hand_over.opened(), seconds=MAINTENANCE_LEAVES_WITHIN)
                self.hand_over.make_ready(sending, receiving)
        # should another process carry a window from now on, the position can't be moved from here
        start = self.sessions.position(self.hand_over.before)
        with self.sessions.sending.transaction(snapshot=True, airlift__applying="on") as fenced:
            fence.send_maintenance_away(fenced, [lock.table for lock in locks], seconds=MAINTENANCE_LEAVES_WITHIN)
            names = [m.capture_names(layout) for layout in self.sessions.layouts]
            self.hand_over.get_ready(fenced, locks, names)
            if self.insists and (words := fence.insist(fenced)):
                m.log.warning("%s", words)
            self.began = time.monotonic()
            self._hold()
            # from here on the server itself ends us when we stop moving
            lease = fence.lease(seconds=m.settings.max_pause - self._pause(), version=server.version)
            with ended_after(self._left(), [fenced, self.sessions.receiving, self.sessions.beating]):
                fence.keep_writers_out(fenced, locks, names, seconds=longest, lease=lease)
                faults.reached("cutover.locked")
                self._prove(fenced, locks, start)
                # durable with the announcement
                with self.sessions.receiving.transaction(synchronous_commit="off") as receiving:
                    self.hand_over.advance_sequences(fenced, receiving)
                faults.reached("cutover.proved")
                self._must_be_in_time()
                self.is_announcing = True
                self.hand_over.announce(self.sessions, self.no, fenced.pid, longest=longest)
                faults.reached("cutover.announced")
                self.hand_over.decide(fenced, longest=longest)
                faults.reached("cutover.deciding")
                self._must_be_in_time()
            self.is_committing = True
        faults.reached("cutover.decided")

    def _hold(self) -> None:
        """Have the services wait at the door. Its time counts to the pause."""
        if self.standing.in_place or not self.m.switch:
            return
        self.is_held = True
        self.m.switch.call("hold", self.id, seconds=self._left(), hold_seconds=self.m.settings.max_pause)
        faults.reached("cutover.held")
        self._must_be_in_time()

    def _left(self) -> float:
        return self.m.settings.max_pause * BEFORE_DECISION - self._pause()

    def _must_be_in_time(self) -> None:
        if self._left() < 0:
            raise GivenUp("max_pause was nearly used up before the decision.")

    def _prove(self, fenced: Session, locks: list[Lock], start: str) -> None:
        """Under the fence: carry the last window, from the position `start`, and prove that both sides are equal."""
        m, way, sessions = self.m, self.hand_over.way, self.sessions
        prepared, name = way.sender.positions.prepared(fenced)
        if prepared:
            raise GivenUp(f'the prepared transaction "{name}" is open.')
        window = sessions.carry_seen_by(fenced, start)
        still_looking = self._watched(fenced, locks) if self.standing.in_place else None
        faults.reached("cutover.carried")
        if window and window.differing:
            raise GivenUp(f"{window.differing} keys of the last window differ.")
        with sessions.receiving.transaction() as receiving:
            left = [each for each in way.receiver.windows.unverified(receiving, m.name, sessions.layouts) if each.waiting or each.differing]
            now = premises(way, fenced, receiving, sessions.layouts)
        if left:
            raise GivenUp("not every key has its verdict yet.")
        failed = broken(way, self.before, now)
        if failed:
            raise GivenUp(f"the comparison's premises do not hold any more: {'; '.join(failed)}.")
        if came := self.hand_over.came_since(now):
            what = f"somebody has put something on {', '.join(came)} since the attempt began, or changed what was there"
            raise GivenUp(f"{what}; the next one says what.")
        if still_looking:
            self._no_old_snapshots(still_looking)

    def _no_old_snapshots(self, still_looking: Callable[[], list[str]]) -> None:
        """In place: a session that looks at an instant before the last window would miss rows through the new view."""
        deadline = time.monotonic() + SNAPSHOTS_END_WITHIN
        while found := still_looking():
            if time.monotonic() > deadline:
                raise GivenUp(f"sessions look at an instant before the last window: {'; '.join(found)}.")
            time.sleep(0.002)

    def _wait_for_new_snapshots(self, locks: list[Lock]) -> list[str]:
        """In place: wait, holding nothing, until nobody looks at an instant long gone; else who does."""
        deadline = time.monotonic() + QUIET_WITHIN
        while True:
            with self.sessions.sending.transaction() as sending:
                names = [lock.table for lock in locks]
                found = self.hand_over.way.sender.fence.old_snapshots(sending, names, ours=self._ours(), older_ms=OLD_MS)
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def _watched(self, fenced: Session, locks: list[Lock]) -> Callable[[], list[str]]:
        """What says who still looks at an instant before this one."""
        return self.hand_over.way.sender.fence.watch_snapshots(fenced, [lock.table for lock in locks], ours=self._ours())

    def _ours(self) -> list[int]:
        return [self.sessions.sending.pid, self.sessions.receiving.pid, self.sessions.beating.pid]

    def _pause(self) -> float:
        """Seconds since the first writer may have begun to wait."""
        return time.monotonic() - self.began

    def _let_go(self, why: str, *, was_busy: bool) -> NoReturn:
        self._note("given up", detail=why, pause_ms=0.0)
        raise GivenUp(why, was_busy=was_busy)

    def _call_back(self) -> None:
        """Let the services go on where they were. Before anything is written down: they wait for it."""
        if not self.is_held:
            return
        has_stood_still = self._pause() > self.m.settings.max_pause
        if not (has_stood_still and self._is_handed_over()):
            call_back(self.hand_over.way, self.id)
        # looked up only now, for they wait: another try may have handed the service over beside this one
        if self.m.switch and self._is_handed_over():
            self.m.switch.call(self.hand_over.way.other, self.id)

    def _is_handed_over(self) -> bool:
        """Whether any try has handed the service over, by the sender's catalogs."""
        try:
            with self.hand_over.way.sender.session() as sending, sending.transaction():
                return self.hand_over.is_decided(sending)
        except Interrupted:  # a server is away: the next try looks
            return False

    def _note(self, state: str, **values: Any) -> None:
        # what another try found to be decided stays so
        with self.m.ledger_session() as ledger:
            self.m.ledger.change(ledger, attempts, {"no": self.no, "state": [*UNDER_WAY, "given up"]}, state=state, **values)

    @property
    def id(self) -> str:
        """The attempt's id, as `cutover.switch` is told it."""
        return attempt_id(self.m, self.no)


def _has_gone_on(m: Migration, since: int) -> bool:
    """Whether another try has handed the service over since, or may have: it may have died between the decision and its note."""
    with m.ledger_session() as ledger:
        stage = m.ledger.must_stand(ledger, Stage.PREPARED).stage
        return decided_in(m, ledger) != since or stage in (Stage.OPENING, Stage.ROLLING_BACK)


def try_often(m: Migration, attempt: Callable[[bool], float | None], *, since: int, otherwise: str) -> float | None:
    """Make attempts until one hands the service over; what that returned. Interrupted when all were given up, and then `otherwise`.

    An attempt is told whether it is to insist on its locks.
    `since` is the attempt that had handed it over when the task began. What is refused because another try has handed it over since
    is an interruption: names and guards are the other way round by then.
    """
    busy = 0
    for number in range(1, m.settings.attempts + 1):
        try:
            return attempt(busy >= POLITE_ATTEMPTS)
        except Refused:
            if _has_gone_on(m, since):
                raise Interrupted(GONE_ON) from None
            raise
        except GivenUp as given_up:
            busy += given_up.was_busy
            m.log.warning("Attempt %s of %s was given up after %.0f ms: %s The writers go on.", number, m.settings.attempts,
                          given_up.pause * 1000, given_up)  # fmt: skip
        time.sleep(min(0.2 * number, 3.0) * random.uniform(0.5, 1.0))
    raise Interrupted(
        f"{m.settings.attempts} attempts were given up; {otherwise}. The log names what stood in the way each time. This task tries again "
        "by itself; end those sessions, or allow a longer `max_pause`."
    )
