"""The keys with which programs may make sessions: `Authorization: Bearer KEY`."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION, WWW_AUTHENTICATE

from bot.settings.values import Secret
from bot.web.api.problems import Problem

SCHEME = "bearer"


class ApiKeys:
    """The keys that are known. They are compared as digests, all of them each time: a wrong one learns nothing."""

    def __init__(self, keys: Iterable[Secret]) -> None:
        self._digests = [sha256(key.reveal().encode()).digest() for key in keys]

    def __bool__(self) -> bool:
        return bool(self._digests)

    def caller(self, request: web.Request) -> str | None:
        """Return a name for whoever has one of the keys, the same for the same key; None for everybody else."""
        scheme, _, given = request.headers.get(AUTHORIZATION, "").partition(" ")
        digest = sha256(given.strip().encode(errors="surrogateescape")).digest()
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        if scheme.lower() != SCHEME or not any(matches):
            return None
        return digest.hex()[:16]

    def require(self, request: web.Request) -> str:
        """Return the same name. Raises Problem where there is no key, or a wrong one."""
        if (caller := self.caller(request)) is not None:
            return caller
        if not self._digests:
            raise Problem(403, "No API key is set here: BOT_API_KEYS has none, so nobody may do this.")
        raise Problem(
            401, "Send one of the API keys: Authorization: Bearer KEY.", {WWW_AUTHENTICATE: 'Bearer realm="rawbot"'}
        )
