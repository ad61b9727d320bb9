"""A task of the migration in processes of its own: it is killed, frozen, run again, and its frozen tries come to life beside it."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from airlift.errors import Interrupted, Refused
from airlift.phases.migration import Migration
from testbed import dying
from testbed.dying import End, Victim
from torture.journey import DECISIVE, Step

FAULTY_TRIES = 3
"""After so many tries a task is left in peace: every round comes to its end."""
PAUSE = (0.05, 0.4)
"""Seconds between the end of a try and the next one; between a freeze and the next try."""
FROZEN = (0.3, 3.0)
"""Seconds after which what is frozen comes to life again."""
DECISIVE_WEIGHT = 5
LOST = {"lose_commit": "COMMIT of a decision lost", "lose_answer": "answer to a decision lost"}
"""The proxies' orders that lose the commit which hands the service over, or its answer."""
TO_BE_HEARD = 0.02
"""Seconds that a proxy gets to hear an order: it is another process."""
FROZEN_LATE = "frozen before a hand-over"


INTERRUPTIONS = {Interrupted.__name__, *(kind.__name__ for kind in Interrupted.__subclasses__())}


class Failed(Exception):
    """A task ended in a way in which none of our faults may end it."""


@dataclass
class Task:
    """One task under way. `build` makes its migration for a try, `seen` counts the faults that happened, by kind."""

    step: Step
    build: Callable[[str, int], Migration]
    lose: Callable[[str], None]
    """Gives an order to the proxy before the server that this task hands the service over on."""
    logs: Path
    chance: random.Random
    seen: Counter[str]
    peaceful: bool = False
    may_be_refused: bool = False
    """Whether its migration is being ended by another run: it hears that, and has come to its end."""
    number: int = 1
    """Which task this is of the round's: it keeps the logs apart of those that run more than once."""
    result: Any = None
    ended: bool = False
    tries: int = 0
    _running: Victim | None = None
    _fault: str | None = None
    _losing: str | None = None
    _late: tuple[str, float | None] | None = None
    """Where the next try is to freeze, and for how long: None is until it is woken."""
    _zombies: list[tuple[float, Victim]] = field(default_factory=list)
    _next_at: float = 0.0

    def turn(self) -> bool:
        """Do what is due now; whether the task has come to its end."""
        now = time.monotonic()
        if self.ended:
            return True
        if self._running is None:
            if now >= self._next_at:
                self._begin()
            return False
        if self._running.is_frozen():
            if self._losing:
                self._lose(self._losing)
            else:
                self._leave_frozen(now)
            return False
        end = self._running.poll()
        if end is None:
            return False
        self._running = None
        if end.is_done:
            self.result, self.ended = end.result, True
            return True
        if self.may_be_refused and end.error == Refused.__name__:
            self.ended = True
            return True
        self._note(end)
        self._next_at = now + self.chance.uniform(*PAUSE)
        return False

    def freeze(self) -> None:
        """Freeze the running try where it is; a next one begins beside it."""
        if self._running is not None and self._running.poll() is None:
            self.seen["process frozen"] += 1
            self._running.freeze()

    def kill(self) -> None:
        """Kill the running try."""
        if self._running is not None and self._running.poll() is None:
            self._fault = "process killed"
            self._running.kill()

    def freeze_late(self, point: str, seconds: float | None) -> None:
        """Begin the running try anew, to freeze at a point: for some seconds, or until it is woken."""
        if self._running is not None and self._running.poll() is None:
            self._late = point, seconds
            self.kill()

    def wake(self, seconds: float) -> None:
        """Let what is frozen until it is woken come to life in a while."""
        self._zombies = [(time.monotonic() + seconds if at == float("inf") else at, each) for at, each in self._zombies]

    def end(self) -> None:
        """Leave no process behind."""
        for victim in [self._running, *(each for _, each in self._zombies)]:
            if victim is not None and victim.poll() is None:
                victim.kill()

    def finish_zombies(self) -> None:
        """Let what is still frozen come to life, and wait until it has seen that it is too late."""
        for _, zombie in self._zombies:
            if zombie.poll() is None:
                zombie.thaw()
        for _, zombie in self._zombies:
            zombie.wait(30)
        self._zombies = []

    def _begin(self) -> None:
        self.tries += 1
        self._losing = None
        if self._late:
            words, self._fault = {"fault": f"{self._late[0]}:stop"}, FROZEN_LATE
        else:
            words = {} if self.peaceful or self.tries > FAULTY_TRIES else self._draw()
        m = self.build(self.step.name, self.step.tries + self.tries)
        work = partial(_logged, self.step.work, m, self.logs / f"{self.number:02}-{self.step.name}.{self.tries}.log")
        self._running = dying.start(work, **words)

    def _draw(self) -> dict[str, Any]:
        """What befalls this try from inside: death before a statement, death or a freeze at a named point, or nothing.

        One that hands the service over may lose the commit that does, or its answer.
        """
        kinds = {"none": 4, "statement": 3, "kill": 2, "stop": 2, **(dict.fromkeys(LOST, 2) if self.step.decided_on else {})}
        kind = self.chance.choices([*kinds], [*kinds.values()])[0]
        points = self.step.points or ("nowhere",)
        weights = [DECISIVE_WEIGHT if each in DECISIVE else 1 for each in points]
        statement, point = self.chance.randint(1, 40), self.chance.choices(points, weights)[0]
        if kind == "none":
            return {}
        if kind in LOST:
            self._losing = kind
            return {"fault": "cutover.deciding:stop"}
        self._fault = "killed before a statement" if kind == "statement" else f"{'killed' if kind == 'kill' else 'frozen'} at a point"
        return {"statement": statement} if kind == "statement" else {"fault": f"{point}:{kind}"}

    def _note(self, end: End) -> None:
        if end.killed:
            self.seen[self._fault or "process killed"] += 1
        elif end.error not in INTERRUPTIONS:
            raise Failed(f"{self.step.name}, try {self.tries}, ended with {end.error}: {(end.said or '').strip()[:1500]}")

    def _lose(self, order: str) -> None:
        """It is about to commit: have that lost, or the answer, and let it go on."""
        assert self._running is not None
        self.seen[LOST[order]] += 1
        self._losing = None
        self.lose(order)
        time.sleep(TO_BE_HEARD)
        self._running.thaw()

    def _leave_frozen(self, now: float) -> None:
        assert self._running is not None
        if self._fault in ("frozen at a point", FROZEN_LATE):
            self.seen[self._fault] += 1
        seconds = self.chance.uniform(*FROZEN)
        if self._late and self._fault == FROZEN_LATE:
            seconds = float("inf") if self._late[1] is None else self._late[1]
            self._late = None
        self._zombies.append((now + seconds, self._running))
        self._running = None
        self._fault = None
        self._next_at = now + self.chance.uniform(*PAUSE)

    def bring_to_life(self) -> None:
        """Thaw what has been frozen for long enough, also when its task has come to its end without it."""
        for at, zombie in self._zombies:
            if time.monotonic() >= at and zombie.is_frozen():
                zombie.thaw()
            zombie.poll()


def _logged(work: Callable[[Migration], Any], m: Migration, path: Path) -> Any:
    """Run the work with a log of its own."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("airlift").handlers = [handler]
    logging.getLogger("airlift").setLevel(logging.INFO)
    try:
        return work(m)
    except Exception:
        logging.getLogger("airlift").exception("The try ends.")
        raise
