"""The parts of a bot, put together: providers, room, session and journal."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.assembly.agent_providers import AgentProviders
from bot.assembly.agent_status import AgentReporter
from bot.assembly.agents import BotAgents
from bot.assembly.call_policy import call_policy
from bot.assembly.care_status import CareReporter
from bot.assembly.closing import Closable, close_all
from bot.assembly.lasting_token import LastingToken
from bot.assembly.latency_status import LatencyReporter
from bot.assembly.outward_steps import OutwardSteps
from bot.assembly.person_status import PersonReporter
from bot.assembly.recording import make_recorder
from bot.assembly.room_port import RoomPort, SceneHost, SceneRoom
from bot.assembly.shown_attributes import ShownAttributes
from bot.assembly.telephony import make_telephony
from bot.assembly.tool_status import ToolReporter
from bot.assembly.tools import BotTools
from bot.assembly.transcriber_lag import LagReporter
from bot.assembly.transfer import make_transfer
from bot.conversation_record import log_messages
from bot.hooks.bot_hooks import BotHooks
from bot.memory.remembering import Remembering
from bot.remote_session.remote_session import RemoteSession
from bot.room import Membership, RoomVoice
from bot.room.attributes import STATE_ATTRIBUTE
from bot.settings.keywords import Parts
from bot.settings.settings import Settings
from bot.telemetry.usage_reporter import UsageReporter
from bot.telemetry.watching import watch
from bot.transfer.human_transfer import HumanTransfer
from pipeline.commands import AgentState, EndReason
from pipeline.events import RoomEvent
from pipeline.journal import Journal
from pipeline.loop_lag import watch_loop
from pipeline.messages import Message
from pipeline.metrics import Meter
from pipeline.ports import NO_TAP
from pipeline.recording.recorder import Recorder
from pipeline.redaction import RecordingRedactor
from pipeline.session import Observer, Session
from pipeline.stages.spare_voice import recording_for
from pipeline.turn.policy import Policy
from vad.protocol import VoiceActivityDetector

DEFAULT_RATE = 24_000
"""Hz of the published voice when no synthesizer asks for another."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts that live as long as the bot."""

    place: RoomPort
    session: Session
    tools: BotTools
    agents: BotAgents
    memory: Remembering | None
    journal: Journal | None
    recorder: Recorder | None
    providers: AgentProviders
    transfer: HumanTransfer
    usage: UsageReporter
    unwatch: Callable[[], None]
    """Ends the observers of the session."""
    has_transcriber: bool
    watches_loop: bool
    """It is on the machine's time, and not on that of a scene."""

    def beside(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs beside the conversation until it is cancelled."""
        parts = (part for part in (self.tools, self.memory, self.recorder) if part is not None)
        running = [part.run() for part in parts]
        return [*running, watch_loop(self.session.dispatch)] if self.watches_loop else running

    async def aclose(self) -> None:
        """Free what is the bot's own, once it has left the room."""
        self.usage.report()
        self.unwatch()
        if self.journal is not None:
            self.journal.close()
        recorder = [self.recorder] if self.recorder is not None else []
        await close_all([self.place.voice, self.tools, self.providers, *recorder])


async def assemble(
    parts: Parts,
    *,
    vad: VoiceActivityDetector | None,
    policy: Policy | None,
    history: Iterable[Message],
    answers: bool,
    grace_delay: float,
    emit: Callable[[RoomEvent], None],
    hang_up: Callable[[EndReason | None], None],
    hooks: BotHooks,
    observers: Iterable[Observer],
    meter: Meter,
) -> Assembled:
    """Make what was not given. When that fails or is cancelled, what was made by then is freed.

    `meter` is one of the observers.
    """
    made: list[Closable] = []
    try:
        return await _assemble(
            parts, made, vad, policy, history, answers, grace_delay, emit, hang_up, hooks, observers, meter
        )
    except BaseException:
        await close_all(made)
        raise


async def _assemble(
    parts: Parts,
    made: list[Closable],
    vad: VoiceActivityDetector | None,
    policy: Policy | None,
    history: Iterable[Message],
    answers: bool,
    grace_delay: float,
    emit: Callable[[RoomEvent], None],
    hang_up: Callable[[EndReason | None], None],
    hooks: BotHooks,
    observers: Iterable[Observer],
    meter: Meter,
) -> Assembled:
    """Add to `made` whatever must be freed, as soon as it is there."""
    settings = parts.settings
    providers = AgentProviders(parts)
    made.append(providers)
    agents = BotAgents(parts, providers, hooks)
    profile, served = agents.first()
    scene: SceneRoom | None = None
    place: RoomPort
    if isinstance(parts.room, SceneHost):
        place = scene = parts.room.join_scene(emit)
        vad, observers = vad or scene.vad, [*scene.observers, *observers]
    else:
        voice = RoomVoice(served.synthesizer.rate if served.synthesizer else DEFAULT_RATE)
        made.append(voice)
        token = LastingToken(settings)
        place = Membership(
            url=settings.url,
            make_token=token,
            token_renewed=token.renew,
            voice=voice,
            emit=emit,
            participant=settings.participant,
            stay=settings.stay,
            grace_delay=grace_delay,
            legacy_captions=settings.legacy_captions,
            room=parts.room,
            telephony=make_telephony(settings),
        )
    parts.tools.toolbox.room = place
    remote = RemoteSession(
        place.session_messages,
        lambda agent: agents.description(agent).get("llm", {}),
        shows_internals=settings.debug_session,
    )

    def show_state(state: AgentState) -> None:
        place.set_attributes({STATE_ATTRIBUTE: state})
        remote.show_state(state)

    show = ShownAttributes(place.set_attributes).show
    redaction = RecordingRedactor(parts.redactor, profile.language) if parts.redactor is not None else None
    recorder = make_recorder(
        settings, place.voice.rate, show, has_voice=served.synthesizer is not None, redaction=redaction
    )
    session = Session(
        audio_in=place.microphone,
        audio_out=place.voice,
        captions=place.captions,
        vad=vad if vad is not None else await asyncio.to_thread(_load_vad),
        policy=call_policy(_policy(policy or Policy(), settings), settings),
        agent=profile,
        parts=served,
        show_state=show_state,
        hang_up=hang_up,
        history=history,
        answers=answers,
        observers=observers,
        spare_voice=scene.spare_voice if scene is not None else recording_for,
        tap=recorder or NO_TAP,
    )
    transfer = make_transfer(settings, place, session, parts.tools.http)
    parts.tools.toolbox.transfer, session.losses.transfer_person = transfer.hand_over, transfer.after_failure(session)
    summary_model = providers.summary_model(served.language_model)
    if summary_model is not served.language_model:
        session.summaries.use_model(summary_model)
    for reporter in (
        LagReporter(show),
        ToolReporter(show),
        AgentReporter(show, agents.description),
        PersonReporter(show),
        LatencyReporter(show, meter),
        CareReporter(show),
    ):
        session.add_observer(reporter.observe)
    usage = UsageReporter(providers.usage, settings.prices, session)
    remote.attach(session)
    agents.attach(session, place.voice.rate)
    memory: Remembering | None = None
    if parts.memory is not None:
        memory = Remembering(parts.memory, session.summaries, session.dispatch)
        session.add_observer(memory.observe)
    if scene is not None:
        scene.attach(session)
    parts.tools.toolbox.recorder = recorder
    if recorder is not None:
        session.add_observer(recorder.observe)
    outward = OutwardSteps(session, parts.redactor)
    outward.add_observer(log_messages)
    unwatch = watch(parts, session, outward.add_observer, meter, providers.usage)
    journal = None
    if settings.journal:
        journal = Journal(settings.journal, session.policy, outward.start, redacted=outward.hidden)
        outward.add_observer(journal.observe)
    return Assembled(
        place,
        session,
        parts.tools,
        agents,
        memory,
        journal,
        recorder,
        providers,
        transfer,
        usage,
        unwatch,
        has_transcriber=served.transcriber is not None,
        watches_loop=scene is None,
    )


def _policy(policy: Policy, settings: Settings) -> Policy:
    """The policy that was given, with what the settings say of it."""
    policy = policy if settings.on_failure is None else replace(policy, on_failure=settings.on_failure)
    return replace(policy, hedges_model=True) if settings.hedge else policy


def _load_vad() -> VoiceActivityDetector:
    """In a thread: importing the runtime and loading the model take some tenths of a second."""
    from vad.cascade import CascadeVad

    return CascadeVad()
