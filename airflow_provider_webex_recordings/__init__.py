"""Webex Calling recordings in Apache Airflow."""

__version__ = "0.1.0"
