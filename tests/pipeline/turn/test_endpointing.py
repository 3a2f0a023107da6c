"""When a turn is over: by the audio that was seen, and by how its words look."""

import pytest

from pipeline import events
from pipeline.commands import FinalizeTranscript, Release, StartReply
from pipeline.turn.due import NEVER
from pipeline.turn.endpointing import delay
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step
from tests.pipeline.turn.kit import Talk

POLICY = Policy(complete_delay=0.5, open_delay=0.9, unfinished_delay=1.8, wordless_delay=1.2)
WINDOW = 0.032


@pytest.mark.parametrize(
    ("text", "seconds"), [("What time is it?", 0.5), ("what time is it", 0.9), ("what time is", 1.8), ("", 1.2)]
)
def test_the_less_finished_the_words_the_longer_the_silence(text: str, seconds: float) -> None:
    assert delay(text, "en", POLICY) == seconds


def over_at(talk: Talk) -> float:
    """When the answer would be begun if none were made before."""
    (at,) = talk.times(StartReply)
    return at


@pytest.mark.parametrize(
    ("text", "seconds"), [("What time is it?", 0.5), ("What time is it", 0.9), ("What time is", 1.8)]
)
def test_a_turn_is_over_after_the_silence_that_its_words_need(text: str, seconds: float) -> None:
    talk = Talk(preemption="off", finalize_timeout=9.0)
    talk.says(1.0, 2.0, text)
    talk.until(6.0)
    assert over_at(talk) == pytest.approx(2.0 + seconds, abs=2 * WINDOW)
    assert talk.history[0] == f"user: {text}"


def test_an_answer_of_one_word_does_not_wait_for_seconds() -> None:
    talk = Talk()
    talk.says(1.0, 1.3, "Yes.")
    talk.until(3.0)
    assert talk.times(Release)[0] < 1.3 + 0.75


def test_somebody_who_reads_out_numbers_is_given_time_between_the_groups() -> None:
    talk = Talk()
    talk.says(1.0, 3.0, "My number is 0 1 7 1.")
    talk.says(4.2, 5.0, "5 5 5 0 1 2.")
    talk.until(9.0)
    assert talk.history[0] == "user: My number is 0 1 7 1. 5 5 5 0 1 2."


def test_finalize_is_asked_for_once_a_pause() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.3, 3.0, "In London?")
    talk.until(8.0)
    first, second = talk.times(FinalizeTranscript)
    assert 2.0 < first < 2.3
    assert 3.0 < second < 3.3


def test_a_pause_too_short_for_the_detector_is_asked_about_and_the_next_one_again() -> None:
    talk = Talk(finalize_silence_complete=0.09)
    talk.says(1.0, 63 * WINDOW, "What time is it?")
    talk.says(66 * WINDOW, 3.0, "In London?")
    talk.interim(1.9, "What time is it?")
    talk.until(8.0)
    first, second = talk.times(FinalizeTranscript)
    assert first == pytest.approx(66 * WINDOW, abs=0.001)
    assert second > 3.0
    assert talk.history[0] == "user: What time is it? In London?"


def test_words_that_look_complete_are_finalized_sooner() -> None:
    asked = []
    for text in ("What time is it?", "What time is"):
        talk = Talk(finalize_silence_complete=0.05, finalize_silence=0.2)
        talk.says(1.0, 2.0, text)
        talk.interim(2.01, text)
        talk.until(2.5)
        asked += talk.times(FinalizeTranscript)
    assert asked == pytest.approx([2.05, 2.2], abs=0.05)


def test_when_finalize_is_not_answered_the_last_interim_serves() -> None:
    talk = Talk(finalizing=None, finalize_timeout=0.35)
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(2.1)
    talk.until(4.0)
    assert talk.history[0] == "user: What time is it?"
    assert 2.5 <= talk.times(Release)[0] < 2.8


def test_the_end_waits_for_the_answer_to_finalize() -> None:
    talk = Talk(preemption="off", finalizing=0.8, finalize_timeout=1.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(1.8, "What time?")
    talk.until(4.0)
    assert talk.asked == ["What time is it?"]
    assert over_at(talk) == pytest.approx(2.9, abs=0.04)


def test_a_late_word_that_leads_on_shows_that_the_turn_is_not_over() -> None:
    talk = Talk(finalizing=None, making=1.0)
    talk.says(1.0, 2.0, "What time is it and")
    talk.interim(2.1, "What time is it?")
    talk.final(2.9)
    talk.says(3.2, 4.0, "where are we?")
    talk.final(4.2)
    talk.until(9.0)
    assert talk.history[0] == "user: What time is it and where are we?"


def test_words_without_speech_are_a_turn_too() -> None:
    """Else the bot would be mute to whom the detector does not notice."""
    talk = Talk()
    talk.says_unnoticed(1.0, 2.0, "What time is it?")
    talk.final(2.3)
    talk.until(4.0)
    assert talk.history == ["user: What time is it?"]
    assert talk.times(Release) == [pytest.approx(2.3 + 0.42, abs=0.05)]


def test_without_speech_the_silence_counts_from_the_last_word() -> None:
    talk = Talk(preemption="off")
    talk.says_unnoticed(1.0, 2.0, "What time is it?")
    talk.final(2.1, answers=True)
    talk.until(4.0)
    assert over_at(talk) == pytest.approx(2.5, abs=0.04)


def test_a_noise_without_words_is_forgotten() -> None:
    talk = Talk()
    talk.says(1.0, 1.3)
    talk.until(3.0)
    assert talk.times(StartReply) == []
    assert talk.state.floor.value == "silent"


# --- a transcriber that is away ---


def lost(at: float) -> events.TranscriberLost:
    return events.TranscriberLost(at, "gone")


def test_while_the_transcriber_is_away_the_end_waits_for_the_words() -> None:
    talk = Talk()
    talk.at(0.5, lost)
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(5.0, events.TranscriberBack)
    talk.until(9.0)
    assert talk.history[0] == "user: What time is it?"
    assert talk.times(FinalizeTranscript) == [5.0]


def test_words_of_the_meantime_come_one_after_the_other_and_are_one_turn() -> None:
    talk = Talk(finalizing=None, making=0.05)
    talk.at(0.5, lost)
    talk.says(1.0, 2.0, "I have a question.")
    talk.says(2.4, 3.0, "What time is it?")
    talk.at(5.0, events.TranscriberBack)
    talk.final(5.2, "I have a question.")
    talk.final(5.9, "What time is it?")
    talk.until(9.0)
    assert talk.history[0] == "user: I have a question. What time is it?"
    assert len(talk.all(Release)) == 1


def test_what_was_asked_before_the_transcriber_was_lost_is_asked_again() -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.2, lost)
    talk.at(3.0, events.TranscriberBack)
    talk.until(3.5)
    assert [round(at, 1) for at in talk.times(FinalizeTranscript)] == [2.1, 3.0]


