"""What telemetry costs a bot that talks: `.venv/bin/python -m tests.bench.telemetry`.

A conversation in a scene is played once, on virtual time, and its steps are kept. Then they go through what counts
them and what makes spans of them, again and again, and the best of some rounds is the cost of a step; with the requests
to the providers, and a look by Prometheus every 15 seconds. Spans go to an SDK without an exporter.
"""

import gc
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import numpy as np

from bot import Telemetry, VoiceBot
from bot.telemetry.call_metrics import CallMetrics
from bot.telemetry.metered import MeteredTranscriber
from bot.telemetry.totals import Totals
from bot.telemetry.usage_meter import ProviderRequest, UsageMeter
from pipeline.audio import Pcm
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.metrics import Meter
from pipeline.ports import Finalize, StreamLost, StreamRestored, Transcriber, Transcript
from pipeline.testing import Scene, virtual_time
from pipeline.turn.state import State

TURNS = 20
TURN = 8.0
"""Seconds from one turn to the next: half of them words of the person, half of the bot."""
ROUNDS = 7
SCRAPE_INTERVAL = 15.0
STORY = "There was a king who had three daughters and a castle, and they lived in it for many years, all of them."

PIECES = 10_000
PIECES_A_SECOND = 31 + 50
"""Windows of the microphone, and pieces of speech of the voice: no more of them, both ways."""
WINDOW = np.zeros(512, np.int16)
NOTHING = Transcript("", is_final=False, start=0.0, end=0.0)

Step = tuple[Event, State, tuple[Command, ...]]


async def steps_of_a_talk() -> tuple[list[Step], list[ProviderRequest]]:
    """The steps of a conversation, and its requests to providers."""
    scene, steps, requests = Scene(), list[Step](), list[ProviderRequest]()
    for number in range(TURNS):
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story of a king, please.", at=1.0 + number * TURN)
    scene.closes(at=TURNS * TURN)
    async with VoiceBot(room=scene) as bot:
        bot._run.parts.usage.meter.add_listener(requests.append)
        bot._run.parts.session.add_observer(lambda event, state, ordered: steps.append((event, state, ordered)))
        await bot.wait_closed()
    return steps, requests


def seconds(make: Callable[[], tuple[Any, ...]], steps: list[Step], requests: list[ProviderRequest]) -> float:
    """The least time that observers take for all steps; `make` returns fresh ones and the meter of usage."""
    best = float("inf")
    for _ in range(ROUNDS):
        *observers, usage = make()
        gc.collect()
        began = time.process_time()
        for event, state, ordered in steps:
            for observe in observers:
                observe(event, state, ordered)
        for request in requests:
            usage.report(request)
        best = min(best, time.process_time() - began)
    return best


def measured() -> tuple[Any, ...]:
    """The bot's own figures alone: what is there without telemetry."""
    return Meter().observe, UsageMeter()


def counted() -> tuple[Any, ...]:
    """With metrics."""
    meter, usage = Meter(), UsageMeter()
    metrics = CallMetrics(Totals(), meter, usage, active_changed=lambda change: None)
    return meter.observe, metrics.observe, usage


def traced() -> tuple[Any, ...]:
    """With metrics and spans."""
    from opentelemetry.sdk.trace import TracerProvider

    from bot.telemetry.call_spans import CallSpans
    from bot.telemetry.span_maker import SpanMaker

    meter, observe, usage = counted()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("bench")
    of_meter = meter.__self__
    spans = CallSpans(SpanMaker(tracer), of_meter, usage, has_agents=False)
    return meter, observe, spans.observe, usage


class Ears:
    """A transcriber that takes audio."""

    async def warm(self) -> None: ...

    async def transcribe(
        self, audio: AsyncIterator[Pcm | Finalize]
    ) -> AsyncGenerator[Transcript | StreamLost | StreamRestored, None]:
        async for _ in audio:
            yield NOTHING

    async def aclose(self) -> None: ...


async def passing(*, is_counted: bool) -> float:
    """The least time that pieces of audio take to a transcriber, and its answers back."""

    async def audio() -> AsyncIterator[Pcm | Finalize]:
        for _ in range(PIECES):
            yield WINDOW

    best = float("inf")
    for _ in range(ROUNDS):
        ears: Transcriber = Ears()
        if is_counted:
            ears = MeteredTranscriber(ears, UsageMeter().service("stt", "bench", ""))
        began = time.process_time()
        async for _ in ears.transcribe(audio()):
            pass
        best = min(best, time.process_time() - began)
    return best


async def main() -> None:
    """Print a line for each."""
    steps, requests = await steps_of_a_talk()
    duration = TURNS * TURN
    print(f"{len(steps)} steps and {len(requests)} requests in {duration:.0f} s of talk, {TURNS} turns")
    base = seconds(measured, steps, requests)
    for name, make in (("metrics", counted), ("metrics and spans", traced)):
        cost = seconds(make, steps, requests) - base
        each = cost / len(steps) * 1e6
        print(f"{name:18} {each:6.2f} us a step, {100 * cost / duration:.3f} % of a core")
    cost = await passing(is_counted=True) - await passing(is_counted=False)
    share = 100 * cost / PIECES * PIECES_A_SECOND
    print(f"counting providers {1e6 * cost / PIECES:6.2f} us a piece, {share:.3f} % of a core")
    telemetry = Telemetry()
    began = time.process_time()
    for _ in range(20):
        telemetry.metrics()
    scrape = (time.process_time() - began) / 20
    print(f"a look              {1000 * scrape:5.2f} ms, {100 * scrape / SCRAPE_INTERVAL:.3f} % of a core every 15 s")


if __name__ == "__main__":
    virtual_time(main)()
