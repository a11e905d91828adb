"""Reading pages and Link headers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.errors import WebexLinkError, WebexProtocolError
from airflow_provider_webex_recordings.webex.listing.links import MOST_LINKS, links, may_hide_a_next_link
from airflow_provider_webex_recordings.webex.listing.paging import (
    next_link,
    page_size_of,
    read_page,
    with_page_size,
)
from airflow_provider_webex_recordings.webex.sending.origin import same_origin
from tests.helpers.answers import URL, answer

PAGE_1 = f"{URL}?max=100&from=a"


def following(*headers: str, request_url: str = PAGE_1, page_size: int = 100) -> str | None:
    page = answer(200, {"items": []}, link=list(headers))
    read_page(page)
    return next_link(page, request_url, page_size)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x100), max_size=20) | st.from_regex(r"[!-~]*"))
@example("?")
@example("a;?b")
@example("a;")
@example("a?b?")
@example("a?b#")
@example("a\\b")
@example("../a//b/./?x=[1]")
@example("\u00fc b")
def test_a_link_in_full_leads_where_its_path_alone_does(rest: str) -> None:
    """Most links are taken as they are, without being resolved; what is said in another way always is."""

    def followed(origin: str) -> str | None:
        try:
            return same_origin(f"{origin}/v1/{rest}", "https://webexapis.com/v1/x", "next link", answer())
        except WebexLinkError:
            return None

    assert followed("https://webexapis.com") == followed("HTTPS://webexapis.com")


def test_no_link_is_no_next_page() -> None:
    assert following() is None
    assert following("") is None
    assert following('<https://webexapis.com/v1/x>; rel="prev"') is None
    assert following('</a>; rel="prev first", </b>; rel=last; title="the next one"') is None
    assert following('</a>; rel="https://example.com/next-archive", </b>') is None


def test_a_link_is_followed_as_given() -> None:
    odd = "cursor=a%2Fb%2fc%20d+e~f:g@h!i$j'k(l)m*n,o;p&before&max=7&=&&%%x"

    assert following(f'<{URL}?{odd}>; rel="next"') == f"{URL}?{odd}"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("?max=null&cursor=c", "?max=50&cursor=c"),
        ("?cursor=c&max=null", "?cursor=c&max=50"),
        ("?max=&cursor=c", "?max=50&cursor=c"),
        ("?max=30&cursor=c", "?max=30&cursor=c"),
        ("?cursor=max=null", "?cursor=max=null"),
        ("?climax=null", "?climax=null"),
        ("?max=nullable", "?max=nullable"),
    ],
)
def test_a_page_size_of_null_is_ours(link: str, url: str) -> None:
    assert following(f"<{link}>; rel=next", page_size=50) == f"{URL}{url}"


def test_what_a_url_cannot_hold_is_encoded_byte_by_byte() -> None:
    as_latin_1 = "ü".encode().decode("latin-1")

    assert following(f'<?topic={as_latin_1} b"c>; rel=next') == f'{URL}?topic=%C3%BC%20b"c'


def test_a_link_about_another_page_counts_only_where_there_is_no_other() -> None:
    elsewhere = '<?page=9>; rel="next"; anchor="https://example.com/"'

    assert following(elsewhere, '<?page=2>; rel="next"') == f"{URL}?page=2"
    assert following(elsewhere) == f"{URL}?page=9", "a page too many is better than a page lost"
    assert following('<?page=1>; rel=next; anchor="http://["', f'<?page=2>; rel=next; anchor="{PAGE_1}#x"') == (
        f"{URL}?page=2"
    )


names = st.from_regex(r"[a-zA-Z][a-zA-Z0-9*-]{0,8}", fullmatch=True).filter(lambda name: name.lower() != "rel")
quoted = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
targets = st.from_regex(r"/[a-zA-Z0-9/?&=;,%+._~:@!$'()*-]{0,20}", fullmatch=True)


@given(st.lists(st.tuples(targets, st.dictionaries(names, quoted, max_size=3)), min_size=1, max_size=4), st.data())
def test_whatever_is_written_by_the_rules_is_read_back(found: list[tuple[str, dict[str, str]]], data: Any) -> None:
    def written(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def one(target: str, params: dict[str, str]) -> str:
        space = data.draw(st.sampled_from(["", " ", "\t "]))
        return f"<{target}>" + "".join(f"{space};{space}{name}={written(value)}" for name, value in params.items())

    values = [one(target, params) for target, params in found]
    split = data.draw(st.integers(0, len(values)))
    headers = [header for header in (", ".join(values[:split]), ",".join(values[split:])) if header]

    expected = []
    for target, params in found:
        lower: dict[str, str] = {}
        for name, value in params.items():
            lower.setdefault(name.lower(), value)
        expected.append((target, lower))
    response = answer(200, {"items": []}, link=headers)
    assert list(links(response)) == expected
    assert may_hide_a_next_link(response) == any(
        "next" in re.split(r"[^\w-]+", name) for _, lower in expected for name in lower
    )


@contextmanager
def refusal_of_too_many() -> Iterator[None]:
    """A header of many links may be refused, and of nothing else."""
    try:
        yield
    except WebexProtocolError as error:
        if f"more than {MOST_LINKS} links" not in str(error):
            raise


@given(st.text(max_size=60))
@example('<a>; rel="' + "\\" * 30)
@example("<" * 30)
def test_no_header_upsets_the_reader(text: str) -> None:
    with refusal_of_too_many():
        assert all(isinstance(target, str) for target, _ in links(answer(link=text)))


@pytest.mark.timeout(5)
@pytest.mark.parametrize("part", ["<b", "<b>", ", ", ";", " ", '"', '\\"', '<a>; x="\\"', '<a>;\\"', "; a ", "=", '="'])
def test_a_hostile_header_is_read_in_no_time(part: str) -> None:
    hostile = "<a>; rel=next; x=" + part * (65_536 // len(part))

    with refusal_of_too_many():
        assert next(links(answer(link=hostile))).target == "a"


@pytest.mark.parametrize(
    "damaged", ['<?page=2>; rel="next', '<?page=2>; rel="next\\', '<?page=2; rel="prev", <?page=2>; rel="next"']
)
def test_a_damaged_header_does_not_hide_its_link(damaged: str) -> None:
    assert following(damaged) == f"{URL}?page=2"


@pytest.mark.parametrize(
    "header",
    [
        "</v1/x?cursor=1>; rel='next'",
        "</v1/x?cursor=1>; rel=next",
        "</v1/x?cursor=1>; rel='prev next'",
        '</v1/x?cursor=1> ;REL = "last Next"',
    ],
)
def test_harmless_spellings_are_read(header: str) -> None:
    assert following(header) == "https://webexapis.com/v1/x?cursor=1"


@pytest.mark.parametrize(
    "header",
    [
        '</v1/x?cursor=1; rel="next"',
        '/v1/x?cursor=1; rel="next"',
        "garbage; rel=next, <unfinished; rel=next",
        '</v1/x?cursor=1>; rel="prev,next"',
        "</v1/x?cursor=1>; rel=:next",
        "</v1/x?cursor=1>; next",
        "</v1/x?cursor=1>; rel:next",
        '</v1/x?cursor=1>; "rel"="next"',
        '</v1/x?cursor=1>; rel=""next""',
        '</v1/x?cursor=1>, rel="next"',
        '{"next": "/v1/x?cursor=1"}',
        "next",
    ],
)
def test_a_header_that_cannot_be_read_is_an_error_and_never_the_last_page(header: str) -> None:
    with pytest.raises(WebexProtocolError, match="Link header that cannot be read") as caught:
        following(header)
    assert not caught.value.final


@pytest.mark.parametrize(
    ("url", "size", "halved"),
    [
        (f"{URL}?max=100&from=a", 100, f"{URL}?max=50&from=a"),
        (f"{URL}?from=a&max=7", 7, f"{URL}?from=a&max=50"),
        (f"{URL}?cursor=max%3D100", None, f"{URL}?cursor=max%3D100"),
        (f"{URL}?climax=100&max=9", 9, f"{URL}?climax=100&max=50"),
        (URL, None, URL),
    ],
)
def test_the_page_size_of_a_url_is_found_and_changed_and_nothing_else(url: str, size: int | None, halved: str) -> None:
    assert page_size_of(url) == size
    assert with_page_size(url, 50) == halved


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), json_values, max_size=4), max_size=4))
def test_recordings_are_handed_on_exactly_as_sent(items: list[dict[str, Any]]) -> None:
    for body in (json.dumps({"items": items}), json.dumps({"items": items, "more": 1}, ensure_ascii=True, indent=2)):
        assert read_page(answer(200, body.encode(errors="surrogatepass"))) == items


@pytest.mark.parametrize("items", [None, 5, "x", {}, [None], [{}, 5], [[]]])
def test_no_list_of_recordings_is_never_taken_for_an_empty_page(items: object) -> None:
    with pytest.raises(WebexProtocolError, match="no list of recordings in `items`"):
        read_page(answer(200, {"items": items}))
