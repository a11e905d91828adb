"""Which access token a request gets: the one held, another task's, or a new one."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count

import pytest

from airflow_provider_webex_recordings.webex.errors import WebexAuthenticationError, WebexServerError
from airflow_provider_webex_recordings.webex.messages import LoadToken, Purpose, Request, SaveToken, StoredToken
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.tokens.access import (
    EARLY_RENEWAL_EVERY,
    LOOKS,
    MAX_TOKENS_PER_CALL,
    SPREAD,
    RefreshableToken,
    StaticToken,
    Token,
)
from airflow_provider_webex_recordings.webex.tokens.endpoint import TokenEndpoint
from tests.helpers.answers import answer
from tests.helpers.token_world import ENDPOINT, HOUR, REFRESH_TOKEN, World, form_of

DAY = 24 * HOUR


@pytest.fixture
def world() -> World:
    return World()


def refuse(request: Request) -> object:
    return answer(400, {"message": "invalid_grant"})


# --- a token that cannot be renewed -------------------------------------------------------------------------------


def test_a_static_token_is_the_only_one(world: World) -> None:
    auth = StaticToken("canary-static")

    token = world.run(auth.token())

    assert token == Token("canary-static")
    assert world.run(auth.renew(token)) is None
    assert world.said == []
    assert list(auth.secrets()) == ["canary-static"]


# --- held, stored, new --------------------------------------------------------------------------------------------


def test_the_first_task_looks_then_obtains_a_token_then_shares_it(world: World) -> None:
    flow = world.auth().token()

    assert next(flow) == LoadToken()
    request = flow.send(None)
    assert isinstance(request, Request)
    assert (request.method, request.url) == ("POST", ENDPOINT.url)
    assert flow.send(answer(200, {"access_token": "canary-new", "expires_in": 60})) == LoadToken()
    shared = flow.send(None)
    assert shared == SaveToken(StoredToken("canary-new", world.time + 60, 60.0, "", world.auth().credentials))
    with pytest.raises(StopIteration) as end:
        flow.send(None)
    assert end.value.value == Token("canary-new")


def test_a_token_that_is_held_is_used_without_a_word(world: World) -> None:
    auth = world.auth()
    first = world.run(auth.token())

    assert world.run(auth.token()) == first
    assert world.said == []


def test_a_stored_token_is_used_instead_of_a_new_one(world: World) -> None:
    world.another_shares("canary-other")

    assert world.run(world.auth().token()) == Token("canary-other")
    assert world.said == [LoadToken()]


def test_a_running_task_adopts_what_another_has_renewed(world: World) -> None:
    auth = world.auth()
    world.run(auth.token())
    world.time += HOUR - 1
    world.another_shares("canary-other")

    assert world.run(auth.token()) == Token("canary-other")
    assert world.requests == []


def test_an_older_token_is_not_adopted(world: World) -> None:
    auth = world.auth()
    world.run(auth.token())
    world.time += HOUR - 1
    world.another_shares("canary-older", left=0.5, lifetime=1.0)

    assert world.run(auth.token()).value == "canary-minted-2"


@pytest.mark.parametrize(
    "other",
    [
        (replace(ENDPOINT, url="https://example.com/access_token"), REFRESH_TOKEN),
        (replace(ENDPOINT, client_id="another"), REFRESH_TOKEN),
        (replace(ENDPOINT, client_secret="another"), REFRESH_TOKEN),
        (ENDPOINT, "another"),
    ],
    ids=["another endpoint", "another client", "another secret", "another refresh token"],
)
def test_a_token_of_other_credentials_is_ignored(world: World, other: tuple[TokenEndpoint, str]) -> None:
    world.run(world.auth().token())

    changed = RefreshableToken(*other, RetryPolicy(), world.now, shared=True)

    assert world.run(changed.token()).value == "canary-minted-2"


def test_the_credentials_are_told_apart_without_telling_them(world: World) -> None:
    assert "canary" not in world.auth().credentials
    assert world.auth().credentials == world.auth().credentials


def test_a_newer_token_that_was_shared_during_the_exchange_is_kept(world: World) -> None:
    """Two tasks renew at once; the one that was answered first saves last."""

    def slowly(request: Request) -> object:
        world.another_shares("canary-newer", left=HOUR + 1)
        return world.grant(request)

    world.endpoint = slowly

    assert world.run(world.auth().token()).value == "canary-newer"
    assert not [message for message in world.said if isinstance(message, SaveToken)]


def test_every_secret_held_can_be_kept_out_of_messages(world: World) -> None:
    auth = world.auth()
    world.another_shares("canary-other", refresh_token="canary-replaced")
    world.run(auth.token())

    assert {*auth.secrets()} == {ENDPOINT.client_secret, REFRESH_TOKEN, "canary-other", "canary-replaced"}


# --- tasks that start together ------------------------------------------------------------------------------------


def test_tasks_that_start_together_wait_a_moment_for_the_first(world: World) -> None:
    world.another_shares("canary-expired", left=-1)
    world.meanwhile = [lambda: world.another_shares("canary-renewed")]

    assert world.run(world.auth().token()).value == "canary-renewed"
    assert world.requests == []
    (pause,) = world.pauses
    assert 0 <= pause <= SPREAD


def test_where_none_of_them_has_renewed_it_by_then_the_task_does(world: World) -> None:
    world.another_shares("canary-expired", left=-1)

    assert world.run(world.auth().token()).value == "canary-minted-1"
    assert len(world.pauses) == 1


def test_their_waits_differ(world: World) -> None:
    random.seed(1)
    pauses = []
    for _ in range(100):
        world.another_shares("canary-expired", left=-1)
        world.run(world.auth().token())
        pauses += world.pauses

    assert min(pauses) < SPREAD / 10
    assert max(pauses) > SPREAD * 9 / 10


@pytest.mark.parametrize("shared", [False, True])
def test_who_has_nobody_to_wait_for_does_not_wait(world: World, shared: bool) -> None:
    if not shared:
        world.another_shares("canary-expired", left=-1)

    world.run(world.auth(shared=shared).token())

    assert world.pauses == []
    assert world.minted == 1


def test_a_thousand_task_starts_over_a_day_cost_a_handful_of_refreshes(world: World) -> None:
    world.endpoint = lambda request: world.grant(request, lifetime=6 * HOUR)
    midnight = world.time
    for start in range(1000):
        world.time = max(world.time, midnight + start * DAY / 1000)
        world.run(world.auth().token())

    assert 4 <= world.minted <= 5


# --- renewing early -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lifetime", "earliest", "latest"), [(HOUR, 360, 180), (14 * DAY, 600, 300), (60.0, 6, 3), (HOUR / 2, 180, 90)]
)
def test_each_task_renews_at_its_own_moment_shortly_before_the_end(
    world: World, lifetime: float, earliest: float, latest: float
) -> None:
    random.seed(2)
    moments = []
    for _ in range(100):
        token, auth = world.another_shares(left=lifetime, lifetime=lifetime), world.auth(shared=False)
        for left in count(int(earliest) + 2, -1):
            world.time = token.expires_at - left
            if world.run(auth.token()).value != token.access_token:
                break
        moments.append(left)

    assert latest - 1 <= min(moments) <= latest + (earliest - latest) / 10 + 1
    assert earliest - (earliest - latest) / 10 - 1 <= max(moments) <= earliest


def test_a_failing_token_endpoint_does_not_stop_a_task_whose_token_is_good(world: World) -> None:
    auth = world.auth(shared=False)
    token = world.run(auth.token())
    world.time += HOUR - 100
    world.endpoint = lambda request: answer(503)

    assert world.run(auth.token()) == token
    assert len(world.requests) == 1, "a token that is good is no reason to insist"
    (note,) = world.notes
    assert "still valid for 100 s" in note
    assert "503" in note


@pytest.mark.parametrize("failure", [answer(503), answer(400)])
def test_an_outage_is_not_hammered_and_the_renewal_is_tried_again_later(world: World, failure: object) -> None:
    auth = world.auth(shared=False)
    token = world.run(auth.token())
    world.time += HOUR - 100
    world.endpoint = lambda request: failure
    world.run(auth.token())
    world.endpoint = world.grant

    world.time += EARLY_RENEWAL_EVERY - 1
    assert world.run(auth.token()) == token
    assert world.requests == []
    world.time += 1
    assert world.run(auth.token()).value == "canary-minted-2"


def test_once_the_token_has_expired_the_failure_is_retried_and_then_an_error(world: World) -> None:
    auth = world.auth(shared=False)
    world.run(auth.token())
    world.time += HOUR
    world.endpoint = lambda request: answer(500)

    with pytest.raises(WebexServerError, match="POST /v1/access_token"):
        world.run(auth.token())
    assert len(world.requests) == 3


# --- after a 401 --------------------------------------------------------------------------------------------------


def test_after_a_401_another_tasks_token_is_used(world: World) -> None:
    auth = world.auth()
    token = world.run(auth.token())
    world.another_shares("canary-other")

    assert world.run(auth.renew(token)) == Token("canary-other", refreshed=False, tries=2)
    assert world.said == [LoadToken()]


def test_it_is_waited_for_as_where_webex_ends_a_token_another_is_about_to_be_shared(world: World) -> None:
    auth = world.auth()
    token = world.run(auth.token())
    world.meanwhile = [lambda: world.another_shares("canary-other")]

    assert world.run(auth.renew(token)).value == "canary-other"
    (pause,) = world.pauses
    assert 1 <= pause <= 2
    assert world.requests == []


def test_without_another_token_one_is_obtained_once_in_a_call(world: World) -> None:
    auth = world.auth()
    token = world.run(auth.token())

    renewed = world.run(auth.renew(token))
    assert renewed == Token("canary-minted-2", refreshed=True, tries=2)
    assert len(world.pauses) == 1

    assert world.run(auth.renew(renewed)) is None
    assert world.looks == LOOKS
    assert world.requests == []


def test_a_new_token_that_is_refused_gives_way_to_another_tasks(world: World) -> None:
    """As where Webex ends earlier access tokens at each refresh, and two tasks refresh at once."""
    auth = world.auth()
    renewed = world.run(auth.renew(world.run(auth.token())))
    world.meanwhile = [lambda: None, lambda: world.another_shares("canary-other")]

    assert world.run(auth.renew(renewed)) == Token("canary-other", refreshed=True, tries=3)
    assert world.requests == []


def test_who_shares_with_nobody_waits_for_nobody(world: World) -> None:
    auth = world.auth(shared=False)
    renewed = world.run(auth.renew(world.run(auth.token())))

    assert world.pauses == []
    assert world.run(auth.renew(renewed)) is None
    assert (world.looks, world.pauses) == (1, [])


def test_a_call_uses_a_bounded_number_of_tokens(world: World) -> None:
    auth = world.auth()
    token = world.run(auth.token())
    used = [token]
    for number in range(100):
        world.another_shares(f"canary-other-{number}")
        token = world.run(auth.renew(token))
        if token is None:
            break
        used.append(token)

    assert len(used) == MAX_TOKENS_PER_CALL == used[-1].tries
    assert world.said == []


def test_a_refused_token_is_not_used_again(world: World) -> None:
    auth = world.auth()
    token = world.run(auth.token())
    world.endpoint = refuse
    with pytest.raises(WebexAuthenticationError):
        world.run(auth.renew(token))
    world.endpoint = world.grant

    assert world.stored is not None
    assert world.stored.access_token == token.value, "it lies there still"
    assert world.run(auth.token()).value == "canary-minted-2"


def test_nor_where_the_endpoint_gives_no_other(world: World) -> None:
    auth = world.auth(shared=False)
    token = world.run(auth.token())
    world.endpoint = refuse

    for step in (auth.renew(token), auth.token()):
        with pytest.raises(WebexAuthenticationError):
            world.run(step)


def test_nor_where_it_would_have_lived_longer_than_the_new_one(world: World) -> None:
    world.another_shares("canary-ended", left=2 * HOUR)
    auth = world.auth()

    assert world.run(auth.renew(world.run(auth.token()))).value == "canary-minted-1"
    assert world.stored is not None
    assert world.stored.access_token == "canary-minted-1"


# --- the refresh token --------------------------------------------------------------------------------------------


def test_the_connections_refresh_token_is_not_copied(world: World) -> None:
    world.endpoint = lambda request: world.grant(request, refresh_token=REFRESH_TOKEN)
    world.run(world.auth().token())

    assert world.stored is not None
    assert world.stored.refresh_token == ""


def test_a_replaced_refresh_token_is_saved_before_anything_else_is_done(world: World) -> None:
    """A task that is killed a moment later has not taken the only valid refresh token with it."""
    flow = world.auth().token()
    assert next(flow) == LoadToken()
    assert isinstance(flow.send(None), Request)

    saved = flow.send(world.grant(Request("", purpose=Purpose.TOKEN), refresh_token="canary-replaced"))

    assert isinstance(saved, SaveToken)
    assert saved.token.refresh_token == "canary-replaced"


def test_of_two_tasks_that_replace_the_refresh_token_the_later_grant_stays_stored(world: World) -> None:
    """The earlier grant may be the later one to be saved; Webex may have ended its refresh token by then."""
    world.endpoint = lambda request: world.grant(request, refresh_token="canary-late")
    earlier = StoredToken("canary-early", world.time + HOUR - 1, HOUR, "canary-early", world.auth().credentials)
    world.meanwhile = [lambda: setattr(world, "stored", earlier)]

    assert world.run(world.auth().token()) == Token("canary-minted-1")

    assert world.stored is not None
    assert world.stored.refresh_token == "canary-late"


def test_a_grant_that_another_task_has_outrun_gives_way(world: World) -> None:
    world.endpoint = lambda request: world.grant(request, refresh_token="canary-early")
    world.meanwhile = [lambda: world.another_shares("canary-other", HOUR + 60, refresh_token="canary-late")]

    assert world.run(world.auth().token()) == Token("canary-other")
    assert world.stored is not None
    assert world.stored.refresh_token == "canary-late"


def test_a_replaced_refresh_token_is_shared_and_used_from_then_on(world: World) -> None:
    world.endpoint = lambda request: world.grant(request, refresh_token="canary-replaced")
    world.run(world.auth().token())
    world.time += HOUR

    assert world.stored is not None
    assert world.stored.refresh_token == "canary-replaced"
    world.run(world.auth().token())
    assert [form_of(request)["refresh_token"] for request in world.requests] == ["canary-replaced"]


def test_a_refresh_token_that_another_task_has_just_used_up_is_waited_for(world: World) -> None:
    world.endpoint = refuse
    world.meanwhile = [lambda: world.another_shares("canary-other", refresh_token="canary-replaced")]

    assert world.run(world.auth().token()).value == "canary-other"
    assert len(world.requests) == 1
    assert len(world.pauses) == 1


def test_where_its_access_token_is_no_longer_fresh_its_refresh_token_is_used(world: World) -> None:
    def once_used_up(request: Request) -> object:
        used_up = form_of(request)["refresh_token"] == REFRESH_TOKEN
        return refuse(request) if used_up else world.grant(request)

    world.endpoint = once_used_up
    world.meanwhile = [lambda: world.another_shares(left=-1, refresh_token="canary-replaced")]

    assert world.run(world.auth().token()).value == "canary-minted-1"
    assert [form_of(request)["refresh_token"] for request in world.requests] == [REFRESH_TOKEN, "canary-replaced"]


def test_the_connections_refresh_token_is_tried_where_the_stored_one_is_refused(world: World) -> None:
    def only_the_connections(request: Request) -> object:
        return world.grant(request) if form_of(request)["refresh_token"] == REFRESH_TOKEN else refuse(request)

    world.endpoint = only_the_connections
    world.another_shares(left=-1, refresh_token="canary-replaced")

    assert world.run(world.auth().token()).value == "canary-minted-1"
    assert [form_of(request)["refresh_token"] for request in world.requests] == ["canary-replaced", REFRESH_TOKEN]


def test_refused_credentials_are_final_after_a_few_looks(world: World) -> None:
    world.endpoint = refuse

    with pytest.raises(WebexAuthenticationError) as caught:
        world.run(world.auth().token())
    assert caught.value.final
    assert len(world.requests) == 1
    assert len(world.pauses) == LOOKS - 1
    assert sum(world.pauses) <= 6
