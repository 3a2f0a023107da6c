"""Runs a scene: a session with a person, a room and providers around it, from its beginning to its end."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary

from pipeline import events
from pipeline.agent import Agent
from pipeline.clock import loop_time
from pipeline.commands import Command
from pipeline.errors import only_error
from pipeline.events import AudioSeen, Event, RoomEvent
from pipeline.journal import Journal
from pipeline.messages import Message
from pipeline.ports import LanguageModel, Synthesizer, Transcriber
from pipeline.session import Session
from pipeline.testing.changes import check_names, fields_of
from pipeline.testing.clock import Clock
from pipeline.testing.detector import SceneVad
from pipeline.testing.errors import SceneError, SceneFailed
from pipeline.testing.expectations import Expectations
from pipeline.testing.microphone import SceneMicrophone
from pipeline.testing.network import Network
from pipeline.testing.person import IDENTITY, Person, Surroundings
from pipeline.testing.providers import SCRIPTED, Providers, Scripted
from pipeline.testing.requests import RecordedLanguageModel
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.scene_membership import SceneMembership
from pipeline.testing.script import Script
from pipeline.testing.scripted_llm import ScriptedLanguageModel
from pipeline.testing.scripted_stt import ScriptedTranscriber
from pipeline.testing.scripted_tts import ScriptedSynthesizer
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from vad.protocol import VoiceActivityDetector

RATE = 16_000
"""Hz of the room of a bot without a voice."""

_numbers = count(1)


class SceneRunner(Expectations, Surroundings):
    """The parts of a scene. See `pipeline.testing.Scene`."""

    made: ClassVar[WeakValueDictionary[int, "SceneRunner"]] = WeakValueDictionary()
    """All scenes in memory, by their number, for the report of a test that fails."""
    _open: ClassVar[set["SceneRunner"]] = set()

    def __init__(
        self,
        *,
        stt: Transcriber | Scripted | None = SCRIPTED,
        llm: LanguageModel | Scripted | None = SCRIPTED,
        tts: Synthesizer | Scripted | None = SCRIPTED,
        vad: VoiceActivityDetector | None = None,
        policy: Policy | None = None,
        agent: Agent | None = None,
        history: Iterable[Message] = (),
        answers: bool = True,
        joins: bool = True,
        loss: float = 0.0,
        jitter: float = 0.0,
        seed: int = 0,
        journal: Path | None = None,
        **changes: Any,
    ) -> None:
        """A bot of these providers, `"scripted"` ones or your own (see `pipeline.ports`), or None to do without.

        `policy` and `agent`, and whatever else is given by the name of one of their fields (complete_delay=0.3,
        instructions="...", greeting="..."), are how it converses and what it is; `history` what was said before; with
        `answers=False` it speaks only when it is asked to. Of the
        person's voice the share `loss` of all packets is lost, and the rest comes up to `jitter` seconds late, as
        `seed` has it. With `joins=False` nobody is in the room before `scene.joins()`. `journal` is a file to write.
        """
        clock = Clock()
        self._microphone = SceneMicrophone(clock, Network(loss, jitter, seed))
        person = Person(clock, self._microphone, self)
        self._providers = Providers.made(stt, llm, tts, clock, self._microphone, person)
        voice = self._providers.tts
        room = RoomQueue(voice.rate if voice is not None else RATE)
        super().__init__(clock, person, room, voice if isinstance(voice, ScriptedSynthesizer) else None)
        self._vad, self._own_vad = SceneVad(self._microphone), vad
        check_names(changes, SceneRunner)
        self._policy = replace(policy or Policy(), **fields_of(Policy, changes))
        self._agent = replace(agent or Agent(), **fields_of(Agent, changes))
        self._options: dict[str, Any] = {"history": tuple(history), "answers": answers}
        self._is_told_how = (policy or agent) is not None or bool(changes or self._options["history"]) or not answers
        self._script = Script(clock)
        self._joins, self._journal_path = joins, journal
        self._journal: Journal | None = None
        self._deliver: Callable[[Event], None] = lambda event: self.session.dispatch(event)
        self._stepped, self._closed = asyncio.Event(), asyncio.Event()
        SceneRunner.made[next(_numbers)] = self

    @property
    def stt(self) -> ScriptedTranscriber:
        """The scripted transcriber: how late it is, when it is away."""
        return self._providers.scripted("stt", ScriptedTranscriber)

    @property
    def llm(self) -> ScriptedLanguageModel:
        """The scripted language model: what it answers, how fast, and when it fails."""
        return self._providers.scripted("llm", ScriptedLanguageModel)

    @property
    def tts(self) -> ScriptedSynthesizer:
        """The scripted voice: how fast it is, and when it breaks off."""
        return self._providers.scripted("tts", ScriptedSynthesizer)

    @property
    def vad(self) -> SceneVad:
        """The detector, unless you gave one."""
        return self._vad

    @property
    def has_begun(self) -> bool:
        """Whether it is or was played."""
        return self._session is not None

    def joins(self) -> None:
        """The bot joins the room, and the person is there."""
        self._deliver(events.Joined(self._clock.loop.time(), "room", "bot"))
        self._deliver(events.PersonLinked(self._clock.loop.time(), IDENTITY))

    async def leave(self) -> None:
        """End the session, as the bot does when it leaves."""
        self._running.cancel()
        await asyncio.wait({self._running})

    # --- of a program ---

    def bind_providers(
        self, stt: str | Transcriber | None, llm: str | LanguageModel | None, tts: str | Synthesizer | None
    ) -> tuple[Transcriber | None, LanguageModel | None, Synthesizer | None]:
        """The providers for a `VoiceBot` that asks for these: the scene's in the place of names.

        Raises SceneError for ears and a voice of the program's own, which have to be the scene's.
        """
        for name, given in (("stt", stt), ("tts", tts)):
            if given is not None and not isinstance(given, str):
                raise SceneError(f"{name}={given!r}: the scene has to know it; give it to the scene, Scene({name}=...)")
        scenes = self._providers
        model = scenes.llm if isinstance(llm, str) else llm
        return scenes.stt if stt else None, self._recorded(model), scenes.tts if tts else None

    def join_scene(self, emit: Callable[[RoomEvent], None]) -> SceneMembership:
        """The scene as a room for one `VoiceBot`, which plays it as long as it is in it."""
        if self._is_told_how:
            raise SceneError("give the VoiceBot what says how its bot converses, not the scene")
        return SceneMembership(
            microphone=self._microphone,
            voice=self.room,
            captions=self._captions,
            vad=self._own_vad or self._vad,
            show_state=self._shows,
            observers=[self._observe],
            write=lambda text: self.written.append((self._clock.now, text)),
            play=self._play,
            emit=emit,
        )

    async def _play(self, session: Session, deliver: Callable[[RoomEvent], None]) -> None:
        self._set(session)
        try:
            async with asyncio.TaskGroup() as group:
                await asyncio.sleep(0)  # until the session listens
                self._deliver = lambda event: (
                    deliver(event) if isinstance(event, RoomEvent) else session.dispatch(event)
                )
                if self._joins:
                    self.joins()
                self._script.begin(group)
                try:
                    await self._closed.wait()
                finally:
                    self._script.end()
        except BaseException as failure:
            self._tell(only_error(failure))
            raise
        finally:
            self._detach()
        deliver(events.RoomEnded(loop_time(), "ROOM_DELETED"))

    # --- of a scene alone ---

    async def __aenter__(self) -> Self:
        self._tasks_before = asyncio.all_tasks()
        self._set(self._new_session())
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._running = self._group.create_task(self.session.run())
        await asyncio.sleep(0)
        if self._joins:
            self.joins()
        self._script.begin(self._group)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()
        self._script.end()
        try:
            await self._group.__aexit__(kind, error, trace)
            self._check_nothing_is_left()
        except BaseException as failure:
            cause = only_error(failure)
            self._tell(cause)
            if cause is error:
                return
            if cause is failure:
                raise
            raise cause from None
        finally:
            self._detach()

    def _set(self, session: Session) -> None:
        """Begin at second 0 with everything in its place."""
        if self.has_begun:
            raise SceneError("a scene is played once: make a new one")
        self._clock.begin()
        self.room.begin()
        self._session = session
        if self._journal_path is not None:
            self._journal = Journal(self._journal_path, session.policy, session.state)
        SceneRunner._open.add(self)

    def _detach(self) -> None:
        """The end."""
        self.room.end()
        self._clock.end()
        SceneRunner._open.discard(self)
        if self._journal is not None:
            self._journal.close()

    def _new_session(self) -> Session:
        providers = self._providers
        return Session(
            audio_in=self._microphone,
            audio_out=self.room,
            captions=self._captions,
            vad=self._own_vad or self._vad,
            transcriber=providers.stt,
            language_model=self._recorded(providers.llm),
            synthesizer=providers.tts,
            policy=self._policy,
            agent=self._agent,
            show_state=self._shows,
            observers=[self._observe],
            **self._options,
        )

    def _recorded(self, model: LanguageModel | None) -> LanguageModel | None:
        return RecordedLanguageModel(self._clock, model, self.requests) if model is not None else None

    def _shows(self, state: str) -> None:
        self.agent_states.append((self._clock.now if self.has_begun else 0.0, state))

    def _check_nothing_is_left(self) -> None:
        if not SceneRunner._open - {self} and (left := asyncio.all_tasks() - self._tasks_before):
            raise SceneFailed(f"a task is left when the session has ended: {left}")
        if any(request.outcome == "open" for request in self.requests):
            raise SceneFailed("a request to the language model is left when the session has ended")
        if isinstance(self._providers.tts, ScriptedSynthesizer) and self._providers.tts.open:
            raise SceneFailed("a request to the voice is left when the session has ended")

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        if commands or not isinstance(event, AudioSeen):  # 31 windows a second
            super()._observe(event, state, commands)
            self._stepped.set()
        if self._journal is not None:
            self._journal.observe(event, state, commands)
