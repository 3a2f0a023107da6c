"""Conversations that stand still, or have gone on for long enough. Without what is tried here each of them fails."""

import asyncio

import pytest

from pipeline import events
from pipeline.audio import Pcm
from pipeline.care_texts import NO_SOUND_TEXTS
from pipeline.commands import Recovered
from pipeline.errors import RoomError
from pipeline.testing import Scene, run, virtual_time

STORY = "Once upon a time there was a king who had three daughters and no horse."


def recovered(scene: Scene) -> list[str]:
    return [it.fault for step in scene._steps for it in step.commands if isinstance(it, Recovered)]


def said(scene: Scene) -> list[str]:
    return [text for role, text in scene.history if role == "assistant"]


class JammedRoom:
    """Takes no audio of a scene's bot while it is jammed."""

    def __init__(self, scene: Scene) -> None:
        self._write, self._free = scene.room.write, asyncio.Event()
        self._free.set()
        scene.room.write = self.write  # type: ignore[method-assign]

    def jam(self) -> None:
        self._free.clear()

    def free(self) -> None:
        self._free.set()

    async def write(self, samples: Pcm) -> None:
        await self._free.wait()
        await self._write(samples)


# --- nothing of the reply on air is played ---


@virtual_time
async def test_the_rest_of_a_reply_that_is_stuck_is_said_when_the_room_takes_audio_again() -> None:
    async with Scene() as scene:
        room = JammedRoom(scene)
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        scene.does(at=await scene.hears("king") + 0.1, act=room.jam)
        await scene.comes(events.PlayoutStalled)
        await scene.comes(events.ReplyEnded)
        room.free()
        await scene.is_over()
        assert recovered(scene) == ["stuck_reply"]
        assert " ".join(said(scene)) == STORY
        assert scene.metrics.counts.stuck_replies == 1
        scene.check_history()


@virtual_time
async def test_a_stall_that_passes_in_time_changes_nothing() -> None:
    async with Scene() as scene:
        room = JammedRoom(scene)
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        scene.does(at=await scene.hears("king") + 0.1, act=room.jam)
        await scene.comes(events.PlayoutStalled)
        room.free()
        await scene.is_over()
        assert recovered(scene) == []
        assert said(scene) == [STORY]


def test_a_room_that_takes_no_audio_for_good_ends_the_bot() -> None:
    """Rather than that it stays, and says nothing."""

    async def jammed() -> None:
        async with Scene() as scene:
            room = JammedRoom(scene)
            scene.llm.answers(STORY)
            scene.person.says("Tell me a story.", at=1.0)
            scene.does(at=await scene.hears("king"), act=room.jam)
            await scene.until(40.0)

    with pytest.raises(RoomError, match="takes no audio"):
        run(jammed())


@virtual_time
async def test_a_reply_that_is_held_for_long_is_not_stuck() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        scene.room_is_lost(at=await scene.hears("king"), for_=20.0)
        await scene.until(30.0)
        await scene.is_over()
        assert recovered(scene) == []
        assert said(scene) == [STORY]


# --- the person waits, and nothing is done ---


@virtual_time
async def test_a_turn_whose_answer_a_noise_has_cut_before_it_was_heard_is_answered() -> None:
    async with Scene() as scene:
        scene.room.listener.clear()  # nobody has subscribed yet: the answer is on air, and not heard
        scene.llm.answers("It is noon.")
        scene.person.says("What time is it?", at=1.0)
        scene.person.coughs(at=2.9, for_=1.7)
        await scene.until(5.0)
        scene.room.listener.set()
        await scene.until(20.0)
        await scene.is_over()
        assert recovered(scene) == ["unanswered_turn"]
        assert said(scene) == ["It is noon."]
        assert scene.metrics.counts.unanswered_turns == 1


# --- no sound ---


@virtual_time
async def test_when_audio_ends_in_mid_speech_the_turn_ends_with_what_was_heard_and_the_person_is_told() -> None:
    async with Scene() as scene:
        scene.person.says("I would like to book a table for four.", at=1.0)
        scene.person.is_unheard(at=2.0)
        await scene.until(20.0)
        await scene.is_over()
        (turn,) = [text for role, text in scene.history if role == "user"]
        assert "I would like to book a table".startswith(turn)
        assert recovered(scene) == ["no_sound"]
        assert said(scene)[-1] == NO_SOUND_TEXTS["en"]
        assert scene.metrics.counts.unheard_people == 1


@virtual_time
async def test_a_person_who_mutes_is_not_told() -> None:
    async with Scene(greeting="Hello.") as scene:
        scene.person.mutes(at=2.0, for_=60.0)
        await scene.until(30.0)
        assert said(scene) == ["Hello."]


# --- nobody says anything ---


@virtual_time
async def test_a_long_tool_is_not_taken_for_silence() -> None:
    scene = Scene(idle_after=3.0, filler_delay=99.0)
    scene.tool("look", "found", takes=12.0)
    async with scene:
        scene.llm.calls("look")
        scene.person.says("Look it up.", at=1.0)
        await scene.until(14.0)
        assert said(scene) == []
