"""An Airflow connection, read and checked, and what a hook works with made of it."""
