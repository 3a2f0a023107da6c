"""What is known of a provider that fails, and what the log says of it."""

import asyncio
import logging

import pytest

from pipeline.clock import loop_time
from pipeline.errors import Unavailable
from pipeline.resilience.availability import PATIENCE, Availability
from pipeline.testing.virtual_loop import virtual_time

DOWN = Unavailable("Vendor", "no connection")


@virtual_time
async def test_the_log_has_one_line_when_it_is_lost_and_one_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    voice = Availability("voice")
    voice.worked()
    for _ in range(12):
        voice.failed(DOWN)
        await asyncio.sleep(2.0)
    voice.worked("3.0 s of audio were kept for it")
    voice.worked()
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lines == [
        "the voice is lost: Vendor: no connection",
        "the voice is back after 24.0 s and 12 failed attempts; 3.0 s of audio were kept for it",
    ]


@virtual_time
async def test_one_that_has_given_an_answer_is_waited_for_and_one_that_never_has_is_not() -> None:
    silent, refusing, known = Availability("voice"), Availability("voice"), Availability("voice")
    known.worked()
    silent.failed(DOWN, is_silent=True)
    refusing.failed(DOWN)
    known.failed(DOWN, is_silent=True)
    assert silent.give_up_at == loop_time()
    assert refusing.give_up_at == known.give_up_at == loop_time() + PATIENCE


@virtual_time
async def test_the_error_that_ends_the_bot_says_how_long_it_was_away_and_why() -> None:
    voice = Availability("voice")
    voice.failed(DOWN)
    await asyncio.sleep(31.0)
    error = voice.out_of_reach(DOWN)
    assert str(error) == "Vendor: the voice was away for 31 s; no connection"
    assert error.ends_bot


@virtual_time
async def test_the_error_of_one_that_was_never_there_says_only_why() -> None:
    """At the start nothing was lost: "away for 0 s" would send people looking for an outage."""
    voice = Availability("voice")
    voice.failed(DOWN, is_silent=True)
    assert str(voice.out_of_reach(DOWN)) == "Vendor: no connection"
