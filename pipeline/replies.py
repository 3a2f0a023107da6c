"""The replies that are being made or played: started, put on air, cut, and what is reported of them."""

import logging
from collections.abc import Callable
from typing import assert_never

from pipeline import commands, events
from pipeline.agents import Agents, ServedAgent
from pipeline.captioner import Captioner
from pipeline.children import TaskStarter
from pipeline.clock import loop_time
from pipeline.events import Event, PlayoutEvent, ReplyEvent
from pipeline.messages import Prompt
from pipeline.ports import AudioOut, AudioTap
from pipeline.resilience.availability import Availability
from pipeline.resilience.budget import Budget
from pipeline.resilience.llm import RetryingLanguageModel
from pipeline.speech_handles import SpeechHandles, SpeechOutcome
from pipeline.stages.kept_speech import KeptSentences, SpareVoice
from pipeline.stages.playout import Playout
from pipeline.stages.reply import Reply
from pipeline.stages.reply_source import ModelSource, ReplySource, StaticSource
from pipeline.text.spoken.verbalizer import AS_WRITTEN
from pipeline.turn.policy import Policy

log = logging.getLogger(__name__)


class Replies:
    """Owns each reply from its start to its end.

    `emit` takes what happens to them; `emit_first` takes the end of a reply, which is the very next event whatever else
    waits.
    """

    def __init__(
        self,
        *,
        audio_out: AudioOut,
        tap: AudioTap,
        agents: Agents,
        policy: Policy,
        captioner: Captioner,
        handles: SpeechHandles,
        emit: Callable[[Event], None],
        emit_first: Callable[[Event], None],
        spare_voice: SpareVoice,
    ) -> None:
        self.playout, self._tap = Playout(audio_out, self._on_playout, tap), tap
        self._agents, self._policy = agents, policy
        self._captioner, self._handles = captioner, handles
        self._emit, self._emit_first = emit, emit_first
        self._kept = KeptSentences(
            spare_voice, self._are_made, lambda used: emit(events.CharactersUsed(loop_time(), "", used))
        )
        self._by_id: dict[str, Reply] = {}
        self._on_air: Reply | None = None

    def start(self, command: commands.StartReply, children: TaskStarter) -> None:
        """Make a reply, in a task that `children` starts."""
        agent = self._agents[command.agent_id]
        assert agent.parts.synthesizer is not None, "StartReply without a synthesizer"
        budget, synthesizer = Budget(agent.health.budget), agent.parts.synthesizer
        availability, verbalizer, source = agent.health.synthesizer, agent.verbalizer, command.source
        if isinstance(source, commands.KeptText):
            text, synthesizer = self._kept.voice_for(
                command.agent_id, source.text, agent.profile.language, self._agents.rate
            )
            source, availability, verbalizer = commands.StaticText(text), Availability("voice"), AS_WRITTEN
        reply = self._by_id[command.reply_id] = Reply(
            command.reply_id,
            self._source(source, agent, budget),
            synthesizer=synthesizer,
            playout=self.playout,
            emit=self._on_reply,
            budget=budget,
            availability=availability,
            is_on_air=lambda: self._on_air is reply,
            verbalizer=verbalizer,
            to_read=agent.profile.spoken_to_read,
            max_characters=self._policy.max_reply_characters,
            speak=command.speak,
        )
        reply.start(children)

    def keep(self, command: commands.KeepSpeech, children: TaskStarter) -> None:
        """Have a text made ahead, for when the voice of its agent cannot speak."""
        if (voice := self._agents[command.agent_id].parts.synthesizer) is not None:
            self._kept.keep(command.agent_id, command.text, voice, children)

    def _are_made(self) -> bool:
        """Whether no reply needs a voice now."""
        return all(reply.task is None or reply.task.done() for reply in self._by_id.values())

    def speak(self, reply_id: str) -> None:
        """Let the text of a reply become audio."""
        self._by_id[reply_id].speak()

    def release(self, reply_id: str) -> None:
        """Put a reply on air."""
        self.playout.release(reply_id)
        self._on_air = self._by_id[reply_id]
        self._captioner.follow(self._on_air)

    def cut(self, reply_id: str) -> None:
        """Silence the reply on air for good; what was heard of it is emitted."""
        reply, played = self._remove(reply_id)
        is_cut = not reply.is_whole(played)
        ended = events.ReplyEnded(loop_time(), reply_id, reply.heard(played), is_cut, rest=reply.rest(played))
        self._ended(reply, ended, played)

    def cut_on_air(self) -> None:
        """Cut the reply on air, if there is one."""
        if self._on_air is not None:
            self.cut(self._on_air.reply_id)

    def discard(self, reply_id: str) -> None:
        """Forget a reply that was never released."""
        self._remove(reply_id)

    def _source(self, source: commands.StaticText | Prompt, agent: ServedAgent, budget: Budget) -> ReplySource:
        match source:
            case commands.StaticText(text):
                return StaticSource(text)
            case Prompt():
                assert agent.parts.language_model is not None, "a generated reply without a language model"
                model = RetryingLanguageModel(
                    agent.parts.language_model, budget, agent.health.language_model, self._agents.hedging
                )
                return ModelSource(source, model, self._policy.max_reply_repeats, agent.health.model_use.of_reply)
            case _:
                assert_never(source)

    def _remove(self, reply_id: str) -> tuple[Reply, int]:
        """Silence a reply first, cancel it second, wait for nothing; returns how many of its samples were played."""
        played = self.playout.end(reply_id)
        reply = self._by_id.pop(reply_id)
        reply.abandon()
        if reply is not self._on_air:
            self._captioner.close_unspoken(reply_id)
        return reply, played

    def _ended(self, reply: Reply, ended: events.ReplyEnded, played: int | None = None) -> None:
        """Report what was heard of the reply that was on air: to the room, to who asked for it, to the reducer."""
        self._on_air = None
        self._tap.spoken(reply.reply_id, reply.words(played))
        unheard = "" if ended.rest and not ended.is_cut else reply.unheard(played)  # the rest is shown when it is said
        self._captioner.close_reply(reply.reply_id, reply.shown(played), unheard)
        self._handles.resolve(reply.reply_id, SpeechOutcome(ended.heard, ended.is_cut, reply.began_at), reply.failure)
        self._emit_first(ended)

    # --- what the stages report ---

    def _on_playout(self, event: PlayoutEvent | events.PlayoutUnderrun) -> None:
        match event:
            case events.PlayoutStarted(at, reply_id):
                self._by_id[reply_id].began_at = at
                self._emit(event)
            case events.PlayoutStalled() | events.PlayoutResumed() | events.PlayoutUnderrun():
                self._emit(event)
            case events.PlayoutFinished(at, reply_id):
                reply = self._by_id.pop(reply_id)
                error = str(reply.failure) if reply.failure else None
                ended = events.ReplyEnded(at, reply_id, reply.heard(), is_cut=False, error=error, rest=reply.rest())
                self._ended(reply, ended)
            case _:
                assert_never(event)

    def _on_reply(self, event: ReplyEvent | events.ReplyChunked | events.CharactersUsed) -> None:
        if isinstance(event, events.ReplyFailed):
            if event.reply_id not in self._by_id or self._by_id[event.reply_id] is self._on_air:
                return  # its audio was taken back after the release: playout reports its end, or has done so
            log.error("%s: %s", event.reply_id, event.error)
            reply, _ = self._remove(event.reply_id)
            self._handles.resolve(event.reply_id, SpeechOutcome("", is_cut=False), reply.failure)
        elif isinstance(event, events.ReplyDelayed):
            self._captioner.show_unspoken(event.reply_id, event.text)
        self._emit(event)
