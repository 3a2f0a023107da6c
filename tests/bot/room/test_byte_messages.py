"""Messages of bytes with single participants: streams that are fed by hand, and an author that is slow or fails."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.rtc.data_stream import StreamError

from bot.room.byte_messages import MOST_BYTES, MOST_OF_ONE, READ_TIMEOUT, WAITING_MESSAGES, ByteMessages
from bot.room.callbacks import Callbacks
from pipeline.testing.virtual_loop import settle, virtual_time

from .byte_stream import Reader


class Author:
    """A local participant whose streams arrive when they are closed."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, bytes]] = []
        self.broken = False

    async def stream_bytes(self, name: str, *, total_size: Any, destination_identities: Any, topic: str) -> Any:
        await asyncio.sleep(0.01)
        if self.broken:
            raise StreamError("internal error")
        (identity,) = destination_identities
        written: list[bytes] = []

        async def write(data: bytes) -> None:
            written.append(data)

        async def aclose() -> None:
            message = b"".join(written)
            assert len(message) == total_size
            assert topic == "lk.agent.session"
            self.arrived.append((identity, message))

        return SimpleNamespace(write=write, aclose=aclose)


class Talk:
    """A channel, what has come by it, and a connection for it."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self.channel, self.author = ByteMessages(), Author()
        self.taken: list[tuple[str, bytes]] = []
        self.channel.receive(lambda identity, message: self.taken.append((identity, message)))
        self._group = group
        self.connects()

    def connects(self) -> None:
        self.task = self._group.create_task(self.channel.keep(self.author))

    def opens(self, reader: Any, identity: str = "ann") -> Any:
        self.channel.on_stream(reader, identity)
        return reader


@virtual_time
async def test_whole_messages_are_taken_and_sent() -> None:
    async with asyncio.TaskGroup() as group:
        talk = Talk(group)
        talk.opens(Reader(b"pie", b"ces"))
        talk.opens(Reader(), identity="bob")
        await asyncio.sleep(1)
        assert talk.taken == [("bob", b""), ("ann", b"pieces")]
        for number in range(3):
            talk.channel.send("ann", b"%d" % number)
        talk.channel.send("bob", b"other")
        await asyncio.sleep(1)
        assert talk.author.arrived == [("ann", b"0"), ("ann", b"1"), ("ann", b"2"), ("bob", b"other")]
        talk.task.cancel()


@virtual_time
async def test_streams_that_break_off_stall_or_are_too_long_keep_nothing_back() -> None:
    async with asyncio.TaskGroup() as group:
        talk = Talk(group)
        bad = [
            Reader(b"x", error=StreamError("aborted")),
            Reader(None),
            Reader(None),
            Reader(b"x" * MOST_BYTES, b"x", b"never read"),
        ]
        for reader in bad:
            talk.opens(reader)
        good = talk.opens(Reader(b"good"))
        await asyncio.sleep(READ_TIMEOUT + 1)
        assert talk.taken == [("ann", b"good")]
        assert all(reader.closed for reader in (*bad, good))
        talk.task.cancel()


@virtual_time
async def test_who_opens_many_streams_keeps_back_nobody_else() -> None:
    async with asyncio.TaskGroup() as group:
        talk = Talk(group)
        for _ in range(MOST_OF_ONE):
            talk.opens(Reader(None), identity="mallory")
        await settle()
        refused = talk.opens(Reader(b"one more"), identity="mallory")
        talk.opens(Reader(b"question"))
        await asyncio.sleep(0.1)
        assert refused.closed
        assert talk.taken == [("ann", b"question")]
        await asyncio.sleep(READ_TIMEOUT)
        talk.opens(Reader(b"again"), identity="mallory")
        await asyncio.sleep(0.1)
        assert talk.taken[1:] == [("mallory", b"again")]
        talk.task.cancel()


@virtual_time
async def test_before_anybody_takes_messages_streams_are_closed() -> None:
    channel, reader = ByteMessages(), Reader(b"early")
    channel.on_stream(reader, "ann")  # type: ignore[arg-type]
    assert reader.closed


@virtual_time
async def test_what_fails_is_lost_alone_and_what_waits_comes_by_the_next_connection() -> None:
    async with asyncio.TaskGroup() as group:
        talk = Talk(group)
        await settle()
        talk.author.broken = True
        talk.channel.send("ann", b"lost")
        await asyncio.sleep(1)
        talk.author.broken = False
        talk.channel.send("ann", b"first")
        talk.channel.send("ann", b"second")
        await settle()
        talk.task.cancel()  # in the middle of the first
        await settle()
        assert talk.author.arrived == []
        talk.connects()
        await asyncio.sleep(1)
        assert talk.author.arrived == [("ann", b"second")]
        talk.task.cancel()


@virtual_time
async def test_of_too_many_that_wait_the_oldest_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.TaskGroup() as group:
        channel, author = ByteMessages(), Author()
        for number in range(WAITING_MESSAGES + 2):
            channel.send("ann", b"%d" % number)
        task = group.create_task(channel.keep(author))
        await asyncio.sleep(10)
        assert [message for _, message in author.arrived] == [b"%d" % (2 + n) for n in range(WAITING_MESSAGES)]
        task.cancel()
    assert caplog.text.count("the oldest is dropped") == 1


def test_another_reader_of_the_topic_in_the_program_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Room:
        def register_byte_stream_handler(self, topic: str, handler: object) -> None:
            raise ValueError("already set")

    def fails(error: Exception) -> None:
        raise error

    ByteMessages().register(Callbacks(Room(), fails))  # type: ignore[arg-type]
    assert caplog.text.count("does not answer there") == 1
