"""What demo, tests, torture run and benchmark run on: PostgreSQL servers, Airflow, writers with a journal, a driver of the phases."""
