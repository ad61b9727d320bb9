"""The steps of a migration, a folder a task group, a module a task. They decide what is done when; no Airflow, no SQL."""
