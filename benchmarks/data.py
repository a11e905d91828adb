"""The recordings that are listed, each shape in a time of its own.

`even` are a hundred thousand, evenly spread over twenty days. The others are ten thousand in ten days: `office` has
nine tenths of each day between 8 and 18 o'clock, `burst` nine tenths of all in a hundredth of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.webex_api import make_recordings
from tests.webex_api.recordings import to_text

DAY = timedelta(days=1)
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A window, and how many recordings were created in it."""

    start: datetime
    end: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Shape:
    """How recordings lie in time.

    :param start: when the first one was made
    :param days: how many days there are, and with how many recordings each
    :param curve: points between which they are even: the share of the recordings that was made by a share of the time
    :param repeats: how often the curve is gone through
    """

    start: datetime
    days: int
    per_day: int
    curve: Curve
    repeats: int = 1

    def moment(self, share: float) -> datetime:
        """Return when the recording was made before which a share of all was."""
        turn, of_turn = divmod(share * self.repeats, 1)
        for (low, begins), (high, ends) in pairwise(self.curve):
            if of_turn < high:
                time = begins + (of_turn - low) / (high - low) * (ends - begins)
                return self.start + self.days * DAY * ((turn + time) / self.repeats)
        raise ValueError(share)

    def newest(self, count: int) -> Window:
        """Return the newest window of whole days with so many recordings.

        :raises ValueError: where no number of whole days holds just so many
        """
        days, rest = divmod(count, self.per_day)
        if rest or not 0 < days <= self.days:
            raise ValueError(f"{count} is no multiple of {self.per_day} up to {self.per_day * self.days}")
        end = self.start + self.days * DAY
        return Window(end - days * DAY, end, count)


SHAPES = {
    "even": Shape(datetime(2026, 10, 1, tzinfo=UTC), 20, 5_000, ((0, 0), (1, 1))),
    "office": Shape(
        datetime(2026, 8, 1, tzinfo=UTC), 10, 1_000, ((0, 0), (0.04, 8 / 24), (0.94, 18 / 24), (1, 1)), repeats=10
    ),
    "burst": Shape(datetime(2026, 6, 1, tzinfo=UTC), 10, 1_000, ((0, 0), (0.05, 0.5), (0.95, 0.51), (1, 1))),
}
# For what a client does only once: a page.
WARM_UP = Window(datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 2, 0, 20, tzinfo=UTC), 70)


def window_of(count: int, shape: str = "even") -> Window:
    """Return a window with so many recordings."""
    return SHAPES[shape].newest(count)


def recordings(shapes: tuple[str, ...] = tuple(SHAPES)) -> list[dict[str, Any]]:
    """Return the recordings of some shapes, each the newest first, as the API lists them."""
    return [recording for name in shapes for recording in _made(SHAPES[name], list(SHAPES).index(name))]


def _made(shape: Shape, seed: int) -> list[dict[str, Any]]:
    count = shape.days * shape.per_day
    made = make_recordings(count, shape.start, shape.start + shape.days * DAY, seed=seed)
    for number, recording in enumerate(reversed(made)):
        recording["createTime"] = to_text(shape.moment(number / count), milliseconds=True)
    return made
