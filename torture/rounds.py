"""One round: a migration of a live shop from its first task to its last, with what its seed brings down on it, and the verdict."""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from airlift.phases.cutover import deciding
from airlift.phases.migration import Migration, Settings
from testbed import journal, proxy, router, shop
from testbed.driving import Driver
from testbed.journal import Journal
from testbed.judge import Verdict, judge, take_baseline
from testbed.live import ORDERS, RouterSwitch
from testbed.proxy import Started, through
from testbed.serving import Database, LocalServer
from testbed.writers import Writers
from torture import ground
from torture.aftermath import foreign_keys, leftovers, must_be_shut
from torture.diary import Diary
from torture.journey import Leg, Step, journey, keeping
from torture.mishaps import MISHAPS
from torture.tasks import Failed, Task

ROWS = 600
WRITERS = 3
TPS = 20.0
LEG_SECONDS = 150.0
"""A leg that takes longer is stuck: nothing that we do keeps it for so long."""
MISHAPS_A_LEG = (0, 0, 1, 1, 2)
WITHIN = 0.6
"""Seconds of a leg in which its mishaps come."""
MOVES_ALL_THAT_IS_TIED = ("MySQL",)
"""Products that move no foreign key between a table that moves in place and one that stays."""
TOLERATED = ("OperationalError", "InterfaceError", "AdminShutdown", "CannotConnectNow", "CrashShutdown", "DatabaseError : server closed")


@dataclass
class Outcome:
    """What a round was and what became of it."""

    seed: int
    way: str
    seen: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    errors: list[str] = field(default_factory=list)
    pause_ms: int | None = None
    longest_wait: float = 0.0
    seconds: float = 0.0
    failure: str | None = None

    @property
    def good(self) -> bool:
        """It came to its end, and nothing is wrong with any row."""
        return self.failure is None and self.verdict.good and not self.errors


def hurry() -> None:
    """What takes minutes in earnest takes seconds here: for this process and those that it forks."""
    ground.hurry()
    deciding.FIRST_WRITE_WITHIN = 1.0


