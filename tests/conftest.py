"""Names the fixture files: one for each concern. Airflow's comes first, for it sets Airflow's home before anything imports it."""

pytest_plugins = (
    "tests.fix_airflow",
    "tests.fix_servers",
    "tests.fix_waits",
    "tests.fix_gates",
    "tests.fix_scheduler",
    "tests.fix_browser",
    "tests.fix_order",
)
