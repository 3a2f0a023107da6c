"""Latencies of the answers, from events and commands."""

from dataclasses import dataclass, replace

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event, TranscriptEvent
from pipeline.metrics.figures import Latencies


@dataclass(slots=True)
class _Turn:
    """What is known of the turn that the person is in."""

    speech_ended_at: float | None = None
    last_word: tuple[float, float] | None = None
    typed_at: float | None = None
    keyed_at: float | None = None
    final_at: float | None = None
    endpoint_at: float | None = None
    endpoint_step: int = 0
    requests: int = 0
    hook_at: float | None = None

    @property
    def asked_at(self) -> float | None:
        """When speech ended by the detector, or by the last word if the detector missed it; or typing, or keying."""
        spoken_until = self.speech_ended_at
        if self.last_word is not None and (spoken_until is None or self.last_word[0] >= spoken_until):
            spoken_until = self.last_word[1]
        return max((at for at in (spoken_until, self.typed_at) if at is not None), default=self.keyed_at)


@dataclass(slots=True)
class _Reply:
    """An answer that is being made."""

    started_at: float
    started_step: int
    written_at: float | None = None
    ready_at: float | None = None


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
                case commands.StartReply(reply_id, answers_turn=True):
                    self._turn.requests += 1
                    self._replies[reply_id] = _Reply(event.at, self._step)
                case commands.Discard(reply_id):
                    self.discarded += self._replies.pop(reply_id, None) is not None
                case commands.Release(reply_id):
                    if (reply := self._replies.pop(reply_id, None)) is not None:
                        self._answer(event.at, reply_id, reply, committed)
                case commands.RunTurnHook():
                    self._turn.hook_at = None
                case commands.CancelTurnHook(is_late=True):
                    self._turn.hook_at = event.at
                case commands.CallTool(reply_id) if self._is_latest(reply_id):
                    self._calls_tools = True
                case commands.ShowAgentState("thinking"):
                    self._turn.endpoint_at, self._turn.endpoint_step = event.at, self._step
                case commands.ShowAgentState("listening"):
                    self._turn.endpoint_at = None

    def _take(self, event: Event) -> None:
        turn = self._turn
        match event:
            case events.SpeechStarted():
                turn.final_at = turn.endpoint_at = None  # it may be thinking of a tool since before
            case events.SpeechStopped():
                turn.speech_ended_at = event.ended_at
            case events.InterimTranscript() | events.FinalTranscript():
                self._transcript(event)
            case events.TextReceived() if event.text.strip():
                turn.typed_at = event.at
            case events.DtmfReceived():
                turn.keyed_at = event.at
            case events.TurnHookAnswered():
                turn.hook_at = event.at
            case events.ReplyWritten() if event.reply_id in self._replies:
                self._replies[event.reply_id].written_at = event.at
            case events.ReplyReady(is_silent=False) if event.reply_id in self._replies:
                self._replies[event.reply_id].ready_at = event.at
            case events.ReplyFailed():
                self._replies.pop(event.reply_id, None)
            case events.PlayoutStarted() if self._is_latest(event.reply_id) or self._calls_tools:
                answer = self.latencies[-1]
                if answer.voice_to_voice_delay is None:
                    self.latencies[-1] = replace(answer, voice_to_voice_delay=event.at - answer.asked_at)

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

    def _answer(self, at: float, reply_id: str, reply: _Reply, turn: _Turn) -> None:
        asked_at = turn.asked_at if turn.asked_at is not None else at
        endpoint_at, endpoint_step = turn.endpoint_at, turn.endpoint_step
        if endpoint_at is None:  # over and answered in one step: nothing was shown between
            endpoint_at, endpoint_step = at, self._step

        def delay(then: float | None) -> float | None:
            return then - asked_at if then is not None else None

        answer = Latencies(
            reply_id=reply_id,
            asked_at=asked_at,
            transcript_delay=delay(turn.final_at),
            start_delay=reply.started_at - asked_at,
            text_delay=delay(reply.written_at),
            audio_delay=delay(reply.ready_at),
            endpoint_delay=endpoint_at - asked_at,
            hook_delay=delay(turn.hook_at),
            release_delay=at - asked_at,
            requests=turn.requests,
            is_draft=reply.started_step < endpoint_step,
        )
        self.latencies.append(answer)
