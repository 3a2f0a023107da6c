"""Answers the server's offers of jobs, some of which have to wait for a bot that leaves."""

import asyncio
import logging

from bot.worker.calls import Calls
from bot.worker.job import JobOffer
from bot.worker.job_dispatches import JobDispatches
from bot.worker.roster import OfferAnswer, Roster
from bot.worker.sweeper import Sweeper
from pipeline.clock import loop_time

log = logging.getLogger(__name__)

ASK_AGAIN_DELAY = 0.1
"""Seconds until an offer that could not be answered is looked at again."""


class Offers:
    """Decides by the roster, and by what the server says of the job that a room has already."""

    def __init__(self, roster: Roster, calls: Calls, dispatches: JobDispatches, sweeper: Sweeper) -> None:
        self._roster, self._calls, self._dispatches, self._sweeper = roster, calls, dispatches, sweeper

    async def answer(self, offer: JobOffer) -> OfferAnswer:
        """Return the answer, which is not LATER."""
        answer = await self._decide(offer)
        if answer is OfferAnswer.SETTLED and (unwanted := await self._dispatches.unwanted_in(offer.room)):
            for job in unwanted:  # their dispatch has been deleted, and this one takes its place
                self._roster.leave(job.id)
                self._calls.end(job.id)
            answer = await self._decide(offer)
            if answer is OfferAnswer.REFUSE:
                self._sweeper.look()  # perhaps nobody else has taken it
        if answer is not OfferAnswer.TAKE:
            reason = self._roster.refusal() if answer is OfferAnswer.REFUSE else "the room has its bot"
            log.info("job %s is not taken: %s; room %s", offer.id, reason or "the room's last bot stays", offer.room)
        if answer is OfferAnswer.SETTLED:
            self._dispatches.forget(offer.room, offer.dispatch_id)
        return answer

    async def _decide(self, offer: JobOffer) -> OfferAnswer:
        came_at = loop_time()
        while (answer := self._roster.answer(offer, loop_time(), loop_time() - came_at)) is OfferAnswer.LATER:  # noqa: ASYNC110
            await asyncio.sleep(ASK_AGAIN_DELAY)
        return answer
