"""What the person notices of a provider that fails: seconds of silence, and words."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.caller.recording import Recording
from pipeline.audio import LISTEN_RATE
from pipeline.commands import TurnCommitted
from pipeline.journal import read_journal
from pipeline.resilience.model_round import FIRST_TOKEN_DELAY
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.load import LoadWatch
from tests.bench.processes import NotStarted
from tests.support.access import Server
from tests.support.bot_process import NO_PROVIDERS, BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.faulty_providers import STORY, FaultyProviders, words
from tests.support.sentences import sentence
from tests.support.tone_code import misheard, words_in
from tests.support.waiting import WAIT_LIMIT

ROOM = "bench-faults"
QUESTION = "Amber brick candle desert engine falcon garden harbor?"
"""Eight words, three seconds: long enough to be torn in the middle."""

OUTAGE = 0.3
"""Seconds for which a transcriber takes no connection."""

QUIET_DB = -45.0

Fault = str
NONE, MODEL_STALLS, MODEL_DROPS, VOICE_DROPS, TRANSCRIBER_DROPS = (
    *("none", "model stalled", "model dropped in mid-reply", "voice dropped in mid-reply"),
    "transcriber dropped in mid-utterance",
)
FAULTS = (NONE, MODEL_STALLS, MODEL_DROPS, VOICE_DROPS, TRANSCRIBER_DROPS)


@dataclass(frozen=True)
class FaultyTurn:
    """A question into which a fault fell, and its answer. Loop times."""

    fault: Fault
    began_at: float
    """The first sample of the question..."""
    ended_at: float
    """...and the last."""
    over_at: float
    """The bot listens again."""


@dataclass
class FaultTurns:
    """What was measured, by the fault. Seconds."""

    delays: defaultdict[Fault, list[float | None]] = field(default_factory=lambda: defaultdict(list))
    """From the last sample of the question to the first of the answer; None for one that did not come."""
    gaps: defaultdict[Fault, list[float]] = field(default_factory=lambda: defaultdict(list))
    """The longest silence in the answer, pauses between words included."""
    wrong_answers: defaultdict[Fault, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Words of the answer that were lost, doubled or torn, as the caller heard them..."""
    wrong_questions: defaultdict[Fault, list[int]] = field(default_factory=lambda: defaultdict(list))
    """...and of the question, as the bot's history has it."""

    def figures(self) -> list[Figure]:
        """As they are shown."""
        late = [None if it is None else it - FIRST_TOKEN_DELAY for it in self.delays[MODEL_STALLS]]
        drops = {MODEL_DROPS: 1200, VOICE_DROPS: 600}
        return [
            milliseconds("no fault: first audio after the question", self.delays[NONE]),
            milliseconds("no fault: longest silence in the answer", self.gaps[NONE]),
            milliseconds(f"{MODEL_STALLS}: first audio behind the deadline of {FIRST_TOKEN_DELAY:g} s", late, max=700),
            *(milliseconds(f"{it}: longest silence in the answer", self.gaps[it], max=drops[it]) for it in drops),
            milliseconds(f"{TRANSCRIBER_DROPS}: first audio after the question", self.delays[TRANSCRIBER_DROPS]),
            *(figure(f"{it}: words of the answer lost or doubled", "", self.wrong_answers[it], max=0) for it in FAULTS),
            *(
                figure(f"{it}: words of the question lost or doubled", "", self.wrong_questions[it], max=0)
                for it in FAULTS
            ),
        ]


async def fault_turns(
    server: Server, folder: Path, count: int, watch: LoadWatch, progress: Callable[[str], None]
) -> FaultTurns:
    """Ask so many questions for each fault. Raises NotStarted when the bot ends by itself."""
    journal = folder / "faults.jsonl"
    journal.unlink(missing_ok=True)
    turns = list[FaultyTurn]()
    async with FaultyProviders(QUESTION) as providers:
        settings = {**server_settings(server), **providers.settings}
        settings = {name: value for name, value in settings.items() if name not in NO_PROVIDERS}
        async with Caller(server.url, server.api_key, server.api_secret, room=ROOM) as caller:
            with BotProcess("--room", ROOM, "--journal", str(journal), settings=settings, folder=folder) as bot:
                watch.add(bot.pid)
                await _listens(caller, 0.0)
                for number in range(count):
                    for fault in FAULTS:
                        progress(f"{fault}: {number + 1} of {count}")
                        turns.append(await _ask(caller, providers, fault))
                        if bot.code is not None:
                            raise NotStarted(f"the bot ended by itself; it said:\n{bot.output[-4000:]}")
                watch.remove(bot.pid)
                bot.send(signal.SIGTERM)
                await bot.ends()
    return judged(turns, caller.recording, _questions(journal))


async def _ask(caller: Caller, providers: FaultyProviders, fault: Fault) -> FaultyTurn:
    match fault:
        case "model stalled":
            providers.stall_model()
        case "model dropped in mid-reply":
            providers.drop_model(after=20)
        case "voice dropped in mid-reply":
            providers.drop_voice(after=2.0)
    pcm = sentence(QUESTION)
    playing = caller.start_playing(pcm, LISTEN_RATE)
    if fault == TRANSCRIBER_DROPS:
        await asyncio.sleep(len(pcm) / LISTEN_RATE / 2)
        async with providers.deepgram.outage():
            await asyncio.sleep(OUTAGE)
    played = await playing.finished
    heard_at = await caller.hears(played.end_at)
    over_at = await _listens(caller, heard_at)
    await asyncio.sleep(1.0)  # what it still plays
    return FaultyTurn(fault, played.start_at, played.end_at, over_at + 1.0)


async def _listens(caller: Caller, since: float) -> float:
    """Wait until the bot shows that it listens, from a loop time on; return when that was."""

    def at() -> float | None:
        states = caller.agent_states()
        return states[-1][0] if states and states[-1][1] == "listening" and states[-1][0] >= since else None

    return await caller.until(at, WAIT_LIMIT)


def _questions(journal: Path) -> Mapping[float, str]:
    """The turns of the person by the loop time at which they entered the history."""
    return {
        entry.event.at: command.message.text
        for entry in read_journal(journal)
        for command in entry.commands
        if isinstance(command, TurnCommitted)
    }


def judged(turns: list[FaultyTurn], recording: Recording, questions: Mapping[float, str]) -> FaultTurns:
    """Judge what was heard on both sides; `questions` are the turns in the bot's history by their loop times."""
    of = FaultTurns()
    for turn in turns:
        onset_at = recording.onset_after(turn.ended_at)
        is_answered = onset_at is not None and onset_at < turn.over_at
        of.delays[turn.fault].append(onset_at - turn.ended_at if onset_at is not None and is_answered else None)
        asked = " ".join(text for at, text in questions.items() if turn.began_at < at < turn.over_at)
        of.wrong_questions[turn.fault].append(misheard(words(asked), words(QUESTION)))
        heard = recording.on_clock(onset_at or turn.ended_at, turn.over_at)
        of.wrong_answers[turn.fault].append(misheard(words_in(heard, recording.rate, words(STORY)), words(STORY)))
        of.gaps[turn.fault].append(longest_silence(heard, recording.rate))
    return of


def longest_silence(samples: np.ndarray, rate: int, window: float = 0.010) -> float:
    """Return the longest silence between two sounds, in seconds."""
    size = round(window * rate)
    blocks = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    sounds = np.flatnonzero(np.sqrt(np.mean(np.square(blocks), axis=1)) > 32768 * 10 ** (QUIET_DB / 20))
    return float(np.max(np.diff(sounds) - 1, initial=0)) * window
