"""Carries out what was decided: each command at once, in order, without awaiting."""

import asyncio
import logging
from collections.abc import Callable
from typing import assert_never

from pipeline import commands, events
from pipeline.captioner import Captioner
from pipeline.clock import loop_time
from pipeline.commands import AgentState, Command
from pipeline.events import Event, PlayoutEvent, ReplyEvent
from pipeline.messages import Prompt
from pipeline.ports import AudioOut, LanguageModel, Synthesizer
from pipeline.requests import Requests, SpeechOutcome
from pipeline.resilience.availability import Health
from pipeline.resilience.budget import Budget
from pipeline.resilience.llm import RetryingLanguageModel
from pipeline.stages.listen import Listen
from pipeline.stages.playout import Playout
from pipeline.stages.reply import Reply
from pipeline.stages.reply_source import ModelSource, ReplySource, StaticSource
from pipeline.stages.warming import ConnectionWarmer

log = logging.getLogger(__name__)


class Effects:
    """Owns the replies that are being made or played.

    `emit` takes what happens to them; `emit_first` takes the end of a reply, which is the very next event whatever else
    waits.
    """

    def __init__(
        self,
        *,
        audio_out: AudioOut,
        listen: Listen,
        language_model: LanguageModel | None,
        synthesizer: Synthesizer | None,
        health: Health,
        captioner: Captioner,
        requests: Requests,
        warming: ConnectionWarmer,
        show_state: Callable[[AgentState], None],
        emit: Callable[[Event], None],
        emit_first: Callable[[Event], None],
    ) -> None:
        self.playout = Playout(audio_out, self._on_playout)
        self.agent_state: AgentState = "initializing"
        """The state that was shown last."""
        self._listen, self._captioner, self._requests, self._warming = listen, captioner, requests, warming
        self._language_model, self._synthesizer = language_model, synthesizer
        self._health = health
        self._show_state, self._emit, self._emit_first = show_state, emit, emit_first
        self._replies: dict[str, Reply] = {}
        self._on_air: Reply | None = None
        self._group: asyncio.TaskGroup | None = None

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Run what a command starts in tasks of `group`."""
        self._group = group

    def apply(self, command: Command) -> None:
        """Carry out one command."""
        match command:
            case commands.StartReply():
                self._start(command)
            case commands.Speak(reply_id):
                self._replies[reply_id].speak()
            case commands.Discard(reply_id):
                self._remove(reply_id)
            case commands.Release(reply_id):
                self._release(reply_id)
            case commands.Duck():
                self.playout.duck()
            case commands.Hold():
                self.playout.hold()
            case commands.Resume():
                self.playout.resume()
            case commands.Cut(reply_id):
                self._cut(reply_id)
            case commands.FinalizeTranscript():
                self._listen.finalize()
            case commands.WarmUp():
                self._warming.again(self._tasks)
            case commands.ShowPersonText(segment_id, text, is_final):
                self._captioner.show_person(segment_id, text, final=is_final)
            case commands.ShowAgentState(state):
                self.show_state(state)
            case commands.DropSpeech(reply_id):
                self._requests.resolve(reply_id, SpeechOutcome("", is_cut=True), None)
            case commands.TurnCommitted() | commands.ReplyCommitted() | commands.ConversationEnded():
                pass  # a record, for observers
            case _:
                assert_never(command)

    def show_state(self, state: AgentState) -> None:
        """Show in the room what the bot is doing."""
        self.agent_state = state
        self._show_state(state)

    def cut_on_air(self) -> None:
        """Cut the reply on air, if there is one; what was heard of it is emitted."""
        if self._on_air is not None:
            self._cut(self._on_air.reply_id)

    @property
    def _tasks(self) -> asyncio.TaskGroup:
        assert self._group is not None, "a command before the session runs"
        return self._group

    def _start(self, command: commands.StartReply) -> None:
        assert self._synthesizer is not None, "StartReply without a synthesizer"
        budget = Budget(self._health.budget)
        reply = self._replies[command.reply_id] = Reply(
            command.reply_id,
            self._source(command.source, budget),
            synthesizer=self._synthesizer,
            playout=self.playout,
            emit=self._on_reply,
            budget=budget,
            availability=self._health.synthesizer,
            speak=command.speak,
        )
        reply.start(self._tasks)

    def _source(self, source: commands.StaticText | Prompt, budget: Budget) -> ReplySource:
        match source:
            case commands.StaticText(text):
                return StaticSource(text)
            case Prompt():
                assert self._language_model is not None, "a generated reply without a language model"
                model = RetryingLanguageModel(self._language_model, budget, self._health.language_model)
                return ModelSource(source, model)
            case _:
                assert_never(source)

    def _release(self, reply_id: str) -> None:
        self.playout.release(reply_id)
        self._on_air = self._replies[reply_id]
        self._captioner.follow(self._on_air)

    def _cut(self, reply_id: str) -> None:
        reply, played = self._remove(reply_id)
        is_cut = not reply.is_whole(played)
        self._ended(reply, events.ReplyEnded(loop_time(), reply_id, reply.heard(played), is_cut))

    def _remove(self, reply_id: str) -> tuple[Reply, int]:
        """Silence a reply first, cancel it second, wait for nothing; returns how many of its samples were played."""
        played = self.playout.end(reply_id)
        reply = self._replies.pop(reply_id)
        reply.abandon()
        if reply is not self._on_air:
            self._captioner.close_unspoken(reply_id)
        return reply, played

    def _ended(self, reply: Reply, ended: events.ReplyEnded) -> None:
        """Report what was heard of the reply that was on air: to the room, to who asked for it, to the reducer."""
        self._on_air = None
        self._captioner.close_reply(reply.reply_id, ended.heard)
        self._requests.resolve(reply.reply_id, SpeechOutcome(ended.heard, ended.is_cut, reply.began_at), reply.failure)
        self._emit_first(ended)

    # --- what the stages report ---

    def _on_playout(self, event: PlayoutEvent) -> None:
        match event:
            case events.PlayoutStarted(at, reply_id):
                self._replies[reply_id].began_at = at
                self._emit(event)
            case events.PlayoutFinished(at, reply_id):
                reply = self._replies.pop(reply_id)
                error = str(reply.failure) if reply.failure else None
                self._ended(reply, events.ReplyEnded(at, reply_id, reply.heard(), is_cut=False, error=error))
            case _:
                assert_never(event)

    def _on_reply(self, event: ReplyEvent) -> None:
        if isinstance(event, events.ReplyFailed):
            if event.reply_id not in self._replies or self._replies[event.reply_id] is self._on_air:
                return  # its audio was taken back after the release: playout reports its end, or has done so
            log.error("%s: %s", event.reply_id, event.error)
            reply, _ = self._remove(event.reply_id)
            self._requests.resolve(event.reply_id, SpeechOutcome("", is_cut=False), reply.failure)
        elif isinstance(event, events.ReplyDelayed):
            self._captioner.show_unspoken(event.reply_id, event.text)
        self._emit(event)
