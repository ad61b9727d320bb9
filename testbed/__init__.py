"""What demo, tests and benchmark run on: PostgreSQL servers, Airflow, writers with a journal. No product code."""
