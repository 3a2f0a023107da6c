"""The queue to the transcriber, and the way back from its times."""

import asyncio
import logging

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm
from pipeline.speech import Finalize
from pipeline.stages.transcriber_feed import QUEUE_LIMIT, TranscriberFeed
from pipeline.testing.virtual_loop import settle, virtual_time

SECOND = LISTEN_RATE


def audio(samples: int, value: int = 0) -> Pcm:
    return np.full(samples, value, dtype=np.int16)


async def take(feed: TranscriberFeed, items: int) -> list[Pcm | Finalize]:
    return [await anext(feed) for _ in range(items)]


@virtual_time
async def test_audio_and_questions_come_out_in_order() -> None:
    feed = TranscriberFeed()
    taken: list[int | Finalize] = []

    async def read() -> None:
        async for item in feed:
            taken.append(item if isinstance(item, Finalize) else int(item[0]))

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        await asyncio.sleep(1)
        feed.send(0, audio(10, 1))
        feed.finalize()
        feed.finalize()
        feed.send(10, audio(10, 2))
        await settle()
        assert taken == [1, Finalize(), 2], "the same question twice is one"
        feed.finalize()
        feed.end()
    assert taken == [1, Finalize(), 2, Finalize()]


@virtual_time
async def test_what_is_not_urgent_is_sent_when_there_is_enough_or_with_what_follows() -> None:
    feed = TranscriberFeed()
    for place in range(0, 60, 10):
        feed.send(place, audio(10), is_urgent=False)
    feed.send(60, audio(10))
    feed.send(70, audio(10), is_urgent=False)
    feed.finalize()
    feed.send(80, audio(10), is_urgent=False)
    feed.flush()
    feed.flush()
    feed.send(90, audio(10), is_urgent=False)
    feed.end()
    items = [item if isinstance(item, Finalize) else len(item) async for item in feed]
    assert items == [40, 30, 10, Finalize(), 10, 10]


@virtual_time
async def test_what_waits_is_not_joined_over_a_gap() -> None:
    feed = TranscriberFeed()
    feed.send(10 * SECOND, audio(SECOND), is_urgent=False)
    feed.send(20 * SECOND, audio(SECOND), is_urgent=False)
    feed.end()
    await take(feed, 2)
    assert feed.sample_at(0.5) == 10.5 * SECOND
    assert feed.sample_at(1.5) == 20.5 * SECOND


@virtual_time
async def test_times_without_gaps_are_those_of_the_microphone() -> None:
    feed = TranscriberFeed()
    for window in range(100):
        feed.send(window * LISTEN_WINDOW, audio(LISTEN_WINDOW))
    await take(feed, 100)
    assert feed.sample_at(1.5) == feed.sample_behind(1.5) == round(1.5 * LISTEN_RATE)


@virtual_time
async def test_times_behind_gaps_are_mapped_piece_by_piece() -> None:
    """Two seconds from the microphone's 10th, one from its 20th."""
    feed = TranscriberFeed()
    feed.send(10 * SECOND, audio(SECOND))
    feed.send(11 * SECOND, audio(SECOND))
    feed.send(20 * SECOND, audio(SECOND))
    await take(feed, 3)
    assert feed.sample_at(0.0) == 10 * SECOND
    assert feed.sample_at(1.5) == 11.5 * SECOND
    assert feed.sample_at(2.5) == 20.5 * SECOND
    assert feed.sample_behind(2.0) == 12 * SECOND, "a word that ends at the gap"
    assert feed.sample_at(2.0) == 20 * SECOND, "a word that begins behind it"


@virtual_time
async def test_a_transcriber_that_takes_nothing_loses_the_oldest_audio_and_no_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    feed = TranscriberFeed()
    feed.finalize()
    with caplog.at_level(logging.WARNING):
        for second in range(round(QUEUE_LIMIT) + 5):
            feed.send(second * SECOND, audio(SECOND, second))
    assert feed.dropped_samples == 5 * SECOND
    assert len(caplog.records) == 1
    kept = await take(feed, round(QUEUE_LIMIT))
    assert [int(item[0]) for item in kept if not isinstance(item, Finalize)] == list(range(5, 65))
    assert feed.sample_at(1.0) == 6 * SECOND
