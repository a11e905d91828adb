"""What Webex means is tested without network and threads; test_architecture.py holds that it needs no Airflow."""

from __future__ import annotations

import socket
import threading
from typing import NoReturn

import pytest


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a test of tests/webex needs no network and no threads")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    monkeypatch.setattr(threading.Thread, "start", refuse)
