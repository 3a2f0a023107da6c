"""The service on a port of its own, with a simulated LiveKit server behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import jwt

from bot.process.listening_port import listening_socket
from bot.room.server import Server
from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from bot.web.api.app import open_service
from bot.web.api.origins import Origins
from bot.web.api.service import ServiceOptions, make_service
from bot.web.api.token_endpoint import Visits
from bot.web.api.visitor_config import VISITOR_FIELDS
from bot.worker.worker_state import WorkerState
from tests.support.twirp_server import KEY, SECRET, TwirpServer

API_KEY = "a-key-of-a-program-0001"

OTHER_KEY = "a-key-of-a-program-0002"

BEARER = {"Authorization": f"Bearer {API_KEY}"}

IDLE_WORKER = WorkerState(
    is_registered=True,
    is_available=True,
    is_draining=False,
    places=8,
    offered=0,
    assigned=1,
    running=2,
    load=0.25,
    idle=3,
    succeeded=4,
    failed=5,
    refused=6,
)


@dataclass
class RunningService:
    """What a test has of it: `http` has addresses relative to it."""

    http: aiohttp.ClientSession
    livekit: TwirpServer
    port: int
    worker: WorkerState = IDLE_WORKER
    is_ending: bool = False

    def change_worker(self, **changes: Any) -> None:
        """Have the worker beside it stand in another way."""
        self.worker = replace(self.worker, **changes)

    async def post(self, path: str, json: object = None, **more: Any) -> tuple[int, dict[str, Any]]:
        """Post JSON; return the status and the decoded answer."""
        async with self.http.post(path, json=json, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def get(self, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Get a path; return the status and the decoded answer."""
        async with self.http.get(path, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def metric(self, name: str) -> float:
        """Return the value of a sample, by its name and labels."""
        async with self.http.get("/metrics") as answer:
            lines = (await answer.text()).splitlines()
        (value,) = [line.rpartition(" ")[2] for line in lines if line.rpartition(" ")[0] == name]
        return float(value)


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token of ours."""
    claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"])
    return claims


@asynccontextmanager
async def running_service(
    *,
    client: Path | None = None,
    keys: tuple[str, ...] = (API_KEY, OTHER_KEY),
    agent_name: str = "",
    client_url: str = "",
    is_open: bool = True,
    allowed: tuple[str, ...] = (),
    per_minute: int = 10_000,
    proxies: int = 0,
    has_worker: bool = False,
    has_memory: bool = False,
    may_set: tuple[str, ...] = VISITOR_FIELDS,
) -> AsyncIterator[RunningService]:
    """Run it for the block."""
    async with TwirpServer() as livekit, Server(livekit.url, KEY, SECRET) as server:
        access = ServerAccess(livekit.url, Secret(KEY), Secret(SECRET))
        options = ServiceOptions(
            visits=Visits(access, client_url, agent_name, is_open, may_set, has_memory),
            api_keys=tuple(map(Secret, keys)),
            origins=Origins(allowed),
            per_minute=per_minute,
            proxies=proxies,
            client=client,
            notes=("a note",),
        )
        there: list[RunningService] = []
        worker = (lambda: there[0].worker) if has_worker else None
        service = make_service(options, server, is_ending=lambda: there[0].is_ending, worker=worker)
        bound = listening_socket(0)
        port = bound.getsockname()[1]
        async with open_service(service, bound), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            there.append(RunningService(http, livekit, port))
            yield there[0]
