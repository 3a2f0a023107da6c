"""What becomes of the dispatch of a job: it stands as long as its bot is wanted, and is deleted with the job's end."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bot.room.dispatches import Dispatches
from bot.worker.calls import Calls, Spawn
from bot.worker.job import Job
from pipeline.errors import RoomError

log = logging.getLogger(__name__)

ERRAND_TIMEOUT = 5.0
"""Seconds for the last questions to the server, when the worker ends."""

WANTED_INTERVAL = 10.0
"""Seconds between two questions whether a job that the server has forgotten is still wanted."""


class JobDispatches:
    """Tells the server, beside all else, what has become of jobs, and asks whether they are wanted."""

    def __init__(self, dispatches: Dispatches, calls: Calls, spawn: Spawn) -> None:
        self._dispatches, self._calls, self._spawn = dispatches, calls, spawn
        self.is_cutting = False
        """Whether jobs that come now are ended, too."""
        self._cut = set[str]()
        """Jobs that are ended because the worker ends."""
        self._errands = set[asyncio.Task[None]]()
        self._watched = set[str]()

    def cut(self) -> None:
        """End all jobs, for other workers to take them."""
        self.is_cutting = True
        self._cut.update(job.id for job in self._calls.jobs)
        self._calls.end_all()

    async def cut_after(self, delay: float) -> None:
        """Do so in `delay` seconds."""
        await asyncio.sleep(delay)
        self.cut()

    def ended(self, job: Job) -> None:
        """Note that a job has ended."""
        if job.id in self._cut and job.dispatch_id:
            self._run_errand(self._give_back(job))
        else:
            self.forget(job.room, job.dispatch_id)

    def forget(self, room: str, dispatch_id: str) -> None:
        """Delete the dispatch of a job that has ended: it wants no other bot."""
        if dispatch_id:
            self._run_errand(self._forget(room, dispatch_id))

    async def unwanted_in(self, room: str) -> list[Job]:
        """Return the jobs for a room whose dispatches have been deleted; none where the server cannot be asked."""
        jobs = [job for job in self._calls.jobs if job.room == room and job.dispatch_id]
        return [job for job in jobs if not await self._is_wanted(job)]

    def terminated(self, job_id: str) -> None:
        """End a job if its dispatch has been deleted, now or later.

        The server says that a job is to end when its dispatch is deleted, but also when its bot leaves the room to join
        again, or takes the place of one that died. It then knows the job no longer, and says nothing more of it.
        """
        if (job := self._calls.find(job_id)) is not None:
            if job.dispatch_id:
                self._keep_asking(job)
            else:
                self._calls.end(job_id)

    def registered(self) -> None:
        """Note that the server has taken the worker in, and knows nothing of the jobs that it had before."""
        for job in self._calls.jobs:
            if job.dispatch_id:
                self._keep_asking(job)

    def _keep_asking(self, job: Job) -> None:
        if job.id not in self._watched:
            self._watched.add(job.id)
            self._spawn(self._watch(job))

    async def settle(self) -> None:
        """Wait for what the server is being told."""
        if self._errands:
            await asyncio.wait(self._errands, timeout=ERRAND_TIMEOUT)

    def _run_errand(self, errand: Coroutine[Any, Any, None]) -> None:
        task = self._spawn(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _watch(self, job: Job) -> None:
        while self._calls.find(job.id) is not None:
            if not await self._is_wanted(job):
                self._calls.end(job.id)
                break
            await asyncio.sleep(WANTED_INTERVAL)
        self._watched.discard(job.id)

    async def _is_wanted(self, job: Job) -> bool:
        try:
            return await self._dispatches.find(job.room, job.dispatch_id) is not None
        except RoomError:
            return True  # while the server cannot be asked

    async def _forget(self, room: str, dispatch_id: str) -> None:
        try:
            if await self._dispatches.find(room, dispatch_id) is not None:
                await self._dispatches.delete(room, dispatch_id)
        except RoomError as error:
            log.warning("room %s may get another bot, as its dispatch cannot be deleted: %s", room, error)

    async def _give_back(self, job: Job) -> None:
        try:
            if (dispatch := await self._dispatches.find(job.room, job.dispatch_id)) is not None:
                await self._dispatches.renew((dispatch,))
        except RoomError as error:
            log.warning("room %s is left without a bot: %s", job.room, error)
