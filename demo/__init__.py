"""`make demo`: a shop with two servers, live writers and Airflow, migrated before your eyes."""
