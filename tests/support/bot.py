"""A bot embedded in the test's process; its events and its microphone are recorded from the beginning."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from livekit import api, rtc

from bot.results import SpeechResult
from bot.room import Membership
from bot.room.microphone import RoomMicrophone
from bot.settings.reading import load_settings
from bot.settings.settings import Settings
from bot.voicebot import VoiceBot
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.errors import Declined, Unavailable
from pipeline.events import RoomEvent
from pipeline.ports import AudioGap, AudioWindow, SynthesizerCapabilities
from pipeline.speech import Speech, WordTime

from .access import Kind, Server
from .caller import Caller
from .tones import dominant_frequency, tone
from .waiting import WAIT_LIMIT

VOICE_RATE = 24_000
BOT = "bot"

E = TypeVar("E", bound=RoomEvent)


class Tones:
    """A synthesizer that speaks "600 Hz for 0.5 s" as a tone, in pieces, and nothing else; "down" is a failure."""

    rate = VOICE_RATE
    capabilities = SynthesizerCapabilities(word_times=False)

    def __init__(self) -> None:
        self.open = 0
        """Requests that run now."""

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        self.open += 1
        try:
            async for chunk in text:
                if chunk == "down":
                    raise Unavailable("tones", "out of order")
                if " Hz for " not in chunk:  # an apology, which is made ahead
                    raise Declined("tones", "it speaks in tones")
                frequency, _, _, duration, _ = chunk.split()
                pcm = tone(float(frequency), float(duration), VOICE_RATE)
                for start in range(0, len(pcm), VOICE_RATE // 7):
                    await asyncio.sleep(0)
                    yield Speech(pcm[start : start + VOICE_RATE // 7])
        finally:
            self.open -= 1

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...


def membership_of(bot: VoiceBot) -> Membership:
    """Its being in a real room."""
    assert isinstance(bot._place, Membership)
    return bot._place


class Watched:
    """A bot in a room, with all its events and all that its microphone gave so far."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot
        self.events: list[RoomEvent] = []
        self.heard: list[AudioWindow | AudioGap] = []
        self._asked = 0
        self._changed = asyncio.Event()

    @property
    def room(self) -> rtc.Room:
        """The bot's own connection, to look at and to disturb."""
        connection = self.membership._connection
        assert connection is not None, "the bot is in no room now"
        return connection._room

    @property
    def membership(self) -> Membership:
        return membership_of(self.bot)

    @property
    def microphone(self) -> RoomMicrophone:
        return self.membership.microphone

    async def read_events(self) -> None:
        async for event in self.bot.events():
            if isinstance(event, RoomEvent):
                self.events.append(event)
            self._changed.set()

    def tap_microphone(self) -> None:
        """Note what its microphone gives from now on; the bot itself is the one listener."""
        put = self.microphone._put

        def note(item: AudioWindow | AudioGap) -> None:
            self.heard.append(item)
            self._changed.set()
            put(item)

        self.microphone._put = note  # type: ignore[method-assign]

    async def next(self, kind: type[E], timeout: float = WAIT_LIMIT) -> E:
        """The next event of this kind behind the one that was returned last; those between are passed over."""

        def found() -> E | None:
            for index, event in enumerate(self.events[self._asked :], self._asked + 1):
                if isinstance(event, kind):
                    self._asked = index
                    return event
            return None

        event: E = await self.until(found, timeout, f"no {kind.__name__} after {self.events[: self._asked]}")
        return event

    async def until(self, condition: Any, timeout: float = WAIT_LIMIT, why: str = "") -> Any:
        """Wait until a condition on events or microphone gives something other than None or False; return that."""
        try:
            async with asyncio.timeout(timeout):
                while (result := condition()) is None or result is False:
                    self._changed.clear()
                    await self._changed.wait()
                return result
        except TimeoutError:
            pytest.fail(f"{why or 'it did not come true'} within {timeout} s; events: {self.events}")

    def windows(self, since: int = 0) -> list[AudioWindow]:
        return [item for item in self.heard[since:] if isinstance(item, AudioWindow)]

    def breaks(self, since: int = 0) -> list[AudioGap]:
        return [item for item in self.heard[since:] if isinstance(item, AudioGap)]

    async def hears(self, speaker: Caller, frequency: float, timeout: float = 10.0) -> None:
        """The speaker plays a tone until a quarter of a second of it has come out of the bot's microphone."""
        since = len(self.heard)

        def heard() -> bool:
            windows = self.windows(since)[-8:]
            return len(windows) == 8 and sounds_like(
                np.concatenate([w.samples for w in windows]), frequency, LISTEN_RATE
            )

        play = speaker.start_playing(tone(frequency, timeout), 48_000)
        try:
            await self.until(heard, timeout, f"the bot does not hear {frequency} Hz of {speaker.identity}")
        finally:
            speaker.stop()
            await play.finished

    async def stays_deaf(self, duration: float = 0.5) -> None:
        """Nothing comes out of the microphone for a while, after what was on its way has come."""
        async with asyncio.timeout(WAIT_LIMIT):
            since = -1
            while since != len(self.windows()):
                since = len(self.windows())
                await asyncio.sleep(duration)

    async def is_heard(self, hearer: Caller, frequency: float, attempts: int = 1) -> SpeechResult:
        """The bot says a tone and the hearer records it; more attempts where a beginning may be lost."""
        for left in reversed(range(attempts)):
            began_at = asyncio.get_running_loop().time()
            said: SpeechResult = await self.bot.say(f"{frequency} Hz for 0.4 s")
            try:
                heard_at = await hearer.hears(began_at, 2.0 if left else WAIT_LIMIT)
            except TimeoutError:
                assert left, f"{hearer.identity} does not hear the bot"
                continue
            await asyncio.sleep(0.3)
            assert sounds_like(hearer.recording.slice(heard_at, heard_at + 0.3), frequency, 48_000)
            break
        return said


def sounds_like(pcm: Pcm, frequency: float, rate: int) -> bool:
    """Loud, and of this frequency."""
    return bool(np.abs(pcm.astype(float)).mean() > 500) and abs(dominant_frequency(pcm, rate) - frequency) < 20


def bot_token(server: Server, room: str, *, kind: Kind = "agent", **grants: bool) -> str:
    """A token for the bot that is not as the bot makes them: of another kind, or with other grants."""
    given: dict[str, Any] = {"room_join": True, "can_update_own_metadata": True, **grants}
    token = api.AccessToken(server.api_key, server.api_secret).with_identity(BOT).with_kind(kind)
    return token.with_grants(api.VideoGrants(room=room, **given)).to_jwt()


def bot_settings(server: Server, room: str, folder: Path, **options: object) -> Settings:
    """Settings of a bot in this room, by key and secret, or by `livekit_token`."""
    environ = {"LIVEKIT_API_KEY": server.api_key, "LIVEKIT_API_SECRET": server.api_secret}
    if token := options.pop("livekit_token", None):
        environ = {"LIVEKIT_TOKEN": str(token)}
    else:
        options.setdefault("identity", BOT)
    return load_settings({"room": room, "url": server.url, **options}, environ=environ, directory=folder)


@asynccontextmanager
async def watched_bot(settings: Settings, **options: Any) -> AsyncIterator[Watched]:
    """A bot in a room, speaking in tones; its failure comes out of the block as it is, not in a group."""
    options.setdefault("tts", Tones())
    async with VoiceBot(settings, **options) as bot:
        watched = Watched(bot)
        watched.tap_microphone()
        reading = asyncio.get_running_loop().create_task(watched.read_events())
        try:
            yield watched
        finally:
            reading.cancel()
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.result()
