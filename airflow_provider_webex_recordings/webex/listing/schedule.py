"""Listing a window in parts side by side: which part is read when, and what is handed on in which order.

**Why.** Webex lists a window page by page, and only a page says where the next one is. Most of the time is spent
waiting for answers, with one request under way. So a window is divided by time into parts, each listed by a flow of its
own, and several parts have a request under way at a time. Nobody knows beforehand how many recordings a window holds,
nor how they are spread over it: in an even division, one part might hold all of them.

**What is cut, and when.** A window begins as one part for each 30 days, the most that Webex lists at a time. Each page
shows how much time a page covers, and so about how many pages are left in its part. Where these are far more than what
has been read, the part is cut: its flow ends, and all of its window is listed again by what takes its place: one part
for the time of its pages before the last, and a remainder, from which parts of two to six pages are taken off as
workers become free. The size of each is guessed from the parts taken before it; as the remainder runs out they become
smaller, so that all workers end together. A window that fits on a few pages is therefore never cut and costs no extra
request; in a long one, a few pages in a hundred are read twice. ::

    begin     [------------------------------------------------------]   one part; its first page covers an hour
    cut       [~][---------------------- remainder ------------------]   ~ was read and is listed again
    a while   [~][part][part][part][part]-------- remainder ---------]   the newest is on the left
    later         ^ its pages are handed on; those of the others are kept until it is their turn

**Why the order is the serial one.** The parts stand in a row, the newest first, as Webex lists. Pages are handed on
from the first part only; a part leaves the row when it has been read to its end and all its pages have been handed on.
What takes the place of a cut part stands right behind it.

**Why nothing relies on Webex's order.** Nothing is missing, because each moment of the window lies in a part that was
read to its end, in whatever order its pages came. The times of recordings only decide where to cut, and a page that is
not sorted, or shows times outside of its part, prevents even that for its part. A wrong guess makes a part longer or
shorter, which costs time, not recordings.

**Why each recording is handed on once.** The pages of a cut part are listed twice, and a server may list a recording in
two windows. So ids are remembered where pages are handed on, in that order. The flow of a part remembers the ids of its
own pages too, and needs to: it has to notice that it goes round in a circle while it reads, long before its turn.

**What bounds memory.** Pages that are read before it is their turn are kept. While as many are kept as six for each
worker, or 48, only the first part may begin anything new. Parts that are begun are read on, since few pages of each are
to come; but none, save the first, keeps more than twelve. For a caller that takes no more pages, none are read.

**Who waits.** Flows are carried on one at a time, so a token is renewed for all before anyone else continues. A `Wait`,
whoever asks for it, holds up all and halves how many requests are under way (see `pace`). A part that Webex has put
off is asked for before others, so that they do not use up its attempts.

The flow reads no clock and starts no thread. It yields `Begin` to have a request sent and `Collect` to hear of answers,
so a test can be Webex, the network and the clock at once: see `tests/webex/listing/test_schedule.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from airflow_provider_webex_recordings.webex.listing.parts import (
    MOST_PAGES,
    MOST_PAGES_AHEAD,
    PAGES_A_WORKER,
    Part,
    PartState,
    Remainder,
)
from airflow_provider_webex_recordings.webex.listing.seen import SeenIds, unseen
from airflow_provider_webex_recordings.webex.messages import (
    Answer,
    Begin,
    Collect,
    Flow,
    Page,
    ParallelFlow,
    Purpose,
    Request,
    Wait,
)
from airflow_provider_webex_recordings.webex.pace import Pace
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.windows import TimeWindow

# So many pages for each worker wait for their turn, and never more than of eight workers.
_PAGES_AHEAD_A_WORKER = 6
# So many of a part that was begun, whatever others keep.
_MOST_PAGES_OF_A_PART = 2 * MOST_PAGES
# A part is cut where it has so many pages left, and so many more for each page that was read and is read again. Fewer
# where workers have nothing else to do.
_WORTH_A_CUT, _WORTH_A_CUT_FOR_IDLE = (12, 4), (3, 1)


def list_side_by_side(
    window: TimeWindow, workers: int, list_part: Callable[[TimeWindow], Flow[None]]
) -> ParallelFlow[None]:
    """Yield a `Page` for each page of a window, in the order of a serial listing and each recording once.

    :param window: which time
    :param workers: how many requests are under way at most
    :param list_part: lists a window of at most 30 days by itself
    :raises WebexError: what the first flow that fails raises; the pages yielded before are good
    """
    return _Conversation(_Row(window, workers), Pace(workers), list_part).pages()


class _Row:
    """The parts of a window in the order in which they are handed on, and the choice of the next one to ask for.

    :param window: which time
    :param workers: how many parts are read at a time
    """

    def __init__(self, window: TimeWindow, workers: int) -> None:
        self._row: list[Part | Remainder] = [Part(piece) for piece in window.pieces()]
        self._workers = workers
        self._most_ahead = min(_PAGES_AHEAD_A_WORKER * workers, MOST_PAGES_AHEAD)
        #: pages read so far, and those of them that wait for their turn
        self._pages, self._ahead = 0, 0
        self._page_length = 1

    def __bool__(self) -> bool:
        """Return whether something is left to be handed on."""
        return bool(self._row)

    def parts(self) -> Iterator[Part]:
        """Yield all that are not handed on yet."""
        return (item for item in self._row if isinstance(item, Part))

    def next_part(self) -> Part | None:
        """Return the part whose page is to be asked for next, None where there is none at the moment."""
        self._drop_finished()
        return self._put_off() or self._first_with_room()

    def _put_off(self) -> Part | None:
        """Return the part that Webex has put off most often, so that others do not use up its attempts."""
        ready = (part for part in self.parts() if part.state is PartState.READY and part.attempt > 1)
        return max(ready, key=lambda part: part.attempt, default=None)

    def _first_with_room(self) -> Part | None:
        """Return the newest part that waits to be asked for and whose pages may be kept."""
        for item in self._row:
            is_waiting = isinstance(item, Remainder) or item.state in (PartState.PLANNED, PartState.READY)
            if is_waiting and self._has_room_for(item):
                return self._take(item) if isinstance(item, Remainder) else item
        return None

    def _has_room_for(self, item: Part | Remainder) -> bool:
        """Return whether another page of it may be read: always where it is its turn, else while few are kept."""
        if item is self._row[0]:
            return True
        if isinstance(item, Part) and item.state is PartState.READY:
            return len(item.arrived) < _MOST_PAGES_OF_A_PART
        return self._ahead < self._most_ahead

    def _take(self, remainder: Remainder) -> Part:
        place = self._row.index(remainder)
        part = remainder.take(self._workers, self._page_length)
        self._row[place : place + 1] = [part] if remainder.window.is_empty else [part, remainder]
        return part

    def add(self, part: Part, page: list[Recording]) -> None:
        """Take in a page of a part."""
        part.add(page)
        self._pages += 1
        self._ahead += 1
        self._page_length = max(self._page_length, len(page))

    def cut(self, part: Part, idle: int) -> bool:
        """Cut a part that has a next page, where that is worth it.

        :param idle: how many workers have nothing to do
        :return: whether that was done
        """
        is_long = self._pages >= PAGES_A_WORKER
        helps_idle = is_long and idle > 1 and not any(isinstance(item, Remainder) for item in self._row)
        at_least, for_each_read = _WORTH_A_CUT_FOR_IDLE if helps_idle else _WORTH_A_CUT
        if part.pages_left < at_least + for_each_read * part.pages_read:
            return False
        part.become(PartState.CUT)
        after = self._row.index(part) + 1
        self._row[after:after] = part.replacement()
        return True

    def ready(self) -> Iterator[list[Recording]]:
        """Yield the pages whose turn it is."""
        while self._row and isinstance(part := self._row[0], Part):
            while part.arrived:
                self._ahead -= 1
                yield part.arrived.popleft()
            self._drop_finished()
            if self._row and self._row[0] is part:
                return

    def _drop_finished(self) -> None:
        """Let those leave that have nothing to come and nothing to hand on: the turn is the next one's."""
        while self._row and isinstance(part := self._row[0], Part) and part.is_finished and not part.arrived:
            del self._row[0]


