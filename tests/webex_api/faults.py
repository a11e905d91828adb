"""All faults and conditions by name, for Python and for JSON.

    api.faults.add(faults.status(429, retry_after="2"), times=2, when=faults.nth_list_request(3))

is the same as posting this to /_control/faults:

    {"fault": "status", "args": {"code": 429, "retry_after": "2"}, "times": 2, "when": {"nth_list_request": 3}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.webex_api.answer_faults import (
    add_items,
    body,
    bom,
    corrupt_gzip,
    deflate,
    duplicate_items,
    echo_secrets,
    edit_body,
    edit_items,
    empty_body,
    gzip,
    html,
    invalid_utf8,
    items_not_a_list,
    items_null,
    json_list,
    large_body,
    no_content,
    no_items,
    redirect,
    status,
    truncated_gzip,
    truncated_json,
)
from tests.webex_api.link_faults import (
    LINK_SPELLINGS,
    NEXT_LINKS,
    empty_page,
    link_header,
    next_link,
    next_origin,
    trailing_empty_page,
)
from tests.webex_api.script import (
    CONDITIONS,
    FAULTS,
    any_list,
    any_request,
    both,
    details_request,
    download,
    first_page,
    later_page,
    max_over,
    method,
    nth_list_request,
    nth_request,
    parameter,
    path,
    token_request,
    with_token,
)
from tests.webex_api.state_faults import expire_token, insert_recording, remove_recording
from tests.webex_api.wire_faults import (
    chunked,
    close,
    close_afterwards,
    close_in_body,
    drip,
    drip_headers,
    malformed_chunk,
    raw,
    reset,
    reset_in_body,
    stall,
    stall_body,
)

if TYPE_CHECKING:
    from tests.webex_api.script import Fault, FaultScript, Predicate, Rule

__all__ = [
    "CONDITIONS",
    "FAULTS",
    "LINK_SPELLINGS",
    "NEXT_LINKS",
    "add_from_json",
    "add_items",
    "any_list",
    "any_request",
    "body",
    "bom",
    "both",
    "chunked",
    "close",
    "close_afterwards",
    "close_in_body",
    "corrupt_gzip",
    "deflate",
    "details_request",
    "download",
    "drip",
    "drip_headers",
    "duplicate_items",
    "echo_secrets",
    "edit_body",
    "edit_items",
    "empty_body",
    "empty_page",
    "expire_token",
    "first_page",
    "from_json",
    "gzip",
    "html",
    "insert_recording",
    "invalid_utf8",
    "items_not_a_list",
    "items_null",
    "json_list",
    "large_body",
    "later_page",
    "link_header",
    "malformed_chunk",
    "max_over",
    "method",
    "next_link",
    "next_origin",
    "no_content",
    "no_items",
    "nth_list_request",
    "nth_request",
    "parameter",
    "path",
    "raw",
    "redirect",
    "remove_recording",
    "reset",
    "reset_in_body",
    "stall",
    "stall_body",
    "status",
    "token_request",
    "trailing_empty_page",
    "truncated_gzip",
    "truncated_json",
    "with_token",
]


def from_json(name: str, args: dict[str, Any] | list[Any] | None = None) -> Fault:
    """A fault by its name and arguments."""
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}")
    return _built(FAULTS[name], {} if args is None else args)


def add_from_json(script: FaultScript, spec: dict[str, Any]) -> Rule:
    """Add one fault as it is posted to /_control/faults."""
    fault = from_json(spec["fault"], spec.get("args"))
    return script.add(fault, times=spec.get("times", 1), when=_conditions(spec.get("when")))


def _conditions(spec: dict[str, Any] | None) -> Predicate | None:
    """All of {condition: argument}; the argument of a condition that has none is true."""
    if not spec:
        return None
    unknown = spec.keys() - CONDITIONS.keys()
    if unknown:
        raise ValueError(f"unknown conditions {sorted(unknown)}; known are {sorted(CONDITIONS)}")
    return both(*[_built(CONDITIONS[name], [] if value is True else value) for name, value in spec.items()])


def _built(build: Any, args: Any) -> Any:
    if isinstance(args, dict):
        return build(**args)
    return build(*(args if isinstance(args, list) else [args]))
