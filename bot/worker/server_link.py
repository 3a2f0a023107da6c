"""The worker's link to the server: registered, lost, registered again. What the server is to be told waits for it."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from bot.room.server_errors import KeyRefused
from bot.settings.settings import ServerAccess
from bot.worker import messages
from bot.worker.connection import WorkerConnection, connect
from bot.worker.messages import GoAway, Pong, ServerSays
from bot.worker.roster import WorkerStatus
from pipeline.clock import loop_time
from pipeline.errors import RoomError, first_error
from pipeline.resilience.backoff import backoff_delay

log = logging.getLogger(__name__)

STATUS_INTERVAL = 2.5
"""Seconds between two reports of the load; a job that comes or goes is reported at once."""

PONG_TIMEOUT = 15.0
"""Seconds for the answer to a ping: past them the server is stuck, however well it keeps the connection."""

STEADY_DELAY = 5.0
"""Seconds after which a connection that is lost was a good one: the next attempt is made at once."""

FLUSH_TIMEOUT = 2.0
"""Seconds for the last reports of a worker that ends."""


class ServerLink:
    """One registration after another. `hear` gets what the server says; `running` are jobs to tell it of."""

    def __init__(
        self,
        access: ServerAccess,
        *,
        agent_name: str,
        version: str,
        status: Callable[[], WorkerStatus],
        running: Callable[[], Iterable[str]],
        hear: Callable[[ServerSays, WorkerConnection], None],
        registered: Callable[[], None],
    ) -> None:
        self._access, self._agent_name, self._version = access, agent_name, version
        self._status, self._running, self._hear, self._registered = status, running, hear, registered
        self._updates: dict[str, bytes] = {}
        """By job, what the server has not been told of it yet; the last value wins, and outlives a connection."""
        self._news = asyncio.Event()
        """There are updates, or the status has changed."""
        self._ponged = asyncio.Event()
        self._was_sent_away = False
        self._connection: WorkerConnection | None = None
        self._was_registered = False

    @property
    def is_registered(self) -> bool:
        """Whether the server can give it jobs."""
        return self._connection is not None

    def update(self, job_id: str, message: bytes) -> None:
        """Tell the server of a job, at once or when it is there again."""
        self._updates[job_id] = message
        self.report()

    def report(self) -> None:
        """Report the status soon, as it has changed."""
        self._news.set()

    async def run(self) -> None:
        """Be registered, again and again. Raises KeyRefused when the server does not take the key pair at first."""
        attempt, reason = 0, ""
        while True:
            began_at = loop_time()
            try:
                async with connect(self._access, self._agent_name, self._version) as connection:
                    await self._talk(connection)
                if self._was_sent_away:
                    self._was_sent_away = False
                    continue
                again = "the server has closed the worker's connection"
                attempt = 0 if loop_time() - began_at > STEADY_DELAY else attempt
                reason = ""
            except RoomError as error:
                if isinstance(error, KeyRefused) and not self._was_registered:
                    raise
                again = str(error)
            if again != reason:
                log.warning("%s; trying again, %d jobs go on", again, len(list(self._running())))
            reason = again
            await asyncio.sleep(backoff_delay(attempt, random.random()))
            attempt += 1

    async def flush(self) -> None:
        """Send what the server has not been told yet, if it can be told."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                if self._connection is not None:
                    await self._send_updates(self._connection)

    async def _talk(self, connection: WorkerConnection) -> None:
        """Listen to the server until the connection is gone."""
        name = self._agent_name
        log.info("registered %s as %s", f"for {name}" if name else "for every room", connection.registered.worker_id)
        self._was_registered = True
        for job_id in self._running():
            self._updates.setdefault(job_id, messages.job_running(job_id))
        self._connection = connection
        self._registered()
        try:
            async with asyncio.TaskGroup() as group:
                reporting = group.create_task(self._keep_reporting(connection))
                pinging = group.create_task(self._keep_pinging(connection))
                async for said in connection.says():
                    if isinstance(said, Pong):
                        self._ponged.set()
                    elif isinstance(said, GoAway):
                        log.info("the server asks the worker to register anew (%s)", said.reason or "no reason given")
                        self._was_sent_away = True
                        break
                    else:
                        self._hear(said, connection)
                reporting.cancel()
                pinging.cancel()
        except* RoomError as errors:
            raise first_error(errors) from None
        finally:
            self._connection = None

    async def _keep_reporting(self, connection: WorkerConnection) -> None:
        """Tell the server how things stand, whenever that has changed and every few seconds."""
        while True:
            self._news.clear()
            await self._send_updates(connection)
            await connection.send(messages.status(self._status()))
            with suppress(TimeoutError):
                async with asyncio.timeout(STATUS_INTERVAL):
                    await self._news.wait()

    async def _keep_pinging(self, connection: WorkerConnection) -> None:
        """Ask for a sign of life every few seconds, and give the connection up when there is none."""
        while True:
            await asyncio.sleep(messages.PING_INTERVAL)
            self._ponged.clear()
            await connection.send(messages.ping(time.time()))
            try:
                async with asyncio.timeout(PONG_TIMEOUT):
                    await self._ponged.wait()
            except TimeoutError:
                log.warning("the server keeps the connection, but has not answered for %.0f s", PONG_TIMEOUT)
                await connection.close()

    async def _send_updates(self, connection: WorkerConnection) -> None:
        for job_id, update in list(self._updates.items()):
            if await connection.send(update) and self._updates.get(job_id) is update:
                del self._updates[job_id]
