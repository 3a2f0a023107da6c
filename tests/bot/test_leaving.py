"""A bot that leaves: its conversation ends first, the room is left after that."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from bot import VoiceBot
from bot.room import membership
from bot.room.membership import Membership
from bot.room.voice import RoomVoice
from pipeline.clock import loop_time
from pipeline.events import RoomEnded, RoomEvent, UsageCounted
from pipeline.testing import Scene, virtual_time
from pipeline.testing.scene_membership import SceneMembership

STORY = "Once upon a time there was a king. He had three daughters and a very old castle."

GOODBYE = 1.0
"""Seconds that leaving takes."""


class SlowToLeave(Scene):
    """A room that takes a while to be left, and notes what was captioned when that began."""

    def join_scene(self, emit: Callable[[RoomEvent], None]) -> SceneMembership:
        place = super().join_scene(emit)
        be_there = place.run

        async def run() -> None:
            being_there = asyncio.ensure_future(be_there())
            try:
                await asyncio.shield(being_there)
            except asyncio.CancelledError:
                self.steps_on_leaving = len(self.events)
                self.captions_on_leaving = [(c.text, c.final) for c in self.captions if c.speaker == "bot"]
                await asyncio.sleep(GOODBYE)
                being_there.cancel()
                raise

        place.run = run  # type: ignore[method-assign]
        return place


@virtual_time
async def test_the_last_caption_of_a_reply_that_is_cut_by_leaving_comes_before_the_goodbye() -> None:
    scene = SlowToLeave()
    async with VoiceBot(room=scene, llm=None) as bot:
        scene.plays(bot.say(STORY))
        await scene.hears("king.")
    (said,) = bot.history
    assert said.cut
    assert scene.captions_on_leaving[-1] == (said.text, True)
    assert STORY.startswith(said.text)


@virtual_time
async def test_nothing_is_decided_while_the_room_is_being_left() -> None:
    scene = SlowToLeave()
    async with VoiceBot(room=scene) as bot:
        await scene.until(scene.person.says("Tell me a story.", at=1.0) + 0.05)
    assert scene.requests == []
    assert bot.history == ()
    assert [type(event) for event in scene.events[scene.steps_on_leaving :]] == [UsageCounted], "what it has cost"


@virtual_time
async def test_what_was_said_by_then_is_closed_in_the_captions() -> None:
    scene = SlowToLeave()
    async with VoiceBot(room=scene, llm=None):
        scene.person.says("Tell me a story of a king and his three daughters.", at=1.0)
        await scene.until(3.0)
    assert [c.final for c in scene.captions if c.speaker == "person"][-1]


@virtual_time
async def test_the_end_of_a_room_is_known_before_the_bot_has_cleared_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be played meanwhile would count as heard, by nobody."""
    happened: list[str] = []

    class Connection:
        """One that ends at once and takes a while to be left."""

        name, reconnecting = "room", False
        participant = SimpleNamespace(identity="bot")

        def __init__(self, **_: object) -> None: ...
        def set_attributes(self, attributes: dict[str, str]) -> None: ...

        async def join(self, *_: object) -> None: ...

        async def run(self) -> str:
            return reasons.pop(0)

        async def leave(self) -> None:
            happened.append("leaving")
            await asyncio.sleep(GOODBYE)
            happened.append("left")

    monkeypatch.setattr(membership, "RoomConnection", Connection)
    reasons = ["STATE_MISMATCH", "ROOM_DELETED"]
    place = Membership(
        url="ws://nowhere",
        make_token=str,
        voice=RoomVoice(24_000),
        emit=lambda event: happened.append(type(event).__name__),
    )
    await place.run()
    assert happened == ["Joined", "ConnectionLost", "leaving", "left", "Joined", "RoomEnded", "leaving", "left"]


@virtual_time
async def test_nothing_counts_as_heard_after_the_end_of_the_room() -> None:
    class EndsSlowly(Scene):
        """A room that ends after two seconds; clearing up takes another one."""

        def join_scene(self, emit: Callable[[RoomEvent], None]) -> SceneMembership:
            place = super().join_scene(emit)
            be_there = place.run

            async def run() -> None:
                being_there = asyncio.ensure_future(be_there())
                await asyncio.sleep(2.0)
                emit(RoomEnded(loop_time(), "ROOM_DELETED"))
                self.said_by_then = bot.history
                await asyncio.sleep(GOODBYE)
                being_there.cancel()

            place.run = run  # type: ignore[method-assign]
            return place

    scene = EndsSlowly()
    async with VoiceBot(room=scene, llm=None) as bot:
        scene.plays(bot.say(STORY))
        await bot.wait_closed()
    (said,) = bot.history
    assert said.cut
    assert scene.said_by_then == bot.history
