"""Requests from anybody: what is read of them, whatever they hold."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from bot.web.api.api_keys import ApiKeys
from bot.web.api.body import parse_object
from bot.web.api.problems import Problem
from bot.web.api.session_order import read_order
from bot.web.api.token_endpoint import TokenEndpoint, Visits
from bot.worker.session_config import read_session_config
from tests.bot.web.api.service import claims_of
from tests.support.twirp_server import KEY, SECRET

VISITS = Visits(ServerAccess("ws://127.0.0.1:1", Secret(KEY), Secret(SECRET)), agent_name="reception")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)

TOKEN_FIELDS = st.sampled_from(
    [
        *("room_name", "participant_name", "participant_identity", "participant_metadata", "participant_attributes"),
        *("room_config", "roomName", "participantIdentity", "participantAttributes", "roomConfig"),
    ]
)

SESSION_FIELDS = st.sampled_from(
    ["sessionId", "participantIdentity", "participantName", "intent", "constraints", "voice", "systemPrompt", "tools"]
)


def sent(value: object) -> dict[str, Any]:
    """What arrives of it. Raises Problem."""
    return parse_object(json.dumps(value).encode())


@settings(max_examples=25)
@given(asked=st.dictionaries(TOKEN_FIELDS, JSON | st.fixed_dictionaries({"agents": JSON}), max_size=5))
def test_whatever_is_asked_gives_a_token_or_a_problem(asked: dict[str, Any]) -> None:
    endpoint = TokenEndpoint(VISITS, ApiKeys(()), made=lambda: None)
    try:
        answer = endpoint.answer(sent(asked), is_trusted=False)
    except Problem as refusal:
        problem = refusal
    else:
        made = claims_of(answer["participant_token"])
        assert made["video"]["room"] == answer["room_name"]
        assert set(made["roomConfig"]) == {"agents"}
        assert set(made["video"]) == {
            *("room", "roomJoin", "canPublish", "canSubscribe", "canPublishData", "canUpdateOwnMetadata")
        }
        return
    assert problem.status in (400, 403)


@settings(max_examples=25)
@given(asked=st.dictionaries(SESSION_FIELDS | st.text(max_size=8), JSON, max_size=5))
def test_whatever_a_session_is_to_be_is_a_configuration_or_a_problem(asked: dict[str, Any]) -> None:
    try:
        request = read_order(sent(asked))
        request.check()
    except Problem as refusal:
        problem = refusal
    else:
        assert read_session_config(request.metadata("an-id")).session_id == "an-id"
        return
    assert problem.status in (400, 422)


@settings(max_examples=40)
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_a_body_holds_is_an_object_or_a_problem(body: bytes) -> None:
    try:
        parsed = parse_object(body)
    except Problem as refusal:
        problem = refusal
    else:
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
        return
    assert problem.status == 400


@pytest.mark.parametrize(
    "body",
    [
        *(b"[1]", b"{", b"\xff", b'"text"', b"1", b"null", b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a": 1e999}'),
        *(b"[" * 20_000, b'{"a":' * 10_000, b"1" * 5_000, b'{"a": ' + b"1" * 5_000 + b"}", "{}".encode("utf-16")),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_object(body: bytes) -> None:
    with pytest.raises(Problem, match="must be a JSON object") as refusal:
        parse_object(body)
    assert refusal.value.status == 400


def test_a_body_that_is_empty_asks_for_nothing() -> None:
    assert parse_object(b"") == parse_object(b" \n") == parse_object(b"\xef\xbb\xbf{}") == {}
