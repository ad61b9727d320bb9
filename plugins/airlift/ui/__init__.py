"""The pages in Airflow. They read the ledger and never run a migration."""

from airlift.ui.routes import app

__all__ = ["app"]
