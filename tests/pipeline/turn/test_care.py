"""A conversation that stands still, and one that has gone on for long enough."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.agent import AgentProfile, TurnHook
from pipeline.commands import CallEnding, Cut, DropSpeech, HangUp, Recovered, StartReply
from pipeline.turn.policy import Policy
from tests.pipeline.turn.chaos import Chaos, Move, moves, moves_with_calls
from tests.pipeline.turn.kit import START, Talk
from tests.pipeline.turn.test_tools import ToolTalk, asks
from tests.support.setups import TOOLS, Setup

ASK, AGAIN = AgentProfile().spoken_idle_text, AgentProfile().spoken_idle_text_again
BYE, FAREWELL = AgentProfile().spoken_idle_farewell, AgentProfile().spoken_farewell
NO_SOUND, APOLOGY = AgentProfile().spoken_no_sound, AgentProfile().spoken_apology


def reasons(talk: Talk) -> list[str]:
    return [command.reason for command in talk.all(CallEnding)]


def starts(talk: Talk) -> list[tuple[str, float]]:
    """What was begun, and when, to a tenth."""
    return list(zip(talk.asked, [round(at, 1) for at in talk.times(StartReply)], strict=True))


# --- nobody says anything ---


def test_a_silent_person_is_asked_twice_and_bid_farewell() -> None:
    """Each time 5 s after the end of the last words, which take 0.4 s to be made and 1 s to be said."""
    talk = Talk(greeting="Hello.", idle_after=5.0, playing=1.0)
    talk.until(40.0)
    assert starts(talk) == [("Hello.", 0.0), (ASK, 6.4), (AGAIN, 12.8), (BYE, 19.3)]
    assert reasons(talk) == ["idle"]
    assert [command.reason for command in talk.all(HangUp)] == ["idle"]
    assert talk.times(HangUp)[0] == pytest.approx(talk.state.history[-1].at - START, abs=0.01)
    assert "Cut" not in talk.on_air


def test_nothing_is_asked_by_default() -> None:
    talk = Talk(greeting="Hello.")
    talk.until(900.0)
    assert talk.asked == ["Hello."]


def test_whoever_says_something_is_asked_anew() -> None:
    talk = Talk(idle_after=5.0, playing=1.0)
    talk.says(12.5, 13.5, "I am here.")
    talk.until(28.0)
    assert [text for text, _ in starts(talk)] == [ASK, AGAIN, "I am here.", ASK, AGAIN]
    assert reasons(talk) == []


def test_a_noise_puts_it_off_and_does_not_count_as_an_answer() -> None:
    talk = Talk(idle_after=5.0, playing=1.0)
    talk.says(4.0, 4.5)
    talk.until(20.0)
    (first, asked_at), (second, _) = starts(talk)[:2]
    assert (first, second) == (ASK, AGAIN)
    assert asked_at > 9.0


def test_who_answers_the_farewell_is_answered_and_the_call_goes_on() -> None:
    """It is heard whole all the same."""
    talk = Talk(idle_after=5.0, playing=2.0)
    talk.says(21.0, 21.8, "Wait, I am here!")
    talk.until(26.0)
    assert talk.asked == [ASK, AGAIN, BYE, "Wait, I am here!"]
    assert talk.all(HangUp) == []
    assert "Cut" not in talk.on_air
    assert talk.state.care.end is None
    talk.until(60.0)
    assert talk.asked[4:] == [ASK, AGAIN, BYE]
    assert len(talk.all(HangUp)) == 1


def test_it_is_asked_by_instructions_where_there_are_any() -> None:
    talk = Talk(idle_after=5.0, idle_instructions="Ask how the cooking goes.", playing=1.0)
    talk.until(20.0)
    first, second, last = talk.asked
    assert first == second == "(The person says nothing for now. Ask how the cooking goes.)"
    assert last == BYE


def test_texts_of_its_own_are_said_and_empty_ones_are_not() -> None:
    talk = Talk(idle_after=5.0, idle_text="Well?", idle_farewell="", playing=1.0)
    talk.until(30.0)
    assert talk.asked == ["Well?", "Well?"]
    assert len(talk.all(HangUp)) == 1


@pytest.mark.parametrize("language", ["de", "ja"])
def test_it_is_asked_in_the_language_of_the_conversation(language: str) -> None:
    talk = Talk(idle_after=5.0, language=language, playing=1.0)
    talk.until(20.0)
    profile = AgentProfile(language=language)
    assert talk.asked == [profile.spoken_idle_text, profile.spoken_idle_text_again, profile.spoken_idle_farewell]
    assert ASK not in talk.asked


def test_nobody_is_asked_before_they_came() -> None:
    talk = Talk(is_joined=False, idle_after=5.0)
    talk.at(0.0, lambda now: events.Joined(now, "room", "bot"))
    talk.until(60.0)
    assert talk.asked == []


def test_nothing_is_asked_while_a_tool_runs() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 12.0}, idle_after=3.0, playing=1.0)
    talk.says(1.0, 2.0, "Look.")
    talk.until(14.0)
    assert talk.asked == ["Look."]


def test_nothing_is_asked_while_the_person_presses_keys_is_away_or_the_hook_runs() -> None:
    keys = Talk(idle_after=3.0, takes_dtmf=True, dtmf_timeout=4.0)
    for at in range(1, 15, 3):
        keys.at(at, lambda now: events.DtmfReceived(now, "ann", "1"))
    keys.until(16.0)
    away = Talk(idle_after=3.0)
    away.at(1.0, lambda now: events.PersonAway(now, "ann"))
    away.until(30.0)
    hook = Talk(idle_after=3.0, turn_hook=TurnHook(budget=60.0))
    hook.says(1.0, 2.0, "Look it up.")
    hook.until(30.0)
    assert (keys.asked, away.asked) == ([], [])
    assert ASK not in hook.asked


def test_a_bot_that_does_not_answer_by_itself_asks_nothing() -> None:
    talk = Talk(idle_after=3.0)
    talk.at(0.5, lambda now: events.AnsweringChanged(now, False))
    talk.until(30.0)
    assert talk.asked == []


# --- limits ---

LIMITS: dict[str, dict[str, Any]] = {
    "duration": {"max_call_duration": 3.0},
    "turns": {"max_call_turns": 1},
    "tokens": {"max_call_tokens": 100},
    "characters": {"max_call_characters": 100},
    "cost": {"max_call_cost": 0.5},
}


def limited(limit: str) -> Talk:
    """All limits are reached while the answer is heard, from 2.8 s to 4.8 s, that of turns as it begins."""
    talk = Talk(**LIMITS[limit])
    talk.says(1.0, 2.0, "Tell me.")
    talk.at(3.0, lambda now: events.TokensUsed(now, "reply-1", 99, 1))
    talk.at(3.0, lambda now: events.CharactersUsed(now, "reply-1", 100))
    talk.at(3.0, lambda now: events.CostGrew(now, 0.25))
    talk.at(3.1, lambda now: events.CostGrew(now, 0.25))
    return talk


@pytest.mark.parametrize("limit", LIMITS)
def test_a_call_that_has_reached_a_limit_ends_behind_what_is_being_said(limit: str) -> None:
    talk = limited(limit)
    talk.says(6.0, 6.6, "But why?")
    talk.until(30.0)
    assert talk.asked == ["Tell me.", FAREWELL]
    assert reasons(talk) == [limit]
    assert "Cut" not in talk.on_air
    assert talk.all(HangUp) == [HangUp(limit)]  # type: ignore[arg-type]
    assert sorted(talk.history) == sorted(["user: Tell me.", *[f"assistant: {talk.reply}"] * 2, "user: But why?"]), (
        "what is said into the farewell is committed, and not answered"
    )


def test_a_call_within_its_limits_goes_on() -> None:
    options: dict[str, Any] = {name: 1000 for it in LIMITS.values() for name in it}
    talk = Talk(**options)
    talk.says(1.0, 2.0, "Tell me.")
    talk.until(60.0)
    assert talk.all(CallEnding) == []


def test_what_goes_on_for_too_long_is_cut_before_the_farewell() -> None:
    talk = Talk(max_call_duration=3.0, farewell_delay=4.0, playing=60.0)
    talk.says(1.0, 2.0, "Tell me a story.")
    talk.until(60.0)
    assert talk.times(Cut) == [pytest.approx(7.0, abs=0.01)]
    assert talk.times(HangUp) == [pytest.approx(11.0, abs=0.01)], "the farewell, too, has as long as that at most"


def test_a_person_who_goes_on_talking_is_hung_up_on() -> None:
    talk = Talk(max_call_duration=3.0, farewell_delay=4.0)
    talk.says(2.0, 60.0, " ".join(["word"] * 100))
    talk.until(60.0)
    assert talk.times(HangUp) == [pytest.approx(11.0, abs=0.01)]


def test_what_the_program_wanted_said_is_dropped_for_the_farewell() -> None:
    talk = Talk(max_call_duration=3.0)
    talk.says(2.0, 4.0, "Something long that is being said here.")
    talk.say(2.5, "Later.")
    talk.until(30.0)
    assert [command.reply_id for command in talk.all(DropSpeech)] == ["Later."]
    assert FAREWELL in talk.asked


def test_the_next_person_has_limits_of_their_own() -> None:
    talk = Talk(max_call_duration=10.0)
    talk.at(8.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(9.0, lambda now: events.PersonLinked(now, "bob"))
    talk.until(18.5)
    assert talk.all(CallEnding) == []
    talk.until(30.0)
    assert talk.times(CallEnding) == [pytest.approx(19.0)]


def test_a_scribe_is_ended_without_a_word() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 1.0}, max_call_duration=10.0, playing=1.0)
    talk.says(1.0, 2.0, "A human, please.")
    talk.at(3.0, lambda now: events.ScribeRequested(now, "id-1"))
    talk.until(20.0)
    assert FAREWELL not in talk.asked
    assert talk.times(HangUp) == [pytest.approx(10.0)]


# --- watchdogs ---


class StuckTalk(Talk):
    """Nothing of some replies is played from some time after their release on."""

    def __init__(self, *stuck: str, is_starved: bool = False, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._stuck, self._is_starved = stuck, is_starved

    def _carry_out(self, command: commands.Command) -> None:
        super()._carry_out(command)
        if isinstance(command, commands.Release) and command.reply_id in self._stuck:
            assert self._on_air is not None
            self._on_air.plays += 1  # its end does not come
            self.at(
                self.now - START + 0.5,
                lambda now: events.PlayoutStalled(now, command.reply_id, self._is_starved),
            )

    def happen(self, event: events.Event) -> None:
        if isinstance(event, events.ReplyEnded) and event.is_cut and event.reply_id in self._stuck:
            event = events.ReplyEnded(event.at, event.reply_id, "One two", is_cut=True, rest="three four.")
        super().happen(event)


def test_a_stuck_reply_ends_and_its_rest_is_said() -> None:
    talk = StuckTalk("reply-1")
    talk.says(1.0, 2.0, "Count.")
    talk.until(20.0)
    released_at = talk.times(commands.Release)[0]
    assert talk.times(Cut) == [pytest.approx(released_at + 3.0)]
    assert [command.fault for command in talk.all(Recovered)] == ["stuck_reply"]
    assert talk.asked == ["Count.", "three four."]
    assert talk.history == ["user: Count.", "assistant: One two", f"assistant: {talk.reply}"]


def test_when_the_rest_is_stuck_too_the_bot_apologizes_and_then_gives_up() -> None:
    talk = StuckTalk("reply-1", "reply-2", "reply-3")
    talk.says(1.0, 2.0, "Count.")
    talk.until(40.0)
    assert talk.asked == ["Count.", "three four.", APOLOGY]
    assert len(talk.times(Cut)) == 3


def test_a_starved_reply_has_as_long_as_its_providers_may_take() -> None:
    talk = StuckTalk("reply-1", is_starved=True)
    talk.says(1.0, 2.0, "Count.")
    talk.until(30.0)
    limit = Policy().starved_limit
    assert limit > Policy().provider_budget
    assert talk.times(Cut) == [pytest.approx(talk.times(commands.Release)[0] + 0.5 + limit)]


def test_one_that_waits_for_the_voice_or_is_held_or_goes_on_is_not_stuck() -> None:
    waits, held, goes_on = (StuckTalk("reply-1", is_starved=it) for it in (True, False, False))
    for talk in (waits, held, goes_on):
        talk.says(1.0, 2.0, "Count.")
    waits.at(3.5, lambda now: events.ReplyDelayed(now, "reply-1", "One two", "gone"))
    held.at(4.0, lambda now: events.PersonAway(now, "ann"))
    goes_on.at(4.0, lambda now: events.PlayoutResumed(now, "reply-1"))
    for talk in (waits, held, goes_on):
        talk.until(30.0)
        assert talk.all(Recovered) == []


def cut_by_a_noise(**options: object) -> Talk:
    """The answer is cut before a word of it is heard, by a noise that is none either."""
    talk = Talk(starting=2.0, **options)  # type: ignore[arg-type]
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.7, 4.4)
    talk.at(4.2, lambda now: None)
    return talk


def test_a_turn_whose_answer_nobody_heard_is_answered_again() -> None:
    talk = cut_by_a_noise(reply="")
    talk.until(10.0)
    talk.reply = "It is noon."
    talk.until(30.0)
    assert "Cut" in talk.on_air
    assert talk.asked == ["What time is it?", "What time is it?"]
    assert [command.fault for command in talk.all(Recovered)] == ["unanswered_turn"]
    noticed_at = talk.times(Recovered)[0]
    assert 8.0 < noticed_at - 4.4 < 10.0, "8 s after it was known to be a noise"
    assert talk.history == ["user: What time is it?", "assistant: It is noon."]


def test_when_that_fails_too_the_bot_apologizes() -> None:
    talk = cut_by_a_noise(reply="")
    talk.until(12.0)
    talk.making = None
    talk.at(14.5, lambda now: events.ReplyFailed(now, "reply-2", "a provider: no"))
    talk.until(15.0)
    assert talk.asked[-1] == APOLOGY


def test_what_the_program_breaks_off_is_not_answered_again() -> None:
    talk = Talk(starting=2.0, reply="")
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(3.0, events.InterruptRequested)
    talk.until(30.0)
    assert talk.on_air == ["Release", "Cut"]
    assert talk.all(Recovered) == []


def silent(**options: object) -> Talk:
    talk = Talk(greeting="Hello.", playing=1.0, **options)  # type: ignore[arg-type]
    talk.is_muted(0.0, 60.0)
    talk.at(3.0, lambda now: events.MicrophoneSilent(now, "ann"))
    return talk


def test_a_person_of_whom_only_zeros_come_is_told_once_when_it_is_their_turn() -> None:
    talk = silent()
    talk.until(60.0)
    assert starts(talk) == [("Hello.", 0.0), (NO_SOUND, 8.0)]
    assert [command.fault for command in talk.all(Recovered)] == ["no_sound"]


def test_who_is_heard_in_time_is_not_told() -> None:
    talk = silent()
    talk.at(6.0, lambda now: events.MicrophoneSilenceEnded(now, "ann"))
    talk.until(60.0)
    assert talk.asked == ["Hello."]


@pytest.mark.parametrize("is_fault", [True, False])
def test_audio_that_ends_without_a_reason_is_told_at_once_and_a_muted_microphone_never(is_fault: bool) -> None:
    talk = Talk()
    talk.is_muted(3.0, 60.0)
    talk.at(3.01, lambda now: events.AudioAbsent(now, is_fault=is_fault))
    talk.until(30.0)
    assert starts(talk) == [(NO_SOUND, 3.2)] * is_fault


def test_a_turn_that_was_open_then_ends_with_what_was_heard() -> None:
    talk = Talk(playing=1.0)
    talk.says(1.0, 5.0, "I would like to book a table.")
    talk.interim(2.6)
    talk.is_muted(2.7, 60.0)
    talk.at(2.71, lambda now: events.AudioAbsent(now, is_fault=True))
    talk.until(30.0)
    assert talk.history[0] == "user: I would"
    assert talk.asked[0] == "I would"
    assert talk.asked[-1] == NO_SOUND


# --- whatever happens ---

careful = st.builds(
    Setup.of,
    idle_after=st.sampled_from([0.0, 1.0, 4.0]),
    max_call_duration=st.sampled_from([0.0, 5.0, 30.0]),
    max_call_turns=st.integers(0, 3),
    max_call_tokens=st.sampled_from([0, 200]),
    max_call_cost=st.sampled_from([0.0, 0.2]),
    farewell=st.sampled_from([None, ""]),
    greeting=st.sampled_from([None, "Hello."]),
    tools=st.sampled_from([(), TOOLS]),
    playout_limit=st.sampled_from([0.5, 2.5]),
    answer_limit=st.sampled_from([0.5, 8.0]),
)


@given(st.one_of(moves, moves_with_calls), careful)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_call_ends_once_and_no_word_is_lost(moves: Sequence[Move], setup: Setup) -> None:
    """And all that `chaos` checks holds."""
    chaos = Chaos(setup)
    chaos.happen(events.Joined(chaos.now, "room", "bot"))
    chaos.happen(events.PersonLinked(chaos.now, "ann"))
    for move in moves:
        move(chaos)
    kept = chaos.kept_words
    assert {word: kept[word] for word in chaos.final_words} == dict.fromkeys(chaos.final_words, 1)
    ends = [command for command in chaos.done if isinstance(command, HangUp | commands.ConversationEnded)]
    hung_up = [index for index, command in enumerate(ends) if isinstance(command, HangUp)]
    assert all(second - first > 1 for first, second in pairwise(hung_up))


@given(moves, careful)
@settings(derandomize=True, deadline=None, max_examples=40)
def test_with_idle_care_every_call_ends_when_nobody_says_anything(moves: Sequence[Move], setup: Setup) -> None:
    chaos = Chaos(setup)
    chaos.happen(events.Joined(chaos.now, "room", "bot"))
    chaos.happen(events.PersonLinked(chaos.now, "ann"))
    for move in moves:
        move(chaos)
    chaos.settles("absent")
    asked = len([command for command in chaos.done if isinstance(command, StartReply)])
    until = chaos.now + 120.0
    while chaos.now < until and chaos.state.ending != "done":
        if not chaos.serves():
            chaos.passes(0.5)
            chaos.tick()
    new = [command for command in chaos.done if isinstance(command, StartReply)][asked:]
    if setup.policy.idle_after and chaos.state.ending != "scribe":
        assert chaos.state.ending == "done"
        assert len(new) <= 4, "asked twice, a farewell, and an answer that was owed"
