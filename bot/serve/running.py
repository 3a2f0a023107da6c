"""One run of the service, with the worker beside it if there is one."""

import asyncio
import logging
import socket
from pathlib import Path

from bot.room.server import Server
from bot.room.server_errors import KeyRefused
from bot.serve.arguments import ServeArguments
from bot.settings.service_settings import ServiceSettings
from bot.web.api.app import open_service
from bot.web.api.origins import Origins
from bot.web.api.service import HttpService, ServiceOptions, make_service
from bot.web.api.token_endpoint import Visits
from bot.web.api.visitor_config import VISITOR_FIELDS
from bot.worker.setup import WorkerSetup
from pipeline.errors import RoomError

log = logging.getLogger(__name__)


class Running:
    """Serves on a socket that listens already; `end` may be called at any time."""

    def __init__(
        self,
        arguments: ServeArguments,
        settings: ServiceSettings,
        worker: WorkerSetup | None,
        client: Path | None,
        bound: socket.socket,
    ) -> None:
        self._arguments, self._settings, self._worker = arguments, settings, worker
        self._client, self._bound = client, bound
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until it is ended and, with a worker, that is drained. Raises KeyRefused."""
        access = self._settings.access
        async with Server(access.url, access.api_key.reveal(), access.api_secret.reveal()) as server:
            await _check(server)
            async with open_service(self._service(server), self._bound):
                log.info("serving on %s", _address(self._arguments.host, self._bound))
                if self._worker is None:
                    await self._ended.wait()
                else:
                    await self._worker.worker.run()

    def end(self) -> None:
        """End; with a worker, once its calls have ended, and at the second time at once."""
        self._ended.set()
        if self._worker is not None:
            self._worker.worker.drain()

    def _service(self, server: Server) -> HttpService:
        arguments, settings, setup = self._arguments, self._settings, self._worker
        visits = Visits(
            settings.access,
            client_url=arguments.client_url,
            agent_name=arguments.agent_name,
            is_open=arguments.token_access == "open",
            may_set=(*VISITOR_FIELDS, *arguments.visitors_may_set),
            has_memory=setup is not None and setup.settings.memory is not None,
        )
        options = ServiceOptions(
            visits=visits,
            api_keys=settings.api_keys,
            origins=Origins(arguments.origins),
            per_minute=arguments.rate,
            proxies=arguments.proxies,
            client=self._client,
            notes=() if setup is None else setup.notes,
        )
        worker = None if setup is None else lambda: setup.worker.state
        calls = None if setup is None else lambda: setup.worker.counted.totals
        return make_service(options, server, is_ending=self._ended.is_set, worker=worker, calls=calls)


async def _check(server: Server) -> None:
    """Raise KeyRefused where the server does not take the key pair; one that is not there yet may come."""
    try:
        await server.check_keys()
    except KeyRefused:
        raise
    except RoomError as error:
        log.warning("%s; serving nevertheless, not ready until then", error)


def _address(host: str, bound: socket.socket) -> str:
    """Return where to find it from this machine."""
    name = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{bound.getsockname()[1]}/"
