"""Deepgram's wire, without any I/O: settings to the query, messages to transcripts, errors to ours."""

import json
from typing import Any

import pytest
from deepgram.core.unchecked_base_model import construct_type
from deepgram.listen.v1.socket_client import V1SocketClientResponse
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidMessage, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.providers.deepgram.wire import decode, error_of, listen_query, service
from pipeline.speech import Transcript, WordTime

SERVICE = service("http://proxy.test/deepgram", "a-key-of-deepgram")


def answer(status: int, headers: Headers | None = None, body: bytes = b"") -> InvalidStatus:
    """The upgrade was answered with an HTTP status."""
    return InvalidStatus(Response(status, "", headers or Headers(), body))


def message(text: str) -> Any:
    """A message as the SDK gives it."""
    return construct_type(type_=V1SocketClientResponse, object_=json.loads(text))  # type: ignore[arg-type]


def results(**changes: Any) -> str:
    """A transcript as Deepgram sends it (trimmed from its documentation), with changes."""
    word = {"word": "hello", "start": 0.5, "end": 0.9, "confidence": 0.99, "punctuated_word": "Hello."}
    return json.dumps(
        {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": 1.5,
            "start": 0.25,
            "is_final": True,
            "speech_final": False,
            "channel": {"alternatives": [{"transcript": "Hello.", "confidence": 0.99, "words": [word]}]},
            "metadata": {
                "request_id": "x",
                "model_info": {"name": "n", "version": "v", "arch": "a"},
                "model_uuid": "u",
            },
            "from_finalize": True,
        }
        | changes
    )


def alternatives(*words: Any, transcript: Any = "Hello.") -> dict[str, Any]:
    return {"alternatives": [{"transcript": transcript, "confidence": 0.9, "words": list(words)}]}


def test_a_transcript() -> None:
    word = WordTime("Hello.", 0.5, 0.9)
    assert decode(message(results())) == Transcript("Hello.", True, 0.25, 1.75, (word,), answers_finalize=True)


def test_fields_that_may_be_missing() -> None:
    word = {"word": "hello", "start": 0, "end": 1}
    text = json.loads(results(channel=alternatives(word), is_final=False))
    del text["from_finalize"], text["metadata"]
    assert decode(message(json.dumps(text))) == Transcript("Hello.", False, 0.25, 1.75, (WordTime("hello", 0, 1),))


def test_an_empty_transcript() -> None:
    decoded = decode(message(results(channel=alternatives(transcript=""))))
    assert decoded is not None
    assert (decoded.text, decoded.words) == ("", ())


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "Metadata", "request_id": "x"}',
        '{"type": "SpeechStarted", "timestamp": 1.0}',
        '{"type": "UtteranceEnd", "last_word_end": 1.0}',
        '{"type": "Error", "variant": "SchemaError", "description": "?"}',
        '{"type": "Tomorrow", "start": 1.0}',
        '["no", "object"]',
        "null",
        "3",
    ],
)
def test_what_says_nothing_about_words(text: str) -> None:
    assert decode(message(text)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": None},
        {"channel": {}},
        {"channel": {"alternatives": []}},
        {"channel": {"alternatives": {}}},
        {"channel": alternatives(transcript=None)},
        {"channel": alternatives(transcript=["Hello."])},
        {"channel": alternatives({"word": "hello", "start": "soon", "end": 1})},
        {"channel": alternatives({"word": "hello", "start": 0.5})},
        {"channel": alternatives({"word": 5, "start": 0.5, "end": 1})},
        {"start": None},
        {"start": -1},
        {"start": "soon"},
        {"duration": float("nan")},
        {"duration": float("inf")},
    ],
)
def test_a_transcript_that_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="Deepgram"):
        decode(message(results(**changes)))


def test_the_query() -> None:
    query = listen_query("nova-3", "de", ["Rawbot", "Max Mustermann"])
    assert query["model"] == "nova-3"
    assert query["language"] == "de"
    assert query["keyterm"] == ["Rawbot", "Max Mustermann"]
    assert (query["encoding"], query["sample_rate"], query["channels"]) == ("linear16", "16000", "1")
    assert query["interim_results"] == "true"
    assert query["endpointing"] == query["smart_format"] == "false"
    assert "keyterm" not in listen_query("nova-2", "en", []), "other models refuse it"


@pytest.mark.parametrize(
    ("error", "kind", "advice"),
    [
        (answer(400), Refused, "keyterms"),
        (answer(401), Refused, "DEEPGRAM_API_KEY"),
        (answer(402), Refused, "credit"),
        (answer(403), Refused, "DEEPGRAM_API_KEY"),
        (answer(404), Refused, "DEEPGRAM_BASE_URL"),
        (answer(418), Refused, "418"),
        (answer(408), Unavailable, "408"),
        (answer(429), Unavailable, "too many"),
        (answer(503), Unavailable, "503"),
        (ConnectionClosedError(None, None), Unavailable, "network"),
        (ConnectionClosedError(Close(1011, "NET-0001"), None), Unavailable, "1011 NET-0001"),
        (TimeoutError(), Unavailable, "in time"),
        (ConnectionRefusedError(111, "Connection refused"), Unavailable, "nothing listens"),
        (InvalidMessage("did not receive a valid HTTP response"), Unavailable, "DEEPGRAM_BASE_URL"),
    ],
)
def test_errors(error: Exception, kind: type[ProviderError], advice: str) -> None:
    mapped = error_of(error, SERVICE)
    assert type(mapped) is kind
    assert advice in str(mapped)
    assert str(mapped).startswith("Deepgram: ")


def test_an_error_does_not_repeat_headers() -> None:
    error = answer(500, headers=Headers({"X-Debug": "secret-in-a-header"}), body=b"secret-in-a-body")
    assert "secret" not in str(error_of(error, SERVICE))
