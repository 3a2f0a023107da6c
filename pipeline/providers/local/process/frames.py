"""What a provider and the child process of its engine say to each other, over the child's stdin and stdout.

A frame is the length of its payload (four bytes, little-endian), its kind (one byte) and the payload.
"""

import os
import struct
import sys
import threading
from collections import deque
from collections.abc import Iterator
from enum import IntEnum, unique
from typing import BinaryIO, Protocol

_HEAD = struct.Struct("<IB")


@unique
class Kind(IntEnum):
    """The kinds of frames, each with its payload."""

    READY = 1  # from a child, once: it takes orders; nothing
    REFUSED = 2  # from a child, which then ends: why it will never do, UTF-8

    SAY = 10  # to the synthesizer: number of the request, then the text in UTF-8
    CANCEL = 11  # to the synthesizer or the language model: number of the request
    SPEECH = 12  # from it: number, then samples
    WORD = 13  # from it: number, then JSON [text, first sample, sample behind the last]
    SAID = 14  # from it: number, then the words of the text that it has no sounds for, UTF-8

    HEAR = 20  # to the transcriber: samples
    FINALIZE = 21  # to the transcriber: nothing
    FINISH = 22  # to the transcriber: nothing
    HEARD = 23  # from it: JSON, the fields of a Transcript
    FINISHED = 24  # from it, the last one: nothing

    ASK = 30  # to the language model: number of the request, then JSON, the fields of its chat completion
    READING = 31  # from it, while it reads what is new in the request: number
    TEXT = 32  # from it: number, then a piece of the answer, UTF-8
    ANSWERED = 33  # from it: number, then JSON [why it ended, tokens read, tokens written]
    FAILED = 34  # from it: number, then why there is no answer, UTF-8


Frame = tuple[Kind, bytes]

NUMBER = struct.Struct("<I")
"""The number of a request at the beginning of a payload."""


def encode(kind: Kind, payload: bytes = b"") -> bytes:
    """A frame as it goes over the pipe."""
    return _HEAD.pack(len(payload), kind) + payload


class FrameReader:
    """Puts frames together from the pieces that a pipe gives."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with this piece."""
        self._pending += data
        while len(self._pending) >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._pending)
            end = _HEAD.size + length
            if len(self._pending) < end:
                return
            payload = bytes(self._pending[_HEAD.size : end])
            del self._pending[:end]
            yield Kind(kind), payload


class Parent:
    """The child's end of both pipes; blocking. When the parent has gone, reading ends and writing raises OSError."""

    def __init__(self) -> None:
        self._orders: BinaryIO = sys.stdin.buffer
        self._answers = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)  # an engine that prints must not print into a frame

    def orders(self) -> Iterator[Frame]:
        """What the parent asks for, until it has gone."""
        while len(head := self._orders.read(_HEAD.size)) == _HEAD.size:
            length, kind = _HEAD.unpack(head)
            payload = self._orders.read(length)
            if len(payload) < length:
                return
            yield Kind(kind), payload

    def answer(self, kind: Kind, payload: bytes = b"") -> None:
        """Send a frame; returns when it is in the pipe."""
        left = memoryview(encode(kind, payload))
        while left:
            left = left[self._answers.write(left) :]


class OrderSource(Protocol):
    """See `Parent`."""

    def orders(self) -> Iterator[Frame]: ...


class OrdersAhead:
    """The parent's orders, read in a thread: an engine sees while it works whether it should hurry or give up."""

    def __init__(self, parent: OrderSource) -> None:
        self._parent = parent
        self._waiting: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._has_ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def __iter__(self) -> Iterator[Frame]:
        """The orders, until the parent has gone."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._has_ended)
                if not self._waiting:
                    return
                order = self._waiting.popleft()
            yield order

    def is_waiting(self, *kinds: Kind) -> bool:
        """Whether an order has come and was not taken: one of these kinds, or of any."""
        with self._changed:
            return any(not kinds or kind in kinds for kind, _ in self._waiting)

    @property
    def have_ended(self) -> bool:
        """Whether the parent has gone: nobody waits for an answer."""
        return self._has_ended

    def _read(self) -> None:
        for order in self._parent.orders():
            with self._changed:
                self._waiting.append(order)
                self._changed.notify()
        with self._changed:
            self._has_ended = True
            self._changed.notify()
