"""Run the stand-in Webex API as a program: python -m tests.webex_api --port 8765."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import threading
from datetime import timedelta

from tests.webex_api import faults
from tests.webex_api.api import WebexApi
from tests.webex_api.recordings import make_recordings, to_datetime


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.webex_api", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--start", default="2026-11-01", help="time of the oldest recording (ISO 8601)")
    parser.add_argument("--end", default="2026-12-01", help="all recordings are older than this")
    parser.add_argument("--per-day", type=int, default=250, help="recordings a day")
    parser.add_argument("--count", type=int, help="recordings in all, instead of --per-day")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--offsets", action="store_true", help="write some times with an offset instead of Z")
    parser.add_argument("--token", help="access token with all scopes; a random one is printed otherwise")
    parser.add_argument("--client-id", help="with the next two: an OAuth client for the token endpoint")
    parser.add_argument("--client-secret")
    parser.add_argument("--refresh-token")
    parser.add_argument("--access-token-seconds", type=int, default=1209599)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--cursor", choices=("keyset", "offset"), default="keyset")
    parser.add_argument("--next-style", choices=("query", "cursor"), default="query")
    parser.add_argument("--fault", type=json.loads, action="append", default=[], help="JSON as for /_control/faults")
    return parser.parse_args(arguments)


def make_api(options: argparse.Namespace) -> WebexApi:
    days = (to_datetime(options.end) - to_datetime(options.start)) / timedelta(days=1)
    count = options.count if options.count is not None else math.floor(options.per_day * days)
    recordings = make_recordings(count, options.start, options.end, seed=options.seed, offsets=options.offsets)
    api = WebexApi(
        recordings,
        token=options.token,
        latency=options.latency,
        cursor=options.cursor,
        next_style=options.next_style,
        host=options.host,
        port=options.port,
    )
    if options.client_id:
        api.add_client(
            options.client_id,
            options.client_secret or "",
            options.refresh_token or "",
            access_token_seconds=options.access_token_seconds,
        )
    for spec in options.fault:
        faults.add_from_json(api.faults, spec)
    return api


def main() -> None:
    options = parse_arguments()
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    with make_api(options) as api:
        sys.stdout.write(f"{api.url}\n")
        if not options.token:
            sys.stdout.write(f"access token: {api.token}\n")
        sys.stdout.flush()
        asked_to_stop.wait()


if __name__ == "__main__":
    main()
