"""Runs a scene: a session with a person, a room and providers around it, from its beginning to its end."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.clock import loop_time
from pipeline.commands import Command
from pipeline.events import AudioSeen, Event, RoomEvent
from pipeline.messages import Message
from pipeline.ports import LanguageModel, Synthesizer, Transcriber
from pipeline.session import Session
from pipeline.testing.bot_options import BotOptions
from pipeline.testing.clock import Clock
from pipeline.testing.detector import SceneVad
from pipeline.testing.errors import SceneError
from pipeline.testing.expectations import Expectations
from pipeline.testing.microphone import SceneMicrophone
from pipeline.testing.network import Network
from pipeline.testing.person import IDENTITY, Person, Surroundings
from pipeline.testing.providers import SCRIPTED, Providers, Scripted
from pipeline.testing.requests import RecordedLanguageModel
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.scene_membership import SceneMembership
from pipeline.testing.scene_outgoing import OutgoingScene
from pipeline.testing.scene_play import ScenePlay
from pipeline.testing.script import Script
from pipeline.testing.scripted_llm import ScriptedLanguageModel
from pipeline.testing.scripted_stt import ScriptedTranscriber
from pipeline.testing.scripted_tools import ToolScene
from pipeline.testing.scripted_tts import ScriptedSynthesizer
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from vad.protocol import VoiceActivityDetector

RATE = 16_000
"""Hz of the room of a bot without a voice."""

_numbers = count(1)


class SceneRunner(Expectations, ToolScene, OutgoingScene, Surroundings):
    """The parts of a scene. See `pipeline.testing.Scene`."""

    made: ClassVar[WeakValueDictionary[int, "SceneRunner"]] = WeakValueDictionary()
    """All scenes in memory, by their number, for the report of a test that fails."""

    def __init__(
        self,
        *,
        stt: Transcriber | Scripted | None = SCRIPTED,
        llm: LanguageModel | Scripted | None = SCRIPTED,
        tts: Synthesizer | Scripted | None = SCRIPTED,
        vad: VoiceActivityDetector | None = None,
        policy: Policy | None = None,
        agent: AgentProfile | None = None,
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
        instructions="...", greeting="..."), are how it converses and what it is; `history` is what was said before.
        With `answers=False` it speaks only on request. Of the packets of the person's voice the share `loss` is lost,
        and the rest comes up to `jitter` seconds late, by chance from `seed`. With `joins=False` nobody is in the room
        before `scene.joins()`. `journal` is a file to write.
        """
        clock = Clock()
        self._microphone = SceneMicrophone(clock, Network(loss, jitter, seed))
        person = Person(clock, self._microphone, self)
        self._providers = Providers.made(stt, llm, tts, clock, self._microphone, person)
        voice = self._providers.tts
        room = RoomQueue(voice.rate if voice is not None else RATE)
        scripted_voice = voice if isinstance(voice, ScriptedSynthesizer) else None
        super().__init__(clock, person, room, scripted_voice)
        self._vad, self._own_vad = SceneVad(self._microphone), vad
        self._options = BotOptions.made(policy, agent, history, answers, changes, scene=SceneRunner)
        self._script = Script(clock)
        self._play = ScenePlay(
            clock=clock,
            room=room,
            script=self._script,
            requests=self.requests,
            voice=scripted_voice,
            journal=journal,
            on_begun=self.joins if joins else lambda: None,
            on_failure=self._tell,
        )
        self._deliver: Callable[[Event], None] = lambda event: self.session.dispatch(event)
        self._stepped = asyncio.Event()
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

    # --- of a program ---

    def bind_providers(
        self, stt: str | Transcriber | None, llm: str | LanguageModel | None, tts: str | Synthesizer | None
    ) -> tuple[Transcriber | None, LanguageModel | None, Synthesizer | None]:
        """The providers for a `VoiceBot` that asks for these: the scene's in the place of names.

        Raises SceneError for a transcriber or a voice of the program's own, which have to be the scene's.
        """
        transcriber, model, synthesizer = self._providers.bound(stt, llm, tts)
        return transcriber, self._recorded(model), synthesizer

    def join_scene(self, emit: Callable[[RoomEvent], None]) -> SceneMembership:
        """The scene as a room for one `VoiceBot`, which plays it as long as it is in it."""
        if self.scripted_tools or not self._options.are_default:
            raise SceneError("give the VoiceBot what says how its bot converses, not the scene")
        return SceneMembership(
            microphone=self._microphone,
            voice=self.room,
            captions=self._captions,
            vad=self._own_vad or self._vad,
            show_state=self._shows,
            observers=[self._observe],
            spare_voice=self._providers.spare_voice,
            outgoing=self.outgoing,
            play=self._host,
            emit=emit,
        )

    async def _host(self, session: Session, deliver: Callable[[RoomEvent], None]) -> None:
        self._take(session)
        self._deliver = lambda event: deliver(event) if isinstance(event, RoomEvent) else session.dispatch(event)
        await self._play.host(session)
        deliver(events.RoomEnded(loop_time(), "ROOM_DELETED"))

    # --- of a scene alone ---

    async def __aenter__(self) -> Self:
        self._take(self._new_session())
        await self._play.enter(self.session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._play.exit(kind, error, trace)

    async def leave(self) -> None:
        """End the session, as the bot does when it leaves."""
        await self._play.leave()

    def _take(self, session: Session) -> None:
        """Play with this session."""
        if self.has_begun:
            raise SceneError("a scene is played once: make a new one")
        self._session = session

    def _new_session(self) -> Session:
        providers = self._providers
        parts = self.scripted_tools.parts = providers.parts(self._recorded(providers.llm), self.scripted_tools)
        return Session(
            audio_in=self._microphone,
            audio_out=self.room,
            captions=self._captions,
            vad=self._own_vad or self._vad,
            parts=parts,
            policy=self._options.policy,
            agent=self.scripted_tools.offered_by(self._options.agent),
            history=self._options.history,
            answers=self._options.answers,
            show_state=self._shows,
            observers=[self._observe],
            spare_voice=self._providers.spare_voice,
        )

    def _recorded(self, model: LanguageModel | None) -> LanguageModel | None:
        return RecordedLanguageModel(self._clock, model, self.requests) if model is not None else None

    def _shows(self, state: str) -> None:
        self.agent_states.append((self._clock.now if self.has_begun else 0.0, state))

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        if commands or not isinstance(event, AudioSeen):  # 31 windows a second
            super()._observe(event, state, commands)
            self._stepped.set()
        self._play.observe(event, state, commands)
