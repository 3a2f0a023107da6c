"""The step as a whole: time, and what the room is shown."""

import pytest

from pipeline import events
from pipeline.commands import ShowAgentState
from pipeline.events import Tick
from pipeline.turn.due import NEVER
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step, wake_at
from pipeline.turn.state import State
from tests.pipeline.turn.kit import START, Talk


def test_nothing_is_due_while_nothing_goes_on() -> None:
    talk = Talk()
    talk.until(5.0)
    assert wake_at(talk.state, talk.policy) == NEVER


def test_windows_decide_as_long_as_they_come_and_the_clock_when_they_do_not() -> None:
    talk = Talk(preemption="off", audio_patience=2.5)
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(2.4)
    assert wake_at(talk.state, talk.policy) - START == pytest.approx(2.5 + 2.5, abs=0.04)
    talk.is_muted(2.4, 9.0)
    talk.until(2.45)
    assert wake_at(talk.state, talk.policy) - START == pytest.approx(2.5, abs=0.04)


def test_time_never_goes_back() -> None:
    state, _ = step(State(at=5.0), Tick(3.0), Policy())
    assert state.at == 5.0


def test_the_room_is_shown_what_the_bot_does() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(3.5, lambda now: events.PersonAway(now, "ann"))
    talk.at(4.0, lambda now: events.PersonBack(now, "ann"))
    talk.until(9.0)
    assert [command.state for command in talk.all(ShowAgentState)] == [
        "thinking",
        "speaking",
        "listening",
        "speaking",
        "listening",
    ]


def test_the_same_input_gives_the_same_output() -> None:
    def told() -> Talk:
        talk = Talk(greeting="Hello.")
        talk.says(3.0, 4.0, "What time is it?")
        talk.says(6.0, 6.5, "Wait.")
        talk.until(12.0)
        return talk

    assert (told().log, told().state) == (told().log, told().state)
