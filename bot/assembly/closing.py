"""Frees the parts of a bot: all side by side, each in bounded time, and no failure keeps the others open."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

log = logging.getLogger(__name__)

CLOSE_TIMEOUT = 1.5
"""Seconds for each part to close its connections; what takes longer is left behind, and logged."""


class Closable(Protocol):
    """A provider, or the bot's voice in the room."""

    async def aclose(self) -> None:
        """Free it."""
        ...


async def close_all(parts: Iterable[Closable]) -> None:
    """Close all parts at the same time. What goes wrong is logged: it must not hide why the bot has ended."""
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(_close(part))


async def _close(part: Closable) -> None:
    name = type(part).__name__
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await part.aclose()
    except TimeoutError:
        log.warning("%s did not close within %g s and is left behind", name, CLOSE_TIMEOUT)
    except Exception as error:  # noqa: BLE001 - of anybody's provider
        log.warning("%s could not be closed: %r", name, error)
