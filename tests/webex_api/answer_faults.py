"""Faults in what an answer says: its status, its body, the recordings in it."""

from __future__ import annotations

import gzip as gzip_module
import re
import zlib
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from tests.webex_api.call import Answer
from tests.webex_api.script import edit, edit_page, fault, replace_with

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.webex_api.call import Call
    from tests.webex_api.script import Apply

HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Web gateway</h1></body></html>"


@fault
def status(
    code: int,
    *,
    retry_after: float | str | None = None,
    retry_after_date: float | None = None,
    headers: dict[str, str] | None = None,
    body: Any = None,
    message: str | None = None,
) -> Apply:
    """Answer with this status and Webex's error body, or with `body` (text, bytes, or a value for JSON).

    `retry_after` is sent as it stands; `retry_after_date` is a number of seconds from now, sent as an HTTP-date.
    """

    def make(call: Call) -> Answer:
        answer = Answer(204) if code == 204 else _with_content(call.error(code, message), body)
        if retry_after is not None:
            answer = answer.with_header("retry-after", str(retry_after))
        if retry_after_date is not None:
            date = call.api.current_time().timestamp() + retry_after_date
            answer = answer.with_header("retry-after", formatdate(date, usegmt=True))
        for name, value in (headers or {}).items():
            answer = answer.with_header(name, value)
        return answer

    return replace_with(make)


def _with_content(answer: Answer, content: Any) -> Answer:
    if content is None:
        return answer
    if isinstance(content, str):
        content = content.encode()
    return answer.with_body(content) if isinstance(content, bytes) else answer.with_json(content)


@fault
def no_content() -> Apply:
    """204 without a body."""
    return replace_with(lambda call: Answer(204))


@fault
def body(content: str | bytes, *, content_type: str = "application/json;charset=UTF-8", code: int = 200) -> Apply:
    """Answer with exactly this body."""
    data = content.encode() if isinstance(content, str) else content
    return replace_with(lambda call: Answer(code, [("content-type", content_type)], data))


@fault
def html(code: int = 200, content: str = HTML) -> Apply:
    """An HTML page, as a proxy or captive portal sends it."""
    return replace_with(lambda call: Answer(code, [("content-type", "text/html")], content.encode()))


@fault
def empty_body(code: int = 200) -> Apply:
    """No body at all, with Content-Length 0; the headers, and so the next link, stay."""
    return _edit_body(lambda data: b"", code)


@fault
def redirect(to: str, code: int = 302) -> Apply:
    """A redirect; "{url}" in `to` is the request's own address, "{origin}", "{path}" and "{query}" are its parts."""

    def make(call: Call) -> Answer:
        path, _, query = call.seen.url.partition("?")
        url = call.origin + call.seen.url
        return Answer(code, [("location", to.format(url=url, origin=call.origin, path=path, query=query))])

    return replace_with(make)


@fault
def echo_secrets(code: int = 400) -> Apply:
    """An error whose message repeats the whole request: address, headers (the token too) and body."""
    return replace_with(lambda call: call.error(code, f"The request could not be understood: {call.seen.text()}"))


@fault
def edit_body(*, remove: Sequence[str] = (), change: dict[str, Any] | None = None) -> Apply:
    """Remove keys ("a.b" for one inside another) from a JSON answer, or change them; for tokens, details, people."""

    def edited(call: Call, answer: Answer) -> Answer:
        value = answer.json()
        for name in remove:
            _remove(value, name.split("."))
        return answer.with_json({**value, **(change or {})})

    return edit(edited)


def _remove(value: Any, names: list[str]) -> None:
    for name in names[:-1]:
        value = value.get(name, {})
    value.pop(names[-1], None)


@fault(lists_only=True)
def edit_items(*, remove: Sequence[str] = (), change: dict[str, Any] | None = None, every: int = 1) -> Apply:
    """Remove or change fields in the recordings of a page, in every n-th of them."""

    def edited(items: list[Any]) -> list[Any]:
        for item in items[::every]:
            for name in remove:
                item.pop(name, None)
            item.update(change or {})
        return items

    return _edit_items(edited)


@fault(lists_only=True)
def add_items(items: list[Any], *, at_end: bool = True) -> Apply:
    """Put more things into the page: recordings of another page again, or null, or what you like."""
    return _edit_items(lambda own: own + items if at_end else items + own)


@fault(lists_only=True)
def duplicate_items() -> Apply:
    """Send every recording of the page twice."""
    return _edit_items(lambda items: [item for item in items for _ in range(2)])


def _edit_items(change: Callable[[list[Any]], list[Any]]) -> Apply:
    return edit_page(lambda call, answer: answer.with_json({"items": change(answer.json()["items"])}))


@fault(lists_only=True)
def no_items() -> Apply:
    """A JSON object without `items`; the next link stays."""
    return edit_page(lambda call, answer: answer.with_json({}))


@fault(lists_only=True)
def items_null() -> Apply:
    return edit_page(lambda call, answer: answer.with_json({"items": None}))


@fault(lists_only=True)
def items_not_a_list(value: Any = "none") -> Apply:
    return edit_page(lambda call, answer: answer.with_json({"items": value}))


@fault(lists_only=True)
def json_list() -> Apply:
    """The items without the object around them."""
    return edit_page(lambda call, answer: answer.with_json(answer.json()["items"]))


@fault
def truncated_json(keep: float = 0.5) -> Apply:
    """The first part of the body, with a Content-Length that agrees with it."""
    return _edit_body(lambda data: data[: int(len(data) * keep)])


@fault
def invalid_utf8() -> Apply:
    """A byte inside the first text of the body that no UTF-8 has."""
    return _edit_body(lambda data: re.sub(rb'(": ?")', b"\\1\xff", data, count=1))


@fault
def bom() -> Apply:
    """A byte order mark before the JSON."""
    return _edit_body(lambda data: b"\xef\xbb\xbf" + data)


@fault
def large_body(size: int = 20_000_000) -> Apply:
    """White space before the JSON, so that the body is larger by `size` bytes and means the same."""
    return _edit_body(lambda data: b" " * size + data)


@fault
def gzip() -> Apply:
    return _encoded("gzip", gzip_module.compress)


@fault
def deflate(*, raw: bool = False) -> Apply:
    """Content-Encoding deflate, in zlib's format as the standard says, or raw as some servers do."""
    return _encoded("deflate", lambda data: zlib.compress(data)[2:-4] if raw else zlib.compress(data))


@fault
def corrupt_gzip() -> Apply:
    """Content-Encoding gzip, with wrong bytes in the middle of the body."""

    def encode(data: bytes) -> bytes:
        packed = gzip_module.compress(data)
        middle = len(packed) // 2
        return packed[:middle] + b"\xff" * 8 + packed[middle + 8 :]

    return _encoded("gzip", encode)


@fault
def truncated_gzip(keep: float = 0.5) -> Apply:
    """Content-Encoding gzip, of which only the first part is sent; many clients take this for the whole."""
    return _encoded("gzip", lambda data: (packed := gzip_module.compress(data))[: int(len(packed) * keep)])


def _edit_body(change: Callable[[bytes], bytes], code: int | None = None) -> Apply:
    def edited(call: Call, answer: Answer) -> Answer:
        changed = answer.with_body(change(answer.body))
        changed.status = code or answer.status
        return changed

    return edit(edited)


def _encoded(name: str, encode: Callable[[bytes], bytes]) -> Apply:
    return edit(lambda call, answer: answer.with_body(encode(answer.body)).with_header("content-encoding", name))
