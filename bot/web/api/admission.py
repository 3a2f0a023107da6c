"""Who is let through to a handler: within the rate, while the service takes something new."""

import math
from collections.abc import Callable

from aiohttp import web
from aiohttp.hdrs import METH_POST, RETRY_AFTER
from aiohttp.typedefs import Handler

from bot.web.api.api_keys import ApiKeys
from bot.web.api.client_address import client_address
from bot.web.api.problems import Problem
from bot.web.api.rate_limit import RateLimit
from pipeline.clock import loop_time

ENDING_DELAY = 5
"""Seconds after which whoever asks again will probably find another process at this address."""


class Admission:
    """Refuses what is too much, by address; whoever has an API key is not counted."""

    def __init__(self, limit: RateLimit, keys: ApiKeys, *, proxies: int, is_ending: Callable[[], bool]) -> None:
        self._limit, self._keys, self._proxies, self._is_ending = limit, keys, proxies, is_ending

    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Pass a request on. Raises Problem."""
        if self._keys.caller(request) is None:
            delay = self._limit.delay(client_address(request, self._proxies), loop_time())
            if delay:
                wait = math.ceil(delay)
                raise Problem(429, f"That is too often: ask again in {wait} s.", {RETRY_AFTER: str(wait)})
        if self._is_ending() and request.method == METH_POST:
            raise Problem(503, "This service is ending: try again.", {RETRY_AFTER: str(ENDING_DELAY)})
        return await handler(request)
