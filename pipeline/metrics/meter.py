"""Measuring a conversation while it goes on, or from its journal."""

from dataclasses import replace
from typing import assert_never

from pipeline import commands, events
from pipeline.commands import Command, Fault
from pipeline.events import Event, Measurement
from pipeline.messages import Prompt
from pipeline.metrics.answers import Answers
from pipeline.metrics.barge_ins import BargeIns
from pipeline.metrics.drafts import DraftCost, WastedDrafts
from pipeline.metrics.figures import Counts, Latencies
from pipeline.metrics.summary import Metrics
from pipeline.metrics.tool_steps import ToolSteps
from pipeline.metrics.waterfall import Waterfall
from pipeline.text.marks import without_notes
from pipeline.turn.state import State
from pipeline.usage import ServiceUsage, summed

_RECOVERED: dict[Fault, str] = {
    "stuck_reply": "stuck_replies",
    "unanswered_turn": "unanswered_turns",
    "no_sound": "unheard_people",
}
"""The count of each fault that a watchdog has noticed."""


class Meter:
    """A fold over the steps of one session: the same steps make the same metrics, windows of audio or not."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._answers = Answers()
        self._barge_ins = BargeIns()
        self._tool_steps = ToolSteps()
        self._wasted = WastedDrafts()
        self._silent: str | None = None  # a reply that has no audio
        self._usage: tuple[ServiceUsage, ...] = ()

    def observe(self, event: Event, state: State, ordered: tuple[Command, ...]) -> None:
        """As `observe` of a session."""
        self.add(event, ordered)

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        """The next step: an event, and the commands that it led to."""
        if isinstance(event, events.AudioSeen) and not ordered:
            return
        self._answers.add(event, ordered)
        self._barge_ins.add(event, ordered)
        self._tool_steps.add(event, ordered)
        self._wasted.add(event, ordered)
        if isinstance(event, events.ReplyReady) and event.is_silent:
            self._silent = event.reply_id
        if isinstance(event, events.UsageCounted):
            self._usage = summed((*self._usage, *event.services))
        self._counts = _counted(self._counts, event)
        for command in ordered:
            match command:
                case commands.StartReply(_, Prompt()):
                    self._counts = replace(self._counts, requests=self._counts.requests + 1)
                case commands.HandedOver():
                    self._counts = replace(self._counts, hand_overs=self._counts.hand_overs + 1)
                case commands.Recovered(_, fault):
                    name = _RECOVERED[fault]
                    self._counts = replace(self._counts, **{name: getattr(self._counts, name) + 1})
                case commands.Release(reply_id) if reply_id != self._silent:
                    self._counts = replace(self._counts, replies=self._counts.replies + 1)

    @property
    def last_answer(self) -> Latencies | None:
        """Of the last turn that was answered."""
        return self._answers.latencies[-1] if self._answers.latencies else None

    @property
    def last_waterfall(self) -> Waterfall | None:
        """Of the last turn that was answered."""
        return Waterfall.of(self.last_answer) if self.last_answer is not None else None

    @property
    def wasted(self) -> DraftCost:
        """What drafts have cost that nobody heard."""
        return self._wasted.cost

    @property
    def metrics(self) -> Metrics:
        """Until now."""
        answers = self._answers
        counts = replace(
            self._counts,
            turns=answers.turns,
            backchannels=answers.backchannels,
            drafts_used=sum(answer.is_draft for answer in answers.latencies),
            drafts_discarded=answers.discarded,
            wasted_prompt_tokens=self._wasted.cost.prompt_tokens,
            wasted_completion_tokens=self._wasted.cost.completion_tokens,
            wasted_characters=self._wasted.cost.characters,
        )
        return Metrics(
            counts, tuple(answers.latencies), tuple(self._barge_ins.ended), self._tool_steps.all, self._usage
        )


def _counted(counts: Counts, event: Event) -> Counts:
    if isinstance(event, Measurement):
        return _measured(counts, event)
    match event:
        case events.TranscriberLost():
            return replace(counts, transcriber_losses=counts.transcriber_losses + 1)
        case events.MicrophoneSilent():
            return replace(counts, silent_microphones=counts.silent_microphones + 1)
        case events.ReplyFailed():
            return replace(counts, failures=counts.failures + 1)
        case events.TokensUsed():
            return replace(
                counts,
                prompt_tokens=counts.prompt_tokens + event.prompt,
                completion_tokens=counts.completion_tokens + event.completion,
            )
        case events.SummaryMade():
            return replace(counts, summaries=counts.summaries + 1)
        case events.SummaryTokensUsed():
            return replace(
                counts,
                summary_requests=counts.summary_requests + 1,
                summary_prompt_tokens=counts.summary_prompt_tokens + event.prompt,
                summary_completion_tokens=counts.summary_completion_tokens + event.completion,
            )
        case events.ReplyEnded():
            words = len(without_notes(event.heard).split())
            return replace(
                counts,
                failures=counts.failures + (event.error is not None),
                replies_cut=counts.replies_cut + event.is_cut,
                words_heard=counts.words_heard + words,
                cut_words_heard=counts.cut_words_heard + words * event.is_cut,
            )
    return counts


def _measured(counts: Counts, event: Measurement) -> Counts:
    match event:
        case events.CharactersUsed():
            return replace(counts, characters=counts.characters + event.characters)
        case events.RequestRepeated():
            return replace(
                counts,
                retries=counts.retries + (event.how == "retry"),
                failovers=counts.failovers + (event.how == "failover"),
                second_requests=counts.second_requests + (event.how == "second"),
            )
        case events.PlayoutUnderrun():
            duration = counts.underrun_duration + event.duration
            return replace(counts, underruns=counts.underruns + 1, underrun_duration=duration)
        case events.LoopLagged():
            longest = max(counts.longest_loop_lag, event.lag)
            return replace(counts, loop_lags=counts.loop_lags + 1, longest_loop_lag=longest)
        case events.ReplyChunked() | events.UsageCounted():
            return counts
    assert_never(event)
