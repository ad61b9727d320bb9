"""Registers Airlift's pages with Airflow."""

from airflow.plugins_manager import AirflowPlugin

from airlift.ui.routes import app


class AirliftPlugin(AirflowPlugin):
    """An entry in the navigation, and a tab on each DAG run."""

    name = "airlift"
    fastapi_apps = [{"app": app, "url_prefix": "/airlift", "name": "airlift"}]  # noqa: RUF012 - as Airflow declares it
    # Relative addresses: Airflow's pages know below which path they are served.
    external_views = [  # noqa: RUF012
        {
            "name": "Airlift",
            "href": "airlift/",
            "destination": "nav",
            "url_route": "airlift",
            "nav_top_level": True,
        },
        {
            "name": "Airlift",
            "href": "airlift/?dag_id={DAG_ID}&run_id={RUN_ID}",
            "destination": "dag_run",
            "url_route": "airlift_run",
        },
    ]