class Round:
    """One round under way. All chance comes from the seed; when the scheduler lets whom run does not."""

    def __init__(self, servers: tuple[LocalServer, LocalServer], seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.seed, self.folder = seed, folder
        name = f"torture_{seed}"
        self.source = servers[0].create_database(name)
        grounds = [ground.BY_ENGINE[server.dialect.engine] for server in servers]
        is_one = servers[0].product == servers[1].product
        self.in_place = self.chance.random() < 0.4 and is_one
        self.may_forget = self.chance.random() < 0.35 and all(each.forgets for each in grounds)
        """Whether commits are not durable at once, so that a crash takes some back."""
        self.legs = journey(self.chance)
        self.side = "source"
        """Where the service is, as far as the legs have brought it."""
        self.has_crashed = False
        self._has_moved = False
        self.seen: Counter[str] = Counter()
        self._tasks: list[Task] = []
        self._keeper: tuple[str, Task, Path] | None = None
        self._later: list[tuple[float, Callable[[], object]]] = []
        self._proxies: list[Started] = []
        moves_all = self.in_place and servers[0].product in MOVES_ALL_THAT_IS_TIED
        self.new_names = {name: f"{name}_v2" for name in (shop.COLUMNS if moves_all else ("orders",))}
        """The names that tables get which have others on the new side."""
        self.target = self.source if self.in_place else servers[1].create_database(name)
        route = folder / "route.json"
        folder.mkdir(parents=True, exist_ok=True)
        self.diary = Diary(self.source, self.target, route, random.Random(f"{seed} diary"))
        self.writers = Writers(route, folder / "journals", ROWS, count=WRITERS, tps=TPS, late_every=6.0, seed=seed)
        self._route = route

    def run(self) -> Outcome:
        """The round, from an empty database to the verdict."""
        outcome = Outcome(self.seed, self._way(), self.seen)
        began = time.monotonic()
        try:
            with self._stage() as driver:
                self._travel(driver, outcome)
        except (Failed, AssertionError) as failed:
            outcome.failure = str(failed) or repr(failed)
        finally:
            for task in self._tasks:
                outcome.tries += task.tries
                task.end()
        outcome.seconds = time.monotonic() - began
        return outcome

    def close(self) -> None:
        """Remove its databases."""
        for database in {self.source.server.port: self.source, self.target.server.port: self.target}.values():
            database.server.drop_database(database.name)
            if shared := ground.of(database).shared:
                database.server.drop_database(shared)

    def crash(self, database: Database) -> bool:
        """Crash a server and start it again."""
        self.has_crashed = True
        database.server.crash()
        database.server.start()
        self._find_truth(database)
        return True

    def later(self, seconds: float, what: Callable[[], object]) -> None:
        """Have something done in a while."""
        self._later.append((time.monotonic() + seconds, what))

    def one_proxy(self) -> Started:
        """One of the proxies."""
        return self.chance.choice(self._proxies)

    def one_task(self, what: str) -> bool:
        """Do something to a task that is under way; it counts by itself."""
        if self._tasks:
            getattr(self.chance.choice(self._tasks), what)()
        return False

    def _way(self) -> str:
        trips = sum(leg.to == "source" for leg in self.legs)
        way = ("in place" if self.in_place else "across") + ("", ", back once", ", back twice")[trips]
        return way + (", synchronous_commit off" if self.may_forget else "")

    @contextlib.contextmanager
    def _stage(self) -> Iterator[Driver]:
        router.begin(self._route, self.source, None if self.in_place else self.target)
        shop.load(self.source, rows=ROWS)
        self.diary.make()
        if self.may_forget:
            for database in (self.source, self.target):
                with contextlib.closing(database.connect(admin=True)) as session, session.cursor() as cursor:
                    cursor.execute(str(ground.of(database).forgets).format(database.name))
        self.baseline = take_baseline(self.source, self.folder / "baseline")
        self._keys = foreign_keys(self.source)
        renamed = {name: {"to": new_name} for name, new_name in self.new_names.items()}
        tables = {**renamed, "orders": ORDERS, "diary": {"to": "diary_v2", **ground.of(self.target).diary}}
        spec: dict[str, Any] = {"target": "old", "tables": tables} if self.in_place else {"tables": {"*": {}, **tables}}
        with contextlib.ExitStack() as stack:
            databases = [self.source] if self.in_place else [self.source, self.target]
            self._proxies = [stack.enter_context(proxy.started(each)) for each in databases]
            seen = [through(*each) for each in zip(databases, [p.port for p in self._proxies], strict=True)]
            self.writers.start()
            stack.callback(self.writers.stop)
            switch = None if self.in_place else RouterSwitch(path=self._route)
            yield Driver(seen[0], seen[-1], spec, settings=Settings(workers=2, max_pause=2.0, attempts=20), switch=switch)

    def _travel(self, driver: Driver, outcome: Outcome) -> None:
        for no, leg in enumerate(self.legs):
            self._keep(leg.beside, driver)
            is_last = not any(each.to for each in self.legs[no + 1 :])
            if leg.to and self.may_forget:
                # whoever could write on would be believed; what a crash takes back can only be told when nobody does
                self.writers.stop()
            began = time.time()
            tasks = self._run(leg, driver)
            if leg.to:
                self._arrive(leg.to, outcome, tasks[0].result, began)
                if self.may_forget and not is_last:
                    self.writers.start()
            if leg.name == "last_report":
                self._run_new_code()
            if self.has_moved and not leg.ends:
                self._must_be_open_at_one_side()
        self._keep(None, driver)
        for task in self._tasks:
            task.finish_zombies()
        self._judge(outcome)

    def _keep(self, name: str | None, driver: Driver) -> None:
        """Have the windows of one way carried beside what comes; the gate of what ran beside it until now is answered."""
        kept = self._keeper
        if kept and kept[0] == name:
            return
        if kept:
            _, task, answered = kept
            answered.touch()
            self._until([task], leg=task.step.name)
        self._keeper = None
        if name:
            answered = self.folder / f"answered-{len(self._tasks)}"
            self._keeper = name, self._task(keeping(name, answered), driver), answered

    def _run(self, leg: Leg, driver: Driver) -> list[Task]:
        its = driver.returning() if leg.returning else driver
        tasks = [self._task(step, its, peaceful=not leg.begun) for step in leg.steps]
        kinds, weights = list(MISHAPS), [weight for _, weight in MISHAPS.values()]
        for kind in self.chance.choices(kinds, weights, k=self.chance.choice(MISHAPS_A_LEG) if leg.begun else 0):
            self.later(self.chance.uniform(0.0, WITHIN), lambda kind=kind: self._befall(kind))
        for at in range(3):
            self.later(0.15 * at, self.diary.write)
        beside = self._keeper[1] if self._keeper else None
        if beside:
            beside.may_be_refused = leg.ends
        if beside and leg.is_before_hand_over and self.chance.random() < 0.6:
            self._freeze_over_hand_over(beside)
        self._until(tasks, leg=leg.name, beside=beside, lasts=leg.lasts)
        return tasks

    def _freeze_over_hand_over(self, beside: Task) -> None:
        """A window freezes after it was read: it comes to life beside later ones that have pruned the log, or after the hand-over."""
        point, seconds = self.chance.choice(("window.read", "window.durable")), self.chance.uniform(1.2, 2.5)
        if not self.in_place:  # there it would hold the hand-over up, as everybody who looks at an older instant
            beside.freeze_late(point, None if self.chance.random() < 0.3 else seconds)

    def _befall(self, kind: str) -> None:
        happen, _ = MISHAPS[kind]
        if happen(self):
            self.seen[kind] += 1

    def _task(self, step: Step, driver: Driver, *, peaceful: bool = False) -> Task:
        named = [
            through(each, each.server.dsn()["port"], application_name=f"airlift shop {step.name}")
            for each in (driver.source, driver.target)
        ]

        def build(name: str, number: int) -> Migration:
            return replace(driver, source=named[0], target=named[1]).migration(name, number)

        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        number = len(self._tasks) + 1
        door = self._proxies[0 if step.decided_on == "source" else -1]
        task = Task(step, build, door.order, logs, random.Random(f"{self.seed} {number} {step.name}"), self.seen, peaceful, number=number)
        self._tasks.append(task)
        return task

    def _until(self, tasks: list[Task], *, leg: str, beside: Task | None = None, lasts: float = 0.0) -> None:
        """Let tasks run until all have ended; whatever is due is done meanwhile, by this one thread."""
        left, began = list(tasks), time.monotonic()
        while left or time.monotonic() - began < lasts:
            left = [task for task in left if not task.turn()]
            if beside is not None:
                beside.turn()
            for task in self._tasks:
                task.bring_to_life()
            now = time.monotonic()
            due, self._later = [e for e in self._later if e[0] <= now], [e for e in self._later if e[0] > now]
            for _, what in due:
                what()
            if now - began > LEG_SECONDS:
                raise Failed(f"{leg} is stuck: {', '.join(task.step.name for task in left)} did not end in {LEG_SECONDS:.0f} s")
            time.sleep(0.004)

    @property
    def has_moved(self) -> bool:
        """Whether the service has ever been handed over."""
        return self._has_moved

    def _arrive(self, side: str, outcome: Outcome, result: dict[str, Any], began: float) -> None:
        self.side, self._has_moved = side, True
        self.diary.arrive(side)
        for task in self._tasks:
            task.wake(self.chance.uniform(0.1, 0.6))
        outcome.pause_ms = max(outcome.pause_ms or 0, result["pause_ms"] or 0)
        waited = journal.read(self.folder / "journals").longest_wait(since=began)
        outcome.longest_wait = max(outcome.longest_wait, waited.seconds if waited else 0.0)
        if self.may_forget:
            # nobody writes: the tables that were left are the truth
            old = {name: f"{name}_obsolete" for name in self._moved}
            left, names = (self.source, old) if side == "target" else (self.target, self.new_names)
            self.baseline = take_baseline(left, self.folder / f"truth-{len(self._tasks)}", names=names)

    @property
    def _moved(self) -> Iterable[str]:
        """The shop's tables that are migrated."""
        return self.new_names if self.in_place else shop.COLUMNS

    def _must_be_open_at_one_side(self) -> None:
        """Whoever has been left is shut, and the services were told where to go."""
        told = router.where(router.read(self._route))
        assert self.in_place or told == self.side, f"the service is on the {self.side}, and was told {told}"
        if self.side == "target":
            names = ["diary_obsolete", *(f"{name}_obsolete" for name in self._moved)]
            must_be_shut(self.source, names)
        else:
            names = ["diary_v2", *(self.new_names.get(name, name) for name in self._moved)]
            must_be_shut(self.target, names)

    def _run_new_code(self) -> None:
        router.change(self._route, tables=self.new_names)
        self.diary.name = "diary_v2"

    def _find_truth(self, crashed: Database) -> None:
        """After a crash that took commits back, what is there is right: but only where the service has its table."""
        if self.may_forget and crashed == self.diary.where() and self.diary.is_there():
            self.diary.look()

    def _judge(self, outcome: Outcome) -> None:
        assert self.may_forget or self.writers.dead() == [], "writers have died"
        self.writers.stop()
        found = Journal() if self.may_forget else journal.read(self.folder / "journals")
        database, names = (self.target, self.new_names) if self.side == "target" else (self.source, {})
        outcome.verdict = judge(self.baseline, found, database, names=names, folder=self.folder / "final")
        left = leftovers(self.source) + leftovers(self.target)
        assert not left, f"something of ours was left: {', '.join(left)}"
        wanted = sorted(tuple(names.get(word, word) for word in key) for key in self._keys)
        assert foreign_keys(database) == wanted, f"foreign keys are {foreign_keys(database)}, and were {wanted}"
        self._judge_diary(outcome.verdict)
        if not self.may_forget:
            outcome.errors = [f"{e.what}: {e.text}" for e in found.errors if not (self.has_crashed and e.text.startswith(TOLERATED))]

    def _judge_diary(self, verdict: Verdict) -> None:
        has = self.diary.found(self.diary.table)
        verdict.rows += len(has)
        for key in self.diary.rows.keys() - has.keys():
            verdict.note("lost", journal.Key("diary", key))
        for key in has.keys() - self.diary.rows.keys():
            verdict.note("resurrected", journal.Key("diary", key))
        for key in has.keys() & self.diary.rows.keys():
            if has[key] != self.diary.rows[key]:
                verdict.note("stale", journal.Key("diary", key))
