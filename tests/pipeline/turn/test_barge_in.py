"""What the person's speech does to the reply on air. A story of ten seconds is on air from 1.42 on."""

import pytest

from pipeline import events
from pipeline.commands import Cut, Discard, Duck, Hold, Release, Resume, StartReply
from tests.pipeline.turn.kit import Talk

STORY = "One two three four five six seven eight nine ten."


def on_air(*, is_interruptible: bool = True, **settings: object) -> Talk:
    talk = Talk(playing=10.0, reply=STORY, **settings)  # type: ignore[arg-type]
    talk.say(1.0, "Tell the story.", is_interruptible=is_interruptible)
    return talk


def test_the_bot_gives_way_step_by_step() -> None:
    talk = on_air()
    talk.says(3.0, 4.0, "Wait a moment.")
    talk.interim(3.5)
    talk.until(4.0)
    assert talk.on_air == ["Release", "Duck", "Hold", "Cut"]
    (ducked_at,), (held_at,), (cut_at,) = talk.times(Duck), talk.times(Hold), talk.times(Cut)
    assert ducked_at == pytest.approx(3.08, abs=0.04)
    assert held_at == pytest.approx(3.16, abs=0.04)
    assert cut_at == 3.5


def test_what_was_heard_is_what_the_history_holds() -> None:
    talk = on_air()
    talk.says(3.9, 5.0, "Wait a moment.")
    talk.until(8.0)
    assert talk.history[:2] == ["assistant: One two —", "user: Wait a moment."]
    assert talk.asked[-1] == "Wait a moment."


@pytest.mark.parametrize("words", ["Stop.", "Wait.", "No.", "Yeah, but"])
def test_words_that_are_meant_for_the_bot_cut_as_soon_as_they_are_known(words: str) -> None:
    talk = on_air()
    talk.says(3.0, 3.4, words)
    talk.interim(3.45)
    talk.until(3.45)
    assert talk.times(Cut) == [3.45]


def test_words_cut_even_where_the_detector_heard_nothing() -> None:
    talk = on_air()
    talk.says_unnoticed(3.0, 3.5, "Stop it.")
    talk.interim(3.6)
    talk.until(4.0)
    assert talk.on_air == ["Release", "Cut"]


def test_a_yeah_that_becomes_a_but_cuts() -> None:
    talk = on_air()
    talk.says(3.0, 4.0, "Yeah, but why?")
    talk.interim(3.4, "Yeah")
    talk.interim(3.8)
    talk.until(7.0)
    assert talk.on_air[:4] == ["Release", "Duck", "Hold", "Cut"]
    assert talk.times(Cut) == [3.8]
    assert talk.history[1] == "user: Yeah, but why?"


@pytest.mark.parametrize(
    ("language", "first", "whole"),
    [
        ("en", "I", "I see."),
        ("en", "Yeah, of", "Yeah, of course."),
        ("en", "All", "All right."),
        ("de", "Ach", "Ach so."),
        ("hi", "जी", "जी हाँ।"),
        ("zh", "原来", "原来如此。"),
        ("th", "เข้า", "เข้าใจ"),
    ],
)
def test_the_first_word_of_a_backchannel_does_not_end_the_reply(language: str, first: str, whole: str) -> None:
    talk = on_air(language=language, finalizing=None)
    talk.says(3.0, 3.6)
    talk.interim(3.3, first)
    talk.final(3.9, whole, answers=True)
    talk.until(20.0)
    assert talk.on_air == ["Release", "Duck", "Hold", "Resume"]
    assert talk.history == [f"(user: {whole})", f"assistant: {STORY}"]


def test_a_final_does_not_end_it_either_while_the_person_speaks_on() -> None:
    talk = on_air(finalizing=None)
    talk.says(3.0, 3.8)
    talk.final(3.4, "I")
    talk.final(4.1, "see.", answers=True)
    talk.until(20.0)
    assert talk.on_air == ["Release", "Duck", "Hold", "Resume"]
    assert talk.history[0] == "(user: I see.)"


