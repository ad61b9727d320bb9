"""A real browser on Airflow's real pages, with a ledger on a real server. No scheduler: nothing runs while a page is looked at."""
