"""The DAG tests' own fixtures."""

from tests.fix_airflow import dags_of, metadata_database, migrations_folder

__all__ = ["dags_of", "metadata_database", "migrations_folder"]
