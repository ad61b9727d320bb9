"""Airlift moves a live database to another one without stopping the service, as an Apache Airflow DAG."""

__version__ = "0.1.0"
