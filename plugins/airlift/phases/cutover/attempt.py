"""One attempt at the cutover, from the request for the first lock to the commit that decides."""

import time
from dataclasses import dataclass, field
from typing import Any, NoReturn

from airlift.databases import Lock, LockTimeout, Session
from airlift.databases.shapes import ForeignKey, Sequence
from airlift.errors import AirliftError, Interrupted
from airlift.ledger import Stage, Standing, attempts, objects
from airlift.phases.cutover.deciding import recover
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


class GivenUp(Exception):
    """An attempt that was given up. Nothing was decided; the writers went on after `pause` seconds."""

    def __init__(self, why: str, *, pause: float = 0.0, needs_new_pass: bool = False) -> None:
        super().__init__(why)
        self.pause = pause
        self.needs_new_pass = needs_new_pass


@dataclass
class Attempt:
    """One attempt; the ledger counts them over all tries."""

    m: Migration
    sessions: Carrier
    no: int = field(init=False)
    began: float = field(init=False)
    standing: Standing = field(init=False)
    hand_over: HandOver = field(init=False)

    def make(self) -> None:
        """Make the attempt. Returns when the name was handed over; raises GivenUp when it was not."""
        m = self.m
        self.standing = m.standing(Stage.VIEWS_CREATED)
        self.hand_over = self._plan()
        locks = self.hand_over.locks()
        blockers = wait_for_quiet(m.source, self.sessions.source, locks, seconds=QUIET_WITHIN)
        blockers = blockers or self._wait_for_new_snapshots()
        with m.ledger_session() as ledger:
            self.no = m.ledger.next_no(ledger, attempts)
            m.ledger.add(ledger, attempts, no=self.no, state="begun", blockers="; ".join(blockers) or None)
        if blockers:
            self.began = time.monotonic()
            self._let_go(f"in the way: {'; '.join(blockers)}.")
        self._fenced(locks)

    def _fenced(self, locks: list[Lock]) -> None:
        """Fence, prove and hand over. What ends an attempt before it was announced has decided nothing."""
        self.began = time.monotonic()
        try:
            self._under_fence(locks)
        except GivenUp as given_up:
            self._let_go(str(given_up), needs_new_pass=given_up.needs_new_pass)
        except LockTimeout as error:
            self._let_go(f"the locks were not granted in time ({error}).")
        except Interrupted as error:
            # a lost answer is no answer: who owns the name decides
            if not (self.m.standing(Stage.VIEWS_CREATED).stage == Stage.OPENING and recover(self.m)):
                self._let_go(str(error))
        except AirliftError:
            self._note("given up", pause_ms=self._pause() * 1000)
            self._call_back()
            raise
        self._note("switched", pause_ms=self._pause() * 1000)
        with self.m.ledger_session() as ledger:
            self.m.ledger.reach(ledger, Stage.SWITCHED)

    def _under_fence(self, locks: list[Lock]) -> None:
        m, fence = self.m, self.m.source.fence
        server = m.source.server
        assert server is not None  # known since the migration's standing was read
        with self.sessions.source.transaction():
            longest = fence.longest_wait(self.sessions.source, min(LONGEST_WAIT, m.settings.max_pause))
        with self.sessions.source.transaction(snapshot=True, airlift__applying="on") as fenced:
            fence.send_maintenance_away(fenced, [lock.table for lock in locks], seconds=MAINTENANCE_LEAVES_WITHIN)
            self.began = time.monotonic()
            if not self.standing.in_place and m.switch:
                m.switch.call("hold", self.id)
            # from here on the server itself ends us when we stop moving
            fenced.set_local(**fence.lease(seconds=m.settings.max_pause, version=server.version))
            fence.take(fenced, locks, seconds=longest)
            self._prove(fenced)
            self._advance_sequences(fenced)
            if self._pause() > m.settings.max_pause * 0.8:
                raise GivenUp("max_pause was nearly used up before the decision.")
            self.hand_over.announce(self.no, fenced.pid)
            self.hand_over.decide(fenced)

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
            raise GivenUp(f"the comparison's premises do not hold any more: {'; '.join(failed)}.", needs_new_pass=True)
        if self.standing.in_place:
            self._no_old_snapshots(fenced, time.monotonic() - carried_at)

    def _no_old_snapshots(self, fenced: Session, since: float) -> None:
        """In place: a session that looks at an instant before the last window would miss rows through the new view."""
        found = self.m.source.fence.old_snapshots(fenced, self._sources(), ours=self._our_pids(), older_ms=since * 1000)
        if found:
            raise GivenUp(f"sessions look at an instant before the last window: {'; '.join(found)}.")

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

    def _let_go(self, why: str, *, needs_new_pass: bool = False) -> NoReturn:
        pause = self._pause()
        self._note("given up", detail=why, pause_ms=pause * 1000)
        self._call_back()
        raise GivenUp(why, pause=pause, needs_new_pass=needs_new_pass)

    def _call_back(self) -> None:
        if not self.standing.in_place and self.m.switch:
            self.m.switch.call("source", self.id)

    def _note(self, state: str, **values: Any) -> None:
        with self.m.ledger_session() as ledger:
            self.m.ledger.change(ledger, attempts, {"no": self.no}, state=state, **values)

    @property
    def id(self) -> str:
        """The attempt's id, as `cutover.switch` is told it."""
        return f"{self.m.name}-{self.no}"

    def _sources(self) -> list[TableName]:
        return [layout.source for layout in self.sessions.layouts]

    def _our_pids(self) -> list[int]:
        return [self.sessions.source.pid, self.sessions.target.pid, self.sessions.beating.pid]
