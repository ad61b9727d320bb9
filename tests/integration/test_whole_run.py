"""The main job as a user has it: a spec, the real scheduler, live writers, both gates answered; and a Reject."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from testbed import journal, router, shop
from testbed.airflow_api import PARKED_SECONDS
from testbed.judge import Baseline, judge, take_baseline
from testbed.servers import Database
from testbed.writers import Writers
from tests.fix_scheduler import Scheduler
from tests.fix_servers import Pair

ROWS = 3000
ORDERS = {"to": "orders_v2", "columns": {"currency": {"add": "char(3) NOT NULL DEFAULT 'EUR'"}}}


def finish(scheduler: Scheduler, dag_id: str, run: str) -> dict[str, str]:
    """Wait for the run's end; its tasks' states."""
    state = scheduler.api.wait_for_run(dag_id, run)
    states = {task["task_id"]: task["state"] for task in scheduler.api.tasks(dag_id, run)}
    assert state == "success", states
    return states


def names_of(database: Database) -> set[str]:
    """The tables and views that are there, in all schemas but the system's."""
    with database.connect() as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        )
        return {name for (name,) in cursor.fetchall()}


def triggers_of(database: Database) -> int:
    """How many triggers there are that somebody made."""
    with database.connect() as session, session.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        return int(cursor.fetchone()[0])


def across_servers(scheduler: Scheduler, databases: Pair, name: str, folder: Path, route: Path) -> tuple[str, Baseline]:
    """A shop, and the DAG that moves it to the other server; the DAG's id, and what the shop was."""
    shop.load(databases.source, rows=ROWS)
    baseline = take_baseline(databases.source, folder / "baseline")
    router.begin(route, databases.source, databases.target)
    scheduler.connect(f"{name}_old", databases.source)
    scheduler.connect(f"{name}_new", databases.target)
    switch = {"command": [sys.executable, "-S", "-m", "demo.switch", str(route)]}
    spec: dict[str, Any] = {"name": name, "source": f"{name}_old", "target": f"{name}_new", "tables": {"*": {}, "orders": ORDERS}}
    return scheduler.migrate({**spec, "cutover": {"max_pause": "5s", "switch": switch}}), baseline


@pytest.mark.timeout(900)
def test_a_live_service_moves_to_another_server_goes_back_and_forward_again(scheduler: Scheduler, databases: Pair, tmp_path: Path) -> None:
    api, route = scheduler.api, tmp_path / "route.json"
    dag_id, baseline = across_servers(scheduler, databases, "back", tmp_path, route)
    with Writers(route, tmp_path / "journals", ROWS, tps=20):
        run = api.trigger(dag_id)
        api.answer_gate(dag_id, run, "cutover.approve")
        api.wait_for_task(dag_id, run, "cutover.validate", "success")
        assert router.read(route)["state"] == "target"
        watermark = api.xcom(dag_id, run, "prepare.watermark")
        assert set(watermark) == {"at", "position"}
        assert set(api.xcom(dag_id, run, "sync.delta_windows")) == {"watermark", "windows", "changes"}
        renamed = api.xcom(dag_id, run, "cutover.rename")
        assert set(renamed) == {"watermark", "pause_ms", "outage_ms", "attempts"}
        assert renamed["watermark"]["at"] > watermark["at"]
        assert "markdown" in api.xcom(dag_id, run, "sync.report")

        back = api.trigger("roll_back_back")
        api.answer_gate("roll_back_back", back, "approve")
        assert set(finish(scheduler, "roll_back_back", back).values()) == {"success"}
        assert api.xcom("roll_back_back", back, "preflight")["action"] == "roll back"
        assert set(api.xcom("roll_back_back", back, "rename_back")) == {"action", "pause_ms", "outage_ms", "attempts"}
        assert router.read(route)["state"] == "source"

        # forward again, in the run that holds the migration
        api.wait_for_task(dag_id, run, "contract.sync_back", "success")
        api.clear(dag_id, run, "sync.keep_in_sync", "sync.validate")
        api.answer_gate(dag_id, run, "cutover.approve")
        api.wait_for_task(dag_id, run, "cutover.validate", "success")
        assert router.read(route)["state"] == "target"
        # what the gate of the contract asks for: all servers run the new code
        router.change(route, tables={"orders": "orders_v2"})
        api.answer_gate(dag_id, run, "contract.approve")
        states = finish(scheduler, dag_id, run)
    assert set(states.values()) == {"success"}
    said = journal.read(tmp_path / "journals")
    verdict = judge(baseline, said, databases.target, names={"orders": "orders_v2"}, folder=tmp_path / "judge")
    assert verdict.good, verdict
    assert "markdown" in api.xcom(dag_id, run, "contract.validate")
    left = {"public.customers_obsolete", "public.products_obsolete", "public.orders_obsolete"}
    assert names_of(databases.source) == left | {"public.order_items_obsolete", "public.payments_obsolete"}
    assert triggers_of(databases.source) == triggers_of(databases.target) == 0


@pytest.mark.timeout(900)
def test_a_reject_in_the_ui_leaves_the_source_as_it_was(scheduler: Scheduler, one_database: Database, page: Page) -> None:
    api = scheduler.api
    shop.load(one_database, rows=ROWS)
    before = names_of(one_database)
    scheduler.connect("rejected", one_database)
    dag_id = scheduler.migrate({"name": "rejected", "source": "rejected", "target": "rejected", "tables": {"orders": ORDERS}})
    run = api.trigger(dag_id)
    api.wait_for_task(dag_id, run, "cutover.approve", "awaiting_input", seconds=600)
    time.sleep(PARKED_SECONDS)
    page.goto(f"{scheduler.airflow.url}/dags/{dag_id}/runs/{run}/tasks/cutover.approve/required_actions")
    expect(page.get_by_text("Both sides are equal")).to_be_visible()
    page.get_by_role("button", name="Reject").click()
    states = finish(scheduler, dag_id, run)
    assert states["cutover.rename"] == "skipped"
    assert states["contract.clean_up"] == "success"
    assert {name for name in names_of(one_database) if not name.startswith("airlift.")} == before
    assert triggers_of(one_database) == 0
