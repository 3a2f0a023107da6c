"""A caller in a room that is played in memory, on virtual time, and a bot there that does what a test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from livekit.rtc import ParticipantKind

from bot.caller.microphone import Play, Played
from bot.caller.presence import BotPresence, StateSeen
from bot.caller.recording import Recording
from bot.caller.texts import TRANSCRIPTION, Text
from pipeline.audio import Pcm, silence

FRAME_DURATION = 0.010
WAY = 0.05
"""Seconds from one side to the other."""


class ScriptedTexts:
    """Stands in for a `TextLog`."""

    def __init__(self) -> None:
        self.written: list[Text] = []

    def segments(self) -> list[Text]:
        return list(self.written)


class ScriptedCaller:
    """Stands in for a `RoomCaller`, as far as a call uses it."""

    def __init__(self) -> None:
        self.identity = "caller"
        self.heard_identity: str | None = None
        self.recording, self.presence, self.texts = Recording(), BotPresence(), ScriptedTexts()
        self.plays = asyncio.Queue[Play]()
        self.room: Any = SimpleNamespace(name="blue", remote_participants={})

    def meets(self, identity: str, kind: str) -> None:
        """Somebody joins: an AGENT, or a STANDARD participant."""
        it = SimpleNamespace(identity=identity, kind=ParticipantKind.Value(f"PARTICIPANT_KIND_{kind}"))
        self.room.remote_participants[identity] = it

    def start_playing(self, pcm: Pcm, rate: int) -> Play:
        loop = asyncio.get_running_loop()
        play, start_at = Play(pcm, None), loop.time() + WAY
        end_at = start_at + len(pcm) / rate
        loop.call_at(start_at, play.started.set_result, start_at)
        loop.call_at(end_at, play.finished.set_result, Played(start_at, end_at))
        self.plays.put_nowait(play)
        return play


class ScriptedBot:
    """The other side of a call: publishes a voice, shows states, and writes transcripts."""

    identity = "bot"

    def __init__(self, caller: ScriptedCaller) -> None:
        self._caller, self._frames = caller, list[Pcm]()

    def shows(self, state: str) -> None:
        """Set `lk.agent.state`."""
        self._caller.presence.seen.append(StateSeen(asyncio.get_running_loop().time(), self.identity, state))

    def writes(self, text: str, speaker: str) -> None:
        """Write the transcript of a whole segment."""
        now = asyncio.get_running_loop().time()
        self._caller.texts.written.append(Text(TRANSCRIPTION, speaker, text, now, {}, [(now, text)], closed_at=now))

    def starts_playing(self, pcm: Pcm) -> None:
        """Begin to speak, and return at once."""
        size = self._caller.recording.frame_samples
        self._frames += [pcm[start : start + size] for start in range(0, len(pcm) // size * size, size)]

    async def plays(self, pcm: Pcm) -> None:
        """Speak, and return when it was heard."""
        self.starts_playing(pcm)
        await asyncio.sleep(len(self._frames) * FRAME_DURATION)

    def leaves(self) -> None:
        """Leave the room."""
        del self._caller.room.remote_participants[self.identity]

    def returns(self) -> None:
        """Come back."""
        self._caller.meets(self.identity, "AGENT")

    async def hears_a_question_begin(self) -> Play:
        return await self._caller.plays.get()

    async def hears_a_question(self) -> None:
        """Return when the end of the question has arrived."""
        await (await self.hears_a_question_begin()).finished
        await asyncio.sleep(WAY)

    async def send_frames(self) -> None:
        """Its track: silence while it says nothing, no frames when it is not there."""
        recording = self._caller.recording
        while True:
            await asyncio.sleep(FRAME_DURATION)
            if self.identity in self._caller.room.remote_participants:
                frame = self._frames.pop(0) if self._frames else silence(recording.frame_samples)
                recording.append(asyncio.get_running_loop().time(), frame.tobytes())


@asynccontextmanager
async def room_with_a_bot(state: str = "listening") -> AsyncIterator[tuple[ScriptedCaller, ScriptedBot]]:
    """A caller and a bot that publishes its voice."""
    caller = ScriptedCaller()
    caller.meets(ScriptedBot.identity, "AGENT")
    caller.heard_identity = ScriptedBot.identity
    bot = ScriptedBot(caller)
    bot.shows(state)
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(bot.send_frames())
        try:
            yield caller, bot
        finally:
            sending.cancel()
