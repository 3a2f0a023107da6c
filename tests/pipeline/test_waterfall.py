"""Why an answer took as long as it did, against times that the test sets."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from pipeline import events
from pipeline.metrics import Latencies, Span, Waterfall
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step, step_whole
from tests.pipeline.test_metrics import Measured
from tests.support.setups import Setup, setups
from tests.support.talk import WINDOW, Move, moves

DRAFTED = Latencies(
    reply_id="reply-2",
    turn=3,
    asked_at=100.0,
    transport_delay=0.01,
    finalize_delay=0.1,
    transcript_delay=0.2,
    start_delay=0.12,
    text_delay=0.45,
    chunk_delay=0.5,
    audio_delay=0.71,
    endpoint_delay=0.34,
    release_delay=0.71,
    voice_to_voice_delay=0.783,
    requests=1,
    is_draft=True,
)
"""Begun at a pause, and still being made when the turn was over."""

AT_ITS_END = replace(
    DRAFTED, start_delay=0.34, text_delay=0.67, chunk_delay=0.72, audio_delay=0.93, release_delay=0.93,
    voice_to_voice_delay=1.003, is_draft=False,
)  # fmt: skip
"""The same, begun when the turn was over."""

CALLS_FIRST = replace(
    DRAFTED, text_delay=None, chunk_delay=None, audio_delay=None, calls_delay=0.6, release_delay=0.6,
    results_delay=1.6, voice_to_voice_delay=2.4,
)  # fmt: skip
"""It calls tools before it says anything."""


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        pytest.param(
            DRAFTED,
            "turn 3: 783 ms = transport 10 + endpointing 330 + llm 110 + chunk 50 + tts 210 + playout 73"
            " (draft hid 220)",
            id="draft",
        ),
        pytest.param(
            AT_ITS_END,
            "turn 3: 1003 ms = transport 10 + endpointing 330 + llm 330 + chunk 50 + tts 210 + playout 73",
            id="no draft",
        ),
        pytest.param(
            replace(DRAFTED, transport_delay=None, transcript_delay=0.34),
            "turn 3: 783 ms = endpointing 100 + stt 240 + llm 110 + chunk 50 + tts 210 + playout 73 (draft hid 220)",
            id="it was over with its last words",
        ),
        pytest.param(
            replace(DRAFTED, transport_delay=None, transcript_delay=0.34, finalize_delay=None),
            "turn 3: 783 ms = stt 340 + llm 110 + chunk 50 + tts 210 + playout 73 (draft hid 220)",
            id="words that nobody asked for",
        ),
        pytest.param(
            replace(DRAFTED, hook_start_delay=0.34, hook_delay=0.6),
            "turn 3: 783 ms = transport 10 + endpointing 330 + hook 260 + tts 110 + playout 73 (draft hid 480)",
            id="hook",
        ),
        pytest.param(
            replace(DRAFTED, audio_delay=0.3, text_delay=0.2, chunk_delay=0.2, release_delay=0.34,
                    voice_to_voice_delay=0.36),
            "turn 3: 360 ms = transport 10 + endpointing 330 + playout 20 (draft hid 180)",
            id="all of it hidden",
        ),
        pytest.param(
            replace(DRAFTED, release_delay=1.7, voice_to_voice_delay=1.75),
            "turn 3: 1750 ms = transport 10 + endpointing 330 + llm 110 + chunk 50 + tts 210 + waiting 990 + playout 50"
            " (draft hid 220, slow: most of it waiting)",
            id="another reply was on air",
        ),
        pytest.param(
            CALLS_FIRST,
            "turn 3: 2400 ms = transport 10 + endpointing 330 + llm 260 + tools 1000 + follow-up 800"
            " (draft hid 220, slow: most of it tools)",
            id="tools",
        ),
        pytest.param(
            replace(CALLS_FIRST, voice_to_voice_delay=1.0),
            "turn 3: 1000 ms = transport 10 + endpointing 330 + llm 260 + tools 400 (draft hid 220)",
            id="something was said while they ran",
        ),
        pytest.param(
            replace(CALLS_FIRST, voice_to_voice_delay=None, results_delay=None),
            "turn 3: not heard = transport 10 + endpointing 330 + llm 260 (draft hid 220)",
            id="cut before its first sample",
        ),
        pytest.param(
            replace(AT_ITS_END, start_delay=3.34, text_delay=3.67, chunk_delay=3.72, audio_delay=3.93,
                    release_delay=3.93, voice_to_voice_delay=4.0, requests=2, retries=1, failovers=2,
                    second_requests=1),
            "turn 3: 4000 ms = transport 10 + endpointing 330 + waiting 3000 + llm 330 + chunk 50 + tts 210"
            " + playout 70 (2 requests, 1 retry, 2 failovers, 1 second request, slow: most of it waiting)",
            id="the first request failed",
        ),
        pytest.param(
            replace(DRAFTED, transport_delay=None, finalize_delay=None, transcript_delay=None, start_delay=0.0,
                    endpoint_delay=0.0, is_draft=False),
            "turn 3: 783 ms = llm 450 + chunk 50 + tts 210 + playout 73",
            id="typed",
        ),
    ],
)  # fmt: skip
def test_on_one_line(answer: Latencies, line: str) -> None:
    assert str(Waterfall.of(answer)) == line


def test_its_stages_lie_side_by_side() -> None:
    waterfall = Waterfall.of(replace(DRAFTED, hook_start_delay=0.15, hook_delay=0.2))
    assert waterfall.spans == (
        Span("transport", 0.0, 0.01),
        Span("endpointing", 0.0, 0.34),
        Span("stt", 0.1, 0.2),
        Span("hook", 0.15, 0.2),
        Span("llm", 0.12, 0.45),
        Span("chunk", 0.45, 0.5),
        Span("tts", 0.5, 0.71),
        Span("playout", 0.71, 0.783),
    )
    assert json.loads(json.dumps(waterfall.as_dict()))["spans"][0] == {"name": "transport", "start": 0.0, "end": 0.01}


def test_what_drafting_hid_is_by_how_much_later_it_would_have_come() -> None:
    drafted, begun_at_its_end = Waterfall.of(DRAFTED), Waterfall.of(AT_ITS_END)
    assert drafted.total is not None
    assert drafted.total + drafted.hidden == pytest.approx(begun_at_its_end.total)


def test_a_journal_of_before_has_no_chunk() -> None:
    waterfall = Waterfall.of(replace(DRAFTED, chunk_delay=None))
    assert [span.name for span in waterfall.spans][-3:] == ["llm", "tts", "playout"]
    assert "llm 110 + tts 260" in str(waterfall)


# --- from events ---


def test_transport_and_chunk_are_measured() -> None:
    talk = Measured()
    talk.lag = 0.03
    asked_at = talk.ask()
    talk.write()
    talk.listen(0.064)
    talk.chunk()
    chunked_at = talk.now
    talk.listen(0.064)
    talk.get_ready()
    talk.listen(2)
    talk.play()
    (answer,) = talk.metrics.latencies
    assert answer.turn == 1
    assert answer.transport_delay == pytest.approx(0.03)
    assert answer.finalize_delay == pytest.approx(talk.policy.finalize_silence_complete + talk.lag, abs=3 * WINDOW)
    assert answer.chunk_delay == pytest.approx(chunked_at - asked_at)


def test_a_draft_without_a_voice_may_speak_at_the_end_of_the_turn() -> None:
    talk = Measured(preemption="llm")
    talk.ask()
    talk.write()
    talk.chunk()
    talk.listen(1)
    talk.get_ready()
    (answer,) = talk.metrics.latencies
    assert answer.chunk_delay == answer.endpoint_delay


def test_what_was_typed_has_no_way_of_its_speech() -> None:
    talk = Measured()
    talk.lag = 0.1
    talk.cough(0.2)
    talk.listen(3)
    talk.type("Hello there")
    talk.now += 0.25
    talk.get_ready()
    talk.play()
    waterfall = talk.meter.last_waterfall
    assert waterfall is not None
    assert {span.name for span in waterfall.waited} <= {"llm", "tts", "playout"}


def test_requests_that_were_made_again_are_counted_where_the_person_waits_for_them() -> None:
    talk = Measured()
    talk.repeat("failover", "stt")  # while nobody spoke
    talk.ask()
    talk.repeat("retry", "stt")
    talk.repeat("failover")
    talk.repeat("second")
    talk.write()
    talk.get_ready()
    talk.listen(1)
    talk.play()
    talk.repeat("failover", "stt")  # of the next turn
    (answer,) = talk.metrics.latencies
    assert (answer.retries, answer.failovers, answer.second_requests) == (1, 1, 1)
    counts = talk.metrics.counts
    assert (counts.retries, counts.failovers, counts.second_requests) == (1, 3, 1)


def test_what_is_made_again_after_the_first_sample_kept_nobody_waiting() -> None:
    talk = Measured()
    talk.ask()
    talk.get_ready()
    talk.listen(1)
    answered = talk.on_air or ""
    talk.happen(events.RequestRepeated(talk.now, "tts", "retry", "cartesia", "no", answered))
    talk.play()
    talk.happen(events.RequestRepeated(talk.now, "tts", "retry", "cartesia", "no", answered))
    assert talk.metrics.latencies[0].retries == 1
    assert talk.metrics.counts.retries == 2


def test_drafts_that_nobody_heard_have_cost_something() -> None:
    """What is counted after the draft was discarded, too; neither the answer nor what failed."""
    talk = Measured()
    talk.ask("I like the sea.")
    draft = talk.begun[-1]
    talk.tokens(draft)
    talk.start_speaking()
    talk.listen(1)
    talk.stop_speaking()
    talk.listen(0.2)
    talk.final("And the mountains.")
    answer = talk.begun[-1]
    assert answer != draft
    talk.characters(draft)
    talk.tokens(answer)
    talk.characters(answer)
    talk.get_ready()
    talk.listen(1)
    counts = talk.metrics.counts
    assert counts.drafts_discarded == 1
    wasted = (counts.wasted_prompt_tokens, counts.wasted_completion_tokens, counts.wasted_characters)
    assert wasted == (100, 20, 40)
    assert (counts.prompt_tokens, counts.completion_tokens, counts.characters) == (200, 40, 80)


def test_gaps_and_a_late_loop_are_counted() -> None:
    talk = Measured()
    talk.answer()
    talk.run_dry()
    talk.run_dry()
    talk.stall()
    counts = talk.metrics.counts
    assert counts.underruns == 2
    assert counts.underrun_duration == pytest.approx(0.4)
    assert (counts.loop_lags, counts.longest_loop_lag) == (1, 0.3)
    told = str(talk.metrics)
    assert "underruns 2, 0.40 s" in told
    assert "late 1 times, 0.30 s at most" in told


@settings(max_examples=200, deadline=None)
@given(moves, setups)
def test_what_was_waited_for_has_no_gap(moves: list[Move], setup: Setup) -> None:
    """Whatever happens: from the last word to the first sample, and its line adds up."""
    talk = Measured(setup)
    for move in moves:
        move(talk)
    for answer, waterfall in zip(talk.metrics.latencies, talk.metrics.waterfalls, strict=True):
        ends = [0.0, *(span.end for span in waterfall.waited)]
        assert [span.start for span in waterfall.waited] == ends[:-1]
        until = answer.release_delay if waterfall.total is None else waterfall.total
        assert ends[-1] == max(0.0, until)
        assert all(span.duration > 0 for span in (*waterfall.spans, *waterfall.waited))
        assert 0.0 <= waterfall.hidden <= max(0.0, answer.release_delay - answer.start_delay)
        assert waterfall.is_draft or waterfall.hidden == 0.0
        parts = re.findall(r"[a-z-]+ (\d+)(?: \+|$| \()", str(waterfall).partition(" = ")[2])
        if waterfall.total is not None and waterfall.total > 0:
            assert sum(map(int, parts)) == round(waterfall.total * 1000)


@settings(max_examples=50, deadline=None)
@given(moves, setups)
def test_what_is_measured_decides_nothing(moves: list[Move], setup: Setup) -> None:
    """In whatever state, by the short way and by the whole one, however late it is: a deadline is the alarm's."""
    talk = Measured(setup)
    for move in moves:
        move(talk)
        for event in (events.LoopLagged(talk.now + 100.0, 0.2), events.ReplyChunked(talk.now, "reply-1")):
            assert step(talk.state, event, talk.policy) == (talk.state, ())
            assert step_whole(talk.state, event, talk.policy) == (talk.state, ())


def test_the_bound_of_a_slow_answer() -> None:
    assert not Waterfall.of(replace(DRAFTED, voice_to_voice_delay=1.49)).is_slow
    assert Waterfall.of(replace(DRAFTED, voice_to_voice_delay=1.5)).is_slow
    assert not Waterfall.of(replace(DRAFTED, voice_to_voice_delay=None)).is_slow
    assert Policy().complete_delay < 1.5, "a turn is not slow by its silence alone"
