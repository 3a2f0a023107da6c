"""Counts what happens in the calls of one session, for its process's totals."""

from collections.abc import Callable
from dataclasses import replace

from bot.telemetry.price_list import Prices
from bot.telemetry.totals import Totals
from bot.telemetry.usage_counts import count_usage, count_wasted
from bot.telemetry.usage_meter import ProviderRequest, UsageMeter
from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import AudioSeen, Event
from pipeline.metrics import Meter
from pipeline.metrics.barge_ins import BargeIns
from pipeline.metrics.drafts import DraftCost
from pipeline.metrics.waterfall import Waterfall
from pipeline.turn.state import State
from pipeline.usage import ServiceUsage, difference

_FAILURES: dict[type, str] = {
    events.TranscriberLost: "transcriber_lost",
    events.ConnectionLost: "room_lost",
    events.MicrophoneSilent: "microphone_silent",
    events.ReplyFailed: "reply_failed",
    events.SummaryFailed: "summary_failed",
}


class CallMetrics:
    """An observer of a session, behind `meter`, which measures it, and a listener of `usage`."""

    def __init__(
        self,
        totals: Totals,
        meter: Meter,
        usage: UsageMeter,
        prices: Prices | None = None,
        *,
        active_changed: Callable[[int], None],
    ) -> None:
        """`active_changed` is called with 1 when a conversation begins, with -1 when it is over."""
        self._totals, self._meter, self._usage, self._prices = totals, meter, usage, prices
        self._active_changed = active_changed
        self._counted: tuple[ServiceUsage, ...] = ()
        self._barge_ins = BargeIns()
        self._began_at: float | None = None
        self._at = 0.0
        self._measured = self._heard = ""  # the last answer that was counted, and the last that was heard
        self._answers = set[str]()  # that are being made
        self._wasted = DraftCost()  # that was counted
        self._silent = ""  # a reply without audio
        self._tools: dict[str, float] = {}
        usage.add_listener(self._requested)

    def observe(self, event: Event, state: State, ordered: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if isinstance(event, AudioSeen) and not ordered:
            return
        self._at = event.at
        self._barge_ins.add(event, ordered)
        self._take(event)
        self._begin_call(state)
        for command in ordered:
            self._decided(command, state)
        self._measure(event)
        for barge_in in self._barge_ins.ended:
            self._totals.observe("barge_in_cut_seconds", barge_in.cut_delay)
            self._totals.observe("false_barge_in_seconds", barge_in.silence)
            result = "cut" if barge_in.cut_delay is not None else "false" if barge_in.is_false else "ducked"
            self._totals.add("barge_ins", (result,))
        self._barge_ins.ended.clear()

    def flush(self) -> None:
        """Count what was used since the last time."""
        now = self._usage.usage
        used, self._counted = difference(now, self._counted), now
        count_usage(self._totals, used, self._prices)
        wasted, before = replace(self._meter.wasted), self._wasted
        self._wasted = wasted
        count_wasted(self._totals, wasted, before)

    def finish(self) -> None:
        """Count what is left: the session is over."""
        self._end_call(self._at)
        self.flush()

    def _take(self, event: Event) -> None:
        if (failure := _FAILURES.get(type(event))) is not None:
            self._totals.add("failures", (failure,))
        match event:
            case events.RequestRepeated():
                self._totals.add("request_repeats", (event.stage, event.how))
            case events.PlayoutUnderrun():
                self._totals.add("underruns")
                self._totals.add("underrun_seconds", (), event.duration)
            case events.LoopLagged():
                self._totals.add("loop_lags")
                self._totals.rise("loop_lag_longest_seconds", event.lag)
            case events.ReplyReady(is_silent=True):
                self._silent = event.reply_id
            case events.ReplyFailed():
                self._answers.discard(event.reply_id)
            case events.ReplyEnded() if event.reply_id != self._silent:
                end = "broken" if event.error is not None else "cut" if event.is_cut else "whole"
                self._totals.add("replies", (end,))

    def _decided(self, command: Command, state: State) -> None:
        match command:
            case commands.TurnCommitted(message):
                self._totals.add("turns", ("backchannel" if message.is_backchannel else "turn",))
            case commands.StartReply(reply_id, answers_turn=True):
                self._answers.add(reply_id)
            case commands.Release(reply_id):
                self._answers.discard(reply_id)
            case commands.Discard(reply_id) if reply_id in self._answers:
                self._answers.discard(reply_id)
                self._totals.add("drafts", ("discarded",))
            case commands.CallTool() | commands.CancelTool() | commands.DropTool() | commands.ToolCommitted():
                self._tool(command)
            case commands.HandedOver():
                self._totals.add("hand_overs")
            case commands.ConversationEnded(at):
                self._end_call(at)
                self._begin_call(state)  # with the next person

    def _tool(self, command: commands.ToolCommand | commands.ToolCommitted) -> None:
        match command:
            case commands.CallTool(request=request):
                self._tools[request.id] = self._at
            case commands.CancelTool(call_id) | commands.DropTool(call_id):
                if self._tools.pop(call_id, None) is not None:
                    self._totals.add("tool_calls", ("cancelled",))
            case commands.ToolCommitted(_, message) if message.call is not None:
                if (began_at := self._tools.pop(message.call.id, None)) is not None:
                    self._totals.add("tool_calls", ("error" if message.is_error else "ok",))
                    self._totals.observe("tool_call_seconds", self._at - began_at)

    def _measure(self, event: Event) -> None:
        """Count the latencies of the last answer: when it is released, and once more when it is heard."""
        if (last := self._meter.last_answer) is None:
            return
        if last.reply_id != self._measured:
            self._measured = last.reply_id
            self._totals.observe("endpointing_seconds", last.endpoint_delay)
            self._totals.observe("transcript_seconds", last.transcript_delay)
            self._totals.observe("answer_text_seconds", last.text_delay)
            self._totals.observe("answer_audio_seconds", last.audio_delay)
            if last.is_draft:
                self._totals.add("drafts", ("used",))
        if last.reply_id != self._heard and last.voice_to_voice_delay is not None:
            self._heard = last.reply_id
            self._totals.observe("voice_to_voice_seconds", last.voice_to_voice_delay)
            for waited in Waterfall.of(last).waited:
                self._totals.observe("waited_seconds", waited.duration, (waited.name,))

    def _begin_call(self, state: State) -> None:
        if self._began_at is None and state.caller.identity:
            self._began_at = self._at
            self._active_changed(1)
            self._totals.add("calls")

    def _end_call(self, at: float) -> None:
        if self._began_at is not None:
            self._totals.observe("call_duration_seconds", at - self._began_at)
            self._began_at = None
            self._active_changed(-1)

    def _requested(self, request: ProviderRequest) -> None:
        service = request.stage, request.provider, request.model
        result = "error" if request.error else "called_off" if request.is_called_off else "ok"
        self._totals.add("provider_requests", (*service, result))
        if request.error:
            self._totals.add("provider_errors", (request.stage, request.error.lower()))
        if request.stage == "llm":
            self._totals.observe("first_token_seconds", request.first_delay, service[1:])
        elif request.stage == "tts":
            self._totals.observe("first_audio_seconds", request.first_delay, service[1:])
