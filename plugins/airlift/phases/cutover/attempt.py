"""One attempt at the cutover, from the request for the first lock to the commit that decides."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from airlift import faults
from airlift.databases import Lock, Session
from airlift.databases.shapes import ForeignKey, Sequence
from airlift.errors import AirliftError, Interrupted
from airlift.ledger import Stage, Standing, attempts, objects
from airlift.phases.cutover.deadline import ended_after
from airlift.phases.cutover.deciding import attempt_id, call_back, move_services, recover
from airlift.phases.cutover.handing_over import HandOver
from airlift.phases.locking import LONGEST_WAIT, MAINTENANCE_LEAVES_WITHIN, OLD_MS, wait_for_quiet
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.carrying import Carrier
from airlift.phases.sync.premises import broken, premises
from airlift.spec import TableName

QUIET_WITHIN = 5.0
"""Seconds to wait, holding nothing, for old transactions to end before the fence goes up."""
MARGIN = 10_000
"""Values by which the new side's sequences are ahead: some may have been drawn by transactions that have not written yet."""
SNAPSHOTS_END_WITHIN = 0.05
"""Seconds under the fence for statements that began before it to end: most take less, and giving up costs another pause."""
BEFORE_DECISION = 0.8
"""The part of `max_pause` after which no attempt goes on: the rest is for the commit."""


class GivenUp(Exception):
    """An attempt that was given up. Nothing was decided; the writers went on after `pause` seconds."""

    def __init__(self, why: str, *, pause: float = 0.0) -> None:
        super().__init__(why)
        self.pause = pause


