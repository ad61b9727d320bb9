"""Airflow's side of each step: one operator a task, which runs its phase, ends it when killed and says what comes next."""
