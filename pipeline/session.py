"""One conversation: every event goes through the reducer, and its commands are carried out before the next one.

`dispatch` is synchronous from the event to the last effect: nothing can happen between a decision and what it does.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from pipeline import commands, events
from pipeline.agent import Agent
from pipeline.audio import FRAME_DURATION
from pipeline.commands import AgentState, Command
from pipeline.errors import VoiceBotError
from pipeline.events import AudioSeen, Event, PlayoutEvent, ReplyEvent, SpeechRequest
from pipeline.messages import Message
from pipeline.ports import AudioIn, AudioOut, Captions, LanguageModel, Synthesizer, Transcriber
from pipeline.requests import SpeechHandles, SpeechOutcome
from pipeline.stages.listen import Listen
from pipeline.stages.playout import Playout
from pipeline.stages.reply import Reply
from pipeline.stages.speak import MAX_CHARACTERS
from pipeline.stages.warming import ConnectionWarmer
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import can_wait, step, wake_at
from pipeline.turn.state import NEVER, State
from vad.protocol import VoiceActivityDetector

log = logging.getLogger(__name__)

CAPTION_INTERVAL = 0.05
"""Seconds between looks at what was heard of the reply on air: a word is seen as it is heard..."""

LONGEST_CAPTION_INTERVAL = 0.25
"""...or until the next word, but no longer than this: another reply may be on air by then."""

READY_DELAY = 5.0
"""Seconds for the first connections to the providers; past them the bot listens without: nothing said is lost by it."""

Observer = Callable[[Event, State, tuple[Command, ...]], None]
"""Told of each step: the event, the state after it and the commands."""


class Session:
    """The ears, the brain and the mouth of one bot in one room, and the state that decides for them."""

    def __init__(
        self,
        *,
        audio_in: AudioIn,
        audio_out: AudioOut,
        captions: Captions,
        vad: VoiceActivityDetector,
        transcriber: Transcriber | None,
        language_model: LanguageModel | None,
        synthesizer: Synthesizer | None,
        policy: Policy,
        agent: Agent,
        show_state: Callable[[AgentState], None],
        temperature: float | None = None,
        history: Iterable[Message] = (),
        answers: bool = True,
        observe: Observer = lambda *_: None,
    ) -> None:
        """`history` is that of the conversation that goes on here; `answers`: see `set_auto_reply`."""
        if synthesizer is None:
            agent = replace(agent, greeting=None, greeting_instructions=None)
        self._policy = policy
        can_answer = language_model is not None and synthesizer is not None
        self._state = State(agent=agent, has_language_model=can_answer)
        self._captions, self._observe = captions, observe
        self._show_state = show_state
        self._shown_state: AgentState = "initializing"
        self._language_model, self._synthesizer, self._temperature = language_model, synthesizer, temperature
        self._warming = ConnectionWarmer(transcriber, language_model, synthesizer)
        self._listen = Listen(audio_in, transcriber, vad, self.dispatch) if transcriber else None
        self._playout = Playout(audio_out, self._on_playout)
        self._inbox: deque[Event] = deque()
        self._waiting: AudioSeen | None = None
        self._is_stepping = False
        self._has_ended = False
        self._due_at = self._alarm_at = NEVER
        self._due_moved = asyncio.Event()
        self._replies: dict[str, Reply] = {}
        self._on_air: Reply | None = None
        self._went_on_air = asyncio.Event()
        self._asked = SpeechHandles()
        self._given, self._answers = tuple(history), answers
        self._name = uuid4().hex[:8]

    @property
    def state(self) -> State:
        """As the last event left it, windows of audio that decided nothing apart."""
        return self._state

    @property
    def policy(self) -> Policy:
        """The policy it decides by."""
        return self._policy

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation so far, as it was heard."""
        return self._state.history

    @property
    def agent_state(self) -> AgentState:
        """What frontends show of the bot."""
        return self._shown_state

    @property
    def has_ended(self) -> bool:
        """Nothing new is begun any more."""
        return self._has_ended

    @property
    def underruns(self) -> int:
        """How often a reply fell silent because its audio came too late."""
        return self._playout.underruns

    async def run(self) -> None:
        """Converse, until cancelled. Raises, in a group, what breaks the bot: ProviderError, or a bug."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._show("initializing")
            if self._given:
                self.dispatch(events.HistoryGiven(_now(), self._given))
            if not self._answers:
                self.set_auto_reply(False)
            group.create_task(self._get_ready(group.create_task(self._warming.run())))
            group.create_task(self._playout.run())
            group.create_task(self._caption())
            if self._listen is not None:
                group.create_task(self._listen.run())
            try:
                await self._keep_time()
            finally:
                self.close()

    def close(self) -> None:
        """The end: what was heard of the reply on air still enters the history, and nothing new is begun.

        Cancelling `run` does the same, but not at once.
        """
        self._has_ended = True
        if self._on_air is not None:
            self._tell_cut(self._on_air.reply_id)
            self._work_off()
        self._asked.close()

    def dispatch(self, event: Event) -> None:
        """Decide, and do what was decided, before anything else can happen. Events of the effects come right after.

        Windows of audio that decide nothing wait for the next event, and only the last of them is taken: all others,
        31 a second, would leave no trace.
        """
        if isinstance(event, AudioSeen) and can_wait(self._state, event, self._policy):
            self._waiting = event
            return
        self._inbox.append(event)
        self._work_off()

    def _work_off(self) -> None:
        if self._is_stepping:
            return
        if self._waiting is not None:
            self._inbox.appendleft(self._waiting)
            self._waiting = None
        self._is_stepping = True
        try:
            while self._inbox:
                self._step(self._inbox.popleft())
        finally:
            self._is_stepping = False
        self._due_at = wake_at(self._state, self._policy)
        if self._due_at < self._alarm_at:
            self._due_moved.set()

    async def say(self, text: str, *, is_interruptible: bool = True) -> SpeechOutcome:
        """Speak a text once somebody is there and nobody else speaks; returns when it was played or cut.

        Cancelling breaks it off. Raises ProviderError when not all of it could be made; what was made has been played
        then. Raises VoiceBotError without a synthesizer, and for a text longer than MAX_CHARACTERS. It is cancelled
        when the session ends before the text has had its turn.
        """
        self._check_voice()
        if len(text) > MAX_CHARACTERS:
            raise VoiceBotError(f"a text of {len(text)} characters is too long: say at most {MAX_CHARACTERS} at once")
        return await self._speak(events.SayRequested(_now(), self._asked.new(), text, is_interruptible))

    async def generate_reply(self, instructions: str = "", *, is_interruptible: bool = True) -> SpeechOutcome:
        """Have the language model speak without waiting for the person; for the rest like `say`."""
        self._check_voice()
        if self._language_model is None:
            raise VoiceBotError("this bot has no language model: give it one (llm), or say a text of your own")
        return await self._speak(events.ReplyRequested(_now(), self._asked.new(), instructions, is_interruptible))

    def interrupt(self) -> None:
        """Break off what is on air, now."""
        self.dispatch(events.InterruptRequested(_now()))

    def update_instructions(self, instructions: str) -> None:
        """Tell the language model these from now on. An answer that nobody has heard yet is made anew."""
        self.dispatch(events.InstructionsChanged(_now(), instructions))

    def set_auto_reply(self, is_on: bool) -> None:
        """Whether the bot answers what the person says, or speaks only what it is asked to."""
        self.dispatch(events.AnsweringChanged(_now(), is_on))

    def _check_voice(self) -> None:
        if self._synthesizer is None:
            raise VoiceBotError("this bot has no voice: give it a speech synthesizer (tts)")

    async def _speak(self, request: SpeechRequest) -> SpeechOutcome:
        try:
            self.dispatch(request)
            return await self._asked.outcome(request.reply_id)
        except asyncio.CancelledError:
            self.dispatch(events.SayCancelled(_now(), request.reply_id))
            raise

    # --- decisions and their effects: nothing here awaits ---

    def _step(self, event: Event) -> None:
        self._state, ordered = step(self._state, event, self._policy)
        self._observe(event, self._state, ordered)
        if not self._has_ended:
            for command in ordered:
                self._apply(command)

    def _apply(self, command: Command) -> None:
        match command:
            case commands.StartReply():
                self._start(command)
            case commands.Speak(reply_id):
                self._replies[reply_id].speak()
            case commands.Discard(reply_id):
                self._end(reply_id)
            case commands.Release(reply_id):
                self._playout.release(reply_id)
                self._on_air = self._replies[reply_id]
                self._went_on_air.set()
            case commands.Duck():
                self._playout.duck()
            case commands.Hold():
                self._playout.hold()
            case commands.Resume():
                self._playout.resume()
            case commands.Cut(reply_id):
                self._tell_cut(reply_id)
            case commands.FinalizeTranscript():
                assert self._listen is not None, "a pause without ears"
                self._listen.finalize()
            case commands.WarmUp():
                self._warming.again(self._group)
            case commands.ShowPersonText(segment_id, text, is_final):
                self._captions.person(self._segment(segment_id), text, final=is_final)
            case commands.ShowAgentState(state):
                self._show(state)

    def _show(self, state: AgentState) -> None:
        self._shown_state = state
        self._show_state(state)

    def _start(self, command: commands.StartReply) -> None:
        assert self._synthesizer is not None, "a reply without a voice"
        reply = self._replies[command.reply_id] = Reply(
            command.reply_id,
            command.source,
            language_model=self._language_model,
            synthesizer=self._synthesizer,
            playout=self._playout,
            emit=self._on_reply,
            temperature=self._temperature,
            speak=command.speak,
        )
        reply.start(self._group)

    def _end(self, reply_id: str) -> tuple[Reply, int]:
        """Silence first, cancel second, wait for nothing; returns how much of it was played."""
        played = self._playout.end(reply_id)
        reply = self._replies.pop(reply_id)
        reply.abandon()
        return reply, played

    def _tell_cut(self, reply_id: str) -> None:
        reply, played = self._end(reply_id)
        is_cut = not reply.is_whole(played)
        self._tell_end(reply, events.ReplyEnded(_now(), reply_id, reply.heard(played), is_cut))

    def _tell_end(self, reply: Reply, ended: events.ReplyEnded) -> None:
        """What was heard of a reply that is off the air: to the reducer before anything else, the room, the asker."""
        self._on_air = None
        self._captions.bot(self._segment(reply.reply_id), ended.heard, final=True)
        self._inbox.appendleft(ended)
        self._asked.tell(reply.reply_id, SpeechOutcome(ended.heard, ended.is_cut, reply.began_at), reply.failure)

    def _segment(self, segment_id: str) -> str:
        """Its name in the room, where there may be other bots with captions."""
        return f"{self._name}-{segment_id}"

    # --- what the stages tell ---

    def _on_playout(self, event: PlayoutEvent) -> None:
        if isinstance(event, events.PlayoutStarted):
            self._replies[event.reply_id].began_at = event.at
            self.dispatch(event)
            return
        reply = self._replies.pop(event.reply_id)
        error = str(reply.failure) if reply.failure else None
        self._tell_end(reply, events.ReplyEnded(event.at, event.reply_id, reply.heard(), is_cut=False, error=error))
        self._work_off()

    def _on_reply(self, event: ReplyEvent) -> None:
        if isinstance(event, events.ReplyFailed):
            if event.reply_id not in self._replies or self._replies[event.reply_id] is self._on_air:
                return  # its audio was taken back after the release: playout tells its end, or has told it
            log.error("%s: %s", event.reply_id, event.error)
            reply, _ = self._end(event.reply_id)
            self._asked.tell(event.reply_id, SpeechOutcome("", is_cut=False), reply.failure)
        self.dispatch(event)

    # --- what goes on beside ---

    async def _get_ready(self, warming: asyncio.Task[None]) -> None:
        """An answer to what is said before would come late: SDKs are being loaded, and connections opened."""
        await asyncio.wait({warming}, timeout=READY_DELAY)
        self._show(self._state.agent_state)

    async def _keep_time(self) -> None:
        """A Tick when a deadline of the state comes and nothing has happened.

        A deadline is mostly put off by the next window: the alarm then stays where it is, and is set anew as it rings.
        """
        while True:
            self._due_moved.clear()
            self._alarm_at = self._due_at
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if self._alarm_at == NEVER else self._alarm_at):
                    await self._due_moved.wait()
                    continue
            if (now := max(self._alarm_at, _now())) >= self._due_at:
                self.dispatch(events.Tick(now))

    async def _caption(self) -> None:
        """Shows the bot's words as they are heard."""
        shown: tuple[str, str] | None = None
        while True:
            if (reply := self._on_air) is None:
                self._went_on_air.clear()
                await self._went_on_air.wait()
                continue
            played = self._playout.played(reply.reply_id)
            caption = self._segment(reply.reply_id), reply.heard(played)
            if caption != shown:
                shown = caption
                self._captions.bot(*caption, final=False)
            wait = (reply.grows_after(played) or 0.0) + FRAME_DURATION  # what is played is known frame by frame
            await asyncio.sleep(min(max(wait, CAPTION_INTERVAL), LONGEST_CAPTION_INTERVAL))


def _now() -> float:
    return asyncio.get_running_loop().time()
