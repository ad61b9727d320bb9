"""One real Airflow for the whole session: scheduler, workers, API and UI, with the project's DAGs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed.airflow import ROOT, USER, Airflow
from testbed.airflow_api import Api
from testbed.servers import Database

VIEWER = "viewer"
_running: list[Airflow] = []


@dataclass(frozen=True)
class Scheduler:
    """A running Airflow. Specs and connections are given to it while it runs; name them so that tests don't meet."""

    airflow: Airflow
    dags: Path
    migrations: Path

    @property
    def api(self) -> Api:
        return self.airflow.api

    def viewer(self) -> Api:
        """What somebody is answered who may see everything and change nothing."""
        return Api(self.airflow.url, user=VIEWER, password=self.password_of(VIEWER))

    def password_of(self, user: str) -> str:
        """The password that Airflow made for a user."""
        return str(json.loads((self.airflow.home / "passwords.json").read_text())[user])

    def connect(self, conn_id: str, database: Database) -> None:
        """Make a connection to a database, as its owner."""
        self.api.connect(conn_id, database.dsn)

    def migrate(self, spec: dict[str, Any]) -> str:
        """Write a spec and wait for its DAG; the DAG's id."""
        (self.migrations / f"{spec['name']}.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
        dag_id = f"migrate_{spec['name']}"
        self.api.wait_for_dag(dag_id)
        return dag_id


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    """Takes half a minute or more to start, once. Give a test that is the first to use it a timeout of its own."""
    folder = tmp_path_factory.mktemp("scheduler")
    dags, migrations = folder / "dags", folder / "migrations"
    dags.mkdir()
    migrations.mkdir()
    (dags / "migrations.py").symlink_to(ROOT / "dags" / "migrations.py")
    environment = {
        "AIRLIFT_MIGRATIONS": str(migrations),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin,{VIEWER}:viewer",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    }
    with Airflow(folder / "home", dags=dags, environment=environment) as airflow:
        _running.append(airflow)
        yield Scheduler(airflow, dags, migrations)


def needs_scheduler(item: pytest.Item | None) -> bool:
    """Whether a test uses the running Airflow."""
    return "scheduler" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Airflow ends with the last test that needs it: it reads the DAGs again and again, which takes half of a small machine."""
    if needs_scheduler(item) and not needs_scheduler(nextitem):
        while _running:
            _running.pop().stop()
