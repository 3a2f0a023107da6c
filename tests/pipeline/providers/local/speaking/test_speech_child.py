"""Requests to a voice's process: what is sent for one, and its cancelling."""

from pipeline.providers.local.process.frames import NUMBER, Kind
from pipeline.providers.local.speaking.speech_child import SpeechRequest


def test_what_is_sent_bears_the_number_of_the_request() -> None:
    sent: list[tuple[Kind, bytes]] = []
    request = SpeechRequest(5, "Hi", lambda kind, payload: sent.append((kind, payload)))
    request.send_speech(b"\1\2")
    request.send_word("Hi", 0, 1)
    request.finish("你")
    number = NUMBER.pack(5)
    assert sent == [
        (Kind.SPEECH, number + b"\1\2"),
        (Kind.WORD, number + b'["Hi", 0, 1]'),
        (Kind.SAID, number + "你".encode()),
    ]


def test_a_cancel_stops_what_runs_and_what_begins_afterwards() -> None:
    stopped: list[str] = []
    request = SpeechRequest(1, "", lambda kind, payload: None)
    request.on_cancel(lambda: stopped.append("first"))
    assert not request.is_cancelled
    request.cancel()
    assert request.is_cancelled
    request.on_cancel(lambda: stopped.append("second"))
    assert stopped == ["first", "second"]
