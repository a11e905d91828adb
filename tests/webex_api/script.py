"""The script of faults: which one is applied to which request, and how often."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.webex_api.seen import LIST_PATHS, TOKEN_PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.webex_api.call import Answer, Call
    from tests.webex_api.seen import SeenRequest

    Predicate = Callable[[SeenRequest], bool]
    Apply = Callable[[Call], Awaitable[bool | None]]

FAULTS: dict[str, Callable[..., Fault]] = {}
CONDITIONS: dict[str, Callable[..., Predicate]] = {}


@dataclass(frozen=True)
class Fault:
    """What to do with a request; `apply` returns False where it does not fit this one."""

    name: str
    call: str
    apply: Apply
    lists_only: bool = False


@dataclass
class Rule:
    """A fault, when it is due, how often it still is (None: for ever), and how often it was applied."""

    fault: Fault
    when: Predicate
    times: int | None
    applied: int = 0

    def is_due(self, seen: SeenRequest) -> bool:
        return self.times != 0 and self.when(seen)

    async def apply(self, call: Call) -> bool:
        self._count(1)
        if await self.fault.apply(call) is False:
            self._count(-1)
            return False
        return True

    def _count(self, step: int) -> None:
        self.applied += step
        if self.times is not None:
            self.times -= step


@dataclass
class FaultScript:
    """The rules in the order they were added; the first one that is due and fits is applied."""

    rules: list[Rule] = field(default_factory=list)

    def add(self, fault: Fault, times: int | None = 1, when: Predicate | str | None = None) -> Rule:
        """Script a fault; `when` is a condition, a path, or None for any request the fault can fit."""
        if when is None:
            when = any_list() if fault.lists_only else any_request()
        elif isinstance(when, str):
            when = path(when)
        rule = Rule(fault, when, times)
        self.rules.append(rule)
        return rule

    async def apply(self, call: Call) -> bool:
        """Whether a fault has dealt with the call."""
        for rule in list(self.rules):
            if rule.is_due(call.seen) and await rule.apply(call):
                return True
        return False

    def clear(self) -> None:
        self.rules.clear()

    @property
    def applied(self) -> Counter[str]:
        """How often each fault was applied, by name."""
        counts = Counter({rule.fault.name: 0 for rule in self.rules})
        for rule in self.rules:
            counts[rule.fault.name] += rule.applied
        return +counts

    @property
    def pending(self) -> list[Rule]:
        """The rules that still have a number of times to go."""
        return [rule for rule in self.rules if rule.times]


def fault(build: Callable[..., Apply] | None = None, *, lists_only: bool = False) -> Callable[..., Any]:
    """Turn a function that builds an `apply` into a named constructor of faults."""
    if build is None:
        return functools.partial(fault, lists_only=lists_only)

    @functools.wraps(build)
    def construct(*args: Any, **kwargs: Any) -> Fault:
        given = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
        return Fault(build.__name__, f"{build.__name__}({', '.join(given)})", build(*args, **kwargs), lists_only)

    FAULTS[build.__name__] = construct
    return construct


def replace_with(make: Callable[[Call], Answer]) -> Apply:
    """Send this answer; the endpoint never sees the request."""

    async def apply(call: Call) -> None:
        await call.send(make(call))

    return apply


def edit_page(change: Callable[[Call, Answer], Answer | None]) -> Apply:
    """Like edit, for pages only: an error answer (or 204) is not changed."""
    return edit(lambda call, answer: change(call, answer) if answer.status == 200 else None)


def edit(change: Callable[[Call, Answer], Answer | None]) -> Apply:
    """Send the normal answer with a change; where `change` returns None the fault does not fit."""

    async def apply(call: Call) -> bool:
        changed = change(call, await call.answer())
        if changed is None:
            return False
        await call.send(changed)
        return True

    return apply


def condition(build: Callable[..., Predicate]) -> Callable[..., Predicate]:
    CONDITIONS[build.__name__] = build
    return build


@condition
def any_request() -> Predicate:
    return lambda seen: True


@condition
def any_list() -> Predicate:
    """A request to one of the two list endpoints."""
    return lambda seen: seen.is_list


@condition
def nth_list_request(number: int) -> Predicate:
    """From the n-th list request on (counted from 1 since the start or reset); with times=1 just that one."""
    return lambda seen: seen.is_list and seen.list_number >= number


@condition
def nth_request(number: int) -> Predicate:
    """From the n-th request of any kind on."""
    return lambda seen: seen.number >= number


@condition
def path(wanted: str) -> Predicate:
    """This path, or with a * at its end every path that begins so."""
    if wanted.endswith("*"):
        return lambda seen: seen.path.startswith(wanted[:-1])
    return lambda seen: seen.path == wanted


@condition
def method(name: str) -> Predicate:
    return lambda seen: seen.method == name.upper()


@condition
def token_request() -> Predicate:
    return path(TOKEN_PATH)


@condition
def details_request() -> Predicate:
    return lambda seen: seen.path.startswith(LIST_PATHS[0] + "/")


@condition
def download() -> Predicate:
    return path("/nbr/*")


@condition
def max_over(number: int) -> Predicate:
    """A list request for pages of more than this many recordings."""
    return lambda seen: seen.is_list and _number(seen.parameters().get("max", "10")) > number


@condition
def first_page() -> Predicate:
    return lambda seen: seen.is_list and "cursor" not in dict(seen.query)


@condition
def later_page() -> Predicate:
    return lambda seen: seen.is_list and "cursor" in dict(seen.query)


@condition
def parameter(name: str, value: str | None = None) -> Predicate:
    """A query parameter is there, or has this value."""
    return lambda seen: name in seen.parameters() and value in (None, seen.parameters()[name])


@condition
def with_token(token: str) -> Predicate:
    return lambda seen: seen.header("authorization") == f"Bearer {token}"


def both(*conditions: Predicate) -> Predicate:
    return lambda seen: all(condition(seen) for condition in conditions)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
