"""`/healthz`: whether this process lives, and whether it is of use right now."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.hdrs import CACHE_CONTROL

from bot.worker.worker_state import WorkerState
from pipeline.clock import loop_time
from pipeline.errors import RoomError

log = logging.getLogger(__name__)

CHECK_INTERVAL = 2.0
"""Seconds for which an answer of the LiveKit server counts: whoever asks more often costs it nothing."""

OK = "ok"


class Readiness:
    """Answers probes. `check_server` raises RoomError; `worker` tells how the worker beside it stands, if one is."""

    def __init__(
        self, check_server: Callable[[], Awaitable[None]], worker: Callable[[], WorkerState] | None = None
    ) -> None:
        self._check_server, self._worker = check_server, worker
        self._asking = asyncio.Lock()
        self._server, self._checked_at = OK, -CHECK_INTERVAL

    async def live(self, _: web.Request) -> web.Response:
        """Answer at all."""
        return web.json_response({"status": OK}, headers={CACHE_CONTROL: "no-store"})

    async def ready(self, _: web.Request) -> web.Response:
        """Answer 200 when somebody who comes now is served, else 503, and what is missing."""
        parts = await self.parts()
        is_ready = all(part == OK for part in parts.values())
        whole = {"status": OK if is_ready else "not ready", **parts}
        return web.json_response(whole, status=200 if is_ready else 503, headers={CACHE_CONTROL: "no-store"})

    async def parts(self) -> dict[str, str]:
        """Return how each part is: "ok", or what is the matter."""
        parts = {"livekit": await self._ask_server()}
        if self._worker is not None:
            state = self._worker()
            parts["worker"] = "draining" if state.is_draining else OK if state.is_registered else "not registered"
        return parts

    async def _ask_server(self) -> str:
        async with self._asking:
            if loop_time() - self._checked_at >= CHECK_INTERVAL:
                before, self._server = self._server, await self._answer()
                self._checked_at = loop_time()
                if self._server == OK != before:
                    log.info("the LiveKit server answers again")
            return self._server

    async def _answer(self) -> str:
        try:
            await self._check_server()
        except RoomError as error:
            if self._server == OK:
                log.warning("not ready: %s", error)
            return "unreachable"
        return OK
