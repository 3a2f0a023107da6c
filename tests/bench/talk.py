"""The talk that is measured: turns and barge-ins, one after the other, by a caller in the bot's room.

Nothing is measured here but when the caller spoke: decoding what it heard meanwhile would keep its loop from playing.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.audio import LISTEN_RATE
from tests.bench.speech import Phrasebook, Utterance
from tests.support.caller import Caller

Kind = Literal["complete", "paused", "tale", "barge-in", "backchannel", "cough", "quick", "slow"]

FALSE_BARGE_INS: tuple[Kind, ...] = ("backchannel", "cough")
"""What the bot should not be ended by."""

PAUSED_EVERY = 5
"""Every so many turns there is one whose speaker thinks in mid-sentence."""

FALSE_EVERY = 3
"""Every so many barge-ins there is one that is none: in turn a backchannel and a cough."""

BARGE_IN_AFTER = (1.5, 5.0)
"""Seconds into the tale at which the caller speaks up, at least and at most."""

BREATH = (0.4, 1.2)
"""Seconds of silence before the caller speaks again."""

ANSWER_LIMIT_DELAY = 8.0
"""Seconds from the end of speech within which an answer must be heard."""

GIVE_UP_AFTER = 3
"""Turns without an answer, one after the other."""

QUIET_LIMIT_DELAY = 25.0
"""Seconds for an answer to end."""

QUIET, QUIET_HELD = 0.6, 2.0
"""Seconds of silence after which an answer is over, and after which one is that may have been held."""

LOUD_DB = -45.0
"""dBFS above which the bot is heard, as in `Recording.onset_after`."""

LOUD_DURATION = 0.050
"""Seconds of the newest audio in which the bot's voice is looked for..."""

PAUSE = 0.2
"""...and those without it after which it has stopped: longer than the pause between two words."""


@dataclass(frozen=True)
class Said:
    """Something that the caller said; loop times of its first and its last sample."""

    kind: Kind
    utterance: Utterance
    start_at: float
    end_at: float
    holes: int
    """Of silence, that a stall of the caller's process tore into it."""
    was_ready: bool
    """The bot had finished before, or was telling its tale if it was to be interrupted."""


class TalkFailed(Exception):
    """The bot does not answer."""


class Talk:
    """One caller and what it says. `progress` is told how far it is; what `check` raises ends the talk."""

    def __init__(
        self,
        caller: Caller,
        phrasebook: Phrasebook,
        seed: int,
        progress: Callable[[str], None] = lambda _: None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._caller, self._phrasebook, self._progress, self._check = caller, phrasebook, progress, check
        self._chance = random.Random(seed)
        self._unanswered = 0  # in a row
        self.said: list[Said] = []

    async def turns(self, count: int) -> None:
        """Ask so many times, each time something else, and hear the answer."""
        for number in range(1, count + 1):
            is_paused = number % PAUSED_EVERY == 0
            make = self._phrasebook.paused if is_paused else self._phrasebook.complete
            await self._turn("paused" if is_paused else "complete", make)
            self._tell("turn", number, count)

    async def tools(self, count: int) -> None:
        """Ask so many times for what an instant tool finds, and for what a slow one does."""
        for number in range(1, count + 1):
            await self._turn("quick", self._phrasebook.quick_request)
            await self._turn("slow", self._phrasebook.slow_request)
            self._tell("turns with tools", number, count)

    async def barge_ins(self, count: int) -> None:
        """Have the bot tell a tale, and speak up at a random moment of it."""
        for number in range(1, count + 1):
            if number % FALSE_EVERY:
                await self._barge_in("barge-in", self._phrasebook.barge_in)
            elif number % (2 * FALSE_EVERY):
                await self._barge_in("backchannel", self._phrasebook.backchannel)
            else:
                await self._barge_in("cough", self._phrasebook.cough)
            self._tell("barge-in", number, count)

    async def tale(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Hear one to its end; `meanwhile` is called when it has begun."""
        was_ready = await self._is_quiet(QUIET)
        await self._say("tale", self._phrasebook.tale_request, was_ready)
        await self._is_heard()
        meanwhile()
        await self._is_quiet(QUIET)

    async def _turn(self, kind: Kind, make: Callable[[], Utterance]) -> None:
        was_ready = await self._is_quiet(QUIET)
        await asyncio.sleep(self._chance.uniform(*BREATH))
        await self._say(kind, make, was_ready)
        await self._is_heard()
        await self._is_quiet(QUIET)

    async def _barge_in(self, kind: Kind, make: Callable[[], Utterance]) -> None:
        was_ready = await self._is_quiet(QUIET)
        await asyncio.sleep(self._chance.uniform(*BREATH))
        await self._say("tale", self._phrasebook.tale_request, was_ready)
        is_telling = await self._is_heard()
        await asyncio.sleep(self._chance.uniform(*BARGE_IN_AFTER))
        await self._say(kind, make, is_telling)
        if kind == "barge-in":
            await self._comes(lambda: not self._is_loud(PAUSE), ANSWER_LIMIT_DELAY)  # the tale is not the answer
            await self._is_heard()
            await self._is_quiet(QUIET)
        else:
            await self._is_quiet(QUIET_HELD)

    async def _say(self, kind: Kind, make: Callable[[], Utterance], was_ready: bool) -> None:
        self._check()
        utterance = await asyncio.to_thread(make)  # some 20 ms, which would tear a hole into the microphone
        played = await self._caller.play(utterance.pcm, LISTEN_RATE)
        said = Said(kind, utterance, played.start_at, played.end_at, played.underruns, was_ready)
        self.said.append(said)

    # --- listening: only the newest samples are looked at, which costs next to nothing ---

    async def _is_heard(self) -> bool:
        """Wait for the answer; returns whether it came."""
        is_heard = await self._comes(lambda: self._is_loud(LOUD_DURATION), ANSWER_LIMIT_DELAY)
        self._unanswered = 0 if is_heard else self._unanswered + 1
        if self._unanswered == GIVE_UP_AFTER:
            raise TalkFailed(
                f"the bot has left {GIVE_UP_AFTER} turns in a row without an answer; --keep its log to see why"
            )
        return is_heard

    async def _is_quiet(self, duration: float) -> bool:
        """Wait until the bot has said nothing for so long and listens; returns whether that came."""
        return await self._comes(lambda: self._listens() and not self._is_loud(duration), QUIET_LIMIT_DELAY)

    async def _comes(self, condition: Callable[[], bool], limit_delay: float) -> bool:
        try:
            return await self._caller.until(condition, limit_delay)
        except TimeoutError:
            return False

    def _listens(self) -> bool:
        states = self._caller.agent_states()
        return bool(states) and states[-1][1] == "listening"

    def _is_loud(self, duration: float) -> bool:
        recording = self._caller.recording
        newest = recording.samples[-round(duration * recording.rate) :].astype(np.int32)
        return bool(np.abs(newest).max(initial=0) > 32768 * 10 ** (LOUD_DB / 20))

    def _tell(self, what: str, number: int, count: int) -> None:
        if number % 10 == 0 or number == count:
            self._progress(f"{what} {number} of {count}")
