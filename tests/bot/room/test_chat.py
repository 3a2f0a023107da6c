"""Messages by both ways of LiveKit's chat, read from streams that are fed by hand on virtual time."""

import asyncio
import json
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.rtc.data_stream import StreamError

from bot.room.chat import (
    EARLY_OF_ONE,
    EARLY_TEXTS,
    LEGACY_TOPIC,
    LONGEST_TEXT,
    MOST_OF_ONE,
    MOST_STREAMS,
    READ_TIMEOUT,
    Chat,
)
from bot.room.linking import Linker
from pipeline.events import RoomEvent, TextReceived
from pipeline.testing.virtual_loop import settle, virtual_time


class Reader:
    """A text stream of these pieces, `None` being one that does not come."""

    def __init__(self, *chunks: str | None, stream_id: str = "", error: StreamError | None = None) -> None:
        self.info = SimpleNamespace(stream_id=stream_id)
        self.closed = False
        self._chunks, self._error = list(chunks), error

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> str:
        await asyncio.sleep(0.01)
        if not self._chunks:
            raise self._error or StopAsyncIteration
        if (chunk := self._chunks.pop(0)) is None:
            await asyncio.Event().wait()
        return chunk or ""

    def close(self) -> None:
        self.closed = True


class Listening:
    """A chat that listens, and the texts it has emitted."""

    def __init__(self, group: asyncio.TaskGroup, linked: str | None = "caller") -> None:
        self.linker = Linker()
        self.linker.linked = linked
        self.events: list[RoomEvent] = []
        self.chat = Chat(self.linker, self.events.append)
        self.task = group.create_task(self.chat.listen())

    def opens(self, reader: Any, identity: str = "caller") -> None:
        self.chat.on_stream(reader, identity)

    def sends(self, message: object, identity: str = "caller", topic: str = LEGACY_TOPIC) -> None:
        participant = SimpleNamespace(identity=identity) if identity else None
        packet: Any = SimpleNamespace(data=json.dumps(message).encode(), topic=topic, participant=participant)
        self.chat.on_packet(packet)

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, TextReceived)]


@virtual_time
async def test_one_message_by_both_ways_is_taken_once_whichever_is_first() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group)
        listening.opens(Reader("pie", "ces", stream_id="a"))
        listening.sends({"id": "a", "message": "pieces"})
        await asyncio.sleep(1)
        listening.opens(Reader("again", stream_id="b"))
        await asyncio.sleep(1)
        listening.sends({"id": "b", "message": "again"})
        listening.sends({"message": "again"})
        listening.opens(Reader("again", stream_id="c"))
        await asyncio.sleep(1)
        listening.task.cancel()
    assert listening.texts == ["pieces", "again", "again", "again"], "only an id tells that it is the same message"


def test_only_the_linked_person_counts(caplog: pytest.LogCaptureFixture) -> None:
    """Others cannot even fill the log."""

    @virtual_time
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            listening = Listening(group)
            listening.opens(stranger := Reader("text"), "stranger")
            assert stranger.closed, "it is not even read"
            for message in ({"message": "text"}, ["no message"]):
                listening.sends(message, "stranger")
                listening.sends(message, "")
                listening.sends(message, topic="other")
            listening.linker.linked = None
            listening.opens(Reader("early"))
            listening.opens(Reader("stranger's"), "stranger")
            await settle()
            listening.linker.linked = "caller"
            await asyncio.sleep(1)
            listening.task.cancel()
        assert listening.texts == ["early"]

    scene()
    assert not caplog.records


def test_a_stream_that_breaks_off_or_does_not_end_is_ignored(caplog: pytest.LogCaptureFixture) -> None:
    """And keeps back nothing that comes after it."""

    @virtual_time
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            listening = Listening(group)
            readers = [Reader("half", error=StreamError("aborted")), Reader("half", None)]
            for reader in (*readers, Reader("whole")):
                listening.opens(reader)
            await asyncio.sleep(1)
            assert listening.texts == ["whole"]
            await asyncio.sleep(READ_TIMEOUT)
            assert all(reader.closed for reader in readers)
            listening.task.cancel()
        assert listening.texts == ["whole"]

    scene()
    assert caplog.text.count("did not come to its end") == 2


