"""Everything that is logged, by anyone and at every level, before Airflow masks it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

#: the libraries on the way of a request; they are imported late, and make their loggers then
LIBRARIES = (
    "urllib3",
    "requests",
    "aiohttp",
    "asyncio",
    "airflow",
    "airflow_provider_webex_recordings",
)


@contextmanager
def all_logs() -> Iterator[list[str]]:
    """Yield a list that grows by one text for each log record, whatever its logger and level.

    Airflow 3 logs with structlog, Airflow 2 and the HTTP libraries with the standard library.
    """
    told: list[str] = []
    with _everything_enabled(), _standard_records(told), _structlog_events(told):
        yield told


def warnings_in(told: list[str]) -> list[str]:
    return [line for line in told if line.startswith("WARNING")]


@contextmanager
def _standard_records(told: list[str]) -> Iterator[None]:
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        exception = logging.Formatter().formatException(made.exc_info) if made.exc_info else ""
        told.append(f"{made.levelname} {made.name} {made.getMessage()} {made.args!r} {exception}")
        return made

    logging.setLogRecordFactory(record)
    try:
        yield
    finally:
        logging.setLogRecordFactory(make)


@contextmanager
def _structlog_events(told: list[str]) -> Iterator[None]:
    try:
        import structlog
    except ImportError:
        yield
        return

    def note(logger: Any, level: str, event: Any) -> Any:
        text, arguments = str(event.get("event", "")), event.get("positional_args", ())
        told.append(f"{level.upper()} {logger} {event!r} {text % arguments if arguments else text}")
        return event

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[note, *before])
    try:
        yield
    finally:
        structlog.configure(processors=before)


@contextmanager
def _everything_enabled() -> Iterator[None]:
    loggers = [logging.root, *map(logging.getLogger, LIBRARIES)]
    loggers += [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    before = [(logger, logger.level, logger.disabled) for logger in loggers]
    _set((logger, logging.DEBUG, False) for logger in loggers)
    try:
        yield
    finally:
        _set(before)


def _set(states: Iterable[tuple[logging.Logger, int, bool]]) -> None:
    # Not `setLevel` for each of the thousand loggers of an Airflow, as each call empties the caches of all.
    for logger, level, disabled in states:
        logger.level, logger.disabled = level, disabled
    logging.root.setLevel(logging.root.level)
