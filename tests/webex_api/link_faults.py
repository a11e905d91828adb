"""Faults in paging: next links that lead astray, and every legal way to write a right one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.webex_api.call import Answer
from tests.webex_api.paging import encode_cursor
from tests.webex_api.script import edit_page, fault

if TYPE_CHECKING:
    from tests.webex_api.call import Call
    from tests.webex_api.script import Apply

# A template may name: {url}, the true next address, and its parts {scheme}, {host} (with port), {hostname}, {port},
# {origin}, {path}, {query}, {cursor}; {request}, the address of this request; {first}, that of the first page.
NEXT_LINKS = {
    "self": "{request}",
    "earlier": "{first}",
    "relative-path": "{path}?{query}",
    "relative-query": "?{query}",
    "relative-cursor": "?cursor={cursor}",
    "protocol-relative": "//{host}{path}?{query}",
    "only-cursor": "{origin}{path}?cursor={cursor}",
    "max-null": "{origin}{path}?{query_max_null}",
    "valueless-parameter": "{url}&before",
    "doubled-scheme": "{scheme},{url}",
    "https": "https://{host}{path}?{query}",
    "userinfo": "{scheme}://user:secret@{host}{path}?{query}",
    "origin-as-userinfo": "{scheme}://{hostname}:{port}@other.invalid{path}?{query}",
    "other-host": "{scheme}://other.invalid{path}?{query}",
    "other-port": "{scheme}://{hostname}:1{path}?{query}",
    "other-protocol-relative": "//other.invalid{path}?{query}",
    "file": "file:///etc/passwd",
    "javascript": "javascript:alert(1)",
    "fragment": "{url}#items",
    "empty": "",
    "not-a-url": "http://[",
}

# Values of one Link header each; all name {url} as the next page, and nothing else as it.
LINK_SPELLINGS = {
    "plain": ['<{url}>; rel="next"'],
    "unquoted": ["<{url}>; rel=next"],
    "upper-case": ['<{url}>; REL="NEXT"'],
    "mixed-case": ['<{url}>; Rel="Next"'],
    "no-space": ['<{url}>;rel="next"'],
    "white-space": ['<{url}> \t ;  rel \t= "next"'],
    "space-in-rel": ['<{url}>; rel=" next "'],
    "next-last": ['<{url}>; rel="next last"'],
    "last-next": ['<{url}>; rel="last next"'],
    "extension-rel": ['<{url}>; rel="http://example.com/rels/page next"'],
    "several-links": ['<{first}>; rel="first", <{url}>; rel="next", <{url}&last>; rel="last"'],
    "prev-before-next": ['<{first}>; rel="prev",<{url}>; rel="next"'],
    "several-headers": ['<{first}>; rel="prev"', '<{url}>; rel="next"'],
    "comma-in-url": ['<{url}&note=a,b>; rel="next"'],
    "semicolon-in-url": ['<{url}&note=a;rel=prev>; rel="next"'],
    "both-in-url": ['<{first}&note=a,b;c>; rel="prev", <{url}&note=;,;rel=%22prev%22,>; rel="next"'],
    "title-before": ['<{url}>; title="page 2, of 3; rel=prev"; rel="next"'],
    "title-with-quotes": ['<{url}>; title="say \\"next\\", <x>; rel=\\"prev\\""; rel="next"'],
    "title-names-next": ['<{first}>; title="rel=next, or; rel=\\"next\\""; rel="prev", <{url}>; rel="next"'],
    "title-with-link": ['<{url}>; title="<http://other.invalid/>; rel=next"; rel="next"'],
    "extended-title": ["<{url}>; title*=UTF-8''n%c3%a4chste%2c%3b; rel=\"next\""],
    "other-parameters": ['<{url}>; type="application/json"; hreflang=en; media="screen, print"; rel="next"'],
    "valueless-parameter": ['<{url}>; crossorigin; rel="next"'],
    "empty-elements": [', ,<{url}>; rel="next", ,'],
    "empty-parameters": ['<{url}>;; rel="next" ;'],
    "first-rel-counts": ['<{url}>; rel="next"; rel="prev"'],
    "rev-is-not-rel": ['<{first}>; rev="next"; rel="prev", <{url}>; rel="next"'],
    "rel-star-is-not-rel": ['<{first}>; rel*=UTF-8\'\'next; rel="prev", <{url}>; rel="next"'],
    "next-inside-a-word": ['<{first}>; rel="next-archive nextish", <{url}>; rel="next"'],
    "anchor-is-this-page": ['<{url}>; rel="next"; anchor="{request}"'],
    "anchor-elsewhere": ['<{first}>; rel="next"; anchor="http://other.invalid/", <{url}>; rel="next"'],
    "relative": ['<{path}?{query}>; rel="next"'],
}


@fault(lists_only=True)
def next_link(form: str) -> Apply:
    """Rewrite the next link of a page that has one: a name in NEXT_LINKS, or a template of your own."""
    return _with_links(['<{form}>; rel="next"'.replace("{form}", NEXT_LINKS.get(form, form))])


@fault(lists_only=True)
def next_origin(origin: str) -> Apply:
    """The right next link, on another origin, such as that of a ForeignServer."""
    return _with_links([f'<{origin}{{path}}?{{query}}>; rel="next"'])


@fault(lists_only=True)
def link_header(*values: str) -> Apply:
    """The Link headers as given: a name in LINK_SPELLINGS, or templates of your own; none removes the header."""
    known = len(values) == 1 and values[0] in LINK_SPELLINGS
    return _with_links(LINK_SPELLINGS[values[0]] if known else list(values))


def _with_links(templates: list[str]) -> Apply:
    def edited(call: Call, answer: Answer) -> Answer | None:
        url = _next_of(answer)
        if url is None:
            return None
        parts = _parts(call, url)
        return answer.with_header("link", *[template.format(**parts) for template in templates])

    return edit_page(edited)


def _next_of(answer: Answer) -> str | None:
    header = answer.header("link")
    return header[1 : header.index(">")] if header else None


def _parts(call: Call, url: str) -> dict[str, str]:
    split = urlsplit(url)
    query = parse_qsl(split.query, keep_blank_values=True)
    first = next((seen for seen in call.api.list_requests if seen.path == call.seen.path), call.seen)
    return {
        "url": url,
        "scheme": split.scheme,
        "host": split.netloc,
        "hostname": split.hostname or "",
        "port": str(split.port or ""),
        "origin": f"{split.scheme}://{split.netloc}",
        "path": split.path,
        "query": split.query,
        "query_max_null": urlencode({**dict(query), "max": "null"}),
        "cursor": dict(query).get("cursor", ""),
        "request": call.origin + call.seen.url,
        "first": call.origin + first.url,
    }


@fault(lists_only=True)
def empty_page() -> Apply:
    """An empty page whose next link, a new one each time, leads to the page that was asked for.

    times=n gives n empty pages in a row, times=None endlessly many.
    """

    def edited(call: Call, answer: Answer) -> Answer:
        path, _, query = call.seen.url.partition("?")
        kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "part"]
        url = f"{call.origin}{path}?{urlencode([*kept, ('part', call.seen.number)])}"
        return answer.with_json({"items": []}).with_header("link", f'<{url}>; rel="next"')

    return edit_page(edited)


@fault(lists_only=True)
def trailing_empty_page() -> Apply:
    """Give the last page a next link, to an empty page."""

    def edited(call: Call, answer: Answer) -> Answer | None:
        if answer.header("link") or not answer.json()["items"]:
            return None
        query = {name: value for name, value in call.seen.parameters().items() if name != "cursor"}
        cursor = encode_cursor({"window": [0, 0], "query": query})
        url = f"{call.origin}{call.seen.path}?cursor={cursor}"
        return answer.with_header("link", f'<{url}>; rel="next"')

    return edit_page(edited)