@dataclass
class Attempt:
    """One attempt; the ledger counts them over all tries."""

    m: Migration
    sessions: Carrier
    no: int = field(init=False)
    began: float = field(init=False)
    standing: Standing = field(init=False)
    hand_over: HandOver = field(init=False)
    is_held: bool = field(default=False, init=False)
    is_announcing: bool = field(default=False, init=False)
    is_committing: bool = field(default=False, init=False)

    def make(self) -> float | None:
        """Make the attempt. Returns when the name was handed over; raises GivenUp when it was not.

        Across servers the services were moved then, and since when they could be is returned; None where they still have to be.
        """
        m = self.m
        self.standing = m.standing(Stage.VIEWS_CREATED)
        self.hand_over = self._plan()
        locks = self.hand_over.locks()
        blockers = self._wait_for_others(locks)
        with m.ledger_session() as ledger:
            self.no = m.ledger.next_no(ledger, attempts)
            m.ledger.add(ledger, attempts, no=self.no, state="begun", blockers="; ".join(blockers) or None)
        if blockers:
            self._let_go(f"in the way: {'; '.join(blockers)}.")
        return self._fenced(locks)

    def _wait_for_others(self, locks: list[Lock]) -> list[str]:
        """Wait, holding nothing, until nobody is in the way of a lock that is taken up to the decision; else who is."""
        m = self.m
        with self.sessions.source.transaction() as source:
            prepared, name = m.source.positions.prepared(source)
        if prepared:
            return [f'prepared transaction "{name}"']
        opened = [Lock(layout.target, m.target.fence.writers_out) for layout in self.sessions.layouts]
        if self.standing.in_place:
            blockers = wait_for_quiet(m.source, self.sessions.source, [*locks, *opened], seconds=QUIET_WITHIN)
            return blockers or self._wait_for_new_snapshots()
        blockers = wait_for_quiet(m.source, self.sessions.source, locks, seconds=QUIET_WITHIN)
        return blockers or wait_for_quiet(m.target, self.sessions.target, opened, seconds=QUIET_WITHIN)

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
                    moved_since = move_services(self.m, self.id, tries=1)
        with self.m.ledger_session() as ledger:
            self.m.ledger.change(ledger, attempts, {"no": self.no}, state="switched", pause_ms=pause * 1000)
            self.m.ledger.reach(ledger, Stage.SWITCHED)
        faults.reached("cutover.noted")
        return moved_since

    def _was_decided(self) -> bool:
        """After a fault: whether the name was handed over all the same. A lost answer is no answer; who owns the name decides."""
        if not self.is_committing:
            self._call_back()
        return self.is_announcing and self.m.standing(Stage.VIEWS_CREATED).stage == Stage.OPENING and recover(self.m)

    def _give_up(self, error: Exception, pause: float) -> NoReturn:
        why = str(error)
        if pause > self.m.settings.max_pause * BEFORE_DECISION and not isinstance(error, GivenUp):
            why = f"max_pause was nearly used up ({why})."
        self._note("given up", detail=why, pause_ms=pause * 1000)
        if isinstance(error, GivenUp | Interrupted):
            raise GivenUp(why, pause=pause) from error
        raise error

    def _under_fence(self, locks: list[Lock]) -> None:
        m, fence = self.m, self.m.source.fence
        server = m.source.server
        assert server is not None  # known since the migration's standing was read
        with self.sessions.source.transaction():
            longest = fence.longest_wait(self.sessions.source, min(LONGEST_WAIT, m.settings.max_pause))
        with self.sessions.target.transaction() as target:
            # the new tables are locked for an instant when they are opened
            new = [layout.target for layout in self.sessions.layouts]
            m.target.fence.send_maintenance_away(target, new, seconds=MAINTENANCE_LEAVES_WITHIN)
        with self.sessions.source.transaction(snapshot=True, airlift__applying="on") as fenced:
            fence.send_maintenance_away(fenced, [lock.table for lock in locks], seconds=MAINTENANCE_LEAVES_WITHIN)
            self.began = time.monotonic()
            self._hold()
            # from here on the server itself ends us when we stop moving
            fenced.set_local(**fence.lease(seconds=m.settings.max_pause - self._pause(), version=server.version))
            with ended_after(self._left(), [fenced, self.sessions.target, self.sessions.beating]):
                fence.take(fenced, locks, seconds=longest)
                faults.reached("cutover.locked")
                self._prove(fenced)
                self._advance_sequences(fenced)
                faults.reached("cutover.proved")
                self._must_be_in_time()
                self.is_announcing = True
                self.hand_over.announce(self.no, fenced.pid, longest=longest)
                faults.reached("cutover.announced")
                self.hand_over.decide(fenced, longest=longest)
                faults.reached("cutover.deciding")
            self.is_committing = True
        faults.reached("cutover.decided")

    def _hold(self) -> None:
        """Have the services wait at the door. Its time counts to the pause."""
        if self.standing.in_place or not self.m.switch:
            return
        self.is_held = True
        self.m.switch.call("hold", self.id, seconds=self._left())
        faults.reached("cutover.held")
        self._must_be_in_time()

    def _left(self) -> float:
        return self.m.settings.max_pause * BEFORE_DECISION - self._pause()

    def _must_be_in_time(self) -> None:
        if self._left() < 0:
            raise GivenUp("max_pause was nearly used up before the decision.")

    def _prove(self, fenced: Session) -> None:
        """Under the fence: carry the last window, and prove that both sides are equal."""
        m = self.m
        prepared, name = m.source.positions.prepared(fenced)
        if prepared:
            raise GivenUp(f'the prepared transaction "{name}" is open.')
        with self.sessions.target.transaction() as target:
            standing = m.ledger.must_stand(target, Stage.VIEWS_CREATED)
        window = self.sessions.carry_seen_by(fenced, standing)
        carried_at = time.monotonic()
        faults.reached("cutover.carried")
        if window and window.differing:
            raise GivenUp(f"{window.differing} keys of the last window differ.")
        with self.sessions.target.transaction() as target:
            last = passes.newest(m, target)
            left = [each for each in m.target.windows.unverified(target, m.name, self.sessions.layouts) if each.waiting or each.differing]
            now = premises(m, fenced, target, self.sessions.layouts)
        if last is None or last["finished_at"] is None or left:
            raise GivenUp("not every key has its verdict yet.")
        failed = broken(last["premises"], now)
        if failed:
            raise GivenUp(f"the comparison's premises do not hold any more: {'; '.join(failed)}.")
        if self.standing.in_place:
            self._no_old_snapshots(fenced, carried_at)

    def _no_old_snapshots(self, fenced: Session, carried_at: float) -> None:
        """In place: a session that looks at an instant before the last window would miss rows through the new view."""
        deadline = time.monotonic() + SNAPSHOTS_END_WITHIN
        while True:
            since = (time.monotonic() - carried_at) * 1000
            found = self.m.source.fence.old_snapshots(fenced, self._sources(), ours=self._our_pids(), older_ms=since)
            if not found:
                return
            if time.monotonic() > deadline:
                raise GivenUp(f"sessions look at an instant before the last window: {'; '.join(found)}.")
            time.sleep(0.002)

    def _wait_for_new_snapshots(self) -> list[str]:
        """In place: wait, holding nothing, until nobody looks at an instant long gone; else who does."""
        if not self.standing.in_place:
            return []
        source, deadline = self.sessions.source, time.monotonic() + QUIET_WITHIN
        while True:
            with source.transaction():
                found = self.m.source.fence.old_snapshots(source, self._sources(), ours=self._our_pids(), older_ms=OLD_MS)
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def _advance_sequences(self, fenced: Session) -> None:
        fence = self.m.source.fence
        with self.sessions.target.transaction() as target:
            for sequence, name in self.hand_over.sequences(target):
                fence.advance_sequence(target, name, sequence, fence.sequence_state(fenced, sequence.name), MARGIN)

    def _plan(self) -> HandOver:
        m = self.m
        with self.sessions.source.transaction() as source:
            relations = m.source.catalog.relations(source)
            chosen = [relations[layout.source] for layout in self.sessions.layouts]
            sequences: list[Sequence] = m.source.catalog.sequences(source, chosen)
        with m.ledger_session() as ledger:
            keys = [(row["kind"], ForeignKey.from_json(row["definition"])) for row in m.ledger.rows(ledger, objects, made_at=None)
                    if row["kind"] in ("foreign_key", "repointed_key")]  # fmt: skip
        return HandOver(m, self.sessions, self.sessions.layouts, sequences, keys, in_place=self.standing.in_place)

    def _pause(self) -> float:
        """Seconds since the first writer may have begun to wait."""
        return time.monotonic() - self.began

    def _let_go(self, why: str) -> NoReturn:
        self._note("given up", detail=why, pause_ms=0.0)
        raise GivenUp(why)

    def _call_back(self) -> None:
        """Let the services go on where they were. Before anything is written down: they wait for it."""
        if self.is_held:
            call_back(self.m, self.id)

    def _note(self, state: str, **values: Any) -> None:
        with self.m.ledger_session() as ledger:
            self.m.ledger.change(ledger, attempts, {"no": self.no}, state=state, **values)

    @property
    def id(self) -> str:
        """The attempt's id, as `cutover.switch` is told it."""
        return attempt_id(self.m, self.no)

    def _sources(self) -> list[TableName]:
        return [layout.source for layout in self.sessions.layouts]

    def _our_pids(self) -> list[int]:
        return [self.sessions.source.pid, self.sessions.target.pid, self.sessions.beating.pid]
