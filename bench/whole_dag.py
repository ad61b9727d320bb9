"""The same copy through the DAG in a real Airflow: the seconds that the scheduler and its tasks add to the engine's own."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median

import yaml

from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from bench.copying import forget, load_small, must_have
from bench.engine import WORKERS, engine
from bench.results import Line, absolute
from bench.stand import Stand, load_wide, timed
from testbed.airflow import Airflow
from testbed.servers import Database

FIRST, LAST = "prepare.create_target", "copy.build_indexes"
LIMIT = 20.0
PATIENCE = 3600.0
ENGINE, DAG = "engine", "DAG"
_number = itertools.count(1)


def dag(stand: Stand) -> Iterator[Line]:
    """From making the tables to the last index, both ways."""
    with _airflow(stand) as (airflow, migrations):
        for load, what in ((_load_wide, "{rows:,} wide rows"), (load_small, "{tables} small tables")):
            with stand.database(stand.source) as source:
                expected = load(stand, source)
                through = partial(_through_dag, airflow, migrations)
                found = stand.take_turns(
                    {ENGINE: partial(_turn, stand, source, expected, _by_engine), DAG: partial(_turn, stand, source, expected, through)}
                )
                added = median(ours - own for ours, own in zip(found[DAG], found[ENGINE], strict=True))
                named = what.format(rows=stand.rows, tables=len(expected))
                yield absolute(f"the DAG adds to the copy of {named} (peer: the engine's own)", added, unit="s", peer=median(found[ENGINE]),
                               limit=LIMIT)  # fmt: skip


@contextlib.contextmanager
def _airflow(stand: Stand) -> Iterator[tuple[Airflow, Path]]:
    migrations = stand.folder / "migrations"
    migrations.mkdir()
    environment = {
        "AIRLIFT_MIGRATIONS": str(migrations),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    }
    with Airflow(stand.folder / "airflow", environment=environment) as airflow:
        yield airflow, migrations


def _load_wide(stand: Stand, source: Database) -> dict[str, int]:
    load_wide(source, stand.rows)
    return {"wide": stand.rows}


def _turn(stand: Stand, source: Database, expected: dict[str, int], run: Callable[[Database, Database], float]) -> float:
    with stand.database(stand.target) as target:
        stand.settle()
        seconds = run(source, target)
        for table, rows in expected.items():
            must_have(target, table, rows)
        forget(source)
        return seconds


def _by_engine(source: Database, target: Database) -> float:
    moving = engine(source, target)
    moving.run(preflight)

    def work() -> None:
        moving.run(create_target, install_triggers, watermark)
        moving.copy()

    return timed(work)


def _through_dag(airflow: Airflow, migrations: Path, source: Database, target: Database) -> float:
    name = f"bench_{next(_number)}"
    for side, database in (("old", source), ("new", target)):
        airflow.api.connect(f"{name}_{side}", database.dsn)
    spec = {"name": name, "source": f"{name}_old", "target": f"{name}_new", "workers": WORKERS}
    (migrations / f"{name}.yaml").write_text(yaml.safe_dump(spec))
    dag_id = f"migrate_{name}"
    airflow.api.wait_for_dag(dag_id)
    run = airflow.api.trigger(dag_id)
    airflow.api.wait_for_task(dag_id, run, LAST, "success", seconds=PATIENCE)
    tasks = {task["task_id"]: task for task in airflow.api.tasks(dag_id, run)}
    # what comes after the copy is not measured: it is ended, and with it all that holds on to the databases
    airflow.api.set_run_state(dag_id, run, "failed")
    airflow.api.wait_until_idle(dag_id, run)
    began, ended = (datetime.fromisoformat(tasks[task][moment]) for task, moment in ((FIRST, "start_date"), (LAST, "end_date")))
    return (ended - began).total_seconds()
