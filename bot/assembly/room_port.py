"""Ports of a room: a LiveKit server's (`bot.room.Membership`), or a scene of `pipeline.testing`."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from bot.telephony.outgoing_call import RING_DELAY
from pipeline.events import RoomEvent
from pipeline.participants import Participant
from pipeline.ports import AudioIn, AudioOut, Captions, LanguageModel, Synthesizer, Transcriber
from pipeline.session import Observer, Session
from pipeline.stages.kept_speech import SpareVoice
from vad.protocol import VoiceActivityDetector


class MicrophonePort(AudioIn, Protocol):
    """The linked person's microphone."""

    @property
    def level_db(self) -> float | None:
        """RMS of the last second in dBFS, -inf for digital silence; None without audio."""


class SpeakerPort(AudioOut, Protocol):
    """The bot's track."""

    async def aclose(self) -> None:
        """Free it."""


class MessageChannel(Protocol):
    """Messages of bytes between the bot and single participants."""

    def receive(self, take: Callable[[str, bytes], None]) -> None:
        """Have each message taken, with its sender's identity."""

    def send(self, identity: str, message: bytes) -> None:
        """Send a message to one participant, soon and in order."""


class RoomPort(Protocol):
    """A room, as its bot sees it."""

    @property
    def microphone(self) -> MicrophonePort: ...
    @property
    def voice(self) -> SpeakerPort: ...
    @property
    def captions(self) -> Captions: ...
    @property
    def session_messages(self) -> MessageChannel:
        """Where frontends ask about the conversation, by LiveKit's session protocol."""

    @property
    def linked(self) -> str | None:
        """Identity of the person the bot talks with."""

    @property
    def is_connected(self) -> bool:
        """Whether the room can be asked how things are."""

    def people(self) -> tuple[Participant, ...]:
        """Everybody in the room who is no bot."""

    def set_attributes(self, attributes: dict[str, str]) -> None:
        """Attributes of the bot as a participant."""

    def dismiss(self) -> None:
        """End the call with the linked person, who may come again once they have left: PersonLeft is emitted soon."""

    async def send_text(self, text: str, topic: str = "lk.chat") -> None:
        """Write a text to everybody, a chat message unless the topic is another. Raises RoomError."""

    async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
        """Call a method of the linked person's app, and return its answer. `timeout`: seconds. Raises RoomError."""

    async def send_dtmf(self, digits: str) -> None:
        """Send keys of a telephone to everybody, one after the other. Raises RoomError, for what are no keys, too."""

    async def transfer_call(self, address: str) -> None:
        """Have the linked person's telephone call go on at a tel: or sip: address. Raises RoomError."""

    async def dial(self, number: str, trunk: str, *, caller_number: str = "", ring_delay: int = RING_DELAY) -> str:
        """Call a telephone into the room; return its identity when it is answered. Raises RoomError when it is not.

        `ring_delay`: seconds for which it rings.
        """

    async def hang_up(self, identity: str) -> None:
        """End the telephone call of a participant, also when the bot has left it."""

    async def run(self) -> None:
        """Be there until the room ends; what happens is emitted, RoomEnded last and at once.

        Cancelling leaves the room, once the captions that wait have been sent.
        """


class SceneRoom(RoomPort, Protocol):
    """A scene, as its bot sees it."""

    @property
    def vad(self) -> VoiceActivityDetector: ...
    @property
    def observers(self) -> Sequence[Observer]:
        """The scene's own observers of the session."""

    @property
    def spare_voice(self) -> SpareVoice:
        """What a scene hears when the bot's voice cannot speak."""

    def attach(self, session: Session) -> None:
        """Play the scene with this session."""


@runtime_checkable
class SceneHost(Protocol):
    """A scene that can be given to a bot as its room."""

    def bind_providers(
        self,
        stt: str | Transcriber | None,
        llm: str | LanguageModel | None,
        tts: str | Synthesizer | None,
    ) -> tuple[Transcriber | None, LanguageModel | None, Synthesizer | None]:
        """The providers for a bot that asks for these: the scene's in the place of names."""

    def join_scene(self, emit: Callable[[RoomEvent], None]) -> SceneRoom:
        """The scene for one bot, which plays it by being in it."""
