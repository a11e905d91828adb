"""A request with an access token, which is renewed once after a 401."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from airflow_provider_webex_recordings.webex.errors import WebexAuthenticationError
from airflow_provider_webex_recordings.webex.messages import Flow, Purpose, Request, Response
from airflow_provider_webex_recordings.webex.sending.reading import read_object
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.sending.send import Parsed, send
from airflow_provider_webex_recordings.webex.tokens.access import Auth

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Api:
    """What every call needs: where, as whom, and how patiently.

    :param base_url: the API's base URL, such as ``https://webexapis.com/v1``, without a slash at the end
    """

    base_url: str
    auth: Auth
    policy: RetryPolicy


def call(
    api: Api,
    request: Request,
    read: Callable[[Response], T],
    shrink: Callable[[Request, int], Request] | None = None,
) -> Flow[Parsed[T]]:
    """Send a request with an access token; after a 401, again with a new one, once.

    :param read: turns a good answer into a value, as for `send`
    :param shrink: makes a smaller request of one that the gateway timed out on, as for `send`
    :raises WebexAuthenticationError: where there is no new one, or it is refused too
    """
    token = yield from api.auth.token()
    while True:
        headers = {**request.headers, "Authorization": f"Bearer {token.value}"}
        try:
            return (yield from send(replace(request, headers=headers), read, api.policy, api.auth.secrets, shrink))
        except WebexAuthenticationError as refusal:
            error = refusal
        other = yield from api.auth.renew(token)
        if other is None:
            raise error.with_advice(api.auth.advice)
        token = other


def whoami(api: Api) -> Flow[dict[str, Any]]:
    """Return the person a token belongs to; needs the scope spark:people_read.

    https://developer.webex.com/docs/api/v1/people/get-my-own-details
    """
    return (yield from call(api, Request(f"{api.base_url}/people/me", purpose=Purpose.ACCOUNT), read_object)).value
