"""What an exception of an HTTP library is called."""

from __future__ import annotations

import asyncio
import ssl
import time

from airflow_provider_webex_recordings.transport.bodies import MalformedAnswerError
from airflow_provider_webex_recordings.transport.failures import failure
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind


class OddError(Exception):
    """What some library raises."""


KINDS = {ConnectionRefusedError: FailureKind.CONNECT, TimeoutError: FailureKind.TIMEOUT}


def failed(error: BaseException, *, cause: BaseException | None = None, proxied: bool = False) -> Failure:
    error.__cause__ = cause
    return failure(error, KINDS, proxied=proxied, started=time.monotonic())


def test_the_cause_decides_and_is_shown() -> None:
    told = failed(OddError("wrapped"), cause=ConnectionRefusedError("refused"))

    assert (told.kind, told.reason) == (FailureKind.CONNECT, "ConnectionRefusedError: refused")


def test_the_first_kind_of_the_table_counts() -> None:
    assert failed(TimeoutError("slow"), cause=ConnectionRefusedError("refused")).kind is FailureKind.CONNECT


def test_anything_else_is_a_broken_connection() -> None:
    assert failed(OddError("odd")).kind is FailureKind.BROKEN


def test_behind_a_proxy_it_is_the_proxy_that_cannot_be_reached() -> None:
    assert failed(ConnectionRefusedError("refused"), proxied=True).kind is FailureKind.PROXY
    assert failed(TimeoutError("slow"), proxied=True).kind is FailureKind.TIMEOUT


def test_a_cause_may_be_an_argument() -> None:
    told = failed(OddError("wrapped", ConnectionRefusedError("refused")))

    assert (told.kind, told.reason) == (FailureKind.CONNECT, "ConnectionRefusedError: refused")


def test_a_librarys_text_is_not_repeated() -> None:
    """It may quote what was read, and that may be a token."""
    assert failed(OddError('bad line:\n\n  b\'{"access_token": "canary"\'\n    ^')).reason == "OddError"


def test_what_a_parser_refused_is_said_in_our_own_words() -> None:
    kinds = {ValueError: FailureKind.MALFORMED, MalformedAnswerError: FailureKind.MALFORMED}

    def reason(error: Exception) -> str:
        return failure(error, kinds, proxied=False, started=time.monotonic()).reason

    assert reason(ValueError("invalid literal for int() with base 16: b'canary'")) == "it does not follow HTTP/1.1"
    assert reason(MalformedAnswerError("its compressed body ends too early")) == "its compressed body ends too early"


def test_the_end_of_the_whole_requests_time_is_the_cause_of_all_else() -> None:
    ended = failure(OddError("cut"), KINDS, proxied=True, started=time.monotonic() - 3, late=True)

    assert (ended.kind, ended.reason) == (FailureKind.TIMEOUT, "the answer was not complete after 3.0 s")


def test_only_a_certificate_is_a_tls_failure() -> None:
    assert failed(OddError("x"), cause=ssl.SSLCertVerificationError("unknown")).kind is FailureKind.TLS
    assert failed(ConnectionRefusedError("x"), cause=ssl.SSLError("end of file")).kind is FailureKind.BROKEN


def test_a_timeout_is_told_without_the_cancelling_that_carries_it_out() -> None:
    told = failed(TimeoutError(), cause=asyncio.CancelledError("scope 7f97"))

    assert (told.kind, told.reason) == (FailureKind.TIMEOUT, "TimeoutError")


def test_a_circle_of_causes_has_an_end() -> None:
    error = OddError("round")
    error.__context__ = OddError("and round")
    error.__context__.__context__ = error

    assert failed(error).reason == "OddError"


def test_a_proxys_password_is_not_shown() -> None:
    told = failed(OSError("cannot reach http://user:canary@proxy:3128/"))

    assert told.reason == "OSError: cannot reach http://***@proxy:3128/"
