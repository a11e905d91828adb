"""The /_control endpoints: scripting the server from another process, or by hand with curl."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.webex_api import faults
from tests.webex_api.recordings import make_recordings

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.webex_api.api import WebexApi


async def add_faults(request: Request) -> JSONResponse:
    """Body: {"fault": name, "args": {...}, "times": 1 or null, "when": {condition: argument}}, or a list of such."""
    api: WebexApi = request.app.state.api
    body = await request.json()
    try:
        for spec in body if isinstance(body, list) else [body]:
            faults.add_from_json(api.faults, spec)
    except (KeyError, TypeError, ValueError) as error:
        return JSONResponse({"error": f"{type(error).__name__}: {error}", "faults": sorted(faults.FAULTS)}, 400)
    return JSONResponse({"faults": _rules(api)})


async def show_faults(request: Request) -> JSONResponse:
    api: WebexApi = request.app.state.api
    return JSONResponse({"faults": _rules(api), "applied": api.faults.applied, "known": sorted(faults.FAULTS)})


async def clear_faults(request: Request) -> JSONResponse:
    request.app.state.api.faults.clear()
    return JSONResponse({})


async def show_requests(request: Request) -> JSONResponse:
    api: WebexApi = request.app.state.api
    seen = [{**asdict(entry), "body": entry.body.decode(errors="replace")} for entry in api.requests.copy()]
    return JSONResponse({"requests": seen, "connections": api.connections})


async def add_recordings(request: Request) -> JSONResponse:
    """Body: a recording, a list of them, or {"make": {"count", "start", "end", "seed", ...}}."""
    api: WebexApi = request.app.state.api
    body = await request.json()
    if "make" in body:
        body = make_recordings(**body["make"])
    added = body if isinstance(body, list) else [body]
    for recording in added:
        api.recordings.add(recording)
    return JSONResponse({"added": [recording["id"] for recording in added]})


async def remove_recording(request: Request) -> JSONResponse:
    request.app.state.api.recordings.remove(request.path_params["recording_id"])
    return JSONResponse({})


async def reset(request: Request) -> JSONResponse:
    request.app.state.api.reset()
    return JSONResponse({})


async def issue_token(request: Request) -> JSONResponse:
    """Body: {"scopes": [...], "expires_in": seconds or null}, both optional."""
    return JSONResponse({"access_token": request.app.state.api.issue_token(**await request.json())})


async def expire_token(request: Request) -> JSONResponse:
    """Body: {"token": ...}."""
    request.app.state.api.expire((await request.json())["token"])
    return JSONResponse({})


async def show_tokens(request: Request) -> JSONResponse:
    api: WebexApi = request.app.state.api
    return JSONResponse({"live_tokens": api.live_tokens, "token_requests": api.token_requests})


async def add_client(request: Request) -> JSONResponse:
    """Body: the arguments of WebexApi.add_client."""
    request.app.state.api.add_client(**await request.json())
    return JSONResponse({})


def _rules(api: WebexApi) -> list[dict[str, Any]]:
    return [{"fault": rule.fault.call, "times": rule.times, "applied": rule.applied} for rule in api.faults.rules]


def control_routes() -> list[Route]:
    return [
        Route("/_control/faults", add_faults, methods=["POST"]),
        Route("/_control/faults", show_faults, methods=["GET"]),
        Route("/_control/faults", clear_faults, methods=["DELETE"]),
        Route("/_control/requests", show_requests, methods=["GET"]),
        Route("/_control/recordings", add_recordings, methods=["POST"]),
        Route("/_control/recordings/{recording_id}", remove_recording, methods=["DELETE"]),
        Route("/_control/reset", reset, methods=["POST"]),
        Route("/_control/tokens", issue_token, methods=["POST"]),
        Route("/_control/tokens", show_tokens, methods=["GET"]),
        Route("/_control/tokens/expire", expire_token, methods=["POST"]),
        Route("/_control/clients", add_client, methods=["POST"]),
    ]
