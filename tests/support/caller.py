"""The person on the other side: an ordinary client that joins, speaks, listens and notes when everything happened."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from livekit import rtc
from livekit.rtc.room import EventTypes

from pipeline.audio import Pcm

from .access import Kind, access_token
from .ear import Ear
from .microphone import Microphone, Play, Played
from .recording import Recording
from .text_log import CHAT, TextLog
from .tones import read_wav

AGENT_STATE = "lk.agent.state"

NOTED: tuple[EventTypes, ...] = (
    "participant_connected",
    "participant_disconnected",
    "track_subscribed",
    "track_unsubscribed",
    "track_muted",
    "track_unmuted",
    "reconnecting",
    "reconnected",
    "disconnected",
)
"""The room's events that end up in `Caller.notes`."""

T = TypeVar("T")


@dataclass(frozen=True)
class Noted:
    """Something that happened to the room or somebody in it, and the loop time at which the caller learnt of it."""

    at: float
    what: str
    """The room's event, one of NOTED."""
    identity: str = ""
    """Whom it is about; empty when it is about the caller's own connection."""


@dataclass(frozen=True)
class AttributeChange:
    """Attributes of a participant: those it had when it was first seen, or those that changed."""

    at: float
    identity: str
    changed: dict[str, str]


class Caller:
    """One participant of a room, to be used with `async with`. All its times are those of the running loop.

    The microphone is fed with silence from entering to leaving the block, also while the caller is not in the room.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        api_secret: str,
        *,
        room: str,
        identity: str = "caller",
        kind: Kind = "standard",
        hidden: bool = False,
        attributes: dict[str, str] | None = None,
        subscribe: bool = True,
        publish: bool = True,
        listen_to: str | None = None,
    ) -> None:
        self.url, self.identity = url, identity
        self.room = rtc.Room()
        self.notes: list[Noted] = []
        self.attribute_changes: list[AttributeChange] = []
        self._token = access_token(
            api_key, api_secret, room=room, identity=identity, kind=kind, hidden=hidden, attributes=attributes
        )
        self._subscribe, self._publish = subscribe, publish
        self._tasks = asyncio.TaskGroup()
        self._ear = Ear(self._tasks, listen_to)
        self.texts = TextLog(self._tasks)
        self._microphone: Microphone | None = None
        self._publication: rtc.LocalTrackPublication | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        try:
            if self._publish:
                self._microphone = Microphone()
                self._tasks.create_task(self._microphone.write())
            await self.join()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        try:
            await self.leave()
        finally:
            if self._microphone is not None:
                self._microphone.close()
            # without the block's own exception, which would come out wrapped in a group
            await self._tasks.__aexit__(None, None, None)

    # --- being in the room ---

    async def join(self) -> None:
        """Come into the room, again after `leave()`: a new connection under the same identity, the same recording."""
        self.room = room = rtc.Room()
        self._note_events(room)
        self.texts.register(room)
        await room.connect(self.url, self._token, rtc.RoomOptions(auto_subscribe=self._subscribe))
        for participant in room.remote_participants.values():
            self._note_attributes(participant.attributes, participant)
        if self._publish:
            await self.publish_microphone()

    async def leave(self) -> None:
        """Leave the room; what was recorded stays."""
        room, self.room = self.room, rtc.Room()  # late events of a room that is being left must start nothing
        self._ear.close()
        self._publication = None
        told = len(self._told_disconnects())
        await room.disconnect()
        if len(self._told_disconnects()) == told:  # the client does not always tell of its own leaving
            self.notes.append(Noted(asyncio.get_running_loop().time(), "disconnected"))

    def _told_disconnects(self) -> list[Noted]:
        return [noted for noted in self.notes if noted.what == "disconnected"]

    async def simulate(self, scenario: rtc.SimulateScenarioKind.ValueType) -> None:
        """Disturb the caller's own connection, as `Room.simulate_scenario` does; `notes` tells how it went on."""
        await self.room.simulate_scenario(scenario)

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        await self.room.local_participant.set_attributes(attributes)

    async def send_text(self, text: str, topic: str = CHAT) -> None:
        """Send one text stream to everybody: typed chat, unless another topic is given."""
        await self.room.local_participant.send_text(text, topic=topic)

    # --- speaking ---

    @property
    def microphone(self) -> Microphone:
        if self._microphone is None:
            raise RuntimeError(f"{self.identity} came without a microphone (publish=False)")
        return self._microphone

    async def publish_microphone(self) -> None:
        """Publish the microphone track; done by joining, again after `unpublish_microphone()`."""
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self.microphone.source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        self._publication = await self.room.local_participant.publish_track(track, options)

    async def unpublish_microphone(self) -> None:
        """Take the track out of the room."""
        await self.room.local_participant.unpublish_track(self._published.sid)
        self._publication = None

    def mute(self) -> None:
        """Mute the published track, as a person presses the button."""
        self._local_track.mute()

    def unmute(self) -> None:
        self._local_track.unmute()

    def start_playing(self, pcm: Pcm, rate: int, gain: float = 1.0, at: float | None = None) -> Play:
        """Begin to play and come back at once: `await play.started`, `await play.finished`, `play.stop()`."""
        return self.microphone.start(pcm, rate, gain, at)

    async def play(self, pcm: Pcm, rate: int, gain: float = 1.0) -> Played:
        """Play mono samples at real pace from now on; returns when the last one has left."""
        return await self.start_playing(pcm, rate, gain).finished

    async def speak_at(self, at: float, pcm: Pcm, rate: int, gain: float = 1.0) -> Played:
        """Play so that the first sample leaves at the loop time `at`, or as soon as it can."""
        return await self.start_playing(pcm, rate, gain, at).finished

    async def play_wav(self, path: str | Path, gain: float = 1.0) -> Played:
        """Play the first channel of a 16-bit WAV file."""
        pcm, rate = read_wav(path)
        return await self.play(pcm, rate, gain)

    def stop(self) -> None:
        """Break off what is playing, if anything is; its `finished` tells when the last sample left."""
        if self._microphone is not None:
            self._microphone.stop()

    # --- hearing and seeing ---

    @property
    def recording(self) -> Recording:
        """What was heard of the bot, or of whom `listen_to` names."""
        return self._ear.recording

    @property
    def heard_identity(self) -> str | None:
        """Whom the recording is of, now or last."""
        return self._ear.heard_identity

    def agent_states(self, identity: str | None = None) -> list[tuple[float, str]]:
        """The bot's `lk.agent.state` with the loop times at which it was seen to change."""
        return [
            (change.at, change.changed[AGENT_STATE])
            for change in self.attribute_changes
            if AGENT_STATE in change.changed and identity in (None, change.identity)
        ]

    async def until(self, condition: Callable[[], T | None], timeout: float = 10.0) -> T:
        """Wait until a condition gives something true, and return that; TimeoutError when it does not in time."""
        async with asyncio.timeout(timeout):
            while True:
                if result := condition():
                    return result
                await asyncio.sleep(0.010)

    # --- the room's events ---

    def _note_events(self, room: rtc.Room) -> None:
        def note(what: str, *about: object) -> None:
            identity = next((who.identity for who in about if isinstance(who, rtc.Participant)), "")
            self.notes.append(Noted(asyncio.get_running_loop().time(), what, identity))
            if what != "disconnected" and room is self.room:
                self._ear.follow(room)

        for event in NOTED:
            room.on(event, partial(note, event))
        room.on("participant_connected", lambda participant: self._note_attributes(participant.attributes, participant))
        room.on("participant_attributes_changed", self._note_attributes)

    def _note_attributes(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        if changed:
            now = asyncio.get_running_loop().time()
            self.attribute_changes.append(AttributeChange(now, participant.identity, dict(changed)))

    @property
    def _published(self) -> rtc.LocalTrackPublication:
        if self._publication is None:
            raise RuntimeError(f"{self.identity} publishes no microphone now: join, or publish_microphone() again")
        return self._publication

    @property
    def _local_track(self) -> rtc.LocalAudioTrack:
        track = self._published.track
        assert isinstance(track, rtc.LocalAudioTrack)
        return track
