"""Killed at every named point of a whole migration, under live writers with a journal: it goes on, and every promise is kept."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airlift.ledger import Stage
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.contract.sync_back import sync_back
from airlift.phases.contract.validate import validate as last_report
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover import validate as after
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.rename import rename
from airlift.phases.migration import Migration
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from airlift.phases.roll_back.preflight import ABANDON, ROLL_BACK
from airlift.phases.roll_back.rename_back import rename_back
from airlift.phases.roll_back.validate import validate
from airlift.phases.sync.delta_windows import delta_windows
from testbed import dying, router
from testbed.driving import APPROVED
from testbed.live import Live, RouterSwitch, live_shop, must_be_right
from tests.capturing import user_rows
from tests.fix_servers import BETWEEN, Pair, slowly
from tests.rules.tree import PROJECT
from tests.small import Service, small, stage

REBUILT = {"postgres": "VACUUM FULL customers", "mysql": "ALTER TABLE customers FORCE"}
WINDOW = ("window.read", "window.durable", "window.applied", "window.committed")
UNDECIDED = ("cutover.locked", "cutover.carried", "cutover.proved")
ACROSS = {
    "create_target": ["target.tables_made"],
    "install_triggers": ["locks.taken", "triggers.installed"],
    "dump_and_import": ["copy.moved", "copy.imported", "copy.committed"],
    "build_indexes": ["indexes.copied", "indexes.log_read", "indexes.keys_unique", "indexes.built"],
    "delta_windows": [*WINDOW],
    "create_views": ["views.created"],
    "rename": [
        "cutover.held", *UNDECIDED, "cutover.announced", "cutover.deciding", "cutover.decided", "cutover.recovered", "cutover.switching",
        "cutover.moved", "cutover.settling",
    ],
    "validate": ["validate.key_checked"],
    "drop_views": ["drop_views.dropped"],
    "clean_up": ["clean_up.way_back_closed", "clean_up.triggers_dropped"],
}  # fmt: skip
IN_PLACE = {
    "rename": [*WINDOW, *UNDECIDED, "cutover.announced", "cutover.recovered", "cutover.deciding", "cutover.noted"],
    "validate": ["validate.key_checked"],
    "drop_views": ["drop_views.dropped"],
    "clean_up": ["clean_up.triggers_dropped"],
}
IN_PLACE_BY_EXCHANGE = {**IN_PLACE, "rename": [*IN_PLACE["rename"][:-1], "cutover.decided"]}
"""Where names follow the commit that decides."""
ABANDONED = ["clean_up.abandoned", "clean_up.triggers_dropped", "clean_up.target_left"]
ROLLED_BACK = {
    "sync_back": [*WINDOW, "sync_back.carried", "sync_back.compacted"],
    "rename_back": [
        *WINDOW, "cutover.held", *UNDECIDED, "roll_back.announcing", "roll_back.recovered", "cutover.announced",
        "cutover.deciding", "cutover.decided", "roll_back.settling",
    ],
    "validate": ["roll_back.key_checked"],
    "abandon": ["clean_up.abandoned"],
}  # fmt: skip


def approved(m: Migration) -> Any:
    """The cutover."""
    return rename(m, APPROVED)


def copied(m: Migration) -> Any:
    """The copy as one stream."""
    return dump_and_import(m, "stream 1 of 1")


def killed_on_the_way(live: Live, name: str, step: Callable[[Migration], Any], points: dict[str, list[str]]) -> None:
    """Kill a step at each of its points in turn, and let it come to its end then."""
    for point in points.get(name, []):
        if point == "copy.moved":
            user_rows(live.driver.source, REBUILT[live.driver.source.engine])
        dying.killed(partial(step, live.driver.migration(name)), point)
        if point == "cutover.held":
            assert router.read(live.route)["state"] == "hold"
    live.driver.run(step)


@pytest.mark.parametrize("ends", ["postgres to postgres", *slowly(BETWEEN, "mariadb to postgres")], indirect=True)
def test_nothing_is_lost_wherever_it_dies(ends: Pair, tmp_path: Path) -> None:
    with live_shop(ends.source, ends.target, tmp_path, tps=25) as live:
        from_end_to_end(live, ACROSS)


@pytest.mark.parametrize("home", ["postgres", "mariadb"])
def test_nothing_is_lost_wherever_it_dies_in_place(request: pytest.FixtureRequest, tmp_path: Path, home: str) -> None:
    database = request.getfixturevalue("databases").source if home == "postgres" else request.getfixturevalue("mariadb_database")
    with live_shop(database, None, tmp_path, tps=25) as live:
        from_end_to_end(live, IN_PLACE if home == "postgres" else IN_PLACE_BY_EXCHANGE)


def from_end_to_end(live: Live, points: dict[str, list[str]]) -> None:
    """A whole migration that is killed at each of the points, and what became of it."""
    go = partial(killed_on_the_way, live, points=points)
    live.driver.run(preflight)
    go("create_target", create_target)
    go("install_triggers", install_triggers)
    live.driver.run(watermark, plan)
    go("dump_and_import", copied)
    go("build_indexes", build_indexes)
    go("delta_windows", delta_windows)
    live.driver.validate()
    go("create_views", create_views)
    go("rename", approved)
    go("validate", after.validate)
    live.run_new_code()
    live.driver.run(last_report)
    go("drop_views", drop_views)
    go("clean_up", clean_up)
    assert user_rows(live.driver.target, "SELECT stage FROM airlift.migrations") == [(Stage.CLEANED_UP,)]
    book, verdict = live.end()
    must_be_right(book, verdict)


def test_an_abandoned_migration_dies_at_its_points_too(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.up_to_gate()
    for point in ABANDONED:
        dying.killed(partial(clean_up, driver.migration("clean_up")), point)
    driver.run(clean_up)
    assert stage(driver) == Stage.CLEANED_UP


def test_a_roll_back_dies_at_its_points_too(databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airlift.phases.contract.sync_back.COMPACT_AT", 1)
    driver = small(databases.source, databases.target, switch=RouterSwitch())
    driver.up_to_gate()
    service = Service(driver)
    driver.cut_over()
    looks = itertools.chain([False] * 5, itertools.repeat(True))

    def go(name: str, step: Callable[[Migration], Any]) -> None:
        for point in ROLLED_BACK[name]:
            service.write_back()
            dying.killed(partial(step, driver.returning().migration(name)), point)
        service.write_back()
        driver.returning().run(step)

    go("sync_back", lambda m: sync_back(m, lambda: next(looks)))
    go("rename_back", lambda m: rename_back(m, APPROVED, ROLL_BACK))
    go("validate", lambda m: validate(m, ROLL_BACK))
    assert stage(driver) == Stage.VIEWS_CREATED
    service.must_be_whole("children", driver.source)
    go("abandon", lambda m: rename_back(m, APPROVED, ABANDON))
    assert stage(driver) == Stage.CLEANED_UP
    service.must_be_whole("children", driver.source)


def test_every_named_point_is_died_at() -> None:
    called = {
        ast.literal_eval(node.args[0])
        for module in PROJECT.modules("plugins")
        for node in ast.walk(module.ast)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "faults.reached"
    }
    assert called == {point for each in (*ACROSS.values(), *IN_PLACE.values(), *ROLLED_BACK.values(), ABANDONED) for point in each}