@virtual_time
async def test_too_many_streams_at_a_time_are_refused() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group)
        readers = [Reader("text") for _ in range(MOST_OF_ONE + 1)]
        for reader in readers:
            listening.opens(reader)
        assert [reader.closed for reader in readers] == [False] * MOST_OF_ONE + [True]
        await asyncio.sleep(1)
        assert all(reader.closed for reader in readers)
        listening.task.cancel()
    assert len(listening.texts) == MOST_OF_ONE


@virtual_time
async def test_strangers_who_open_streams_and_end_none_do_not_keep_the_person_from_typing() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group, linked=None)
        strangers = [f"stranger {number}" for number in range(MOST_STREAMS // MOST_OF_ONE - 1)]
        for stranger in strangers * (MOST_OF_ONE + 1):
            listening.opens(Reader("half", None), stranger)
        listening.opens(Reader("hello"))
        await asyncio.sleep(1)
        listening.linker.linked = "caller"
        listening.chat.look()
        listening.opens(Reader("again"))
        await asyncio.sleep(1)
        listening.task.cancel()
    assert listening.texts == ["hello", "again"]


@virtual_time
async def test_strangers_who_write_much_do_not_push_out_what_the_person_has_typed() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group, linked=None)
        listening.sends({"message": "mine"})
        for stranger in range(EARLY_TEXTS):
            for number in range(EARLY_OF_ONE + 1):
                listening.sends({"message": f"{number}"}, f"stranger {stranger % 10}")
        listening.linker.linked = "caller"
        listening.chat.look()
        listening.task.cancel()
    assert listening.texts == ["mine"]


@virtual_time
async def test_what_was_typed_before_the_person_was_linked_is_taken_then() -> None:
    """The room tells of somebody who joins up to a second later than their first message."""
    async with asyncio.TaskGroup() as group:
        listening = Listening(group, linked=None)
        listening.opens(Reader("first", stream_id="a"))
        listening.sends({"id": "b", "message": "second"})
        listening.sends({"message": "somebody else's"}, identity="other")
        await asyncio.sleep(1)
        listening.chat.look()
        assert listening.texts == []
        listening.linker.linked = "caller"
        listening.chat.look()
        listening.chat.look()
        listening.task.cancel()
    assert sorted(listening.texts) == ["first", "second"]


@virtual_time
async def test_the_next_person_may_type_while_the_one_before_is_away() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group, linked="gone")
        listening.opens(Reader("too early"))
        listening.linker.away_until = 10.0
        listening.opens(Reader("hello"))
        await asyncio.sleep(5)
        listening.linker.linked, listening.linker.away_until = "caller", None
        listening.chat.look()
        listening.task.cancel()
    assert listening.texts == ["hello"]


@virtual_time
async def test_what_was_typed_long_before_is_forgotten() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group, linked=None)
        listening.sends({"message": "old"})
        await asyncio.sleep(60)
        listening.linker.linked = "caller"
        listening.chat.look()
        listening.task.cancel()
    assert listening.texts == []


def test_whoever_floods_the_chat_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    @virtual_time
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            listening = Listening(group)
            for number in range(100):
                listening.opens(Reader("text", stream_id=str(number)))  # more than wait
                listening.sends(["no message"])
                listening.sends({"message": "x" * (LONGEST_TEXT + 1)})
            await asyncio.sleep(1)
            for _ in range(50):
                listening.opens(Reader("text", error=StreamError("gone")))
                await asyncio.sleep(0.05)
            listening.linker.linked = None
            for _ in range(100):
                listening.sends({"message": "early"}, "somebody")
            listening.task.cancel()

    scene()
    of_each = Counter(record.msg for record in caplog.records)
    assert len(of_each) == 5
    assert set(of_each.values()) == {1}


@virtual_time
async def test_half_a_surrogate_pair_in_a_packet_is_no_text_that_nobody_can_encode() -> None:
    async with asyncio.TaskGroup() as group:
        listening = Listening(group)
        listening.sends({"message": "so \ud83d long"})
        assert listening.texts == ["so ? long"]
        listening.task.cancel()
