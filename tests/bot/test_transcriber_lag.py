"""A transcriber that is behind is reported while it is: in the log, by `hearing()`."""

import logging

import pytest

from bot import VoiceBot
from pipeline.testing import Scene, virtual_time


@virtual_time
async def test_a_transcriber_that_is_behind_is_reported_at_once_and_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bot")  # as in a talk: who is told of the one must be told of the other
    scene = Scene()
    scene.stt.stalls(2.45, for_=5.0)
    ended_at = scene.person.says("He ate the apple that lay there yesterday.", at=2.0)
    scene.closes(at=15.0)
    async with VoiceBot(room=scene) as bot:
        await scene.until(ended_at)
        assert bot.hearing().problem is None
        await scene.until(ended_at + 0.8)
        assert bot.hearing().problem == "the transcriber is 2 s behind what ann says: wait, it has not answered yet"
        await scene.until(6.0)
        assert bot.hearing().transcriber_lag == pytest.approx(3.7, abs=0.1)
        await scene.until(9.0)
        assert (bot.hearing().problem, bot.hearing().transcriber_lag) == (None, 0.0)
        await bot.wait_closed()
    lines = [record.getMessage() for record in caplog.records if record.name == "bot.assembly.transcriber_lag"]
    assert len(lines) == 2
    assert lines[0].endswith("s behind the speech: no turn ends before it has caught up")
    assert lines[1].startswith("the transcriber has caught up; it was behind for 3.")
