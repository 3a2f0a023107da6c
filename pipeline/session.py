"""One conversation: every event goes through the reducer, and its commands are carried out before the next one.

`dispatch` is synchronous from the event to the last effect: nothing can happen between a decision and its effect.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.agents import Agents
from pipeline.alarm import Alarm
from pipeline.captioner import Captioner
from pipeline.children import Children
from pipeline.clock import loop_time
from pipeline.commands import AgentState, Command, EndReason
from pipeline.effects import Effects
from pipeline.events import Event
from pipeline.losses import Losses
from pipeline.messages import Message
from pipeline.ports import NO_TAP, AgentParts, AudioIn, AudioOut, AudioTap, Captions
from pipeline.replies import Replies
from pipeline.requests import Requests
from pipeline.stages.kept_speech import SpareVoice
from pipeline.stages.listen import Listen
from pipeline.stages.spare_voice import recording_for
from pipeline.stages.summarize import Summaries
from pipeline.stages.tools import SessionAccess, ToolCalls
from pipeline.stages.turn_hooks import TurnHooks
from pipeline.stages.warming import ConnectionWarmer
from pipeline.turn.due import NEVER
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step, wake_at
from pipeline.turn.state import State
from vad.protocol import VoiceActivityDetector

READY_DELAY = 5.0
"""Seconds to wait for the first connections to the providers before the bot shows that it listens; providers that load
data of their own get the time that they ask for. What is said earlier is heard all the same."""

_COSTS = events.TokensUsed | events.SummaryTokensUsed | events.CharactersUsed | events.UsageCounted

Observer = Callable[[Event, State, tuple[Command, ...]], None]
"""Takes each step: the event, the state after it and the commands."""


class Session:
    """The loop of one bot in one room: an event in, a step, its commands out."""

    def __init__(
        self,
        *,
        audio_in: AudioIn,
        audio_out: AudioOut,
        captions: Captions,
        vad: VoiceActivityDetector,
        policy: Policy,
        agent: AgentProfile,
        parts: AgentParts,
        show_state: Callable[[AgentState], None],
        hang_up: Callable[[EndReason | None], None] | None = None,
        history: Iterable[Message] = (),
        answers: bool = True,
        observers: Iterable[Observer] = (),
        spare_voice: SpareVoice = recording_for,
        tap: AudioTap = NO_TAP,
    ) -> None:
        """Start from `history`, the messages of an earlier conversation that goes on here.

        `agent`, served by `parts`, begins each conversation. `hang_up` is called at the end, with a reason of the
        bot's own; without it the session closes. `answers`: `Requests.set_auto_reply`. Observers come before commands.
        """
        agent, self.policy, self._observers = _within_means(agent, parts), policy, list(observers)
        has_voice = parts.synthesizer is not None
        self._state = State(agent=agent, has_language_model=parts.can_generate, has_voice=has_voice)
        self.losses = Losses(self.dispatch)
        """What becomes of lost providers: what hands the person over is given there."""
        agents = Agents(
            agent, parts, rate=audio_out.rate, policy=policy, emit=self.dispatch, on_change=self.losses.note
        )
        self._agents, self._warming = agents, ConnectionWarmer(parts, agents.current.health)
        self._captioner, hears = Captioner(captions), agents.current.transcriber
        self._listen = Listen(audio_in, hears, vad, self.dispatch, identity=lambda: self._state.linked or "", tap=tap)
        self.requests = Requests(self.dispatch, parts, policy.max_reply_characters)
        """What the embedding program can ask for: `say`, `generate_reply`, `interrupt` ..."""
        self._replies = Replies(
            audio_out=audio_out,
            tap=tap,
            agents=agents,
            policy=policy,
            captioner=self._captioner,
            handles=self.requests.handles,
            emit=self.dispatch,
            emit_first=self._dispatch_first,
            spare_voice=spare_voice,
        )
        access = SessionAccess(self.dispatch, self.requests.queue_text, lambda: self._state.history, agents.add)
        calls = ToolCalls(lambda: agents.current.parts.tools, access)
        hooks = TurnHooks(lambda: agents.current.parts.turn_hook, self.dispatch, lambda: self._state.history)
        self.summaries = Summaries(parts.language_model, agents.current.health.model_use, self.dispatch)
        """Makes summaries of conversations for whoever needs one, also when the session has ended: `summarize`."""
        actors = self._replies, self._listen, self._captioner, self.requests.handles, self._warming, agents
        others, end = (calls, hooks, self.summaries, self.losses), hang_up or (lambda _: self.close())
        self._effects = Effects(*actors, *others, show_state, end)
        self._inbox, self._is_stepping = deque[Event](), False
        self.has_ended = False
        """Whether nothing new is begun any more."""
        self._alarm = Alarm(lambda now: self.dispatch(events.Tick(now)))
        self._given, self._answers = tuple(history), answers

    @property
    def state(self) -> State:
        """The state after the last event."""
        return self._state

    @property
    def parts(self) -> AgentParts:
        """What serves the agent that leads the conversation."""
        return self._agents[self._state.lead.agent_id].parts

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard; when the person has left, until the next one's begins."""
        return self._state.history

    @property
    def agent_state(self) -> AgentState:
        """What frontends show of the bot."""
        return self._effects.agent_state

    def add_observer(self, observer: Observer) -> None:
        """Have one more observer called with each step, after those before it."""
        self._observers.append(observer)

    async def run(self) -> None:
        """Converse, until cancelled. Raises, in a group, what breaks the bot: ProviderError, or a bug."""
        async with asyncio.TaskGroup() as group:
            children = Children(group, lambda: self.close(is_broken=True))
            self._effects.begin(children)
            self._effects.show_state("initializing")
            if self._given:
                self.dispatch(events.HistoryGiven(loop_time(), self._given))
            if not self._answers:
                self.requests.set_auto_reply(False)
            children.create_task(self._get_ready(children.create_task(self._warming.run())))
            for part in (self._replies.playout, self._captioner, self._listen):
                children.create_task(part.run())
            try:
                await self._alarm.run()
            finally:
                self.close()

    def close(self, *, is_broken: bool = False) -> None:
        """End the conversation now: what was heard of the reply on air enters the history, and nothing new is begun.

        Cancelling `run` does the same, but not at once. In a broken one no call returns as if its reply had been cut.
        """
        self.has_ended = True
        self._alarm.set(NEVER)
        if is_broken:
            self.requests.handles.close(is_broken=True)
        self._replies.cut_on_air()
        self._captioner.close()
        self.requests.handles.close()

    def dispatch(self, event: Event) -> None:
        """Decide, and do what was decided, before anything else can happen. Events of the effects come right after.

        When the session has ended nothing is decided any more: only what requests have cost is still taken.
        """
        if self.has_ended and not isinstance(event, _COSTS):
            return
        self._inbox.append(event)
        self._work_off()

    def _dispatch_first(self, event: Event) -> None:
        """Take an event before all that wait."""
        self._inbox.appendleft(event)
        self._work_off()

    def _work_off(self) -> None:
        if self._is_stepping:
            return
        self._is_stepping = True
        try:
            while self._inbox:
                self._step(self._inbox.popleft())
        finally:
            self._is_stepping = False
        self._alarm.set(NEVER if self.has_ended else wake_at(self._state, self.policy))

    def _step(self, event: Event) -> None:
        self._state, ordered = step(self._state, event, self.policy)
        for observe in self._observers:
            observe(event, self._state, ordered)
        if not self.has_ended:
            for command in ordered:
                self._effects.apply(command)

    async def _get_ready(self, warming: asyncio.Task[None]) -> None:
        """Show "initializing" while an answer would come late: SDKs and data are being loaded, connections opened."""
        await asyncio.wait({warming}, timeout=max(READY_DELAY, self._warming.start_delay))
        self._effects.show_state(self._state.agent_state)


def _within_means(agent: AgentProfile, parts: AgentParts) -> AgentProfile:
    """The agent without what a session of these parts cannot do."""
    if parts.synthesizer is None:
        agent = replace(agent, announcement=None, greeting=None, greeting_instructions=None, farewell="")
    if parts.turn_hook is None:
        agent = replace(agent, turn_hook=None)
    return agent if parts.tools is not None else replace(agent, tools=())
