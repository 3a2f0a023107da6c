"""The room, as tools see it."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from pipeline.ports import ToolSession

Transfer = Callable[[str, ToolSession], Coroutine[Any, Any, str]]
"""Hands the person over to a human being, for a reason; returns what the model reads. Raises ToolError."""


class StopsRecording(Protocol):
    """What records the call."""

    def stop(self, *, discard: bool) -> None:
        """End it; with `discard` delete what there is of it."""
        ...


class ToolRoom(Protocol):
    """What a tool may do in the room of its bot. All methods raise RoomError when the room does not do it."""

    async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
        """Call a method that the linked person's app has registered, and return its answer. `timeout`: seconds."""
        ...

    async def send_dtmf(self, digits: str) -> None:
        """Send keys of a telephone to everybody, one after the other."""
        ...

    async def dial(self, number: str, trunk: str, *, caller_number: str, ring_delay: int) -> str:
        """Call a telephone into the room; return its identity when it is answered. `ring_delay`: seconds."""
        ...
