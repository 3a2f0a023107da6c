"""Words across reconnects: every one exactly once, in order, at its place in the stream."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import LISTEN_RATE, Pcm, silence
from pipeline.resilience.resend_buffer import KEPT_DURATION, ResendBuffer
from pipeline.speech import Finalize, Transcript, WordTime

SECOND = LISTEN_RATE


def final(*words: tuple[str, float, float], until: float, from_finalize: bool = False) -> Transcript:
    """A final about the connection's audio up to `until`."""
    times = tuple(WordTime(*word) for word in words)
    return Transcript(" ".join(word.text for word in times), True, 0.0, until, times, from_finalize)


def interim(*words: tuple[str, float, float], until: float) -> Transcript:
    times = tuple(WordTime(*word) for word in words)
    return Transcript(" ".join(word.text for word in times), False, 0.0, until, times)


def drain(replay: ResendBuffer) -> list[Pcm | Finalize]:
    """Send all that waits."""
    items = []
    while (item := replay.next()) is not None:
        items.append(item)
    return items


def samples(items: list[Pcm | Finalize]) -> int:
    return sum(item.size for item in items if not isinstance(item, Finalize))


def sent(*seconds: float) -> ResendBuffer:
    """A stream on its first connection, with pieces of audio and a Finalize between any two."""
    replay = ResendBuffer()
    replay.rewind()
    for n, duration in enumerate(seconds):
        if n:
            replay.add(Finalize())
        replay.add(silence(round(duration * SECOND)))
    drain(replay)
    return replay


def test_audio_goes_out_in_order_and_empty_pieces_do_not() -> None:
    """An empty message means the end of the stream to Deepgram."""
    replay = ResendBuffer()
    for item in (silence(3), silence(0), Finalize(), silence(5)):
        replay.add(item)
    assert [getattr(item, "size", "Finalize") for item in drain(replay)] == [3, "Finalize", 5]


def test_replay_begins_at_the_end_of_the_last_final_word() -> None:
    replay = sent(3.0)
    replay.accept(final(("one", 0.5, 1.0), ("two", 1.1, 2.5), until=3.0))
    replay.rewind()
    assert samples(drain(replay)) == 0.5 * SECOND


def test_decided_silence_is_not_replayed_but_for_a_word_that_may_have_been_cut() -> None:
    replay = sent(30.0)
    replay.accept(final(("one", 0.5, 1.0), until=30.0))
    replay.rewind()
    assert samples(drain(replay)) == 1.0 * SECOND


def test_times_go_on_after_a_reconnect() -> None:
    replay = sent(3.0)
    replay.accept(final(("one", 0.5, 1.0), until=1.5))
    replay.rewind()
    drain(replay)
    again = replay.accept(final(("two", 0.5, 1.0), until=2.0))  # 1.0 is the zero of this connection
    assert again is not None
    assert again.words == (WordTime("two", 1.5, 2.0),)
    assert (again.start, again.end) == (1.0, 3.0)


def test_doubles_are_dropped_and_the_rest_of_the_text_stays() -> None:
    replay = sent(3.0)
    replay.accept(final(("One", 0.5, 1.0), until=1.5))
    heard = replay.accept(final(("one", 0.52, 1.03), ("two.", 1.5, 2.0), until=2.5))
    assert heard is not None
    assert heard.text == "two."
    assert replay.accept(final(("one", 0.5, 1.0), until=1.5)) is None


def test_a_double_may_have_moved_and_a_tail_is_none_of_its_own() -> None:
    replay = sent(3.0)
    replay.accept(final(("One", 0.5, 1.0), until=1.5))
    assert replay.accept(final(("one", 0.6, 1.1), until=1.5)) is None
    assert replay.accept(final(("n", 1.0, 1.04), until=1.5)) is None
    assert replay.accept(final(("I", 1.0, 1.1), until=1.5)) is not None


def test_text_without_spaces_is_joined_without_spaces() -> None:
    replay = sent(3.0)
    replay.accept(final(("今日", 0.5, 1.0), until=1.5))
    words = (WordTime("今日", 0.5, 1.0), WordTime("は", 1.5, 1.7), WordTime("寒い", 1.7, 2.0))
    heard = replay.accept(Transcript("今日は寒い", False, 0.0, 2.5, words))
    assert heard is not None
    assert heard.text == "は寒い"


def test_an_empty_transcript_reports_how_far_the_transcriber_has_come() -> None:
    replay = sent(3.0)
    assert replay.accept(interim(until=0.5)) == Transcript("", False, 0.5, 0.5)
    assert replay.accept(final(until=0.5)) is None
    assert replay.accept(final(until=1.0)) == Transcript("", False, 1.0, 1.0)
    assert replay.accept(final(until=99.0)) == Transcript("", False, 3.0, 3.0), "no more than was sent"


