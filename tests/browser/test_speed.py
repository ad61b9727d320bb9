"""Pause, Resume and the pace on the page: who may press, and what the ledger then says to the running tasks."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from airlift.ledger import Stage
from testbed.airflow_api import AirflowSays
from testbed.servers import Database
from tests.browser import ledgers
from tests.fix_browser import PATIENCE
from tests.fix_scheduler import VIEWER, Scheduler
from tests.fix_servers import Pair
from tests.small import ask, execute, small

pytestmark = pytest.mark.timeout(600)
DAG = "migrate_speed"
ROUTE = f"/airlift/api/migrations/{DAG}"
UNTOUCHED = [(None, None, None, None, None)]


@pytest.fixture(scope="module")
def target(servers: tuple[Any, Any], scheduler: Scheduler) -> Database:
    """A target whose ledger the page reads, and a run of its migration that stands still."""
    made: Database = servers[1].create_database("speed")
    scheduler.connect("speed_target", made)
    scheduler.migrate({"name": "speed", "source": "speed_source", "target": "speed_target"})
    scheduler.api.patch(f"/api/v2/dags/{DAG}", {"is_paused": True})
    scheduler.api.trigger(DAG, run_id="first")
    return made


@pytest.fixture(autouse=True)
def under_way(target: Database) -> None:
    """Each test finds a copy under way, of which nobody has asked anything."""
    ledgers.write(target, "speed", stage=Stage.PLANNED, run_id="first")


def asked(target: Database) -> list[tuple[Any, ...]]:
    return ask(target, "SELECT paused_by, reason, pace, pace_by, log_room FROM airlift.controls")


def tab(page: Page, scheduler: Scheduler) -> FrameLocator:
    page.goto(f"{scheduler.airflow.url}/dags/{DAG}/runs/first/plugin/airlift_run")
    return page.frame_locator("iframe")


def test_a_person_pauses_resumes_and_slows_a_migration(page: Page, scheduler: Scheduler, target: Database) -> None:
    frame = tab(page, scheduler)
    frame.get_by_label("why it is paused").fill("the <b>sale</b>")
    frame.get_by_role("button", name="Pause").click()
    expect(frame.locator(".notice")).to_contain_text(re.compile(r"Paused by admin since .*: the <b>sale</b>\."))
    assert asked(target) == [("admin", "the <b>sale</b>", None, None, None)]
    frame.get_by_role("button", name="Resume").click()
    expect(frame.get_by_role("button", name="Pause")).to_be_visible()
    expect(frame.locator(".notice")).to_have_count(0)
    assert asked(target) == UNTOUCHED
    frame.get_by_label("pace in per cent").fill("25")
    expect(frame.get_by_text("Pace 25 % of full speed, set by admin.")).to_be_visible()
    frame.get_by_label("room for the change log in GB", exact=True).fill("2.5")
    frame.get_by_role("button", name="Allow room for the change log in GB").click()
    expect(frame.get_by_text("may take 2.5 GB of the source's disk, says admin")).to_be_visible()
    assert asked(target) == [(None, None, 0.25, "admin", 2_500_000_000)]


def test_a_person_says_how_much_room_the_targets_disk_has(page: Page, scheduler: Scheduler, target: Database) -> None:
    said = ledgers.rest(target, "speed", task="copy.dump_and_import", target_bytes=8_200_000_000)
    frame = tab(page, scheduler)
    words = (
        "Made on the target's disk: 8.2 GB. Nobody knows how much room there is: say it above, so that it stops before the disk is full."
    )
    expect(frame.get_by_text(words)).to_be_visible()
    frame.get_by_label("room on the target's disk in GB", exact=True).fill("10")
    frame.get_by_role("button", name="Allow room on the target's disk in GB").click()
    expect(frame.get_by_text("The migration may take 10.0 GB of the target's disk in all, says admin.")).to_be_visible()
    assert ask(target, "SELECT target_room, target_room_by FROM airlift.controls") == [(10_000_000_000, "admin")]
    said(target_room=10_000_000_000)
    full = frame.get_by_text(
        "Made on the target's disk: 8.2 GB of the 10.0 GB that it may take. Before it is full, copy, index builds and windows"
    )
    expect(full).to_have_class("bad")


def test_what_slows_it_and_what_that_cost_is_shown(page: Page, scheduler: Scheduler, target: Database) -> None:
    ledgers.rest(
        target, "speed", task="copy.dump_and_import", stream="stream 1 of 2", seconds=80, now="slowed to 25%: 3 sessions wait",
        lost={"the pace": 4, "lock waits on the source": 8}, log_bytes=600_000_000, log_room=1_000_000_000,
    )  # fmt: skip
    frame = tab(page, scheduler)
    expect(frame.locator(".slowed li")).to_have_text("copy.dump_and_import, stream 1 of 2: slowed to 25%: 3 sessions wait")
    expect(frame.get_by_text("Change log on the source: 600 MB of the 1.0 GB that it may take.")).to_be_visible()
    words = "copy.dump_and_import: 12 s of 80 s: 8.0 s for lock waits on the source, 4.0 s for the pace"
    expect(frame.get_by_text(words)).to_be_visible()


def test_a_viewer_reads_all_and_may_press_nothing(scheduler: Scheduler, target: Database) -> None:
    with contextlib.closing(scheduler.viewer()) as viewer:
        found = viewer.get(ROUTE)
        assert found["may_control"] is False
        assert found["speed"]["is_open"] is True
        with pytest.raises(Exception, match="403"):
            viewer.post(f"{ROUTE}/control", {"is_paused": True})
    assert asked(target) == UNTOUCHED
    assert scheduler.api.get(ROUTE)["may_control"] is True
    assert scheduler.api.post(f"{ROUTE}/control", {"is_paused": True}) == {"obeyed": True}
    assert asked(target) == [("admin", None, None, None, None)]


def test_a_viewers_page_has_no_buttons(browser: Browser, scheduler: Scheduler, target: Database) -> None:
    execute(target, "UPDATE airlift.controls SET paused_at = now(), paused_by = 'dba'")
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(scheduler.airflow.url)
    page.fill("input[name=username]", VIEWER)
    page.fill("input[name=password]", scheduler.password_of(VIEWER))
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)
    frame = tab(page, scheduler)
    expect(frame.locator(".notice")).to_contain_text("Paused by dba since")
    expect(frame.locator("button, input")).to_have_count(0)
    context.close()


def test_nobody_presses_without_log_in_or_from_another_site(scheduler: Scheduler, target: Database, page: Page) -> None:
    path = f"{scheduler.airflow.url}{ROUTE}/control"
    assert httpx.post(path, json={"is_paused": True}, trust_env=False).status_code == 401
    # what a form of another site could send with the cookie
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = page.request.post(path, data='{"is_paused": true}', headers={"content-type": kind})
        assert answer.status == 422, kind
    assert asked(target) == UNTOUCHED


@pytest.mark.parametrize(
    "body",
    [
        {"pace": 0},
        {"pace": 1.5},
        {"pace": "fast"},
        {"is_paused": "no"},
        {"log_room": -1},
        {"target_room": "1"},
        {"reason": "x" * 201},
        {"stop": True},
    ],
)
def test_what_makes_no_sense_is_not_written_down(scheduler: Scheduler, target: Database, body: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="422"):
        scheduler.api.post(f"{ROUTE}/control", body)
    assert asked(target) == UNTOUCHED


def test_who_paused_first_is_who_is_asked(scheduler: Scheduler, target: Database) -> None:
    execute(target, "UPDATE airlift.controls SET paused_at = now(), paused_by = 'dba', reason = 'first'")
    scheduler.api.post(f"{ROUTE}/control", {"is_paused": True, "reason": "second"})
    assert asked(target) == [("dba", "first", None, None, None)]


def test_after_the_contract_there_is_nothing_to_press(page: Page, scheduler: Scheduler, target: Database) -> None:
    ledgers.write(target, "speed", stage=Stage.CONTRACTING, run_id="first")
    with pytest.raises(Exception, match=r"409.*[Nn]othing of this migration is under way"):
        scheduler.api.post(f"{ROUTE}/control", {"pace": 0.5})
    with pytest.raises(Exception, match="404"):
        scheduler.api.post("/airlift/api/migrations/migrate_nothing/control", {"pace": 0.5})
    frame = tab(page, scheduler)
    expect(frame.get_by_text("The contract is approved: nothing is slowed any more.")).to_be_visible()
    expect(frame.locator("button, input")).to_have_count(0)


def test_after_the_switch_the_way_back_is_paused_and_its_log_is_the_targets(page: Page, scheduler: Scheduler, target: Database) -> None:
    ledgers.write(target, "speed", stage=Stage.SETTLED, run_id="first")
    for task, taken in (("contract.sync_back", 600_000_000), ("sync.keep_in_sync", 5)):
        ledgers.rest(target, "speed", task=task, log_bytes=taken, log_room=1_000_000_000)
    frame = tab(page, scheduler)
    expect(frame.get_by_text("Change log on the target: 600 MB of the 1.0 GB that it may take.")).to_be_visible()
    frame.get_by_role("button", name="Pause").click()
    expect(frame.locator(".notice", has_text="Paused by admin")).to_contain_text("a roll back does not wait for Resume, the contract does")
    assert asked(target) == [("admin", None, None, None, None)]
    frame.get_by_label("room for the change log in GB", exact=True).fill("2.5")
    frame.get_by_role("button", name="Allow room for the change log in GB").click()
    expect(frame.get_by_text("may take 2.5 GB of the target's disk, says admin")).to_be_visible()


def wait_until(holds: Callable[[], Any], what: str, *, seconds: float = 240.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not in time: {what}"
        time.sleep(0.2)


def test_running_tasks_hear_the_button_and_a_kill_while_they_are_paused(scheduler: Scheduler, databases: Pair) -> None:
    small(databases.source)
    scheduler.connect("heard_old", databases.source)
    scheduler.connect("heard_new", databases.target)
    dag = scheduler.migrate({"name": "heard", "source": "heard_old", "target": "heard_new"})
    api, route = scheduler.api, f"/airlift/api/migrations/{dag}/control"

    def paused(task: str) -> bool:
        found = api.get(f"/airlift/api/migrations/{dag}").get("speed", {"slowed": []})["slowed"]
        return any(one["task"] == task and one["now"].startswith("paused by admin since") for one in found)

    def is_obeyed() -> bool:
        try:
            return bool(api.post(route, {"is_paused": True}))
        except AirflowSays:  # preflight has written no record yet
            return False

    run = api.trigger(dag)
    wait_until(is_obeyed, "a record of the run")
    wait_until(lambda: paused("copy.dump_and_import"), "a paused copy")
    api.post(route, {"is_paused": False})
    api.wait_for_task(dag, run, "cutover.approve", "awaiting_input")
    api.post(route, {"is_paused": True})
    wait_until(lambda: paused("sync.keep_in_sync"), "paused windows")
    api.patch(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/sync.keep_in_sync", {"new_state": "failed"})
    ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'airlift heard sync.keep_in_sync'"
    for database in (databases.source, databases.target):
        wait_until(lambda database=database: ask(database, ours, admin=True) == [(0,)], "the end of its sessions")
    log = api.log(dag, run, "sync.keep_in_sync")
    assert "No lock and no transaction is held meanwhile" in log
    assert "The task was stopped while it rested" in log
    api.set_run_state(dag, run, "failed")
    api.wait_until_idle(dag, run)
