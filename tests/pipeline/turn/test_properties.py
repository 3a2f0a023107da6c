"""What holds in every conversation, whatever happens in whatever order; `chaos` checks more after each event."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.messages import Tool
from pipeline.turn.caller import Floor
from tests.pipeline.turn.chaos import Chaos, Move, exchange, moves, moves_with_calls, summary, talks
from tests.support.setups import TOOLS, Setup, setups

profile = settings(derandomize=True, deadline=None, max_examples=100)


def played(moves: Sequence[Move], setup: Setup) -> Chaos:
    chaos = Chaos(setup)
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
    answers = setup.start.has_language_model and chaos.state.ending != "scribe"
    chaos.final(99, answers=False)
    chaos.goes_on(100.0, audio)
    assert chaos.final_words[-1] in chaos.committed[-1 - answers].text
    releases = [command for command in chaos.done[before:] if isinstance(command, commands.Release)]
    assert len(releases) == answers


@given(moves_with_calls, st.sampled_from([None, "Hello."]))
@settings(profile, max_examples=40)
def test_hand_overs_leave_every_conversation_whole(moves: Sequence[Move], greeting: str | None) -> None:
    """`orders` checks that no agent's draft is heard when it leads no more, `prompts` that each call has its result."""
    chaos = played(moves, Setup.of(tools=TOOLS, greeting=greeting))
    chaos.settles("windows")
    kept = chaos.kept_words
    assert {word: kept[word] for word in chaos.final_words} == dict.fromkeys(chaos.final_words, 1)
    chaos.happen(events.PersonLeft(chaos.now, chaos.state.linked or "ann"))
    assert chaos.state.lead.agent_id == ""


@given(moves, setups)
@profile
def test_windows_that_take_the_short_way_lead_to_the_same_state(moves: Sequence[Move], setup: Setup) -> None:
    """With some of them after whatever else happens: of silence, or of speech where the person speaks."""

    def listens(chaos: Chaos) -> None:
        is_speaking = chaos.state.floor is Floor.SPEAKING
        for probability, silence in ((0.9, 0.0), (0.9, 0.0), (0.3, 0.1), (0.9, 0.0), (0.9, 0.0)) * is_speaking:
            chaos.window(probability, 0.5, silence)
        for probability in (0.01, 0.6, 0.01, 0.01) * (not is_speaking):
            chaos.window(probability, 0.0, 0.5)

    played([each for move in moves for each in (move, listens)], setup).settles("windows")


def _serves(chaos: Chaos) -> None:
    chaos.serves()


def test_in_silence_windows_take_the_short_way() -> None:
    chaos = played([_serves, *[lambda chaos: chaos.window(0.01, 0.0, 1.0)] * 100], Setup())
    assert chaos.plain_windows == 99, "all but the first audio"


def test_while_the_person_speaks_on_windows_take_the_short_way() -> None:
    speech: list[Move] = [lambda chaos: chaos.window(0.9, 1.0, 0.0)] * 100
    chaos = played([_serves, lambda chaos: chaos.starts(0.1), *speech], Setup())
    assert chaos.plain_windows == 100


def test_a_window_that_lets_a_held_reply_go_on_is_no_plain_one() -> None:
    """Even where the person's turn is over sooner than that."""
    setup = Setup.of(greeting="Hello.", wordless_delay=0.1, resume_delay=0.5)
    noise: list[Move] = [_serves, lambda chaos: chaos.starts(0.3), lambda chaos: chaos.stops(0.0)]
    chaos = played([*noise, *[lambda chaos: chaos.window(0.01, 0.0, 1.0)] * 100], setup)
    assert chaos.done[-1] == commands.Resume("reply-1")


@given(talks, st.sampled_from([2, 4]), st.sampled_from([(), TOOLS]))
@settings(profile, max_examples=20)
def test_what_the_model_reads_is_whole_whenever_a_summary_lands(
    moves: Sequence[Move], summary_messages: int, tools: tuple[Tool, ...]
) -> None:
    """Each call has its result, each message is read or summarized, and nothing of one person's is read to the next."""
    setup = Setup.of(summary_messages=summary_messages, tools=tools)
    chaos = played([_serves, *moves], setup)
    summaries = chaos.state.summaries
    assert summaries.until <= chaos.state.message_number


def test_in_a_long_conversation_summaries_land() -> None:
    moves = [_serves, *[exchange, summary(events.SummaryMade)] * 6]
    chaos = played(moves, Setup.of(summary_messages=4))
    assert chaos.state.summaries.summary is not None
    assert chaos.state.summaries.begun == 2
