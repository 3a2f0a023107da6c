"""The caller as tests need it: of any kind, with the room's events noted, disturbed on purpose, and waited for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from livekit import rtc
from livekit.rtc.room import EventTypes

from bot.caller.caller import CHANGES, RoomCaller
from bot.caller.microphone import Played
from bot.caller.texts import CHAT
from pipeline.audio import Pcm

from .access import Kind, access_token
from .waiting import WAIT_LIMIT, until

NOTED: tuple[EventTypes, ...] = (*CHANGES, "disconnected")
"""The room's events that end up in `Caller.notes`."""

T = TypeVar("T")


@dataclass(frozen=True)
class Noted:
    """An event of the room, and the loop time at which the caller saw it."""

    at: float
    what: str
    """The room's event, one of NOTED."""
    identity: str = ""
    """Whom it is about; empty when it is about the caller's own connection."""


class Caller(RoomCaller):
    """A `RoomCaller` that makes its own token."""

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
        token = access_token(
            api_key, api_secret, room=room, identity=identity, kind=kind, hidden=hidden, attributes=attributes
        )
        super().__init__(url, token, identity=identity, subscribe=subscribe, publish=publish, listen_to=listen_to)
        self.notes: list[Noted] = []

    # --- being in the room ---

    async def leave(self) -> None:
        """Leave the room; what was recorded stays."""
        told = len(self._told_disconnects())
        await super().leave()
        if len(self._told_disconnects()) == told:  # the client does not always tell of its own leaving
            self.notes.append(Noted(asyncio.get_running_loop().time(), "disconnected"))

    def _told_disconnects(self) -> list[Noted]:
        return [noted for noted in self.notes if noted.what == "disconnected"]

    def _register(self, room: rtc.Room) -> None:
        def note(what: str, *about: object) -> None:
            identity = next((who.identity for who in about if isinstance(who, rtc.Participant)), "")
            self.notes.append(Noted(asyncio.get_running_loop().time(), what, identity))

        for event in NOTED:
            room.on(event, partial(note, event))
        super()._register(room)

    async def simulate(self, scenario: rtc.SimulateScenarioKind.ValueType) -> None:
        """Disturb the caller's own connection, as `Room.simulate_scenario` does; see `notes` for what came of it."""
        await self.room.simulate_scenario(scenario)

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        await self.room.local_participant.set_attributes(attributes)

    async def send_text(self, text: str, topic: str = CHAT) -> None:
        """Send one text stream to everybody: typed chat, unless another topic is given."""
        await self.room.local_participant.send_text(text, topic=topic)

    # --- speaking ---

    async def unpublish_microphone(self) -> None:
        """Take the track out of the room, until `publish_microphone()`."""
        await self.room.local_participant.unpublish_track(self._published.sid)
        self._publication = None

    def mute(self) -> None:
        """Mute the published track, as a person presses the button."""
        self._local_track.mute()

    def unmute(self) -> None:
        self._local_track.unmute()

    async def play(self, pcm: Pcm, rate: int, gain: float = 1.0) -> Played:
        """Play mono samples at real pace from now on; returns when the last one has left."""
        return await self.start_playing(pcm, rate, gain).finished

    async def speak_at(self, at: float, pcm: Pcm, rate: int, gain: float = 1.0) -> Played:
        """Play so that the first sample leaves at the loop time `at`, or as soon as it can."""
        return await self.start_playing(pcm, rate, gain, at).finished

    def stop(self) -> None:
        """Stop what is playing, if anything is; its `finished` has the time at which the last sample left."""
        if self._microphone is not None:
            self._microphone.stop()

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

    # --- hearing and seeing ---

    def agent_states(self, identity: str | None = None) -> list[tuple[float, str]]:
        """The bot's `lk.agent.state` with the loop times at which it was seen to change."""
        return self.presence.states(identity)

    async def hears(self, after: float = 0.0, timeout: float = WAIT_LIMIT) -> float:
        """Wait for the first sound from the loop time `after` on; returns when it was heard."""
        return await self.until(lambda: self.recording.onset_after(after), timeout)

    async def until(self, condition: Callable[[], T | None], timeout: float = WAIT_LIMIT) -> T:
        """Wait until a condition gives something true, and return that; TimeoutError when it does not in time."""
        return await until(condition, timeout)
