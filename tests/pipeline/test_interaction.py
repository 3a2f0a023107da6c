"""The figures of tau-voice's panel, from conversations by hand and from scenes."""

from pathlib import Path

import pytest

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event, TranscriptWord
from pipeline.journal import read_journal
from pipeline.metrics.floors import Floors
from pipeline.metrics.interaction import Interaction, measure
from pipeline.testing import Scene

Step = tuple[Event, tuple[Command, ...]]
OnAir = type[commands.Duck | commands.Hold | commands.Resume]


def says(at: float, until: float, text: str = "") -> list[Step]:
    """Speech, with words a third of a second late, or without any."""
    words = text.split()
    length = (until - at) / max(len(words), 1)
    timed = tuple(TranscriptWord(it, at + n * length, at + (n + 1) * length) for n, it in enumerate(words))
    return [
        (events.SpeechStarted(at + 0.06, at + 0.06, at, 0.06), ()),
        (events.SpeechStopped(until + 0.1, until + 0.1, until, until - at), ()),
        *([(events.FinalTranscript(until + 0.3, text, at, until, timed), ())] if text else []),
    ]


def speaks(at: float, until: float, *ordered: tuple[float, OnAir], is_cut: bool = False) -> list[Step]:
    """The bot; `ordered` are commands to what is on air, at their times."""
    reply_id = f"reply-{at}"
    return [
        (events.PlayoutStarted(at, reply_id), ()),
        *((events.Tick(then), (command(reply_id),)) for then, command in ordered),
        (events.ReplyEnded(until, reply_id, "heard", is_cut), ()),
    ]


def panel(*parts: list[Step], until: float = 30.0) -> Interaction:
    steps = sorted((step for part in parts for step in part), key=lambda step: step[0].at)
    return measure([*steps, (events.Tick(until), ())], "en")


@pytest.mark.parametrize(
    ("parts", "turns", "latencies"),
    [
        pytest.param([says(1, 2, "What is it?"), speaks(2.8, 5)], 1, (0.8,), id="answered"),
        pytest.param([says(1, 2, "What is"), says(3.5, 4, "the time?"), speaks(5, 6)], 1, (1.0,), id="a pause"),
        pytest.param([says(1, 2, "Hello?"), says(6, 7, "Hello?"), speaks(8, 9)], 2, (1.0,), id="said again"),
        pytest.param([says(1, 2, "Hello?")], 1, (), id="never answered"),
        pytest.param([says(1, 2, "Bye."), [(events.PersonLeft(3, "ann"), ())]], 0, (), id="gone"),
        pytest.param([speaks(1, 5), says(2, 2.4, "mm-hm")], 0, (), id="a backchannel asks for nothing"),
        pytest.param([says(1, 1.5)], 0, (), id="nor does a cough"),
        pytest.param([speaks(1, 3, is_cut=True), says(2.5, 4, "Stop it."), speaks(5, 6)], 1, (1.0,), id="interruption"),
    ],
)
def test_response_rate_and_latency(parts: list[list[Step]], turns: int, latencies: tuple[float, ...]) -> None:
    measured = panel(*parts)
    assert measured.turns == turns
    assert measured.response_latencies == pytest.approx(latencies)


@pytest.mark.parametrize(
    ("bot", "yields"),
    [
        pytest.param(speaks(1, 3.3, is_cut=True), (0.3,), id="cut"),
        pytest.param(speaks(1, 4, (3.1, commands.Duck), (3.4, commands.Hold), is_cut=True), (0.4,), id="held"),
        pytest.param(speaks(1, 9, (3.1, commands.Duck)), (), id="ducked is no silence"),
        pytest.param(speaks(1, 5.1, is_cut=True), (), id="too late"),
        pytest.param(speaks(1, 4.5), (1.5,), id="by itself"),
    ],
)
def test_yield_rate_and_latency(bot: list[Step], yields: tuple[float, ...]) -> None:
    measured = panel(bot, says(3, 6, "No, I want another one"))
    assert measured.interruptions == 1
    assert measured.yield_latencies == pytest.approx(yields)