def test_the_first_word_of_a_backchannel_that_becomes_something_else_cuts() -> None:
    talk = on_air()
    talk.says(3.0, 4.0, "I want tea.")
    talk.interim(3.4, "I")
    talk.interim(3.7, "I want")
    talk.until(7.0)
    assert talk.times(Cut) == [3.7]
    assert talk.history[1] == "user: I want tea."


@pytest.mark.parametrize(("finalizing", "cut_at"), [(0.1, 3.3 + 0.12 + 0.1), (None, 3.3 + 0.12 + 0.35)])
def test_the_first_word_of_a_backchannel_cuts_when_nothing_more_comes(finalizing: float | None, cut_at: float) -> None:
    """When the transcriber has answered for all that was said, or does not in time."""
    talk = on_air(finalizing=finalizing)
    talk.says(3.0, 3.3, "Of.")
    talk.interim(3.3)
    talk.until(4.5)
    assert talk.times(Cut) == [pytest.approx(cut_at, abs=0.06)]


def test_the_first_word_of_a_backchannel_cuts_when_the_transcriber_is_gone() -> None:
    talk = on_air(finalizing=None)
    talk.says_unnoticed(3.0, 3.3, "Of.")
    talk.interim(3.3)
    talk.at(3.35, lambda now: events.TranscriberLost(now, "gone"))
    talk.until(3.6)
    assert len(talk.times(Cut)) == 1


def test_the_beginning_of_a_backchannel_is_not_committed_as_one_while_no_audio_comes() -> None:
    """Nothing has been asked of the transcriber, as there was no silence yet."""
    talk = on_air(finalizing=None, audio_patience=1.0, finalize_silence=0.5, finalize_silence_complete=0.5)
    talk.says(3.0, 3.3)
    talk.interim(3.3, "Of")
    talk.stalls(3.5, 99.0)
    talk.until(10.0)
    assert [line for line in talk.history if line.startswith("(")] == []


@pytest.mark.parametrize(
    ("options", "text", "cuts"),
    [
        ({"language": "en"}, "Ja.", 1),
        ({"language": "en-US"}, "Si.", 1),
        ({"language": "de-AT"}, "Ja.", 0),
        ({"language": "multi"}, "Ja.", 0),
        ({"language": "multi"}, "No.", 1),
        ({"language": "hi", "backchannels": frozenset({"हाँ।"})}, "हाँ", 0),
        ({"language": "th", "backchannels": frozenset({"ใช่ครับ"})}, "ใช่ครับ", 0),
        ({"language": "zh", "backchannels": frozenset({"嗯"})}, "嗯嗯", 0),
        ({"language": "en", "backchannels": frozenset({"OK", "mm-hmm"})}, "Mm-hmm, okay.", 0),
        ({"language": "en", "backchannels": frozenset({"OK"})}, "Yeah.", 1),
    ],
)
def test_backchannels_are_those_of_the_language_or_the_policys_own(
    options: dict[str, object], text: str, cuts: int
) -> None:
    talk = on_air(**options)  # type: ignore[arg-type]
    talk.says(3.0, 3.4, text)
    talk.until(6.0)
    assert len(talk.times(Cut)) == cuts


def test_a_click_only_ducks() -> None:
    talk = on_air()
    talk.says(3.0, 3.1)
    talk.until(5.0)
    assert talk.on_air == ["Release", "Duck", "Resume"]
    assert talk.times(Resume) == [pytest.approx(3.23, abs=0.04)]


@pytest.mark.parametrize(("finalizing", "pause"), [(0.1, 0.25), (None, 0.5)])
def test_after_a_cough_the_bot_goes_on(finalizing: float | None, pause: float) -> None:
    """As soon as the transcriber has nothing to say, or after half a second."""
    talk = on_air(finalizing=finalizing, finalize_timeout=2.0)
    talk.says(3.0, 3.4)
    talk.until(20.0)
    assert talk.on_air == ["Release", "Duck", "Hold", "Resume"]
    assert talk.times(Resume) == [pytest.approx(3.4 + pause, abs=0.04)]
    assert talk.history == [f"assistant: {STORY}"]


