"""A request with an access token, which is renewed once after a 401."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from airflow_provider_webex_recordings.webex.errors import WebexAuthenticationError
from airflow_provider_webex_recordings.webex.messages import Flow, Request, Response
from airflow_provider_webex_recordings.webex.sending.reading import read_object
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.sending.send import Answered, send
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
    lighten: Callable[[Request, int], Request] | None = None,
) -> Flow[Answered[T]]:
    """Send a request with an access token; after a 401, once more with a new one.

    :raises WebexAuthenticationError: where there is no new one, or it is refused too
    """
    token = yield from api.auth.token()
    while True:
        headers = {**request.headers, "Authorization": f"Bearer {token.value}"}
        try:
            return (yield from send(replace(request, headers=headers), read, api.policy, api.auth.secrets, lighten))
        except WebexAuthenticationError as refusal:
            error = refusal
        other = yield from api.auth.renew(token)
        if other is None:
            raise WebexAuthenticationError(
                error.request, error.status, error.message, error.tracking_id, api.auth.advice
            )
        token = other


def whoami(api: Api) -> Flow[dict[str, Any]]:
    """Return the person a token belongs to; needs the scope spark:people_read.

    https://developer.webex.com/docs/api/v1/people/get-my-own-details
    """
    return (yield from call(api, Request(f"{api.base_url}/people/me"), read_object)).value
