"""The tree of errors: drawn as it is, picklable, and clear about whether a retry can help."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from airflow_provider_webex_recordings.webex import errors
from airflow_provider_webex_recordings.webex.errors import (
    WebexApiError,
    WebexAuthenticationError,
    WebexError,
    WebexInputError,
    WebexLinkError,
    WebexPermissionError,
    WebexProtocolError,
    WebexRateLimitError,
    WebexRequestError,
    WebexServerError,
    WebexTransportError,
)

_API_ERROR = ("GET /v1/convergedRecordings", 429, "Too many", "ROUTER_1", "Wait", 90.0)

# Each class, with arguments as the package gives them.
EXAMPLES: dict[type[WebexError], tuple[object, ...]] = {
    WebexError: ("something",),
    WebexInputError: ("page_size", 0, "give a whole number"),
    WebexTransportError: ("GET /v1/x: timed out", "Raise the time-out", True),
    WebexProtocolError: ("GET /v1/x: no JSON", "ROUTER_1"),
    WebexLinkError: ("the next link leads to elsewhere", "ROUTER_1"),
    WebexApiError: _API_ERROR,
    WebexAuthenticationError: _API_ERROR,
    WebexPermissionError: _API_ERROR,
    WebexRequestError: _API_ERROR,
    WebexRateLimitError: _API_ERROR,
    WebexServerError: _API_ERROR,
}


def tree(root: type[WebexError]) -> list[type[WebexError]]:
    return [root, *(below for child in root.__subclasses__() for below in tree(child))]


def test_every_class_of_the_tree_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(tree(WebexError))


def test_the_tree_is_drawn_as_it_is() -> None:
    drawing = errors.__doc__ or ""
    parents: list[str] = []
    for line in drawing.splitlines():
        drawn = re.match(r"(?P<indent>[│ ├└─]*)(?P<name>Webex\w+)", line)
        if drawn is None:
            continue
        del parents[len(drawn["indent"]) // 3 :]
        cls = getattr(errors, drawn["name"])
        assert [base.__name__ for base in cls.__mro__ if issubclass(base, WebexError)][1:] == parents[::-1]
        parents.append(drawn["name"])
    assert set(re.findall(r"Webex\w+Error\b|WebexError\b", drawing)) == {cls.__name__ for cls in EXAMPLES}


@pytest.mark.parametrize("cls", EXAMPLES, ids=lambda cls: cls.__name__)
def test_an_error_is_the_same_after_its_way_to_another_process(cls: type[WebexError]) -> None:
    error = cls(*EXAMPLES[cls])

    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is cls
        assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
        assert (again.final, again.retry_after, again.summary) == (error.final, error.retry_after, error.summary)


@pytest.mark.parametrize("cls", EXAMPLES, ids=lambda cls: cls.__name__)
def test_one_except_clause_catches_everything(cls: type[WebexError]) -> None:
    with pytest.raises(WebexError):
        raise cls(*EXAMPLES[cls])


def test_the_message_names_status_words_tracking_id_and_the_next_step() -> None:
    assert str(WebexServerError("GET /v1/x", 502, "Bad gateway", "ROUTER_1", "Try again later")) == (
        "Webex answered 502 to GET /v1/x: Bad gateway (trackingId ROUTER_1). Try again later"
    )
    assert str(WebexServerError("GET /v1/x", 502, "", "", "Try again later")) == (
        "Webex answered 502 to GET /v1/x: (no message) (trackingId none given). Try again later"
    )
    assert str(WebexTransportError("GET /v1/x: timed out", "Raise it")) == "GET /v1/x: timed out. Raise it"
    assert str(WebexInputError("topic", "", "is empty")) == "topic='': is empty"
    assert str(WebexProtocolError("GET /v1/x: no JSON")).startswith("GET /v1/x: no JSON (trackingId none given). Run ")


def test_another_next_step_changes_nothing_but_that_and_pickles_too() -> None:
    error = WebexAuthenticationError("GET /v1/x", 401, "Expired", "ROUTER_1", "Look around", 90.0)

    again = pickle.loads(pickle.dumps(error.with_advice("Authorise again")))

    assert type(again) is WebexAuthenticationError
    assert again.args == ("GET /v1/x", 401, "Expired", "ROUTER_1", "Authorise again", 90.0)
    assert str(again) == "Webex answered 401 to GET /v1/x: Expired (trackingId ROUTER_1). Authorise again"


def test_bad_input_is_a_value_error_too() -> None:
    assert issubclass(WebexInputError, ValueError)


@pytest.mark.parametrize(
    ("cls", "final"),
    {
        WebexInputError: True,
        WebexProtocolError: False,
        WebexLinkError: True,
        WebexAuthenticationError: True,
        WebexPermissionError: True,
        WebexRequestError: True,
        WebexRateLimitError: False,
        WebexServerError: False,
    }.items(),
)
def test_an_error_says_whether_a_retry_can_help(cls: type[WebexError], final: bool) -> None:
    assert cls(*EXAMPLES[cls]).final is final
