"""All of Airflow is killed in the middle of a migration and started again: the run goes on where it was, and nothing is lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed import journal, router, shop
from testbed.airflow import ROOT, Airflow
from testbed.judge import judge, take_baseline
from testbed.writers import Writers
from tests.fix_servers import Pair

ROWS = 3000
# Airflow waits five minutes for a task that has gone silent before it is tried again
IMPATIENT = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_goes_on_after_all_of_airflow_was_killed(databases: Pair, tmp_path: Path) -> None:
    shop.load(databases.source, rows=ROWS)
    baseline = take_baseline(databases.source, tmp_path / "baseline")
    route, folder = tmp_path / "route.json", tmp_path / "migrations"
    folder.mkdir()
    router.begin(route, databases.source, databases.target)
    switch = {"command": [sys.executable, "-S", "-m", "demo.switch", str(route)]}
    cutover = {"max_pause": "5s", "switch": switch}
    spec: dict[str, Any] = {"name": "killed", "source": "killed_old", "target": "killed_new", "cutover": cutover}
    (folder / "killed.yaml").write_text(yaml.safe_dump(spec))
    environment = {"AIRLIFT_MIGRATIONS": str(folder), **IMPATIENT}
    with Airflow(tmp_path / "home", dags=ROOT / "dags", environment=environment) as airflow:
        airflow.api.connect("killed_old", databases.source.dsn)
        airflow.api.connect("killed_new", databases.target.dsn)
        airflow.api.wait_for_dag("migrate_killed")
        with Writers(route, tmp_path / "journals", ROWS, tps=20):
            run = airflow.api.trigger("migrate_killed")
            airflow.api.wait_for_task("migrate_killed", run, "sync.keep_in_sync", "running")
            airflow.kill()
            airflow.start()
            airflow.api.answer_gate("migrate_killed", run, "cutover.approve")
            airflow.api.wait_for_task("migrate_killed", run, "contract.sync_back", "running")
            airflow.kill()
            airflow.start()
            airflow.api.answer_gate("migrate_killed", run, "contract.approve")
            assert airflow.api.wait_for_run("migrate_killed", run) == "success"
    verdict = judge(baseline, journal.read(tmp_path / "journals"), databases.target, names={}, folder=tmp_path / "judge")
    assert verdict.good, verdict