def test_an_empty_transcript_takes_an_interim_back() -> None:
    replay = sent(3.0)
    assert replay.accept(interim(("uh", 0.6, 0.8), until=1.0)) is not None
    taken_back = replay.accept(final(until=1.5))
    assert taken_back is not None
    assert taken_back.text == ""
    assert replay.accept(final(until=1.5)) is None


def test_an_interim_of_a_lost_connection_is_taken_back_when_nothing_is_heard_again() -> None:
    replay = sent(3.0)
    replay.accept(interim(("uh", 0.6, 0.8), until=1.0))
    replay.rewind()
    drain(replay)
    assert replay.accept(final(until=3.0)) is not None


def test_an_empty_answer_to_finalize_passes() -> None:
    replay = sent(1.0, 0.0)
    answer = replay.accept(final(until=1.0, from_finalize=True))
    assert answer is not None
    assert answer.answers_finalize
    assert replay.accept(final(until=1.0, from_finalize=True)) is None, "the same message twice is one answer"


def test_an_answer_to_an_earlier_finalize_does_not_answer_the_last() -> None:
    replay = sent(1.0, 1.0, 0.5)  # Finalizes at 1 and 2
    first = replay.accept(final(("one", 0.2, 0.6), until=0.98, from_finalize=True))
    second = replay.accept(final(("two", 1.2, 1.6), until=1.98, from_finalize=True))
    assert first is not None
    assert not first.answers_finalize
    assert second is not None
    assert second.answers_finalize


def test_an_answer_after_an_unanswered_finalize_answers_the_last() -> None:
    replay = sent(1.0, 1.0, 0.5)
    answer = replay.accept(final(("one", 0.2, 0.6), ("two", 1.2, 1.6), until=2.0, from_finalize=True))
    assert answer is not None
    assert answer.answers_finalize


