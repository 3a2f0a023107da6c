"""A bot closes in bounded time, whatever does not end: on virtual time."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bot import Hooks, TurnContext, VoiceBot, tool
from pipeline.messages import ToolRequest
from pipeline.testing import Scene, ScriptedAnswer, virtual_time

CLOSE_LIMIT = 2.0
"""Seconds that a program waits for a bot to be gone."""


class Stubborn:
    """Code of somebody's that is not to be cancelled, until `let_go`."""

    def __init__(self) -> None:
        self.is_running = False
        self._let_go = asyncio.Event()

    def let_go(self) -> None:
        self._let_go.set()

    async def wait(self, *_: Any) -> str:
        self.is_running = True
        while not self._let_go.is_set():
            try:
                await self._let_go.wait()
            except asyncio.CancelledError:
                continue
        return "done"

    async def stream(self, *_: Any, **__: Any) -> AsyncGenerator[Any, None]:
        await self.wait()
        return
        yield


@pytest.mark.parametrize("stage", ["stt", "llm", "tts", "tool", "hook"])
@virtual_time
async def test_what_hangs_keeps_no_bot_open(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, stubborn = Scene(), Stubborn()

    @tool
    async def look() -> str:
        """Look."""
        return await stubborn.wait()

    async def on_turn(turn: TurnContext) -> None:
        await stubborn.wait()

    match stage:
        case "stt":
            monkeypatch.setattr(scene.stt, "transcribe", stubborn.stream)
        case "llm":
            monkeypatch.setattr(scene.llm, "generate", stubborn.stream)
        case "tts":
            monkeypatch.setattr(scene.tts, "speak", stubborn.stream)
        case "tool":
            scene.llm.answers(ScriptedAnswer(calls=(ToolRequest("1", "look", "{}"),)), "Here it is.")
    hooks = Hooks(on_user_turn_completed=on_turn) if stage == "hook" else Hooks()
    scene.person.says("Look for it.", at=1.0)
    async with VoiceBot(room=scene, tools=[look], hooks=hooks):
        await scene.until(3.5)
        assert stubborn.is_running
        closes_at = asyncio.get_running_loop().time()
    took = asyncio.get_running_loop().time() - closes_at
    stubborn.let_go()
    await asyncio.sleep(0.1)
    assert took <= CLOSE_LIMIT