class _Conversation:
    """What is said while the parts of a row are listed.

    :param row: the parts
    :param pace: how many requests are under way at a time
    :param list_part: lists the window of one part
    """

    def __init__(self, row: _Row, pace: Pace, list_part: Callable[[TimeWindow], Flow[None]]) -> None:
        self._row, self._pace, self._list_part = row, pace, list_part
        #: of the parts that are begun and not at their end
        self._flows: dict[Part, Flow[None]] = {}
        #: of the parts that are ready
        self._requests: dict[Part, Request] = {}
        self._under_way = 0

    def pages(self) -> ParallelFlow[None]:
        """Hand pages on before anything is sent: for a caller that takes no more, no more is read."""
        seen = SeenIds()
        try:
            while self._row:
                for recordings in self._row.ready():
                    yield Page(unseen(recordings, seen))
                yield from self._follow_links()
                yield from self._send()
                yield from self._collect()
        finally:
            for flow in self._flows.values():
                flow.close()

    def _follow_links(self) -> ParallelFlow[None]:
        """Carry on the flows that have read a page, to their next request or their end, and cut what is too long."""
        for part in [part for part in self._row.parts() if part.state is PartState.READ]:
            yield from self._carry_on(part)
            idle = self._pace.width - self._under_way - 1
            if part.state is PartState.READY and self._row.cut(part, idle):
                del self._requests[part]
                self._flows.pop(part).close()

    def _send(self) -> ParallelFlow[None]:
        """Send as many requests as may be under way."""
        while self._under_way < self._pace.width and (part := self._row.next_part()) is not None:
            if part.state is PartState.PLANNED:
                self._flows[part] = self._list_part(part.window)
                yield from self._carry_on(part)
            part.become(PartState.SENT)
            part.round_sent = self._pace.round
            self._under_way += 1
            yield Begin(self._requests.pop(part), part)

    def _collect(self) -> ParallelFlow[None]:
        """Carry on all flows that are answered, since one answer may be the reason to send nothing for a while.

        Others may be answered meanwhile, above all during a wait.
        """
        at_least = 1
        while self._under_way and (arrivals := (yield Collect(at_least))):
            at_least = 0
            for part, answer, at in arrivals:
                self._under_way -= 1
                yield from self._carry_on(part, answer, at)

    def _carry_on(self, part: Part, answer: Answer = None, arrived: float | None = None) -> ParallelFlow[None]:
        """Carry the flow of a part on until it wants a page, has read one, or is at its end.

        :param arrived: when the answer did, in Unix time
        """
        flow = self._flows[part]
        while True:
            try:
                message = flow.send(answer)
            except StopIteration:
                del self._flows[part]
                part.become(PartState.DONE)
                return
            match message:
                case Page(recordings):
                    part.become(PartState.READ)
                    part.attempt = 1
                    self._row.add(part, recordings)
                    self._pace.succeed(part.round_sent)
                    return
                case Request(purpose=Purpose.LISTING):
                    part.become(PartState.READY)
                    self._requests[part] = message
                    return
                case Wait(seconds):
                    part.attempt = message.attempt
                    if left := self._pace.hold_up(seconds, arrived):
                        yield replace(message, seconds=left)
                    answer = None
                case _:
                    # The affairs of a token: no other flow is carried on before they are settled.
                    answer = yield message
            arrived = None
