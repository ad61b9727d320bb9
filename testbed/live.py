"""The shop with writers on it and a journal, and a migration of it: for what judges what writers were promised."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from airlift.errors import Interrupted
from airlift.phases.switching import Switch
from testbed import journal, router, shop
from testbed.driving import Driver
from testbed.journal import Journal
from testbed.judge import Baseline, Verdict, judge, take_baseline
from testbed.serving import Database
from testbed.writers import Writers

ORDERS = {"to": "orders_v2", "columns": {"currency": {"add": "char(3) NOT NULL DEFAULT 'EUR'"}}}
ACROSS: dict[str, Any] = {"tables": {"*": {}, "orders": ORDERS}}
IN_PLACE: dict[str, Any] = {"target": "old", "tables": {"orders": ORDERS}}
NEW_NAMES = {"orders": "orders_v2"}


@dataclass(frozen=True)
class RouterSwitch(Switch):
    """`cutover.switch` of these tests: turns the router file and remembers its calls. `failing` are directions that go wrong, how often."""

    path: Path | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)

    def call(self, direction: str, attempt: str, *, seconds: float = 30.0, hold_seconds: float | None = None) -> None:  # noqa: ARG002
        """Turn the route, or fail."""
        self.calls.append((direction, attempt))
        if self.failing.get(direction):
            self.failing[direction] -= 1
            raise Interrupted(f"the switch does not work: {direction}")
        if self.path:
            router.turn(self.path, direction, attempt=attempt, hold_seconds=hold_seconds)


@dataclass
class Live:
    """A shop under way."""

    driver: Driver
    folder: Path
    baseline: Baseline
    writers: Writers
    in_place: bool

    @property
    def route(self) -> Path:
        """The router file."""
        return self.folder / "route.json"

    def run_new_code(self) -> None:
        """From now on the service's code uses the new names."""
        router.change(self.route, tables=NEW_NAMES)

    def end(self, *, at_source: bool = False) -> tuple[Journal, Verdict]:
        """Stop the writers and judge the new tables, or after a roll back the old ones."""
        assert self.writers.dead() == []
        self.writers.stop()
        book = journal.read(self.folder / "journals")
        database, names = (self.driver.source, {}) if at_source else (self.driver.target, NEW_NAMES)
        return book, judge(self.baseline, book, database, names=names, folder=self.folder)


@contextmanager
def live_shop(source: Database, target: Database | None, folder: Path, *, rows: int = 2000, tps: float = 40.0) -> Iterator[Live]:
    """Load a shop, start three writers on it, and make its migration ready to be driven."""
    shop.load(source, rows=rows)
    baseline = take_baseline(source, folder / "baseline")
    route = folder / "route.json"
    router.begin(route, source, target)
    driver = Driver(source, target or source, ACROSS if target else IN_PLACE, switch=RouterSwitch(path=route) if target else None)
    with Writers(route, folder / "journals", rows, count=3, tps=tps, late_every=12.0) as writers:
        yield Live(driver, folder, baseline, writers, in_place=target is None)


def must_be_right(book: Journal, verdict: Verdict, *, pardoned: str = "") -> None:
    """Nothing is lost, stale or doubled, writers wrote, and none was told what it should not, but for what is pardoned."""
    assert verdict.good, verdict
    assert verdict.acknowledged > 50
    errors = [each for each in book.errors if not pardoned or pardoned not in each.text]
    assert errors == [], errors[:3]


def patient(driver: Driver, **settings: Any) -> Driver:
    """The same migration with other settings."""
    return replace(driver, settings=replace(driver.settings, **settings))


def until(condition: Any, seconds: float = 20.0) -> Any:
    """Wait until a condition holds; what it returned."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
    return found
