"""The endpoints of the API, and the gate in front of them that logs every request and applies faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.webex_api import downloads
from tests.webex_api.call import Call
from tests.webex_api.control import control_routes
from tests.webex_api.errors import JSON_TYPE, ApiError, error_body
from tests.webex_api.paging import decode_cursor, next_url
from tests.webex_api.query import parse_query, parse_zone
from tests.webex_api.recordings import in_zone
from tests.webex_api.tokens import ADMIN_SCOPE, COMPLIANCE_SCOPE, ORG_ID, PEOPLE_SCOPE, USER_SCOPE

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from starlette.requests import Request

    from tests.webex_api.api import WebexApi
    from tests.webex_api.recordings import Entry

ADMIN_SCOPES = (ADMIN_SCOPE, COMPLIANCE_SCOPE)
MY_ID = "7b9d5b5e-7d3a-4a59-9d4e-0e2f6b9c2d11"


class WebexJson(JSONResponse):
    media_type = JSON_TYPE


async def list_own(request: Request) -> Response:
    return _list(request, admin=False)


async def list_organisation(request: Request) -> Response:
    return _list(request, admin=True)


def _list(request: Request, *, admin: bool) -> Response:
    api: WebexApi = request.app.state.api
    scopes = api.tokens.authorise(request.headers.get("authorization"), ADMIN_SCOPES if admin else (USER_SCOPE,))
    given = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    position = decode_cursor(given.pop("cursor")) if "cursor" in given else {"query": {}}
    params = {**position["query"], **given}
    query = parse_query(params, admin=admin, now=api.current_time(), window=position.get("window"))
    zone = parse_zone(request.headers.get("timezone"))
    if query.filters["status"] == "purged" and COMPLIANCE_SCOPE not in scopes:
        raise ApiError(403)
    filters = query.filters if admin or api.me is None else {**query.filters, "ownerId": api.me}
    after, skip = position.get("after"), position.get("skip", 0)
    entries, more = api.recordings.page(
        query.start, query.end, filters, query.size, after=after and tuple(after), skip=skip
    )
    response = _page(entries, zone)
    if more:
        following: dict[str, Any] = {"window": [query.start, query.end], "query": params}
        following |= {"after": entries[-1].key} if api.cursor == "keyset" else {"skip": skip + query.size}
        address = f"{downloads.origin(request)}{request.url.path}"
        response.headers["Link"] = f'<{next_url(address, params, following, api.next_style)}>; rel="next"'
    return response


def _page(entries: list[Entry], zone: ZoneInfo | None) -> Response:
    if zone is not None:
        return WebexJson({"items": [in_zone(entry.recording, zone) for entry in entries]})
    return Response(b'{"items":[' + b",".join([entry.json() for entry in entries]) + b"]}", media_type=JSON_TYPE)


async def details(request: Request) -> Response:
    api: WebexApi = request.app.state.api
    scopes = api.tokens.authorise(request.headers.get("authorization"), (USER_SCOPE, ADMIN_SCOPE, COMPLIANCE_SCOPE))
    zone = parse_zone(request.headers.get("timezone"))
    recording = api.recordings.get(request.path_params["recording_id"])
    if recording is None or (recording["status"] == "purged" and COMPLIANCE_SCOPE not in scopes):
        raise ApiError(404)
    answer = dict(recording) if zone is None else in_zone(recording, zone)
    if USER_SCOPE in scopes or COMPLIANCE_SCOPE in scopes:
        answer["temporaryDirectDownloadLinks"] = downloads.make_links(api, request, recording)
    return WebexJson(answer)


async def people_me(request: Request) -> Response:
    api: WebexApi = request.app.state.api
    api.tokens.authorise(request.headers.get("authorization"), (PEOPLE_SCOPE,))
    return WebexJson(
        {
            "id": MY_ID,
            "emails": ["archivist@example.com"],
            "displayName": "Recording Archivist",
            "orgId": ORG_ID,
            "type": "person",
        }
    )


async def access_token(request: Request) -> Response:
    api: WebexApi = request.app.state.api
    if request.headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
        raise ApiError(415)
    form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    return WebexJson(api.tokens.refresh(form))


async def api_error(request: Request, error: ApiError) -> Response:
    return _error(request, error.status, error.message, error.headers)


async def http_error(request: Request, error: HTTPException) -> Response:
    return _error(request, error.status_code, None, dict(error.headers or {}))


def _error(request: Request, status: int, message: str | None, headers: dict[str, str]) -> Response:
    tracking_id = request.scope["state"].get("tracking_id", "")
    return Response(error_body(status, tracking_id, message), status, headers, JSON_TYPE)


def make_application(api: WebexApi) -> Starlette:
    application = Starlette(
        routes=[
            Route("/v1/convergedRecordings", list_own),
            Route("/v1/admin/convergedRecordings", list_organisation),
            Route("/v1/convergedRecordings/{recording_id}", details),
            Route("/v1/people/me", people_me),
            Route("/v1/access_token", access_token, methods=["POST"]),
            *downloads.routes(),
            *control_routes(),
        ],
        exception_handlers={ApiError: api_error, HTTPException: http_error},
    )
    application.router.redirect_slashes = False
    application.state.api = api
    return application


class Gate:
    """The ASGI application that is served: logs a request, waits the latency, applies the fault that is due."""

    def __init__(self, api: WebexApi) -> None:
        self.api = api

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope = _asked_as_host(scope)
        if scope["path"].startswith("/_control/"):
            await self.api.application(scope, receive, send)
            return
        body = await read_body(receive)
        if body is None:
            return
        call = Call(self.api, scope, receive, send, self.api.requests.note(scope, body))
        if self.api.latency and await call.wait(self.api.latency):
            return
        if not await self.api.faults.apply(call):
            await call.pass_on()


def _asked_as_host(scope: Any) -> Any:
    """The request as if it was sent to the host itself: who takes us for a proxy names the whole URL."""
    if not scope["path"].startswith("http://"):
        return scope
    parts = {name: urlsplit(scope[name]).path for name in ("path", "raw_path")}
    return {**scope, **parts}


async def read_body(receive: Any) -> bytes | None:
    """The whole body of a request, or None where the client has left."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