def test_what_goes_on_while_the_bot_is_held_is_the_same_interruption() -> None:
    measured = panel(
        speaks(1, 5, (3.2, commands.Hold), is_cut=True), says(3, 3.5, "No"), says(4.2, 4.9, "no"), speaks(6, 8)
    )
    assert (measured.interruptions, measured.turns) == (1, 1)
    assert measured.response_latencies == pytest.approx((1.1,))


@pytest.mark.parametrize(
    ("bot", "talked_through", "kept"),
    [
        pytest.param(speaks(1, 9), 1, 1, id="ignored"),
        pytest.param(speaks(1, 9, (3.1, commands.Duck), (3.6, commands.Resume)), 1, 1, id="ducked"),
        pytest.param(speaks(1, 9, (3.2, commands.Hold), (3.7, commands.Resume)), 0, 1, id="held"),
        pytest.param(speaks(1, 3.6, is_cut=True), 0, 0, id="cut"),
        pytest.param(speaks(1, 3.6), 1, 1, id="over by itself"),
    ],
)
def test_backchannels(bot: list[Step], talked_through: int, kept: int) -> None:
    measured = panel(bot, says(3, 3.4, "mm-hm"))
    assert measured.backchannels == 1
    assert (measured.backchannels_talked_through, measured.backchannels_kept) == (talked_through, kept)
    assert measured.interruptions == 0


@pytest.mark.parametrize(
    ("parts", "noises", "ignored"),
    [
        pytest.param([speaks(1, 9), says(3, 3.3)], 1, 1, id="talked through"),
        pytest.param([speaks(1, 9, (3.2, commands.Hold), (3.6, commands.Resume)), says(3, 3.3)], 1, 0, id="held"),
        pytest.param([says(3, 3.3)], 1, 1, id="in silence"),
        pytest.param([says(3, 3.3), speaks(4, 5)], 1, 0, id="answered"),
        pytest.param([says(1, 2, "What is it?"), says(2.5, 2.7), speaks(3, 5)], 0, 0, id="before the answer"),
    ],
)
def test_noises(parts: list[list[Step]], noises: int, ignored: int) -> None:
    measured = panel(*parts)
    assert (measured.noises, measured.noises_ignored) == (noises, ignored)


def test_interruptions_by_the_bot() -> None:
    assert panel(says(1, 3, "I would like"), speaks(2.5, 4)).bot_interruptions == 1
    assert panel(says(1, 3, "I would like"), speaks(3.1, 4)).bot_interruptions == 0
    assert panel(speaks(1, 4), says(1.5, 3, "No")).bot_interruptions == 0


def test_the_sum_of_two_calls() -> None:
    one = panel(says(1, 2, "What is it?"), speaks(2.8, 5))
    both = one + panel(says(1, 2, "What is it?"), speaks(3.0, 5))
    assert both.turns == 2
    assert both.response_latencies == pytest.approx((0.8, 1.0))


def test_floors_are_closed_with_the_session() -> None:
    floors = Floors()
    floors.add(events.SpeechStarted(1.1, 1.1, 1.0, 0.1), ())
    floors.close(4.0)
    assert [(speech.began_at, speech.ended_at) for speech in floors.speech] == [(1.0, 4.0)]


def test_a_scene(tmp_path: Path) -> None:
    """What happens in it is known: an answer to each turn, a cough and an "mm-hm" that cost a hold, an interruption."""
    scene = Scene(journal=tmp_path / "call.jsonl")
    story = (
        "Once upon a time there was a king who had three daughters, and each of them was as fair as the morning sun."
    )
    scene.llm.answers(story, "All right.")
    scene.person.says("Tell me a story.", at=1.0)
    scene.person.coughs(at=4.0)
    scene.person.says("mm-hm", at=5.5)
    scene.person.interrupts("Stop, please.", at=7.5)
    scene.run()
    measured = measure(((it.event, it.commands) for it in read_journal(tmp_path / "call.jsonl")), "en")
    assert (measured.turns, len(measured.response_latencies)) == (2, 2)
    assert (measured.interruptions, len(measured.yield_latencies)) == (1, 1)
    assert max(measured.yield_latencies) < 0.5
    assert (measured.backchannels, measured.backchannels_kept) == (1, 1)
    assert measured.noises == 1
    assert measured.bot_interruptions == 0
