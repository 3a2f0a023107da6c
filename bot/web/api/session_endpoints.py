"""`/v1/sessions`: sessions by HTTP, for programs with an API key."""

from aiohttp import web
from aiohttp.hdrs import CACHE_CONTROL, LOCATION

from bot.web.api.api_keys import ApiKeys
from bot.web.api.body import read_object
from bot.web.api.idempotency import read_key
from bot.web.api.session_order import read_order
from bot.web.api.sessions import DispatchedSessions

PATH = "/v1/sessions"

IDEMPOTENCY_KEY = "Idempotency-Key"

PRIVATE = {CACHE_CONTROL: "no-store"}


class SessionEndpoints:
    """Answers requests. The methods raise Problem, and RoomError where the server fails."""

    def __init__(self, sessions: DispatchedSessions, keys: ApiKeys) -> None:
        self._sessions, self._keys = sessions, keys

    async def create(self, request: web.Request) -> web.Response:
        """POST: make a session."""
        caller = self._keys.require(request)
        given = request.headers.get(IDEMPOTENCY_KEY)
        key = None if given is None else read_key(given)
        made = await self._sessions.open(read_order(await read_object(request)), caller, key)
        return web.json_response(made, status=201, headers={**PRIVATE, LOCATION: f"{PATH}/{made['sessionId']}"})

    async def describe(self, request: web.Request) -> web.Response:
        """GET: how a session stands."""
        self._keys.require(request)
        return web.json_response(await self._sessions.describe(request.match_info["id"]), headers=PRIVATE)

    async def end(self, request: web.Request) -> web.Response:
        """DELETE: end it."""
        self._keys.require(request)
        await self._sessions.end(request.match_info["id"])
        return web.Response(status=204, headers=PRIVATE)
