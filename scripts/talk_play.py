"""A talk without a browser: a caller joins, plays a recording, and takes down what the bot answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from livekit_api import ServerInfo
from wav import Sound

from tests.support.caller import Caller
from tests.support.recording import Recording

READY_LIMIT_DELAY = 60.0
"""Seconds for the bot to come, and to end its greeting."""

READY_DELAY = 1.0
"""Seconds that it must have been listening: one that greets goes on to speak at once."""

ANSWER_LIMIT_DELAY = 30.0
"""Seconds from the end of the question within which an answer must begin."""

QUIET_DELAY = 2.0
"""Seconds of silence after which an answer is over."""

SPEECH_LIMIT_DELAY = 120.0
"""Seconds after which an answer is not listened to any further."""

TEXT_LIMIT_DELAY = 2.0
"""Seconds that transcripts get to end after the voice."""

LEAD, TAIL = 0.1, 0.3
"""Seconds of silence that are kept around the recorded answer."""

POLL_DELAY = 0.2

T = TypeVar("T")


class NotReady(Exception):
    """The bot did not come, or never began to listen; the message says what to do."""


@dataclass(frozen=True)
class Outcome:
    """What became of a question; times in seconds."""

    transcript: tuple[tuple[bool, str], ...]
    """Each text in its order, and whether it is the caller's own."""
    answer: Sound | None
    """The bot's voice from its first sound after the question's beginning on; None when there was none."""
    voice_to_voice: float | None
    """From the question's last sound to the answer's first, both at the caller; None when the bot spoke earlier."""
    cut_off: bool = False
    """The answer was longer than what is listened to."""

    @property
    def understood(self) -> bool:
        """Whether the bot recognised anything."""
        return any(own for own, _ in self.transcript)


async def ask(server: ServerInfo, room: str, person: str, question: Sound, check: Callable[[], None]) -> Outcome:
    """Play a question to the bot in `room`, and listen until it has answered and fallen silent.

    `check` is called all the time, and what it raises ends the talk. Raises NotReady.
    """
    async with Caller(server.url, server.api_key, server.api_secret, room=room, identity=person) as caller:
        await _bot_listens(caller, check)
        play = caller.start_playing(question.pcm, question.rate)
        await _until(play.finished.done, None, check)
        began_at = play.started.result()
        asked_at = began_at + question.sounding_until
        return await _take_down(caller, began_at, asked_at, check)


async def _bot_listens(caller: Caller, check: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def listens() -> bool:
        since, state = _state(caller)
        is_heard = caller.recording.frames > 0 and loop.time() - caller.recording.arrivals[-1] < READY_DELAY
        return is_heard and state == "listening" and loop.time() - since >= READY_DELAY

    if not await _until(listens, READY_LIMIT_DELAY, check):
        how = f"its state is {_state(caller)[1]!r}" if caller.heard_identity else "it is not in the room"
        raise NotReady(
            f"the bot does not listen after {READY_LIMIT_DELAY:.0f} s ({how}): add --log-level info to see what it does"
        )


async def _take_down(caller: Caller, began_at: float, asked_at: float, check: Callable[[], None]) -> Outcome:
    loop = asyncio.get_running_loop()
    recording = caller.recording
    answered_at = await _until(lambda: recording.onset_after(asked_at), ANSWER_LIMIT_DELAY, check)
    first_at = recording.onset_after(began_at)
    over = True
    if answered_at is not None:

        def over_now() -> bool:
            silent = recording.onset_after(loop.time() - QUIET_DELAY) is None
            return silent and _state(caller)[1] not in ("thinking", "speaking")

        over = bool(await _until(over_now, SPEECH_LIMIT_DELAY, check))
    await _until(lambda: all(text.closed_at for text in caller.texts.segments()), TEXT_LIMIT_DELAY, check)
    return Outcome(
        transcript=_transcript(caller),
        answer=None if first_at is None else _voice(recording, first_at),
        # A sound that goes on at the end of the question began before it.
        voice_to_voice=answered_at - asked_at if answered_at and first_at and first_at > asked_at else None,
        cut_off=not over,
    )


def _state(caller: Caller) -> tuple[float, str]:
    """The bot's state, and the loop time since which it is so."""
    states = caller.agent_states()
    return states[-1] if states else (0.0, "")


def _transcript(caller: Caller) -> tuple[tuple[bool, str], ...]:
    texts = ((text.identity == caller.identity, text.text.strip()) for text in caller.texts.segments())
    return tuple((own, text) for own, text in texts if text)


def _voice(recording: Recording, first_at: float) -> Sound:
    """The recording from the first sound to the last, with a little silence around."""
    start = recording.sample_at(first_at - LEAD)
    heard = Sound(recording.samples[start:], recording.rate)
    end = round((heard.sounding_until + TAIL) * heard.rate)
    return Sound(heard.pcm[:end], heard.rate)


async def _until(condition: Callable[[], T], limit_delay: float | None, check: Callable[[], None]) -> T | None:
    """The first result of `condition` that is true; None when there is none within the limit."""
    loop = asyncio.get_running_loop()
    give_up_at = float("inf") if limit_delay is None else loop.time() + limit_delay
    while loop.time() < give_up_at:
        check()
        if result := condition():
            return result
        await asyncio.sleep(POLL_DELAY)
    return None
