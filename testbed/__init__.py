"""What demo, tests, torture run and benchmark run on: database servers, Airflow, writers with a journal, a driver of the phases."""
