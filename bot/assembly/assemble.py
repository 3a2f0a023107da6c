"""The parts of a bot, put together: providers, room, session and journal."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from bot.assembly.room_port import RoomPort, SceneHost, SceneRoom
from bot.providers.factory import make_language_model, make_synthesizer, make_transcriber
from bot.room import Membership, RoomVoice
from bot.room.attributes import STATE_ATTRIBUTE
from bot.room.token import agent_token
from bot.settings.keywords import Parts
from bot.settings.settings import Settings
from pipeline.agent import INSTRUCTIONS, Agent
from pipeline.events import RoomEvent
from pipeline.journal import Journal
from pipeline.messages import Message
from pipeline.ports import LanguageModel, Synthesizer, Transcriber
from pipeline.session import Observer, Session
from pipeline.turn.policy import Policy
from vad.protocol import VoiceActivityDetector

P = TypeVar("P", Transcriber, LanguageModel, Synthesizer)

DEFAULT_RATE = 24_000
"""Hz of the published voice when no synthesizer asks for another."""

PROVIDERS_CLOSE_DELAY = 1.5
"""Seconds for all providers to close their connections."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What lives as long as the bot does. `own` are the providers that were made here."""

    place: RoomPort
    session: Session
    journal: Journal | None
    own: tuple[Transcriber | LanguageModel | Synthesizer, ...]
    has_transcriber: bool

    async def aclose(self) -> None:
        """Free what is the bot's own, once it has left the room."""
        if self.journal is not None:
            self.journal.close()
        await self.place.voice.aclose()
        with suppress(TimeoutError):
            async with asyncio.timeout(PROVIDERS_CLOSE_DELAY):
                for provider in self.own:
                    await provider.aclose()


async def assemble(
    parts: Parts,
    *,
    vad: VoiceActivityDetector | None,
    policy: Policy | None,
    history: Iterable[Message],
    answers: bool,
    grace_delay: float,
    emit: Callable[[RoomEvent], None],
    observers: Iterable[Observer],
) -> Assembled:
    """Make what was not given."""
    settings = parts.settings
    transcriber = parts.stt or make_transcriber(settings)
    language_model = parts.llm or make_language_model(settings)
    synthesizer = parts.tts or make_synthesizer(settings)
    providers = (transcriber, language_model, synthesizer)
    given = (parts.stt, parts.llm, parts.tts)
    scene: SceneRoom | None = None
    place: RoomPort
    if isinstance(parts.room, SceneHost):
        place = scene = parts.room.join_scene(emit)
        vad, observers = vad or scene.vad, [*scene.observers, *observers]
    else:
        place = Membership(
            url=settings.url,
            make_token=lambda: _token(settings),
            voice=RoomVoice(synthesizer.rate if synthesizer else DEFAULT_RATE),
            emit=emit,
            participant=settings.participant,
            stay=settings.stay,
            grace_delay=grace_delay,
            room=parts.room,
        )
    session = Session(
        audio_in=place.microphone,
        audio_out=place.voice,
        captions=place.captions,
        vad=vad if vad is not None else await asyncio.to_thread(_load_vad),
        transcriber=transcriber,
        language_model=language_model,
        synthesizer=synthesizer,
        policy=policy or Policy(),
        agent=agent_of(settings),
        show_state=lambda state: place.set_attributes({STATE_ATTRIBUTE: state}),
        temperature=settings.temperature,
        history=history,
        answers=answers,
        observers=observers,
    )
    if scene is not None:
        scene.attach(session)
    journal = Journal(settings.journal, session.policy, session.state) if settings.journal else None
    if journal is not None:
        session.add_observer(journal.observe)
    return Assembled(
        place,
        session,
        journal,
        own=tuple(made for made, was_given in zip(providers, given, strict=True) if made and not was_given),
        has_transcriber=transcriber is not None,
    )


def agent_of(settings: Settings) -> Agent:
    """What a bot with these settings is."""
    return Agent(
        name=settings.identity,
        instructions=settings.instructions or INSTRUCTIONS,
        greeting=settings.greeting,
        greeting_instructions=settings.greeting_instructions,
        language=settings.language,
    )


def _token(settings: Settings) -> str:
    if settings.livekit_token is not None:
        return settings.livekit_token.reveal()
    assert settings.livekit_api_key is not None
    assert settings.livekit_api_secret is not None
    return agent_token(
        api_key=settings.livekit_api_key.reveal(),
        api_secret=settings.livekit_api_secret.reveal(),
        room=settings.room,
        identity=settings.identity,
    )


def _load_vad() -> VoiceActivityDetector:
    """In a thread: importing the runtime and loading the model take some tenths of a second."""
    from vad.cascade import CascadeVad

    return CascadeVad()
