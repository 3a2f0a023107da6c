"""Cartesia's wire, and what is said in which context: no I/O, and a clock of numbers."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Declined, Malformed, ProviderError, Refused, Unavailable
from pipeline.providers.cartesia import DEFAULT_VOICE, CartesiaSynthesizer, ContextTiming
from pipeline.providers.cartesia.contexts import EXPIRY_LIMIT, Utterance
from pipeline.providers.cartesia.unspoken import unspoken
from pipeline.providers.cartesia.wire import (
    Audio,
    Cancel,
    ContextDone,
    Failed,
    Frame,
    Order,
    Say,
    VoiceSpecifier,
    WordTimestamps,
    decode,
    encode,
    service,
)
from pipeline.speech import Speech, WordTime

VOICE = VoiceSpecifier("sonic-3", DEFAULT_VOICE, "en", 24_000)
RATE = 1_000
TIMING = ContextTiming()
SERVICE = service(None, "sk_car_123456")

# --- messages ---


def test_a_chunk_of_text_keeps_its_white_space_and_says_that_more_may_come() -> None:
    message = encode(Say("c1", " Well, ", more=True), VOICE)
    assert message["transcript"] == " Well, "
    assert message["continue"] is True
    assert message["context_id"] == "c1"
    assert message["model_id"] == "sonic-3"
    assert message["voice"] == {"mode": "id", "id": DEFAULT_VOICE}
    assert message["output_format"] == {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000}
    assert message["add_timestamps"] is True
    assert message["max_buffer_delay_ms"] == 0


def test_only_text_and_continue_differ_within_a_context() -> None:
    first, last = encode(Say("c1", "Well, ", more=True), VOICE), encode(Say("c1", "", more=False), VOICE)
    assert {name for name in first if first[name] != last[name]} == {"transcript", "continue"}


@pytest.mark.parametrize(("language", "sent"), [("en", "en"), ("en-GB", "en"), ("DE", "de")])
def test_a_language_goes_out_without_its_region(language: str, sent: str) -> None:
    assert encode(Say("c1", "Hi", more=False), VoiceSpecifier("sonic-3", "v", language, 24_000))["language"] == sent


def test_a_cancel_is_nothing_but_a_cancel() -> None:
    assert encode(Cancel("c1"), VOICE) == {"context_id": "c1", "cancel": True}


def decoded(data: bytes) -> Frame | None:
    return decode(data, SERVICE)


def message(kind: str, **fields: Any) -> bytes:
    return json.dumps({"type": kind, "done": False, "status_code": 206, "context_id": "c1"} | fields).encode()


def test_audio_comes_as_samples() -> None:
    samples = np.array([1, -2, 32_767], np.int16)
    frame = decoded(message("chunk", data=base64.b64encode(samples.tobytes()).decode(), step_time=1.5))
    assert isinstance(frame, Audio)
    assert frame.context_id == "c1"
    np.testing.assert_array_equal(frame.samples, samples)


def test_word_times_come_as_words() -> None:
    times = {"words": ["Hello,", "you"], "start": [0, 0.5], "end": [0.4, 0.9]}
    expected = WordTimestamps("c1", (WordTime("Hello,", 0, 0.4), WordTime("you", 0.5, 0.9)))
    assert decoded(message("timestamps", word_timestamps=times)) == expected
    assert decoded(message("timestamps", word_timestamps=None)) is None


def test_the_end_comes_as_the_end_and_the_rest_not_at_all() -> None:
    assert decoded(message("done", done=True)) == ContextDone("c1")
    assert decoded(message("flush_done", flush_done=True, flush_id=1)) is None
    assert decoded(message("phoneme_timestamps")) is None
    assert decoded(message("a kind of the future")) is None


@pytest.mark.parametrize(
    "data", [b"no json", b"[1]", b"{}", b'{"type": 1}', b'{"type": "done"}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_message_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decoded(data)


@pytest.mark.parametrize(
    "data",
    [
        message("chunk"),
        message("chunk", data="not base64!"),
        message("chunk", data=base64.b64encode(b"odd").decode()),
        message("chunk", data=None),
        message("timestamps", word_timestamps={"words": ["a"], "start": [0], "end": []}),
        message("timestamps", word_timestamps={"words": ["a"], "start": ["x"], "end": [1]}),
        message("timestamps", word_timestamps=[]),
    ],
)
def test_what_is_wrong_within_a_context_is_an_error_of_that_context(data: bytes) -> None:
    frame = decoded(data)
    assert isinstance(frame, Failed)
    assert frame.context_id == "c1"
    assert isinstance(frame.error, Malformed)


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (400, Declined, "400"),
        (422, Declined, "422"),
        (401, Refused, "CARTESIA_API_KEY"),
        (402, Refused, "credit"),
        (403, Refused, "CARTESIA_API_KEY"),
        (404, Refused, "TTS_VOICE"),
        (429, Unavailable, "too many"),
        (500, Unavailable, "500"),
        (503, Unavailable, "503"),
        (None, Unavailable, "no such luck"),
    ],
)
def test_an_error_says_what_to_do_and_what_the_server_said(
    status: int | None, kind: type[ProviderError], says: str
) -> None:
    frame = decoded(message("error", status_code=status, title="Sorry", message="no such luck"))
    assert isinstance(frame, Failed)
    assert type(frame.error) is kind
    assert says in str(frame.error)
    assert "Sorry: no such luck" in str(frame.error)


def test_an_error_never_shows_the_key() -> None:
    frame = decoded(message("error", status_code=401, message="the key sk_car_123456 is wrong"))
    assert isinstance(frame, Failed)
    assert "sk_car" not in str(frame.error)


def test_a_patience_that_would_end_a_pause_for_text_is_refused() -> None:
    with pytest.raises(ValueError, match="context_idle"):
        ContextTiming(silence=0.5)


def test_a_rate_that_it_does_not_make_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="24000"):
        CartesiaSynthesizer(api_key="a key", rate=12_345)


# --- what is left to say ---


@given(
    st.lists(st.sampled_from(["Hello", "it's", "well-known", "no", "no", "5", "3.5", "Ärger", "a"]), min_size=1),
    st.data(),
)
def test_what_follows_the_words_that_were_said_is_left(words: list[str], data: st.DataObject) -> None:
    marks = st.sampled_from(["", ",", ".", "!)", " —"])
    spaces = st.sampled_from([" ", "  ", "\n"])
    text = "".join(
        data.draw(st.sampled_from(["", '"'])) + word + data.draw(marks) + data.draw(spaces) for word in words
    )
    said = data.draw(st.integers(0, len(words)))
    rest = unspoken(text, [word + data.draw(marks).strip() for word in words[:said]])
    left = [token.strip('",.!)—') for token in rest.split()]
    assert [token for token in left if token] == words[said:]


@pytest.mark.parametrize(
    ("text", "said", "rest"),
    [
        ("It costs $21 in all.", ["It", "costs", "twenty", "one", "dollars"], " $21 in all."),
        ("It costs $21 in all.", ["It", "costs", "twenty", "one", "dollars", "in"], " all."),
        ("A well-known man", ["A", "well"], "known man"),
        ("A well-known man", ["a", "well-known"], " man"),
        ("你好吗朋友", ["你", "好"], "吗朋友"),
        ("one two", [], "one two"),
        ("one two", ["one", "two"], ""),
    ],
)
def test_words_that_are_spoken_otherwise_than_written(text: str, said: Sequence[str], rest: str) -> None:
    assert unspoken(text, said) == rest


# --- contexts ---


class Server:
    """The other side of an Utterance: collects orders by context, in the order of the contexts."""

    def __init__(self, timing: ContextTiming = TIMING) -> None:
        self.utterance = Utterance(RATE, timing)
        self.texts: dict[str, str] = {}
        self.ended: set[str] = set()
        self.cancelled: list[str] = []
        self.heard: list[Speech | WordTime] = []

    def take(self) -> list[Order]:
        orders = self.utterance.take_orders()
        for order in orders:
            if isinstance(order, Cancel):
                self.cancelled.append(order.context_id)
                continue
            assert order.context_id not in self.ended, "a context was used after its end"
            self.texts[order.context_id] = self.texts.get(order.context_id, "") + order.text
            if not order.more:
                self.ended.add(order.context_id)
        self.heard += self.utterance.take_speech()
        return orders

    @property
    def ids(self) -> list[str]:
        return list(self.texts)

    def audio(self, context: int, samples: int, at: float = 0.0) -> None:
        self.utterance.frame(Audio(self.ids[context], np.full(samples, context, np.int16)), at)
        self.take()

    def words(self, context: int, *times: tuple[str, float, float], at: float = 0.0) -> None:
        self.utterance.frame(WordTimestamps(self.ids[context], tuple(WordTime(*time) for time in times)), at)
        self.take()

    def done(self, context: int, at: float = 0.0) -> None:
        self.utterance.frame(ContextDone(self.ids[context]), at)
        self.take()

    def failed(self, context: int, error: ProviderError, at: float = 0.0) -> None:
        self.utterance.frame(Failed(self.ids[context], error), at)
        self.take()

    def say(self, text: str, at: float = 0.0) -> None:
        self.utterance.say(text, at)
        self.take()

    def end(self) -> None:
        self.utterance.end()
        self.take()

    def tick(self, at: float) -> None:
        self.utterance.tick(at)
        self.take()

    @property
    def spoken(self) -> list[str]:
        return [item.text for item in self.heard if isinstance(item, WordTime)]


@pytest.fixture
def server() -> Server:
    return Server()


def test_chunks_that_follow_each_other_share_a_context(server: Server) -> None:
    server.say("Hello, ", 0.0)
    server.say("you. ", 0.6)
    server.end()
    assert list(server.texts.values()) == ["Hello, you. "]
    assert server.ended == {server.ids[0]}


def test_a_context_is_ended_before_it_expires_and_the_next_text_gets_a_new_one(server: Server) -> None:
    server.say("Hello. ", 0.0)
    server.audio(0, 300, at=0.5)
    assert server.utterance.wake_at == pytest.approx(0.5 + TIMING.context_idle)
    server.tick(0.5 + TIMING.context_idle)
    assert server.ended == {server.ids[0]}
    server.say("You. ", 1.3)
    assert list(server.texts.values()) == ["Hello. ", "You. "]


def test_words_go_on_from_the_audio_of_the_contexts_before(server: Server) -> None:
    server.say("Hello. ", 0.0)
    server.audio(0, 300)
    server.words(0, ("Hello.", 0.0, 0.25))
    server.tick(1.0)
    server.done(0, 1.1)
    server.say("You. ", 5.0)
    server.words(1, ("You.", 0.1, 0.2), at=5.0)
    server.audio(1, 200, at=5.1)
    server.end()
    server.done(1, 5.2)
    assert [item for item in server.heard if isinstance(item, WordTime)] == [
        WordTime("Hello.", 0.0, 0.25),
        WordTime("You.", pytest.approx(0.4), pytest.approx(0.5)),  # type: ignore[arg-type]
    ]
    assert server.utterance.finished


def test_what_comes_early_waits_for_its_turn(server: Server) -> None:
    server.say("Hello. ", 0.0)
    server.audio(0, 10)
    server.say("You. ", 0.8)
    server.audio(1, 10, at=0.9)
    server.audio(0, 10, at=1.0)
    server.end()
    server.done(1, 1.1)
    assert [int(item.samples[0]) for item in server.heard if isinstance(item, Speech)] == [0, 0]
    server.done(0, 1.2)
    assert [int(item.samples[0]) for item in server.heard if isinstance(item, Speech)] == [0, 0, 1]
    assert server.utterance.finished


def test_a_word_is_told_when_all_its_audio_is_there(server: Server) -> None:
    server.say("Hello. ", 0.0)
    server.words(0, ("Hello.", 0.0, 0.3))
    server.audio(0, 200)
    assert server.spoken == []
    server.audio(0, 100)
    assert server.spoken == ["Hello."]


def test_a_word_that_ends_behind_the_audio_is_told_at_its_end(server: Server) -> None:
    """Times are rounded on the way."""
    server.say("Hello. ", 0.0)
    server.words(0, ("Hello.", 0.0, 0.31))
    server.audio(0, 300)
    server.end()
    server.done(0)
    assert server.spoken == ["Hello."]


def test_text_with_nothing_to_pronounce_waits_for_some(server: Server) -> None:
    server.say(" ", 0.0)
    server.say("... ", 0.1)
    assert server.texts == {}
    server.say("Well. ", 0.2)
    assert list(server.texts.values()) == [" ... Well. "]


def test_a_text_without_a_word_is_over_at_once(server: Server) -> None:
    server.say("...", 0.0)
    server.end()
    assert server.utterance.finished
    assert server.texts == {}


def test_silence_of_the_server_is_told_when_something_is_waited_for(server: Server) -> None:
    server.say("Hello. ", 10.0)
    server.tick(10.0 + TIMING.first_audio - 0.01)
    with pytest.raises(Unavailable):
        server.tick(10.0 + TIMING.first_audio)


def test_silence_in_mid_speech_is_told_earlier(server: Server) -> None:
    server.say("Hello. ", 0.0)
    server.audio(0, 10, at=1.0)
    server.end()
    with pytest.raises(Unavailable):
        server.tick(1.0 + TIMING.silence)


def test_more_text_does_not_make_up_for_a_silent_server(server: Server) -> None:
    with pytest.raises(Unavailable):  # noqa: PT012 - which of the ticks does not matter
        for at in np.arange(0.0, 10.0, 0.5):
            server.say("Hello. ", at)
            server.tick(at)
    assert at <= TIMING.first_audio + 0.5


def test_waiting_for_text_may_take_for_ever(server: Server) -> None:
    server.say("Hello. ", 0.0)
    server.audio(0, 10, at=0.1)
    server.tick(0.9)
    server.done(0, 0.95)
    assert server.utterance.wake_at is None
    server.tick(1_000.0)
    server.say("You. ", 1_000.0)
    server.tick(1_000.1)


def test_the_time_that_a_connection_takes_is_not_the_servers_silence(server: Server) -> None:
    server.say("One. ", 0.0)
    server.utterance.connected(9.0)
    server.tick(9.1)
    assert server.utterance.wake_at == pytest.approx(9.0 + TIMING.context_idle)


def test_contexts_that_expire_in_a_row_are_bounded(server: Server) -> None:
    expired = Declined("Cartesia", "expired")
    server.say("One two three. ", 0.0)
    for context in range(EXPIRY_LIMIT - 1):
        server.audio(context, 10)
        server.failed(context, expired)
    server.audio(EXPIRY_LIMIT - 1, 10)
    with pytest.raises(Declined, match="expired"):
        server.failed(EXPIRY_LIMIT - 1, expired)


def test_text_that_came_too_late_for_its_context_gets_another_one(server: Server) -> None:
    """It expired at the server while the text was on its way."""
    server.say("One. ", 0.0)
    server.words(0, ("One.", 0.0, 0.1))
    server.audio(0, 100, at=0.1)
    server.say("Two. ", 0.7)
    server.done(0, 0.75)
    assert list(server.texts.values())[1] == " Two. "
    server.failed(0, Declined("Cartesia", "expired"), 0.8)  # of a context that is over: nothing to us
    server.end()
    server.words(1, ("Two.", 0.0, 0.1))
    server.audio(1, 100)
    server.done(1)
    assert server.spoken == ["One.", "Two."]


@pytest.mark.parametrize("ends_by", ["the text's end", "a pause"])
def test_text_that_came_too_late_is_not_lost_with_the_end_of_its_context(server: Server, ends_by: str) -> None:
    """The context was ended meanwhile; `done` is what the server said as it expired."""
    server.say("One. ", 0.0)
    server.words(0, ("One.", 0.0, 0.1))
    server.audio(0, 100, at=0.1)
    server.say("Two. ", 0.7)
    if ends_by == "a pause":
        server.tick(0.7 + TIMING.context_idle)
    else:
        server.end()
    assert server.ended == {server.ids[0]}
    server.done(0, 1.5)
    assert list(server.texts.values())[1] == " Two. "
    server.audio(1, 100, 1.6)
    server.words(1, ("Two.", 0.0, 0.1), at=1.6)
    server.end()
    server.done(1, 1.7)
    assert server.spoken == ["One.", "Two."]
    assert server.utterance.finished


def test_text_that_the_server_has_no_audio_for_is_asked_for_once_more_and_no_oftener(server: Server) -> None:
    server.say("One. ", 0.0)
    server.words(0, ("One.", 0.0, 0.1))
    server.audio(0, 100, at=0.1)
    server.say("Two. ", 0.5)
    server.end()
    server.done(0, 0.6)
    server.done(1, 0.7)
    assert server.utterance.finished
    assert len(server.texts) == 2


def test_an_expired_context_may_say_so_as_an_error(server: Server) -> None:
    server.say("One. ", 0.0)
    server.words(0, ("One.", 0.0, 0.1))
    server.audio(0, 100, at=0.1)
    server.say("Two. ", 0.7)
    server.say("Three. ", 1.5)
    server.failed(0, Declined("Cartesia", "expired"), 1.6)
    assert list(server.texts.values())[1:] == ["Three. ", " Two. "]
    assert server.ids[2] in server.ended
    server.audio(1, 10, 1.7)
    server.audio(2, 20, 1.8)
    server.done(2, 1.8)
    samples = [len(item.samples) for item in server.heard if isinstance(item, Speech)]
    assert samples == [100, 20, 10], "the text that came late is spoken before the one that came after it"


def test_a_refusal_is_no_expiry(server: Server) -> None:
    server.say("One. ", 0.0)
    server.audio(0, 100, at=0.1)
    with pytest.raises(Refused):
        server.failed(0, Refused("Cartesia", "no"), 0.2)


def test_a_text_that_is_declined_at_once_is_not_tried_again(server: Server) -> None:
    server.say("One. ", 0.0)
    with pytest.raises(Declined):
        server.failed(0, Declined("Cartesia", "not this text"), 0.2)


def test_an_error_of_a_later_context_waits_for_what_is_spoken_before_it(server: Server) -> None:
    server.say("One. ", 0.0)
    server.audio(0, 100, at=0.1)
    server.say("Two. ", 1.0)
    server.audio(1, 10, at=1.05)
    server.failed(1, Unavailable("Cartesia", "busy"), 1.1)
    server.audio(0, 100, at=1.2)
    with pytest.raises(Unavailable, match="busy"):
        server.done(0, 1.3)
    server.take()
    assert [len(item.samples) for item in server.heard if isinstance(item, Speech)] == [100, 100, 10]


def test_a_cancel_goes_to_every_context_that_is_not_over(server: Server) -> None:
    server.say("One. ", 0.0)
    server.audio(0, 100, at=0.1)
    server.say("Two. ", 1.0)
    server.done(0, 1.1)
    server.utterance.cancel()
    server.take()
    assert server.cancelled == [server.ids[1]]
    server.audio(1, 100, 1.2)
    assert sum(len(item.samples) for item in server.heard if isinstance(item, Speech)) == 100