def test_an_unanswered_finalize_is_sent_again_at_its_place_and_an_answered_one_is_not() -> None:
    replay = sent(1.0, 0.5)
    replay.rewind()
    assert [getattr(item, "size", "Finalize") for item in drain(replay)] == [SECOND, "Finalize", SECOND // 2]
    replay.accept(final(("one", 0.2, 0.6), until=1.0, from_finalize=True))
    replay.rewind()
    assert not any(isinstance(item, Finalize) for item in drain(replay))


def test_of_several_unanswered_finalizes_the_last_is_sent_again() -> None:
    replay = sent(1.0, 1.0, 0.5)
    replay.rewind()
    assert [getattr(item, "size", "Finalize") for item in drain(replay)] == [SECOND, SECOND, "Finalize", SECOND // 2]


def test_a_long_outage_keeps_the_newest_audio_and_counts_the_rest() -> None:
    replay = ResendBuffer()
    replay.rewind()
    for _ in range(round(KEPT_DURATION) + 10):
        replay.add(silence(SECOND))
    assert samples(drain(replay)) == KEPT_DURATION * SECOND
    assert replay.lost_samples == 10 * SECOND
    heard = replay.accept(final(("late", 1.0, 2.0), until=3.0))
    assert heard is not None
    assert heard.words == (WordTime("late", 11.0, 12.0),)


def test_audio_that_is_given_up_is_not_sent_again_and_its_words_so_far_are_kept() -> None:
    replay = sent(2.0)
    replay.accept(final(("one", 0.0, 0.4), until=0.5))
    replay.accept(interim(("two", 0.6, 1.0), until=1.2))
    replay.add(silence(SECOND))
    understood = replay.give_up()
    assert understood is not None
    assert (understood.text, understood.is_final, understood.answers_finalize) == ("two", True, False)
    assert replay.give_up() is None
    replay.rewind()
    assert samples(drain(replay)) == SECOND, "what was not sent yet"
    heard = replay.accept(final(("three", 0.2, 0.5), until=1.0))
    assert heard is not None
    assert heard.words == (WordTime("three", 2.2, 2.5),)


def test_words_of_an_earlier_connection_that_are_kept_are_not_heard_again() -> None:
    """The later ones broke long before they had got so far. The word that was not over yet comes whole."""
    replay = sent(2.0)
    replay.accept(interim(("tell", 0.4, 0.62), ("me", 0.65, 0.76), until=0.76))
    replay.rewind()
    replay.next()
    replay.add(silence(SECOND))
    replay._sent = round(0.16 * SECOND)
    understood = replay.give_up()
    assert understood is not None
    assert (understood.text, understood.is_final, understood.end) == ("tell", True, 0.62)
    replay.rewind()
    assert samples(drain(replay)) == round((3.0 - 0.62) * SECOND)
    heard = replay.accept(interim(("me", 0.03, 0.25), ("of", 0.28, 0.5), until=0.6))
    assert heard is not None
    assert heard.text == "me of"


def test_a_finalize_behind_audio_that_is_given_up_is_still_answered() -> None:
    replay = sent(2.0, 0.0)
    replay.give_up()
    replay.rewind()
    assert drain(replay) == [Finalize()]
    answer = replay.accept(final(until=0.0, from_finalize=True))
    assert answer is not None
    assert answer.answers_finalize


def test_a_living_connection_without_answers_keeps_only_so_much() -> None:
    replay = ResendBuffer()
    replay.rewind()
    for _ in range(round(KEPT_DURATION) + 10):
        replay.add(silence(SECOND))
        drain(replay)
    replay.rewind()
    assert samples(drain(replay)) == KEPT_DURATION * SECOND
    assert replay.lost_samples == 0


@pytest.mark.parametrize("nonsense", [1e9, 100.0])
def test_a_time_beyond_the_audio_silences_nothing(nonsense: float) -> None:
    replay = sent(2.0)
    replay.accept(final(("one", 0.5, nonsense), until=nonsense))
    replay.add(silence(2 * SECOND))
    drain(replay)
    assert replay.accept(final(("two", 2.5, 3.0), until=4.0)) is not None


@dataclass
class PerfectTranscriber:
    """Hears the audio of one connection, in which each sample is the number of its word and 0 is silence."""

    random: "st.DataObject"
    audio: list[int] = field(default_factory=list)
    segment_start: float = 0.0

    def words(self) -> list[WordTime]:
        """Those since the last final that are over; heard again, they lie a little differently."""
        audio = np.array(self.audio)
        edges = np.flatnonzero(np.diff(audio)) + 1
        found = []
        for first, last in zip([0, *edges[:-1]], edges, strict=False):
            if audio[first] and last - first > 0.06 * SECOND:
                shift = self.random.draw(st.sampled_from([-0.02, 0.0, 0.02]))
                found.append(WordTime(str(audio[first]), max(first / SECOND + shift, 0), last / SECOND + shift))
        return [word for word in found if (word.start + word.end) / 2 > self.segment_start]

    def final(self) -> Transcript:
        words = tuple(self.words())
        until = self.random.draw(st.sampled_from(["last word", "now"]))
        end = words[-1].end if words and until == "last word" else len(self.audio) / SECOND
        result = Transcript(" ".join(word.text for word in words), True, self.segment_start, end, words)
        self.segment_start = words[-1].end if words else self.segment_start
        return result


@settings(deadline=None)
@given(st.data())
def test_any_split_and_any_drop_gives_every_word_once_and_in_order(data: st.DataObject) -> None:
    spoken: list[int] = []
    words = data.draw(st.integers(0, 8), label="words")
    places = []
    for number in range(1, words + 1):
        spoken += [0] * data.draw(st.sampled_from([0, 500, 4000]), label="gap")
        first = len(spoken)
        spoken += [number] * data.draw(st.sampled_from([1500, 3000, 9000]), label="duration")
        places.append((first / SECOND, len(spoken) / SECOND))
    spoken += [0] * 2000
    pcm = np.array(spoken, dtype=np.int16)

    replay, heard, lost = ResendBuffer(), list[WordTime](), Transcript("", True, 0.0, 0.0)
    replay.rewind()
    transcriber = PerfectTranscriber(data)
    taken = 0

    def receive(answer: Transcript) -> None:
        new = replay.accept(answer)
        if new is not None and new.is_final:
            heard.extend(new.words)

    steps = ["add", "add", "send", "send", "final", "interim", "twice", "drop", "finalize"]
    while taken < len(pcm):
        match data.draw(st.sampled_from(steps)):
            case "add":
                size = data.draw(st.sampled_from([100, 512, 3000, 9000]))
                replay.add(pcm[taken : taken + size])
                taken += size
            case "finalize":
                replay.add(Finalize())
            case "send":
                if (item := replay.next()) is not None and not isinstance(item, Finalize):
                    transcriber.audio += item.tolist()
            case "final":
                receive(lost := transcriber.final())
            case "interim":
                times = tuple(transcriber.words())
                receive(Transcript(" ".join(w.text for w in times), False, transcriber.segment_start, 0.0, times))
            case "twice":
                receive(lost)
            case "drop":
                if data.draw(st.booleans(), label="with a final on its way"):
                    transcriber.final()
                replay.rewind()
                transcriber, lost = PerfectTranscriber(data), Transcript("", True, 0.0, 0.0)
    for item in drain(replay):
        transcriber.audio += [] if isinstance(item, Finalize) else item.tolist()
    receive(transcriber.final())

    assert [word.text for word in heard] == [str(number) for number in range(1, words + 1)]
    for word, (start, end) in zip(heard, places, strict=True):
        assert abs(word.start - start) <= 0.05
        assert abs(word.end - end) <= 0.05
