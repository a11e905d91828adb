"""What Airflow 3.3 keeps for a watched asset, without an Airflow."""

from __future__ import annotations

import json
from typing import Any


class OldStateStore:
    """As in 3.3.0: values of JSON under keys."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        #: of the next write: "refused", or "unanswered", which is kept all the same
        self.next_write = ""

    def get(self, key: str) -> Any:
        return json.loads(self.rows.get(key, "null"))

    def set(self, key: str, value: Any) -> None:
        fails, self.next_write = self.next_write, ""
        if fails != "refused":
            self.rows[key] = json.dumps(value)
        if fails:
            raise OSError(fails)


class StateStore(OldStateStore):
    """As from 3.3.2 on: nobody may call its blocking half on the event loop."""

    async def aget(self, key: str) -> Any:
        return super().get(key)

    async def aset(self, key: str, value: Any) -> None:
        super().set(key, value)

    def get(self, key: str) -> Any:
        raise AssertionError("this blocks every trigger")

    set = get  # type: ignore[assignment]
