"""Airflow inside the tests: a home of its own, set before anything imports Airflow, and a metadata database where one is asked for."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(tempfile.mkdtemp(prefix="airlift-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(HOME / "passwords.json"),
}
assert "airflow.configuration" not in sys.modules, "Airflow was imported before its home was set: name this file in tests/conftest.py"

if TYPE_CHECKING:
    from airflow.sdk import DAG


@pytest.fixture(scope="session")
def metadata_database() -> None:
    """Airflow's own database, made once."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def migrations_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of specs, which AIRLIFT_MIGRATIONS names."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    monkeypatch.setenv("AIRLIFT_MIGRATIONS", str(folder))
    return folder


@pytest.fixture
def dags_of(migrations_folder: Path) -> Callable[..., dict[str, DAG]]:
    """Write specs and get the DAGs that come of them: `dags_of(shop="name: shop ...")`."""
    from airlift.dag import build
    from airlift.spec import load_folder

    def make(**specs: str) -> dict[str, DAG]:
        for stem, text in specs.items():
            (migrations_folder / f"{stem}.yaml").write_text(text)
        return {dag.dag_id: dag for file in load_folder(migrations_folder) for dag in build(file)}

    return make
