"""The pages in Airflow. They read the ledger and never run a migration."""
