"""What the button Test of Airflow's connection form does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta

from airflow_provider_webex_recordings.connection.assembly import http_options, make_api
from airflow_provider_webex_recordings.connection.masking import mask
from airflow_provider_webex_recordings.connection.settings import WebexSettings
from airflow_provider_webex_recordings.transport.drivers import Driver
from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.webex.call import Api, whoami
from airflow_provider_webex_recordings.webex.errors import (
    WebexError,
    WebexPermissionError,
    WebexProtocolError,
    WebexTransportError,
)
from airflow_provider_webex_recordings.webex.listing import flows
from airflow_provider_webex_recordings.webex.messages import FailureKind, Message, StoredToken
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.windows import TimeWindow

# At most three requests, each sent once: a person is waiting, and can press the button again.
ONCE = RetryPolicy(max_attempts=1)
LONGEST = {"connect_timeout": 4.0, "read_timeout": 6.0, "total_timeout": 6.0}

LISTS = {"user": "the recordings of the token's owner", "admin": "the recordings of the organisation"}
NOT_THE_API = (
    "Is this the Webex API? Check the API base URL (host), its scheme and its port, and look for a proxy or a login "
    "page in between"
)
REPLACED = (
    "Warning: Webex issued a new refresh token during this test, and the test does not save it. If tasks can no longer "
    "renew their access token, authorise again and enter the new refresh token here"
)


class _NoStore:
    """Keeps nothing: a test must not change what tasks use."""

    replaced = False

    def load(self) -> StoredToken | None:
        """Return None: what is tested is the connection, not a token that tasks share."""
        return None

    def save(self, token: StoredToken) -> None:
        """Mask the token, and forget it."""
        mask(token.access_token, token.refresh_token)
        self.replaced = bool(token.refresh_token)


def try_connection(settings: WebexSettings, now: Callable[[], float], longest: Mapping[str, float] = LONGEST) -> str:
    """List one recording with the connection's role.

    :param settings: the connection's
    :param now: returns Unix time in seconds
    :param longest: the longest time-outs in seconds; shorter ones are the connection's
    :return: which list can be read, and as whom
    :raises WebexError: what is wrong and what to do
    """
    options = http_options(settings)
    options |= {name: min(options[name], seconds) for name, seconds in longest.items()}
    store, api = _NoStore(), make_api(settings, now, ONCE, shared=False)
    with closing(RequestsExchange(**options)) as exchange:
        driver = Driver(exchange, store, _ignore)
        _list_one(driver, api, settings, datetime.fromtimestamp(now(), UTC))
        who, remark = _owner(driver, api)
    found = f"{who} can list {LISTS[settings.role]} at {settings.base_url}{remark}"
    return f"{found}. {REPLACED}" if store.replaced else found


def _ignore(message: Message) -> None:
    """Log nothing: the answer says it all, and there are no waits."""


def _list_one(driver: Driver, api: Api, settings: WebexSettings, now: datetime) -> None:
    query, day = RecordingsQuery(role=settings.role), TimeWindow(now - timedelta(days=1), now)
    try:
        driver.value(flows.newest_recordings(api, query, day, 1))
    except WebexPermissionError as error:
        who, remark = _owner(driver, api)
        if not remark:
            error.advice = f"Asked as {who}. {error.advice}"
        raise
    except (WebexProtocolError, WebexTransportError) as error:
        if type(error) is WebexProtocolError or FailureKind.BROKEN.value in error.summary:
            error.advice = NOT_THE_API
        raise


def _owner(driver: Driver, api: Api) -> tuple[str, str]:
    """Return whose token it is, and a remark where that is not known."""
    try:
        person = driver.value(whoami(api))
    except WebexPermissionError:
        return "The token", " (its owner is not shown: it lacks the scope spark:people_read)"
    except WebexError:
        return "The token", " (its owner could not be determined)"
    emails = person.get("emails")
    email = emails[0] if isinstance(emails, list) and emails else "without an e-mail address"
    return f"{person.get('displayName')} ({email})", ""
