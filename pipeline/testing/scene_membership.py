"""A scene as the room of a program: `VoiceBot(room=scene)` plays it by being in it."""

from collections.abc import Awaitable, Callable, Sequence

from pipeline.clock import loop_time
from pipeline.events import (
    ParticipantConnected,
    ParticipantDisconnected,
    PersonAway,
    PersonBack,
    PersonLeft,
    PersonLinked,
    RoomEvent,
)
from pipeline.participants import MicrophoneState, Participant
from pipeline.session import Observer, Session
from pipeline.stages.kept_speech import SpareVoice
from pipeline.testing.microphone import SceneMicrophone
from pipeline.testing.person import IDENTITY
from pipeline.testing.record import CaptionRecord
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.scene_outgoing import CHAT, OutgoingRecord
from vad.protocol import VoiceActivityDetector

Emit = Callable[[RoomEvent], None]

STATE_ATTRIBUTE = "lk.agent.state"
"""The attribute that shows what the bot is doing."""


class SceneMembership:
    """The scene's room, as long as the program's block lasts."""

    is_connected = True

    def __init__(
        self,
        *,
        microphone: SceneMicrophone,
        voice: RoomQueue,
        captions: CaptionRecord,
        vad: VoiceActivityDetector,
        show_state: Callable[[str], None],
        outgoing: OutgoingRecord,
        observers: Sequence[Observer],
        spare_voice: SpareVoice,
        play: Callable[[Session, Emit], Awaitable[None]],
        emit: Emit,
    ) -> None:
        self.microphone, self.voice, self.captions, self.vad = microphone, voice, captions, vad
        self.session_messages = outgoing.messages
        self.linked: str | None = None
        self._is_there = False
        self._show_state, self._outgoing = show_state, outgoing
        self.observers, self.spare_voice = tuple(observers), spare_voice
        self._play, self._emit = play, emit
        self._session: Session | None = None

    def people(self) -> tuple[Participant, ...]:
        if not self._is_there:
            return ()
        microphone: MicrophoneState = "muted" if self.microphone.is_away else "live"
        return (Participant(IDENTITY, self._outgoing.kind, self.linked == IDENTITY, microphone),)

    def set_attributes(self, attributes: dict[str, str]) -> None:
        if (state := attributes.get(STATE_ATTRIBUTE)) is not None:
            self._show_state(state)

    def dismiss(self) -> None:
        if self.linked is not None:
            self._deliver(PersonLeft(loop_time(), self.linked))

    async def send_text(self, text: str, topic: str = CHAT) -> None:
        self._outgoing.write(text, topic)

    async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
        return await self._outgoing.perform_rpc(method, payload, timeout)

    async def send_dtmf(self, digits: str) -> None:
        self._outgoing.dial(digits)

    async def transfer_call(self, address: str) -> None:
        self._outgoing.transfer(address)

    async def dial(self, number: str, trunk: str, *, caller_number: str = "", ring_delay: int = 30) -> str:
        return await self._outgoing.call(number, trunk, ring_delay)

    async def hang_up(self, identity: str) -> None:
        self._outgoing.end_call(identity)

    def attach(self, session: Session) -> None:
        self._session = session

    async def run(self) -> None:
        assert self._session is not None, "a scene without a bot"
        await self._play(self._session, self._deliver)

    def _deliver(self, event: RoomEvent) -> None:
        match event:
            case PersonLinked():
                self.linked = event.identity
                self._comes(event)
            case PersonAway():
                self._goes(event)
            case PersonBack():
                self._comes(event)
            case PersonLeft():
                self.linked, self._is_there = None, False
        self._emit(event)

    def _comes(self, event: PersonLinked | PersonBack) -> None:
        if not self._is_there:
            self._is_there = True
            self._emit(ParticipantConnected(event.at, event.identity, self._outgoing.kind))

    def _goes(self, event: PersonAway) -> None:
        if self._is_there:
            self._is_there = False
            self._emit(ParticipantDisconnected(event.at, event.identity, self._outgoing.kind))
