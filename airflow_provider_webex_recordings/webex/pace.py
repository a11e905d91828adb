"""How many requests are under way at a time, and a wait that holds up all of them.

The rule is TCP's (additive increase, multiplicative decrease): a refusal halves the number, good answers let it grow
again, slowly. Nothing here reads a clock or waits: times come in as numbers, and the wait is whoever asks' to make.
"""

from __future__ import annotations

# How much a good answer adds. As many answers as are under way add a quarter: four rounds of good answers for one more.
_GROWTH = 0.25


class Pace:
    """How many requests may be under way, given how earlier ones were answered.

    :param most: how many at most; it begins with as many
    """

    def __init__(self, most: int) -> None:
        self._most, self._width = most, float(most)
        self._waited_until = 0.0
        #: how many waits there were; a request belongs to the round in which it is sent
        self.round = 0

    @property
    def width(self) -> int:
        """How many requests may be under way now, at least one."""
        return int(self._width)

    def succeed(self, round_sent: int) -> None:
        """Note a good answer. One to a request from before the last wait says nothing of what is wise after it.

        :param round_sent: the round in which the request was sent
        """
        if round_sent == self.round:
            self._width = min(self._width + _GROWTH / self._width, self._most)

    def hold_up(self, seconds: float, arrived: float | None = None) -> float:
        """Note that Webex asks for a wait, and return the seconds that all have to wait now, 0 where none are left.

        Requests that were under way together are refused together, and the second answer is read when the wait for the
        first one is over: of its own wait only what is left counts then.

        :param seconds: the wait, from the arrival of the answer that asks for it
        :param arrived: when that answer arrived, in Unix time; None where it arrived after all waits so far
        """
        # At this moment or later, since nothing is read while all wait.
        now = self._waited_until if arrived is None else max(arrived, self._waited_until)
        until = (now if arrived is None else arrived) + seconds
        if until <= now:
            return 0.0
        self._width = max(self._width / 2, 1.0)
        self._waited_until = until
        self.round += 1
        return until - now
