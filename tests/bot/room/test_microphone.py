"""The microphone's stream, fed by hand on virtual time: what a real track does is tested in the room."""

import asyncio

import numpy as np
import pytest
from livekit import rtc

from bot.room.microphone import BACKLOG_WINDOWS, SILENT_AFTER, RoomMicrophone
from pipeline.ports import AudioGap, AudioWindow
from pipeline.testing.virtual_loop import settle, virtual_time


def window(value: int = 0, samples: int = 512) -> rtc.AudioFrame:
    return rtc.AudioFrame(np.full(samples, value, np.int16).tobytes(), 16_000, 1, samples)


class Listening:
    """A microphone whose watch runs and whose stream is read along."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self.microphone = RoomMicrophone()
        self.items: list[AudioWindow | AudioGap] = []
        self.tasks = [group.create_task(self._read()), group.create_task(self.microphone.watch())]

    async def _read(self) -> None:
        async for item in self.microphone.listen():
            self.items.append(item)

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()

    @property
    def story(self) -> str:
        """One letter an item: a window or a break."""
        return "".join("w" if isinstance(item, AudioWindow) else "b" for item in self.items)


@virtual_time
async def test_windows_come_out_as_they_came_in() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group)
        for value in range(3):
            listening.microphone._take(window(value))
            await asyncio.sleep(0.032)
        assert [item.samples[0] for item in listening.items if isinstance(item, AudioWindow)] == [0, 1, 2]
        assert [item.arrived_at for item in listening.items if isinstance(item, AudioWindow)] == [0.0, 0.032, 0.064]
        listening.close()


@virtual_time
async def test_frames_that_stop_coming_are_one_break() -> None:
    """A lost track does not announce itself."""
    async with asyncio.TaskGroup() as group:
        listening = Listening(group)
        await asyncio.sleep(5)
        assert listening.story == "", "what was never there cannot break off"
        for _ in range(2):
            listening.items.clear()
            listening.microphone._take(window())
            await asyncio.sleep(SILENT_AFTER * 0.9)
            assert listening.story == "w"
            await asyncio.sleep(5)
            assert listening.story == "wb"
            assert isinstance(gone := listening.items[1], AudioGap)
            assert isinstance(last := listening.items[0], AudioWindow)
            assert SILENT_AFTER < gone.at - last.arrived_at < 1.5 * SILENT_AFTER
        listening.close()


@virtual_time
async def test_what_comes_while_muted_is_not_listened_to() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group)
        for muted in (False, True, True, False):
            listening.microphone.mute(muted)
            listening.microphone._take(window())
            await settle()
        assert listening.story == "wbw"
        listening.close()


@virtual_time
async def test_of_too_much_the_oldest_is_dropped_and_counted() -> None:
    microphone = RoomMicrophone()
    for value in range(BACKLOG_WINDOWS + 3):
        microphone._take(window(value % 1000))
    items = microphone.listen()
    assert isinstance(await anext(items), AudioGap), "what comes does not follow what was heard before"
    assert isinstance(first := await anext(items), AudioWindow)
    assert first.samples[0] == 4
    assert microphone.dropped_windows == 4


@virtual_time
async def test_frames_of_another_length_are_a_bug() -> None:
    with pytest.raises(ValueError, match="512 samples"):
        RoomMicrophone()._take(window(samples=160))
