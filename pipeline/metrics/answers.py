"""Latencies of the answers, from events and commands."""

from collections import Counter
from dataclasses import dataclass, field, replace

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event, RepeatKind, TranscriptEvent
from pipeline.metrics.figures import Latencies


@dataclass(slots=True)
class _Turn:
    """What is known of the turn that the person is in."""

    speech_ended_at: float | None = None
    lateness: float = 0.0
    last_word: tuple[float, float] | None = None
    typed_at: float | None = None
    keyed_at: float | None = None
    finalize_at: float | None = None
    final_at: float | None = None
    endpoint_at: float | None = None
    endpoint_step: int = 0
    requests: int = 0
    hook_began_at: float | None = None
    hook_at: float | None = None
    repeats: Counter[RepeatKind] = field(default_factory=Counter)

    @property
    def asked_at(self) -> float | None:
        """When speech ended by the detector, or by the last word if the detector missed it; or typing, or keying."""
        spoken_until = self.speech_ended_at
        if self.last_word is not None and (spoken_until is None or self.last_word[0] >= spoken_until):
            spoken_until = self.last_word[1]
        return max((at for at in (spoken_until, self.typed_at) if at is not None), default=self.keyed_at)

    def go_on(self) -> None:
        """Note that the person speaks."""
        if self.asked_at is None:
            self.repeats.clear()  # nobody has waited for them
        self.finalize_at = self.final_at = self.endpoint_at = None  # it may be thinking of a tool since before


@dataclass(slots=True)
class _Reply:
    """An answer that is being made."""

    started_at: float
    started_step: int
    may_speak_at: float | None
    written_at: float | None = None
    chunked_at: float | None = None
    ready_at: float | None = None
    calls_at: float | None = None
    repeats: Counter[RepeatKind] = field(default_factory=Counter)

    @property
    def voice_from(self) -> float | None:
        """When the voice could begin."""
        if self.chunked_at is None or self.may_speak_at is None:
            return None
        return max(self.chunked_at, self.may_speak_at)

    def take(self, event: events.ReplyWritten | events.ReplyChunked | events.ReplyReady) -> None:
        """Note how far it is."""
        match event:
            case events.ReplyWritten():
                self.written_at = event.at
            case events.ReplyChunked():
                self.chunked_at = event.at
            case events.ReplyReady(is_silent=True):
                self.calls_at = event.at
            case events.ReplyReady():
                self.ready_at = event.at