@pytest.mark.parametrize(("muted_at", "resumed_at"), [(3.6, 3.9), (99.0, 3.9 + 2.5)])
def test_after_a_cough_the_bot_goes_on_even_when_no_more_audio_comes(muted_at: float, resumed_at: float) -> None:
    """At once when it is known to be absent, else when it has been missing for too long."""
    talk = on_air(finalizing=None, finalize_timeout=9.0, audio_patience=2.5)
    talk.says(3.0, 3.4)
    talk.stalls(3.6, 99.0)
    talk.is_muted(muted_at, 99.0)
    talk.until(20.0)
    assert talk.times(Resume) == [pytest.approx(resumed_at, abs=0.04)]
    assert talk.history == [f"assistant: {STORY}"]


def test_sustained_speech_cuts_though_no_word_is_known() -> None:
    talk = on_air(finalizing=None, cut_speech=1.2)
    talk.says(3.0, 6.0)
    talk.until(7.0)
    assert talk.times(Cut) == [pytest.approx(4.2, abs=0.04)]


def test_a_backchannel_is_taken_down_and_not_answered() -> None:
    talk = on_air()
    talk.says(3.0, 3.4, "Mm-hm.")
    talk.until(20.0)
    assert talk.on_air == ["Release", "Duck", "Hold", "Resume"]
    assert talk.history == ["(user: Mm-hm.)", f"assistant: {STORY}"]
    assert len(talk.all(StartReply)) == 1


def test_a_backchannel_is_one_only_when_the_bot_has_gone_on_talking_after_it() -> None:
    talk = on_air()
    talk.says(3.0, 3.4, "Mm-hm.")
    talk.at(3.8, lambda now: events.PersonAway(now, "ann"))
    talk.at(8.0, lambda now: events.PersonBack(now, "ann"))
    talk.until(9.0)
    assert talk.history == []
    talk.until(10.0)
    assert talk.history == ["(user: Mm-hm.)"]


def test_a_backchannel_is_taken_down_though_the_microphone_is_off() -> None:
    talk = on_air()
    talk.says(3.0, 3.4, "Mm-hm.")
    talk.is_muted(4.0, 99.0)
    talk.until(5.3)
    assert talk.history == ["(user: Mm-hm.)"]


def test_a_backchannel_is_one_though_nobody_answers() -> None:
    talk = on_air(has_language_model=False)
    talk.says(3.0, 3.4, "Mm-hm.")
    talk.until(6.0)
    assert talk.history == ["(user: Mm-hm.)"]


def test_yes_at_the_very_end_of_the_reply_is_the_answer_to_it() -> None:
    talk = on_air()
    talk.says(10.9, 11.3, "Yes.")
    talk.until(14.0)
    assert talk.history[:2] == [f"assistant: {STORY}", "user: Yes."]
    assert talk.asked == ["Tell the story.", f"{'Yes.'}"]


def test_what_nobody_hears_yet_is_not_ducked() -> None:
    talk = Talk(starting=1.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.8, 3.6, "In London?")
    talk.until(4.0)
    assert talk.on_air == ["Release", "Hold", "Cut"]


def test_each_interruption_is_judged_for_itself() -> None:
    talk = on_air()
    talk.says(3.0, 3.4)
    talk.says(4.5, 4.9, "Mm-hm.")
    talk.says(7.0, 7.6, "Wait, please.")
    talk.until(12.0)
    assert talk.on_air[:8] == ["Release", "Duck", "Hold", "Resume", "Duck", "Hold", "Resume", "Duck"]
    assert talk.history[0] == "(user: Mm-hm.)"
    assert talk.history[2] == "user: Wait, please."


