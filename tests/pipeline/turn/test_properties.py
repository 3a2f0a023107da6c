"""What holds in every conversation, whatever happens in whatever order; `chaos` checks more after each event."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from pipeline import commands, events
from pipeline.turn.policy import Policy
from tests.pipeline.turn.chaos import Chaos, Move, moves, policies

profile = settings(derandomize=True, deadline=None, max_examples=150)


def played(moves: Sequence[Move], policy: Policy) -> Chaos:
    chaos = Chaos(policy)
    chaos.happen(events.Joined(chaos.now, "room", "bot"))
    chaos.happen(events.PersonLinked(chaos.now, "ann"))
    for move in moves:
        move(chaos)
    return chaos


@given(moves, policies)
@profile
def test_each_word_that_stands_is_in_one_message_of_the_person(moves: Sequence[Move], policy: Policy) -> None:
    chaos = played(moves, policy)
    kept = chaos.kept_words
    assert {word: kept[word] for word in chaos.final_words} == dict.fromkeys(chaos.final_words, 1)


@pytest.mark.parametrize("audio", ["windows", "absent", "stalled"])
@given(moves=moves, policy=policies)
@profile
def test_when_all_is_well_again_it_falls_quiet_and_answers(moves: Sequence[Move], policy: Policy, audio: str) -> None:
    chaos = played(moves, policy)
    chaos.settles(audio)
    chaos.says(2, "?")
    before = len(chaos.done)
    chaos.final(99, answers=False)
    chaos.goes_on(30.0, audio)
    assert chaos.final_words[-1] in chaos.state.history[-1 - policy.has_language_model].text
    releases = [command for command in chaos.done[before:] if isinstance(command, commands.Release)]
    assert len(releases) == policy.has_language_model
