"""What is measured of a conversation, against times that the test sets."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from pipeline import commands, events
from pipeline.journal import Journal, read_journal
from pipeline.messages import Prompt
from pipeline.metrics import BargeIn, Latencies, Meter, Metrics
from pipeline.metrics.summary import Summary
from tests.support.setups import Setup, setups
from tests.support.talk import WINDOW, Move, Step, Talk, moves

QUESTION = "What is the time?"


class Measured(Talk):
    """A conversation with a meter."""

    def __init__(self, setup: Setup | None = None, **options: object) -> None:
        self.meter = Meter()
        setup = setup or Setup.of(**options)
        super().__init__(self.meter.observe, policy=setup.policy, start=setup.start)
        self.join()

    @property
    def metrics(self) -> Metrics:
        return self.meter.metrics

    def last_at(self, kind: type[events.Event] | type[commands.Command]) -> float:
        """When the latest event or command of a kind was."""
        return next(
            step.event.at
            for step in reversed(self.steps)
            if isinstance(step.event, kind) or any(isinstance(command, kind) for command in step.commands)
        )

    def ask(self, text: str = QUESTION) -> float:
        """Speak, and be understood at once; returns when the speech ended."""
        self.start_speaking()
        self.listen(1)
        ended_at = self.now
        self.stop_speaking()
        self.listen(0.128)
        self.final(text)
        return ended_at

    def answer(self) -> None:
        """With a reply that is on air and goes on."""
        self.ask()
        self.write()
        self.get_ready()
        self.listen(1)
        self.play()

    def cough(self, duration: float) -> float:
        """Make a sound; returns when it began."""
        began_at = self.now
        self.start_speaking()
        self.listen(duration)
        self.stop_speaking()
        return began_at


@pytest.fixture
def talk() -> Measured:
    return Measured()


def only_answer(metrics: Metrics) -> Latencies:
    (answer,) = metrics.latencies
    return answer


def only_barge_in(metrics: Metrics) -> BargeIn:
    (barge_in,) = metrics.barge_ins
    return barge_in


# --- answers ---


def test_each_part_of_an_answer_counts_from_the_end_of_speech(talk: Measured) -> None:
    asked_at = talk.ask()
    final_at = talk.now
    talk.listen(0.096)
    talk.write()
    written_at = talk.now
    talk.listen(0.096)
    talk.get_ready()
    ready_at = talk.now
    talk.listen(1)
    released_at = talk.last_at(commands.Release)
    talk.play()

    answer = only_answer(talk.metrics)
    assert answer.asked_at == pytest.approx(asked_at)
    assert answer.transcript_delay == pytest.approx(final_at - asked_at)
    assert answer.start_delay == pytest.approx(final_at - asked_at), "a draft, as soon as the words were final"
    assert answer.text_delay == pytest.approx(written_at - asked_at)
    assert answer.audio_delay == pytest.approx(ready_at - asked_at)
    assert answer.endpoint_delay == answer.release_delay == pytest.approx(released_at - asked_at)
    assert answer.endpoint_delay == pytest.approx(talk.policy.complete_delay, abs=WINDOW)
    assert answer.voice_to_voice_delay == pytest.approx(talk.now - asked_at)
    assert (answer.requests, answer.is_draft) == (1, True)


def test_a_reply_that_is_slower_than_the_turn_is_released_after_its_end(talk: Measured) -> None:
    asked_at = talk.ask()
    talk.listen(2)
    talk.get_ready()
    answer = only_answer(talk.metrics)
    assert answer.endpoint_delay == pytest.approx(talk.policy.complete_delay, abs=WINDOW)
    assert answer.release_delay == pytest.approx(talk.now - asked_at)
    assert answer.is_draft, "it was begun before"
    assert answer.voice_to_voice_delay is None, "nothing has left yet"


def test_without_preemption_no_answer_is_a_draft() -> None:
    talk = Measured(preemption="off")
    talk.answer()
    assert talk.metrics.latencies == (), "it is begun at the end of the turn, and not ready yet"
    talk.get_ready()
    answer = only_answer(talk.metrics)
    assert not answer.is_draft
    assert answer.start_delay == answer.endpoint_delay


def test_a_draft_for_other_words_is_a_request_more(talk: Measured) -> None:
    talk.ask("I like the sea.")
    talk.write()
    talk.start_speaking()
    talk.listen(1)
    asked_at = talk.now
    talk.stop_speaking()
    talk.listen(0.2)
    talk.final("And the mountains.")
    talk.get_ready()
    talk.listen(1)

    answer = only_answer(talk.metrics)
    assert answer.asked_at == pytest.approx(asked_at), "the end of all that was said"
    assert (answer.requests, answer.is_draft) == (2, True)
    assert answer.text_delay is None, "the text of the first draft is not that of the answer"
    counts = talk.metrics.counts
    assert (counts.requests, counts.drafts_discarded, counts.drafts_used, counts.turns) == (2, 1, 1, 1)
    assert talk.metrics.requests_per_answer == 2


def test_who_goes_on_after_the_end_of_the_turn_ends_it_anew(talk: Measured) -> None:
    talk.ask()
    talk.listen(1)
    talk.start_speaking()
    talk.listen(0.5)
    asked_at = talk.now
    talk.get_ready()
    talk.stop_speaking()
    talk.listen(1.5)
    answer = only_answer(talk.metrics)
    assert answer.asked_at == pytest.approx(asked_at)
    assert answer.endpoint_delay == pytest.approx(talk.policy.complete_delay, abs=WINDOW)


def test_an_interim_that_had_to_do_leaves_the_transcript_out(talk: Measured) -> None:
    talk.ask("Well.")
    talk.start_speaking()
    talk.listen(1)
    talk.interim(QUESTION)
    talk.stop_speaking()
    talk.listen(2)
    talk.get_ready()
    assert only_answer(talk.metrics).transcript_delay is None


def test_a_typed_turn_counts_from_the_typing(talk: Measured) -> None:
    talk.type("Hello there")
    typed_at = talk.now
    talk.now += 0.25
    talk.get_ready()
    answer = only_answer(talk.metrics)
    assert answer.asked_at == typed_at
    assert answer.release_delay == pytest.approx(0.25)
    assert talk.metrics.counts.turns == 1


def test_words_that_the_detector_missed_count_from_their_own_end(talk: Measured) -> None:
    talk.cough(0.2)
    talk.listen(5)
    whispered_at = talk.now
    talk.happen(events.FinalTranscript(talk.now, QUESTION, talk.now - 1, talk.now))
    talk.listen(2)
    talk.get_ready()
    assert only_answer(talk.metrics).asked_at == whispered_at


def test_a_greeting_is_a_reply_and_a_request_but_no_answer() -> None:
    talk = Measured(greeting_instructions="Greet.")
    talk.get_ready()
    talk.play()
    talk.finish()
    counts = talk.metrics.counts
    assert (counts.replies, counts.requests, counts.turns, talk.metrics.latencies) == (1, 1, 0, ())


def test_failures_and_what_they_cost(talk: Measured) -> None:
    talk.ask()
    talk.fail()
    talk.get_ready()  # the apology
    talk.play()
    talk.finish()
    talk.ask()
    talk.listen(1)
    talk.get_ready()
    talk.tokens()
    talk.play()
    talk.break_off()
    talk.lose_transcriber()
    counts = talk.metrics.counts
    assert only_answer(talk.metrics).requests == 2
    assert (counts.failures, counts.transcriber_losses, counts.drafts_discarded) == (2, 1, 0)
    assert (counts.prompt_tokens, counts.completion_tokens) == (100, 20)
    assert (counts.words_heard, counts.cut_words_heard, counts.replies_cut) == (1, 0, 0)


# --- barge-ins ---


def test_a_barge_in_counts_from_the_start_of_the_speech(talk: Measured) -> None:
    talk.answer()
    talk.listen(1)
    began_at = talk.now
    talk.start_speaking()
    talk.listen(0.5)
    talk.interim("Wait a moment")

    barge_in = only_barge_in(talk.metrics)
    assert barge_in.began_at == began_at
    assert barge_in.duck_delay == pytest.approx(2 * WINDOW)
    assert barge_in.hold_delay == pytest.approx(talk.policy.hold_speech, abs=WINDOW)
    assert barge_in.cut_delay == pytest.approx(talk.now - began_at)
    assert not barge_in.is_false
    counts = talk.metrics.counts
    assert (counts.replies_cut, counts.cut_words_heard) == (1, 4), "As far as this"


def test_a_false_barge_in_costs_the_silence_until_the_reply_goes_on(talk: Measured) -> None:
    talk.answer()
    began_at = talk.cough(0.3)
    talk.listen(2)
    barge_in = only_barge_in(talk.metrics)
    held_at, resumed_at = talk.last_at(commands.Hold), talk.last_at(commands.Resume)
    assert barge_in.is_false
    assert barge_in.silence == pytest.approx(resumed_at - held_at)
    assert (barge_in.began_at, barge_in.cut_delay) == (began_at, None)


def test_a_click_only_ducks(talk: Measured) -> None:
    talk.answer()
    talk.cough(0.0)
    talk.listen(2)
    barge_in = only_barge_in(talk.metrics)
    assert barge_in.duck_delay is not None
    assert (barge_in.hold_delay, barge_in.cut_delay, barge_in.silence) == (None, None, None)


def test_two_coughs_are_two_barge_ins(talk: Measured) -> None:
    talk.answer()
    began = []
    for _ in range(2):
        began.append(talk.cough(0.3))
        talk.listen(2)
    assert [barge_in.began_at for barge_in in talk.metrics.barge_ins] == began
    assert all(barge_in.is_false for barge_in in talk.metrics.barge_ins)


def test_what_else_stops_a_reply_is_no_barge_in(talk: Measured) -> None:
    talk.answer()
    talk.lose_connection()
    talk.restore_connection()
    talk.away()
    talk.back()
    talk.interrupt()
    assert {type(command) for command in talk.commands} >= {commands.Hold, commands.Resume, commands.Cut}
    assert talk.metrics.barge_ins == ()
    assert talk.metrics.counts.replies_cut == 1


def test_speech_did_not_cut_what_the_program_broke_off(talk: Measured) -> None:
    talk.answer()
    talk.start_speaking()
    talk.interrupt()
    barge_in = only_barge_in(talk.metrics)
    assert (barge_in.duck_delay is not None, barge_in.cut_delay) == (True, None)


def test_words_that_the_detector_missed_cut_from_their_own_start(talk: Measured) -> None:
    talk.answer()
    talk.listen(3)
    talk.interim("Wait a moment")
    assert only_barge_in(talk.metrics).cut_delay == pytest.approx(0.3), "of the three words, each of 0.1 s"


def test_a_backchannel_is_no_turn(talk: Measured) -> None:
    talk.answer()
    talk.cough(0.1)
    talk.final("Yeah.")
    talk.listen(3)
    talk.finish()
    counts = talk.metrics.counts
    assert (counts.turns, counts.backchannels) == (1, 1)


def test_words_of_somebody_who_leaves_are_a_turn(talk: Measured) -> None:
    talk.answer()
    talk.interim("Yeah.")
    talk.leave()
    counts = talk.metrics.counts
    assert (counts.turns, counts.backchannels) == (2, 0)


def test_words_beside_a_reply_that_does_not_give_way_are_a_turn() -> None:
    talk = Measured(has_language_model=False)
    talk.say("This call is recorded.", is_interruptible=False)
    talk.get_ready()
    talk.ask()
    talk.listen(1)
    counts = talk.metrics.counts
    assert (counts.turns, counts.backchannels) == (1, 0)


# --- whatever happens ---


@settings(max_examples=100, deadline=None)
@given(moves, setups)
def test_the_counts_are_those_of_what_happened(moves: list[Move], setup: Setup) -> None:
    talk = Measured(setup)
    for move in moves:
        move(talk)
    metrics, ordered = talk.metrics, talk.commands
    starts = [command for command in ordered if isinstance(command, commands.StartReply)]
    said = [command.message for command in ordered if isinstance(command, commands.TurnCommitted)]
    assert metrics.counts.requests == sum(isinstance(command.source, Prompt) for command in starts)
    assert metrics.counts.replies == sum(isinstance(command, commands.Release) for command in ordered)
    assert sum(answer.requests for answer in metrics.latencies) <= metrics.counts.requests
    assert metrics.counts.backchannels == sum(message.is_backchannel for message in said)
    assert metrics.counts.turns == sum(not message.is_backchannel for message in said)
    answers = sum(step.state.on_air is not None and step.state.on_air.answers_turn for step in releases(talk))
    assert len(metrics.latencies) == answers
    for answer in metrics.latencies:
        assert answer.endpoint_delay <= answer.release_delay
        assert answer.start_delay <= answer.release_delay


def releases(talk: Talk) -> list[Step]:
    return [step for step in talk.steps if any(isinstance(command, commands.Release) for command in step.commands)]


@settings(max_examples=30, deadline=None)
@given(moves, setups)
def test_a_journal_gives_the_metrics_of_the_call(moves: list[Move], setup: Setup) -> None:
    live, afterwards = Meter(), Meter()
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.jsonl", setup.policy, setup.start)
        talk = Talk(live.observe, journal.observe, policy=setup.policy, start=setup.start)
        talk.join()
        for move in moves:
            move(talk)
        journal.close()
        for entry in read_journal(Path(folder) / "journal.jsonl"):
            afterwards.add(entry.event, entry.commands)
    assert afterwards.metrics == live.metrics


# --- what is told of it ---


def test_a_summary_is_of_what_there_is() -> None:
    summary = Summary.of([0.3, None, 0.1, 0.2])
    assert summary is not None
    assert summary.count == 3
    assert summary.median == pytest.approx(0.2)
    assert summary.p95 == pytest.approx(0.29)
    assert Summary.of([None]) is None


def test_as_json(talk: Measured) -> None:
    talk.answer()
    talk.cough(0.3)
    talk.listen(2)
    told = json.loads(json.dumps(talk.metrics.as_dict(), allow_nan=False))
    assert told["counts"]["turns"] == 1
    assert told["requests_per_answer"] == 1
    assert told["latencies"]["voice_to_voice_delay"]["count"] == 1
    assert told["barge_ins"]["cut_delay"] is None
    assert told["each_answer"][0]["reply_id"] == "reply-1"
    assert told["each_barge_in"][0]["silence"] == told["barge_ins"]["silence"]["median"]


def test_for_people(talk: Measured) -> None:
    assert "turns 0" in str(talk.metrics), "also before anything has happened"
    talk.answer()
    talk.cough(0.3)
    talk.listen(2)
    text = str(talk.metrics)
    assert "barge-ins (1 false)" in text
    (voice_to_voice,) = (line for line in talk.metrics.lines() if "voice to voice" in line)
    assert f"{talk.metrics.latencies[0].voice_to_voice_delay:.3f} s" in voice_to_voice
