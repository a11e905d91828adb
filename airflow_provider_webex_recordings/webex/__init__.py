"""What Webex means: pure rules without I/O, clock, sleep, logging or Airflow."""