def test_nothing_is_answered_before_what_is_on_air_has_ended() -> None:
    """Its draft would not know what was heard."""
    talk = on_air()
    talk.says(3.0, 3.6, "What time is it?")
    talk.interim(3.5, "What time")
    talk.until(8.0)
    assert talk.times(Cut)[0] <= talk.times(StartReply)[1]
    assert talk.all(Release) == [Release("Tell the story."), Release("reply-1")]


def test_what_must_not_be_interrupted_is_not_and_the_words_are_answered_after_it() -> None:
    talk = on_air(is_interruptible=False)
    talk.says(3.0, 4.0, "What time is it?")
    talk.until(11.3)
    assert talk.on_air == ["Release"]
    talk.until(13.0)
    assert talk.history == [f"assistant: {STORY}", "user: What time is it?"]


@pytest.mark.parametrize("is_interruptible", [True, False])
def test_the_program_may_break_off_anything(is_interruptible: bool) -> None:
    talk = on_air(is_interruptible=is_interruptible)
    talk.at(3.0, events.InterruptRequested)
    talk.until(4.0)
    assert talk.on_air == ["Release", "Cut"]
    assert talk.history == ["assistant: One —"]


# --- while nobody can hear ---


def test_a_reply_waits_for_somebody_who_is_away_for_a_moment() -> None:
    talk = on_air()
    talk.at(3.0, lambda now: events.PersonAway(now, "ann"))
    talk.at(6.0, lambda now: events.PersonBack(now, "ann"))
    talk.until(20.0)
    assert talk.on_air == ["Release", "Hold", "Resume"]
    assert (talk.times(Hold), talk.times(Resume)) == ([3.0], [6.0])
    assert talk.history == [f"assistant: {STORY}"]


def test_a_reply_waits_for_the_connection() -> None:
    talk = on_air()
    talk.at(3.0, events.ConnectionLost)
    talk.at(6.0, events.ConnectionRestored)
    talk.until(20.0)
    assert (talk.times(Hold), talk.times(Resume)) == ([3.0], [6.0])


def test_a_reply_goes_on_when_nothing_stands_in_its_way_any_more() -> None:
    """They cough, and are gone before it is over."""
    talk = on_air()
    talk.says(2.7, 3.2)
    talk.at(3.0, events.ConnectionLost)
    talk.at(3.1, lambda now: events.PersonAway(now, "ann"))
    talk.at(5.0, events.ConnectionRestored)
    talk.at(6.0, lambda now: events.PersonBack(now, "ann"))
    talk.until(7.0)
    assert talk.on_air == ["Release", "Duck", "Hold", "Resume"]
    assert talk.times(Resume) == [6.0]


def test_what_is_silent_already_is_not_silenced_by_speech() -> None:
    talk = on_air()
    talk.at(3.0, events.ConnectionLost)
    talk.says(3.5, 4.0)
    talk.at(6.0, events.ConnectionRestored)
    talk.until(7.0)
    assert talk.on_air == ["Release", "Hold", "Resume"]


def test_nothing_more_is_said_to_who_has_left() -> None:
    talk = on_air()
    talk.at(3.0, lambda now: events.PersonAway(now, "ann"))
    talk.at(13.0, lambda now: events.PersonLeft(now, "ann"))
    talk.until(14.0)
    assert talk.on_air == ["Release", "Hold", "Cut"]
    assert talk.history == ["assistant: One —"]
    assert talk.all(Discard) == []


def test_an_answer_waits_for_who_is_away_and_for_the_connection() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.4, lambda now: events.PersonAway(now, "ann"))
    talk.at(4.0, events.ConnectionLost)
    talk.at(5.0, lambda now: events.PersonBack(now, "ann"))
    talk.at(6.0, events.ConnectionRestored)
    talk.until(9.0)
    assert talk.times(Release) == [6.0]
    assert len(talk.all(StartReply)) == 1