@pytest.mark.parametrize("muted_at", [2.2, 99.0])
def test_the_bot_does_not_wait_for_ever_for_a_transcriber(muted_at: float) -> None:
    talk = Talk(deaf_timeout=4.0)
    talk.is_muted(muted_at, 99.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(1.9, "What time is")
    talk.at(2.0, lost)
    talk.until(12.0)
    assert talk.history[0] == "user: What time is"
    assert talk.times(StartReply) == [pytest.approx(7.8, abs=0.1)]  # 1.8 s of patience, then 4


# --- audio that does not come ---


def test_a_stall_of_the_audio_is_no_silence() -> None:
    """55 windows come at once: the person went on speaking in them."""
    talk = Talk(making=0.05)
    talk.says(1.0, 2.0, "I would like a pizza.")
    talk.says(2.3, 4.5, "With a lot of cheese.")
    talk.stalls(2.25, 2.25 + 55 * WINDOW)
    talk.until(4.4)
    assert talk.all(Release) == []
    talk.until(6.0)
    assert talk.history[0] == "user: I would like a pizza. With a lot of cheese."


def test_while_audio_comes_it_decides_however_late_it_is() -> None:
    """The machine stood still for longer than the bot's patience; then the windows of that time come, and a Tick."""
    talk = Talk(making=0.05, audio_patience=2.5)
    talk.says(1.0, 2.0, "I would like a pizza.")
    talk.says(2.3, 6.5, "With a lot of cheese.")
    talk.freezes(2.25, 6.0)
    talk.until(9.0)
    assert talk.history[0] == "user: I would like a pizza. With a lot of cheese."
    assert len(talk.all(Release)) == 1


def test_when_no_audio_comes_for_too_long_the_turn_ends_all_the_same() -> None:
    talk = Talk(preemption="off", audio_patience=2.5)
    talk.says(1.0, 2.0, "What time is it?")
    talk.stalls(2.3, 60.0)
    talk.until(6.0)
    assert over_at(talk) == pytest.approx(2.5 + 2.5, abs=0.1)


def test_when_audio_is_known_to_be_absent_the_clock_decides() -> None:
    talk = Talk(preemption="off")
    talk.says(1.0, 2.0, "What time is it?")
    talk.is_muted(2.0, 60.0)
    talk.until(4.0)
    assert over_at(talk) == pytest.approx(2.5, abs=0.05)


def test_the_answer_to_finalize_is_waited_for_by_the_clock_when_audio_is_absent() -> None:
    talk = Talk(preemption="off", finalizing=None, finalize_timeout=1.5)
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(2.05)
    talk.is_muted(2.1, 60.0)
    talk.until(6.0)
    assert over_at(talk) == pytest.approx(2.1 + 1.5, abs=0.05)


def test_the_burst_after_a_stall_leaves_the_transcriber_its_time() -> None:
    """Audio that was late passes in a moment: what was asked in it is answered in real time all the same."""
    talk = Talk(finalizing=None)
    talk.says(1.0, 2.0, "tell me")
    talk.interim(1.9)
    talk.until(2.0)
    at = talk.state.at + 1.5  # the loop stood still; a second and a half of windows comes now
    state, policy = talk.state, talk.policy
    state, _ = step(state, events.SpeechStopped(at, 2.13, 2.0, 1.0), policy)
    for window in range(1, 40):
        watermark_at = 2.13 + 0.032 * window
        seen = events.AudioSeen(at + 0.003 * window, watermark_at, 0.0, 0.0, watermark_at - 2.0)
        state, orders = step(state, seen, policy)
        assert not any(isinstance(order, Release) for order in orders)
    assert not state.turn.is_endpointed
    state, _ = step(state, events.Tick(at + policy.finalize_timeout + 0.2), policy)
    assert state.turn.finalize_deadline == NEVER


@pytest.mark.parametrize(
    ("language", "text", "seconds"),
    [
        ("pt", "Quero um.", 0.9),
        ("multi", "Quero um.", 0.9),
        ("de", "Was macht er.", 0.5),
        ("multi", "Was macht er.", 0.5),
        ("multi", "I live in LA.", 0.5),
        ("zh", "我的号码是一三八。", 1.8),
        ("th", "ผมอยากจองโต๊ะและ", 1.8),
    ],
)
def test_the_silence_that_words_need_is_that_of_their_language(language: str, text: str, seconds: float) -> None:
    talk = Talk(preemption="off", finalize_timeout=9.0, language=language)
    talk.says(1.0, 2.0, text)
    talk.until(6.0)
    assert over_at(talk) == pytest.approx(2.0 + seconds, abs=2 * WINDOW)
