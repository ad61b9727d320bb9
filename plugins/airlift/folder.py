"""Where the specs of this Airflow are, and what their DAGs are called. Knows nothing of what is in them."""

import os
from pathlib import Path

from airlift.spec import SpecFile

_OURS = Path(__file__).resolve().parents[2] / "include" / "migrations"


def migrations_folder() -> Path:
    """The folder that AIRLIFT_MIGRATIONS names, else include/migrations beside plugins/."""
    return Path(os.environ.get("AIRLIFT_MIGRATIONS") or _OURS)


ROLL_BACK = "roll_back"


def dag_id(file: SpecFile, verb: str = "migrate") -> str:
    """The id of the DAG that migrates what a file says, or does something else with it."""
    return f"{verb}_{file.stem}"
