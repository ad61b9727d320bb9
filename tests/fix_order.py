"""In which order the tests run, and what a process takes as a whole where several of them share the tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fix_scheduler import needs_scheduler

RUNNING_AIRFLOW = ("tests/browser/", "tests/integration/test_airflow.py", "tests/integration/test_whole_run.py")
"""The files with tests that need a running Airflow. One is enough: a single process takes them all."""
ORDER = (*RUNNING_AIRFLOW, "tests/integration/", "tests/dags/", "tests/faults/", "tests/rules/", "tests/unit/")
"""For several processes: what takes long begins early, and what takes no time fills the gaps at the end."""
APART = ("tests/integration/test_between_live.py",)
"""The files with few tests that take long and share nothing: other processes take some of them."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one process, what needs a running Airflow comes last."""
    astray = sorted({_file(item.nodeid) for item in items if needs_scheduler(item) and not _file(item.nodeid).startswith(RUNNING_AIRFLOW)})
    if astray:
        raise pytest.UsageError(f"needs a running Airflow: name it in RUNNING_AIRFLOW of tests/fix_order.py: {', '.join(astray)}")
    items.sort(key=_rank if hasattr(config, "workerinput") else needs_scheduler)


def _rank(item: pytest.Item) -> tuple[bool, int]:
    file = _file(item.nodeid)
    return not needs_scheduler(item), next((number for number, start in enumerate(ORDER) if file.startswith(start)), len(ORDER))


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """A process takes a file as a whole, where its tests share what was made for them; and all those of the running Airflow."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = _file(nodeid)
            if file in APART:
                return nodeid
            return "running Airflow" if file.startswith(RUNNING_AIRFLOW) else file

    config.option.loadscopereorder = False
    return ByFile(config, log)
