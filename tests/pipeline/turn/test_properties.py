"""What holds in every conversation, whatever happens in whatever order; `chaos` checks more after each event."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from pipeline import commands, events
from pipeline.events import AudioSeen, Event
from pipeline.turn.reducer import can_wait, step, wake_at
from pipeline.turn.state import NEVER, Floor
from tests.pipeline.turn.chaos import Chaos, Move, moves
from tests.support.setups import Setup, setups

profile = settings(derandomize=True, deadline=None, max_examples=150)


def played(moves: Sequence[Move], setup: Setup, kind: type[Chaos] = Chaos) -> Chaos:
    chaos = kind(setup)
    chaos.happen(events.Joined(chaos.now, "room", "bot"))
    chaos.happen(events.PersonLinked(chaos.now, "ann"))
    for move in moves:
        move(chaos)
    return chaos


@given(moves, setups)
@profile
def test_each_word_that_stands_is_in_one_message_of_the_person(moves: Sequence[Move], setup: Setup) -> None:
    chaos = played(moves, setup)
    kept = chaos.kept_words
    assert {word: kept[word] for word in chaos.final_words} == dict.fromkeys(chaos.final_words, 1)


@pytest.mark.parametrize("audio", ["windows", "absent", "stalled"])
@given(moves=moves, setup=setups)
@profile
def test_when_all_is_well_again_it_falls_quiet_and_answers(moves: Sequence[Move], setup: Setup, audio: str) -> None:
    chaos = played(moves, setup)
    chaos.settles(audio)
    chaos.says(2, "?")
    before = len(chaos.done)
    chaos.final(99, answers=False)
    chaos.goes_on(30.0, audio)
    assert chaos.final_words[-1] in chaos.state.history[-1 - setup.start.has_language_model].text
    releases = [command for command in chaos.done[before:] if isinstance(command, commands.Release)]
    assert len(releases) == setup.start.has_language_model


class Sparing(Chaos):
    """Beside the state that takes each window stands one that takes those that can wait as a session does."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.spared = 0
        self._other = setup.start
        self._waiting: AudioSeen | None = None
        self._watermark_at = 0.0

    def happen(self, event: Event) -> None:
        if isinstance(event, AudioSeen):  # its watermark is never before that of the last
            self._watermark_at = max(self._watermark_at, event.watermark_at)
            event = replace(event, watermark_at=self._watermark_at)
        done = len(self.done)
        super().happen(event)
        if isinstance(event, AudioSeen) and can_wait(self._other, event, self.policy):
            self.spared += self._waiting is not None
            self._waiting = event
            assert not self.done[done:]
            assert wake_at(self.state, self.policy) == wake_at(self._other, self.policy) == NEVER
            return
        if self._waiting is not None:
            self._other, ordered = step(self._other, self._waiting, self.policy)
            self._waiting = None
            assert not ordered
        self._other, ordered = step(self._other, event, self.policy)
        assert self._other == self.state
        assert list(ordered) == self.done[done:]


@given(moves, setups)
@profile
def test_windows_that_can_wait_leave_no_trace(moves: Sequence[Move], setup: Setup) -> None:
    """With some of them after whatever else happens: of silence, or of speech where the person speaks."""

    def listens(chaos: Chaos) -> None:
        is_speaking = chaos.state.floor is Floor.SPEAKING
        for probability, silence in ((0.9, 0.0), (0.9, 0.0), (0.3, 0.1), (0.9, 0.0), (0.9, 0.0)) * is_speaking:
            chaos.window(probability, 0.5, silence)
        for probability in (0.01, 0.6, 0.01, 0.01) * (not is_speaking):
            chaos.window(probability, 0.0, 0.5)

    played([each for move in moves for each in (move, listens)], setup, Sparing).settles("windows")


def _serves(chaos: Chaos) -> None:
    chaos.serves()


def test_in_silence_windows_can_wait() -> None:
    chaos = played([_serves, *[lambda chaos: chaos.window(0.01, 0.0, 1.0)] * 100], Setup(), Sparing)
    assert isinstance(chaos, Sparing)
    assert chaos.spared == 98


def test_while_the_person_speaks_on_windows_can_wait() -> None:
    speech: list[Move] = [lambda chaos: chaos.window(0.9, 1.0, 0.0)] * 100
    chaos = played([_serves, lambda chaos: chaos.starts(0.1), *speech], Setup(), Sparing)
    assert isinstance(chaos, Sparing)
    assert chaos.spared == 99


def test_a_window_that_lets_a_held_reply_go_on_does_not_wait() -> None:
    """Even where the person's turn is over sooner than that."""
    setup = Setup.of(greeting="Hello.", wordless_delay=0.1, resume_delay=0.5)
    noise: list[Move] = [_serves, lambda chaos: chaos.starts(0.3), lambda chaos: chaos.stops(0.0)]
    chaos = played([*noise, *[lambda chaos: chaos.window(0.01, 0.0, 1.0)] * 100], setup, Sparing)
    assert chaos.done[-1] == commands.Resume("reply-1")
