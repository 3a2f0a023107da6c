"""A talk with what runs on this machine alone: how soon it answers, and how many words it understands."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, pairwise
from pathlib import Path

import numpy as np
import psutil

from pipeline import events
from pipeline.audio import LISTEN_RATE
from pipeline.journal import read_journal
from tests.bench.evidence import metrics_of
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.load import LoadWatch
from tests.bench.processes import NotStarted, Usage
from tests.bench.speech import Phrasebook, Utterance
from tests.bench.talk import Said, Talk
from tests.bench.turns import parts_of
from tests.support.access import Server
from tests.support.bot_process import BotProcess
from tests.support.caller import Caller
from tests.support.local_voice import spoken
from tests.support.recorded_speech import clean_english, each_sentence_once, recordings_folder
from tests.support.waiting import WAIT_LIMIT
from tests.support.word_errors import word_errors, words_of

ROOM, LISTENING_ROOM = "bench-demo", "bench-demo-listening"

QUESTIONS = (
    "Hello, who are you?",
    "What time is it?",
    "Can you hear me?",
    "Tell me a joke.",
    "What can you do for me?",
    "What is the capital of France?",
    "How are you today?",
    "What is your favorite color?",
    "Can you count to five?",
    "Why is the sky blue?",
    "Do you like music?",
    "What should I cook for dinner?",
)
"""What somebody says who tries a bot."""

PAUSE = 1.5
"""Seconds between two recordings: the bot takes each for a turn."""


class Questions(Phrasebook):
    """What the caller asks, in turn, by a voice that a recognizer understands."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        super().__init__(0)
        self._utterances = cycle(utterances)

    def complete(self) -> Utterance:
        """Return the next question."""
        return next(self._utterances)

    paused = complete


@dataclass(frozen=True)
class DemoTalk:
    """What was measured. Seconds."""

    listening: float
    """From the start of the process to its listening."""
    delays: Sequence[float | None]
    """Voice-to-voice; None for a turn that was not answered."""
    parts: Sequence[Mapping[str, float]]
    """What the bot had done by when, of each turn."""
    asked: tuple[int, int]
    """Words of the questions that were misheard, and all of them."""
    recorded: tuple[int, int] = (0, 0)
    """The same of recorded people; nothing where there are no recordings."""
    cpu: Mapping[str, float] = field(default_factory=dict)
    """Share of a core, by what the bot was doing; with its engines, as the memory."""
    pss: float = 0.0
    """MB."""

    def figures(self) -> list[Figure]:
        """As they are shown."""
        names = list(dict.fromkeys(name for parts in self.parts for name in parts))
        return [
            milliseconds("demo: process start to listening", [self.listening], max=6000),
            milliseconds("demo: voice-to-voice", self.delays, median=1600),
            *(milliseconds(f"  {name}", [parts.get(name) for parts in self.parts]) for name in names),
            figure("demo: not answered", "of 1", [delay is None for delay in self.delays], max=0),
            figure("demo: words of the questions misheard", "%", _percent(self.asked)),
            figure("demo: words of recorded people misheard", "%", _percent(self.recorded), max=12),
            *(figure(f"demo: a core, {doing}", "%", [100 * share]) for doing, share in self.cpu.items()),
            figure("demo: memory (PSS), with engines", "MB", [self.pss]),
        ]


async def demo_talk(
    server: Server,
    settings: Mapping[str, str],
    folder: Path,
    count: int,
    watch: LoadWatch,
    progress: Callable[[str], None],
) -> DemoTalk:
    """Ask so many questions, then play recordings of people, where there are some."""
    progress("what the caller asks is spoken")
    questions = Questions([Utterance(text, pcm) for text, pcm in zip(QUESTIONS, await spoken(*QUESTIONS), strict=True)])
    journal = folder / "demo.jsonl"
    journal.unlink(missing_ok=True)
    cpu: dict[str, float] = {}
    async with Caller(server.url, server.api_key, server.api_secret, room=ROOM) as caller:
        arguments = ("--room", ROOM, "--demo", "--journal", str(journal))
        with BotProcess(*arguments, settings=settings, folder=folder) as bot:
            listening_at = await _listens(caller)
            with _watched(watch, bot.pid):
                usage = Usage(bot.pid)
                await asyncio.sleep(PAUSE)
                usage.mark()
                await asyncio.sleep(3 * PAUSE)
                cpu["listening to silence"] = usage.cpu()
                talk = Talk(caller, questions, 0, progress, lambda: _check(bot))
                usage.mark()
                await talk.turns(count)
                cpu["in turns"] = usage.cpu()
                pss = usage.pss()
            bot.send(signal.SIGTERM)
            await bot.ends()
    recordings, recorded = recordings_folder(), (0, 0)
    if recordings is not None:
        recorded = await _recorded(server, settings, folder, recordings, watch, progress)
    else:
        progress("no recordings of people: set RAWBOT_AUDIO to their folder to have those measured, too")
    return _judged(talk.said, caller, journal, listening_at - bot.started_at, recorded, cpu, pss)


