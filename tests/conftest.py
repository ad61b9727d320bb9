"""Names the fixture files: one for each concern. Airflow's comes first, for it sets Airflow's home before anything imports it."""

import pytest

pytest_plugins = (
    "tests.fix_airflow",
    "tests.fix_servers",
    "tests.fix_first_write",
    "tests.fix_gates",
    "tests.fix_scheduler",
    "tests.fix_browser",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a running Airflow comes last: it reads the DAGs again and again, which takes half of a small machine."""
    items.sort(key=lambda item: "scheduler" in getattr(item, "fixturenames", ()))
