"""`POST /api/token`: lets a visitor into a room of their own, where LiveKit's dispatch brings a bot."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.hdrs import CACHE_CONTROL

from bot.room.room_config import room_config_claim
from bot.settings.settings import ServerAccess
from bot.web.api.api_keys import ApiKeys
from bot.web.api.body import read_object
from bot.web.api.problems import Problem
from bot.web.api.session_names import is_session_room
from bot.web.api.token_request import answer, read_token_request
from bot.web.api.visitor_config import MEMORY_KEY, VISITOR_FIELDS, visitor_bots

MOST_BOTS = 4
"""That a visitor may call into a room: each is a process and its providers; a body of 64 KiB could name thousands."""


@dataclass(frozen=True, slots=True)
class Visits:
    """What visitors are let into."""

    access: ServerAccess
    client_url: str = ""
    """Where clients find the server; empty where this process does."""
    agent_name: str = ""
    """Whose bot is called; without one, a worker that takes every room comes by itself."""
    is_open: bool = True
    """Whether anybody may visit who reaches the endpoint; else an API key is needed."""
    may_set: tuple[str, ...] = VISITOR_FIELDS
    """What a visitor without a key may say of the bots, of the fields of a session's configuration."""
    has_memory: bool = False
    """Whether the bots remember people by their identities: then a visitor without a key takes none of their own."""

    @property
    def server_url(self) -> str:
        """Where clients find the server."""
        return self.client_url or self.access.url


class TokenEndpoint:
    """Makes tokens that admit to one room, for minutes, in which nothing else is granted."""

    def __init__(self, visits: Visits, keys: ApiKeys, *, made: Callable[[], object]) -> None:
        """`made` is called for each token."""
        self._visits, self._keys, self._made = visits, keys, made

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request. Raises Problem."""
        caller = self._keys.caller(request) if self._visits.is_open else self._keys.require(request)
        made = self.answer(await read_object(request), is_trusted=caller is not None)
        self._made()
        return web.json_response(made, headers={CACHE_CONTROL: "no-store"})

    def answer(self, asked: Mapping[str, Any], *, is_trusted: bool) -> dict[str, str]:
        """Answer a decoded request. Raises Problem.

        Of the room's configuration, whoever is not trusted may choose the bots alone: the rest could have LiveKit
        record the room to anywhere, or keep it for days. Of the bots, what the operator allows.
        """
        wanted = read_token_request(asked)
        config = wanted.room_config
        if config is not None and not is_trusted:
            bots = config.get("agents", ())
            _check_bots([str(bot.get("agentName", "")) for bot in bots])
            config = {"agents": visitor_bots(bots, self._visits.may_set)} if bots else None
        if is_session_room(wanted.room):
            raise Problem(403, "This room belongs to a session, whose token POST /v1/sessions gives.")
        visits = self._visits
        is_named = is_trusted or not visits.has_memory or MEMORY_KEY in visits.may_set
        return answer(
            visits.access,
            wanted,
            room=wanted.room or f"room-{secrets.token_hex(8)}",
            identity=(wanted.identity if is_named else "") or f"person-{secrets.token_hex(4)}",
            room_config=config or _dispatch(visits.agent_name),
            server_url=visits.server_url,
        )


def _check_bots(names: Sequence[str]) -> None:
    """Raise Problem for more bots than a visitor may call; of one name, two workers would bring one each."""
    if len(names) > MOST_BOTS or len(set(names)) < len(names):
        raise Problem(400, f"room_config.agents may name {MOST_BOTS} bots without an API key, each of them once.")


def _dispatch(agent_name: str) -> dict[str, Any] | None:
    """Return the configuration of a room that calls this bot."""
    return room_config_claim({"agents": [{"agent_name": agent_name}]}) if agent_name else None
