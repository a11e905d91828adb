"""Looking for secrets where they should not be: in logs, errors, and in requests."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterable, Iterator

from tests.helpers.credentials import CANARY, PROXY_HEADER
from tests.helpers.listing import Played
from tests.webex_api.seen import TOKEN_PATH


def leaks(played: Played, told: Iterable[str]) -> Iterator[str]:
    """Yield each place where a secret shows.

    :param told: what was logged meanwhile
    """
    for text in (*told, *shown_by(played.error), *[seen.text() for seen in played.seen_elsewhere]):
        if leaky(text, played):
            yield text[:300]
    yield from misplaced(played)


def leaky(text: str, played: Played) -> bool:
    return any(secret in text for secret in (CANARY, PROXY_HEADER, *played.minted))


def shown_by(error: BaseException | None) -> Iterator[str]:
    """Everything that an error and what is chained to it can show."""
    if error is None:
        return
    yield "".join(traceback.format_exception(error))
    yield pickle.dumps(error).decode("latin-1")
    link: BaseException | None = error
    while link is not None:
        yield repr((str(link), link, link.args, vars(link), getattr(link, "__notes__", None)))
        link = link.__cause__ or link.__context__


def misplaced(played: Played) -> Iterator[str]:
    """Requests to Webex itself that carry a secret in another place than the one for it."""
    for seen in played.seen:
        if leaky(seen.url, played):
            yield f"in the URL {seen.url}"
        for name, value in seen.headers:
            if name.lower() not in ("authorization", "proxy-authorization") and leaky(value, played):
                yield f"in the header {name}"
        if seen.path != TOKEN_PATH and seen.body:
            yield "in a body"
        if seen.path == TOKEN_PATH and seen.header("authorization"):
            yield "a token to the token endpoint"