class Answers:
    """A fold over the steps of a session."""

    def __init__(self) -> None:
        self.latencies: list[Latencies] = []  # one a turn, for the life of a session
        self.turns = 0
        self.backchannels = 0
        self.discarded = 0
        self._step = 0
        self._turn = _Turn()
        self._replies: dict[str, _Reply] = {}
        self._calls_tools = False  # the latest answer does: what follows it is its first sound, if it has none itself

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        """The next step."""
        self._step += 1
        self._take(event)
        committed = self._turn
        for command in ordered:
            match command:
                case commands.TurnCommitted(message):
                    self._calls_tools = False
                    committed = self._close(is_backchannel=message.is_backchannel)
                case commands.StartReply(reply_id, answers_turn=True, speak=speaks):
                    self._turn.requests += 1
                    self._replies[reply_id] = _Reply(event.at, self._step, event.at if speaks else None)
                case commands.Speak(reply_id) if reply_id in self._replies:
                    self._replies[reply_id].may_speak_at = event.at
                case commands.Discard(reply_id):
                    self.discarded += self._replies.pop(reply_id, None) is not None
                case commands.Release(reply_id):
                    if (reply := self._replies.pop(reply_id, None)) is not None:
                        self.latencies.append(
                            _latencies(reply_id, self.turns, committed, reply, (event.at, self._step))
                        )
                case commands.CallTool(reply_id) if self._is_latest(reply_id):
                    self._calls_tools = True
                case commands.ToolCommitted(reply_id) if self._is_latest(reply_id) and self._is_awaited:
                    answer = self.latencies[-1]
                    self.latencies[-1] = replace(answer, results_delay=event.at - answer.asked_at)
                case _:
                    self._of_turn(command, event.at)

    def _of_turn(self, command: Command, at: float) -> None:
        turn = self._turn
        match command:
            case commands.FinalizeTranscript():
                turn.finalize_at = at
            case commands.RunTurnHook():
                turn.hook_began_at, turn.hook_at = at, None
            case commands.CancelTurnHook(is_late=True):
                turn.hook_at = at
            case commands.ShowAgentState("thinking"):
                turn.endpoint_at, turn.endpoint_step = at, self._step
            case commands.ShowAgentState("listening"):
                turn.endpoint_at = None

    def _take(self, event: Event) -> None:
        turn = self._turn
        match event:
            case events.SpeechStarted():
                turn.go_on()
            case events.SpeechStopped():
                turn.speech_ended_at, turn.lateness = event.ended_at, event.at - event.watermark_at
            case events.InterimTranscript() | events.FinalTranscript():
                self._transcript(event)
            case events.TextReceived() if event.text.strip():
                turn.typed_at = event.at
            case events.DtmfReceived():
                turn.keyed_at = event.at
            case events.TurnHookAnswered():
                turn.hook_at = event.at
            case events.RequestRepeated():
                self._repeated(event)
            case events.ReplyFailed():
                if (failed := self._replies.pop(event.reply_id, None)) is not None:
                    turn.repeats += failed.repeats
            case events.ReplyWritten() | events.ReplyChunked() | events.ReplyReady() if event.reply_id in self._replies:
                self._replies[event.reply_id].take(event)
            case events.PlayoutStarted() if self._is_latest(event.reply_id) or self._calls_tools:
                if self._is_awaited:
                    answer = self.latencies[-1]
                    self.latencies[-1] = replace(answer, voice_to_voice_delay=event.at - answer.asked_at)

    def _repeated(self, event: events.RequestRepeated) -> None:
        """Count it where the person waits for it; what follows calls of tools is waited for as their answer is."""
        if event.stage == "stt":
            self._turn.repeats[event.how] += 1
        elif event.reply_id in self._replies:
            self._replies[event.reply_id].repeats[event.how] += 1
        elif self._is_awaited and event.reply_id and (self._calls_tools or self._is_latest(event.reply_id)):
            answer = self.latencies[-1]
            self.latencies[-1] = replace(
                answer,
                retries=answer.retries + (event.how == "retry"),
                failovers=answer.failovers + (event.how == "failover"),
                second_requests=answer.second_requests + (event.how == "second"),
            )

    @property
    def _is_awaited(self) -> bool:
        """Whether nothing has been heard yet of the latest answer."""
        return bool(self.latencies) and self.latencies[-1].voice_to_voice_delay is None

    def _is_latest(self, reply_id: str) -> bool:
        return bool(self.latencies) and self.latencies[-1].reply_id == reply_id

    def _transcript(self, event: TranscriptEvent) -> None:
        if event.words:
            self._turn.last_word = event.words[-1].began_at, event.words[-1].ended_at
        elif event.text:
            self._turn.last_word = event.began_at, event.ended_at
        if isinstance(event, events.FinalTranscript):
            self._turn.final_at = event.at

    def _close(self, *, is_backchannel: bool) -> _Turn:
        closed, self._turn = self._turn, _Turn()
        self.backchannels += is_backchannel
        self.turns += not is_backchannel
        return closed


def _latencies(reply_id: str, number: int, turn: _Turn, reply: _Reply, now: tuple[float, int]) -> Latencies:
    """Those of a reply that is put on air now, at this time and step, for the turn of this number."""
    asked_at = turn.asked_at if turn.asked_at is not None else now[0]
    endpoint_at, endpoint_step = turn.endpoint_at, turn.endpoint_step
    if endpoint_at is None:  # over and answered in one step: nothing was shown between
        endpoint_at, endpoint_step = now
    is_of_speech = turn.speech_ended_at is not None and asked_at == turn.speech_ended_at
    repeats = turn.repeats + reply.repeats

    def delay(then: float | None) -> float | None:
        return then - asked_at if then is not None else None

    return Latencies(
        reply_id=reply_id,
        turn=number,
        asked_at=asked_at,
        transport_delay=turn.lateness if is_of_speech else None,
        finalize_delay=delay(turn.finalize_at),
        transcript_delay=delay(turn.final_at),
        start_delay=reply.started_at - asked_at,
        text_delay=delay(reply.written_at),
        chunk_delay=delay(reply.voice_from),
        audio_delay=delay(reply.ready_at),
        calls_delay=delay(reply.calls_at),
        endpoint_delay=endpoint_at - asked_at,
        hook_start_delay=delay(turn.hook_began_at),
        hook_delay=delay(turn.hook_at),
        release_delay=now[0] - asked_at,
        requests=turn.requests,
        is_draft=reply.started_step < endpoint_step,
        retries=repeats["retry"],
        failovers=repeats["failover"],
        second_requests=repeats["second"],
    )