def _percent(part: tuple[int, int]) -> list[float]:
    count, whole = part
    return [100 * count / whole] if whole else []


def _judged(
    said: Sequence[Said],
    caller: Caller,
    journal: Path,
    listening: float,
    recorded: tuple[int, int],
    cpu: Mapping[str, float],
    pss: float,
) -> DemoTalk:
    metrics = metrics_of(journal)
    delays: list[float | None] = []
    parts = []
    for number, each in enumerate(said):
        until_at = said[number + 1].start_at if number + 1 < len(said) else np.inf
        onset_at = caller.recording.onset_after(each.end_at)
        is_answered = onset_at is not None and onset_at < until_at
        delays.append(onset_at - each.end_at if onset_at is not None and is_answered else None)
        parts.append(parts_of(metrics, each.end_at, onset_at) if onset_at is not None and is_answered else {})
    asked = _misheard([(each.start_at, each.utterance.text) for each in said], journal)
    return DemoTalk(listening, delays, parts, asked, recorded, cpu, pss)


async def _recorded(
    server: Server,
    settings: Mapping[str, str],
    folder: Path,
    recordings: Path,
    watch: LoadWatch,
    progress: Callable[[str], None],
) -> tuple[int, int]:
    """Play what people have said to a bot that only listens; return the words misheard, and all of them."""
    journal = folder / "demo-listening.jsonl"
    journal.unlink(missing_ok=True)
    played = []
    arguments = ("--room", LISTENING_ROOM, "--demo", "--llm", "none", "--tts", "none", "--journal", str(journal))
    async with Caller(server.url, server.api_key, server.api_secret, room=LISTENING_ROOM) as caller:
        with BotProcess(*arguments, settings=settings, folder=folder) as bot:
            await _listens(caller)
            with _watched(watch, bot.pid):
                for name, text, pcm in each_sentence_once(clean_english(recordings)):
                    _check(bot)
                    progress(f"recording {name}")
                    began_at = (await caller.play(pcm, LISTEN_RATE)).start_at
                    played.append((began_at, text))
                    await asyncio.sleep(PAUSE)
            bot.send(signal.SIGTERM)
            await bot.ends()
    return _misheard(played, journal)


def _misheard(played: Sequence[tuple[float, str]], journal: Path) -> tuple[int, int]:
    """Count the words misheard, and all of them, of texts that began to be played at these loop times."""
    heard = list(_finals(journal))
    wrong = words = 0
    for (began_at, text), (until_at, _) in pairwise([*played, (np.inf, "")]):
        understood = " ".join(said for at, said in heard if began_at < at < until_at)
        wrong += word_errors(words_of(text), words_of(understood))
        words += len(words_of(text))
    return wrong, words


def _finals(journal: Path) -> Iterator[tuple[float, str]]:
    for entry in read_journal(journal):
        if isinstance(entry.event, events.FinalTranscript):
            yield entry.event.at, entry.event.text


async def _listens(caller: Caller) -> float:
    """Wait until the bot shows that it listens; return when that was."""

    def at() -> float | None:
        states = caller.agent_states()
        return states[-1][0] if states and states[-1][1] == "listening" else None

    return await caller.until(at, WAIT_LIMIT)


def _check(bot: BotProcess) -> None:
    if bot.code is not None:
        raise NotStarted(f"the bot ended by itself, with code {bot.code}; it said:\n{bot.output[-4000:]}")


@contextmanager
def _watched(watch: LoadWatch, pid: int) -> Iterator[None]:
    """Count the bot and its engines as ours."""
    ours = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    for each in ours:
        watch.add(each)
    yield
    for each in ours:
        watch.remove(each)
