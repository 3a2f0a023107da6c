"""The parts of a bot are freed whatever goes wrong with one of them."""

import asyncio
import logging
from typing import Any

import pytest

from bot import VoiceBot
from bot.assembly import agent_providers
from bot.assembly.closing import CLOSE_TIMEOUT, close_all
from pipeline.clock import loop_time
from pipeline.testing import Scene, virtual_time


class Part:
    """Closes in 0.1 s."""

    def __init__(self) -> None:
        self.closed_at: float | None = None

    async def aclose(self) -> None:
        await asyncio.sleep(0.1)
        self.closed_at = loop_time()


class Stuck(Part):
    async def aclose(self) -> None:
        await asyncio.sleep(1_000)


class Broken(Part):
    async def aclose(self) -> None:
        raise KeyError("a bug in aclose")


def test_all_parts_are_closed_side_by_side_and_what_goes_wrong_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    @virtual_time
    async def scene() -> None:
        first, last = Part(), Part()
        await close_all([first, Stuck(), Broken(), last])
        assert first.closed_at == last.closed_at == pytest.approx(0.1)
        assert loop_time() == pytest.approx(CLOSE_TIMEOUT)

    with caplog.at_level(logging.WARNING):
        scene()
    assert [record.getMessage() for record in caplog.records] == [
        "Broken could not be closed: KeyError('a bug in aclose')",
        "Stuck did not close within 1.5 s and is left behind",
    ]


@pytest.mark.parametrize("error", [RuntimeError("no model file"), asyncio.CancelledError()])
async def test_what_was_made_is_freed_when_the_rest_cannot_be(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = [Part(), Part()]
    monkeypatch.setenv("LIVEKIT_URL", "ws://127.0.0.1:1")
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setitem(agent_providers.MAKE, "stt", lambda _: made[0])
    monkeypatch.setitem(agent_providers.MAKE, "llm", lambda _: made[1])
    monkeypatch.setitem(agent_providers.MAKE, "tts", fail)
    with pytest.raises(type(error)):
        await VoiceBot(
            room="nowhere",
            stt="pocketsphinx",
            llm="responder",
            tts="espeak",
        ).__aenter__()
    assert all(part.closed_at for part in made)


@virtual_time
async def test_a_part_that_cannot_be_closed_does_not_hide_what_broke_the_bot() -> None:
    scene = Scene()
    scene.vad.bug = ZeroDivisionError("in the detector")

    async def broken() -> None:
        raise KeyError("a bug in aclose")

    scene.room.aclose = broken  # type: ignore[method-assign]

    async def program() -> None:
        async with VoiceBot(room=scene, llm=None):
            scene.person.says("Hello.", at=1.0)
            await scene.until(10.0)

    with pytest.raises(ZeroDivisionError):
        await program()
