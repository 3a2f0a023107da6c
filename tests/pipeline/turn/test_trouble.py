"""A provider is lost: when the person is told, and when the bot ends or hands them over."""

import pytest

from pipeline import commands, events
from pipeline.agent import AgentProfile
from pipeline.commands import GiveUp, KeepSpeech, KeptText, TransferPerson
from pipeline.turn.trouble import LONGEST
from tests.pipeline.turn.kit import Talk

TOLD = KeptText(AgentProfile().spoken_trouble)


def lost(talk: Talk, at: float, name: events.ProviderName = "voice", *, for_good: bool = True) -> None:
    talk.at(at, lambda now: events.ProviderLost(now, name, "no", is_given_up=for_good))


def told_at(talk: Talk) -> list[float]:
    return [at for at, it in talk.log if isinstance(it, commands.StartReply) and it.source == TOLD]


def test_a_silent_person_is_told_at_once_and_the_bot_ends_behind_it() -> None:
    talk = Talk(making=0.1)
    lost(talk, 1.0)
    talk.until(10.0)
    assert told_at(talk) == [1.0]
    assert talk.times(GiveUp) == [3.1]
    assert talk.history == [f"(assistant: {talk.reply})"]


def test_one_who_speaks_is_told_behind_their_turn_which_is_kept() -> None:
    talk = Talk(making=None)
    talk.says(1.0, 2.0, "What time is it?")
    lost(talk, 1.5, "language model")
    talk.until(3.5)
    assert len(told_at(talk)) == 1
    assert told_at(talk)[0] == talk.times(commands.TurnCommitted)[0] > 2.4
    assert talk.history == ["user: What time is it?"]
    assert [speech.kind for speech in talk.state.speech_queue] == ["trouble", "late"]


@pytest.mark.parametrize("mode", ["leave", "transfer"])
def test_who_cannot_be_told_in_time_does_not_hold_the_bot(mode: str) -> None:
    talk = Talk(on_failure=mode, making=None)
    lost(talk, 1.0)
    talk.says(0.9, 40.0)
    talk.until(30.0)
    wanted = GiveUp if mode == "leave" else TransferPerson
    assert talk.times(wanted) == [pytest.approx(1.0 + LONGEST, abs=0.05)]


@pytest.mark.parametrize("mode", ["leave", "transfer"])
def test_with_nobody_there_the_bot_ends_at_once(mode: str) -> None:
    talk = Talk(is_joined=False, on_failure=mode)
    lost(talk, 1.0)
    talk.until(2.0)
    assert talk.times(GiveUp) == [1.0]
    assert told_at(talk) == []


def test_words_that_come_before_it_could_be_said_do_not_keep_it_back() -> None:
    talk = Talk(making=0.6, on_failure="stay")
    lost(talk, 1.0, "voice")
    talk.says(1.1, 2.0, "What time is it?")
    talk.until(8.0)
    assert [it for it in talk.on_air if it == "Release"] == ["Release", "Release"], "it, and the answer"
    assert talk.history[:2] == ["user: What time is it?", f"(assistant: {talk.reply})"]


def test_a_bot_that_stays_tells_once_an_outage() -> None:
    talk = Talk(making=0.1, on_failure="stay")
    lost(talk, 1.0, for_good=False)
    lost(talk, 8.0)
    talk.at(20.0, lambda now: events.ProviderBack(now, "voice"))
    lost(talk, 30.0)
    talk.until(60.0)
    assert told_at(talk) == [1.0, 30.0]
    assert talk.times(GiveUp) == talk.times(TransferPerson) == []


def test_who_was_told_long_ago_is_told_again_before_the_bot_leaves() -> None:
    talk = Talk(making=0.1)
    lost(talk, 1.0, for_good=False)
    lost(talk, 23.0)
    talk.until(40.0)
    assert told_at(talk) == [1.0, 23.0]
    assert talk.times(GiveUp) == [25.1]


def test_another_provider_that_is_back_ends_no_trouble() -> None:
    talk = Talk(making=0.1, on_failure="stay")
    lost(talk, 1.0, "voice")
    lost(talk, 2.0, "language model")
    talk.at(3.0, lambda now: events.ProviderBack(now, "voice"))
    talk.until(4.0)
    assert talk.state.trouble.lost == talk.state.trouble.given_up == {"language model"}
    assert talk.state.trouble.given_up_at is not None


@pytest.mark.parametrize("stays", [False, True])
def test_a_person_who_is_handed_over_is_not_answered_any_more(stays: bool) -> None:
    talk = Talk(making=0.1, on_failure="transfer")
    lost(talk, 1.0, "language model")
    talk.at(5.0, lambda now: events.PersonTransferred(now, stays))
    talk.until(8.0)
    assert len(talk.times(TransferPerson)) == 1
    assert talk.times(GiveUp) == []
    assert talk.times(commands.HangUp) == ([] if stays else [5.0])
    assert talk.state.ending == ("scribe" if stays else "done")


def test_where_nobody_takes_them_over_the_bot_ends() -> None:
    talk = Talk(making=0.1, on_failure="transfer")
    lost(talk, 1.0)
    talk.at(5.0, lambda now: events.TransferFailed(now, "busy"))
    talk.until(8.0)
    assert talk.times(GiveUp) == [5.0]


def test_what_a_lost_transcriber_has_given_of_a_turn_stays() -> None:
    talk = Talk(making=0.1, on_failure="stay", finalizing=None)
    talk.says(1.0, 2.0, "I would like to")
    talk.interim(1.9)
    talk.at(2.1, lambda now: events.TranscriberLost(now, "gone"))
    lost(talk, 2.2, "transcriber")
    talk.until(8.0)
    assert len(told_at(talk)) == 1
    assert talk.state.turn.text == "I would like"
    assert talk.history == [f"(assistant: {talk.reply})"]


def test_a_reply_that_ended_for_want_of_a_voice_is_gone_on_with() -> None:
    talk = Talk(making=0.1, on_failure="stay")
    talk.say(1.0, "One two three four.")
    ended = events.ReplyEnded(1002.0, "One two three four.", "One two", is_cut=False, error="gone", rest="three four.")
    talk.at(2.0, lambda now: ended)
    talk.until(3.0)
    assert talk.asked == ["One two three four.", "three four."]


def test_an_apology_that_could_not_be_made_is_told_of() -> None:
    talk = Talk(making=None, apology="Oh no.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.6, "reply-1")
    talk.fails(2.8, "reply-2")
    talk.until(4.0)
    assert talk.asked[1:] == ["Oh no.", TOLD.text]


def test_the_sentence_is_made_ahead_once_and_again_for_another_agent() -> None:
    talk = Talk(making=0.1, greeting="Hello.", language="de")
    talk.until(5.0)
    talk.say(6.0, "Well.")
    talk.until(12.0)
    assert talk.all(KeepSpeech) == [KeepSpeech("Entschuldigung, ich habe ein technisches Problem.", "")]
