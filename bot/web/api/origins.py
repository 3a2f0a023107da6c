"""Which web pages may ask for tokens (CORS). That keeps pages of others out, in browsers; it is no authentication."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.hdrs import (
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE,
    ORIGIN,
    VARY,
)

from bot.settings.loopback import is_loopback
from bot.web.api.problems import Problem

ANY = "*"

PREFLIGHT_AGE = 600
"""Seconds for which a browser need not ask again."""


class Origins:
    """The origins that are allowed: those named, `*` for any, and pages that the browser's own machine serves."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(allowed)

    def refusal(self, request: web.Request) -> Problem | None:
        """Return what to answer to a request from a page that is not allowed; programs name no origin."""
        origin = request.headers.get(ORIGIN)
        if origin is None or self._allows(origin):
            return None
        return Problem(403, "Pages of this origin may not ask here; python -m bot serve --allow-origin lets them.")

    def mark(self, request: web.Request, response: web.StreamResponse, methods: str) -> None:
        """Let the browser give an answer to an allowed page."""
        response.headers.add(VARY, ORIGIN)
        origin = request.headers.get(ORIGIN)
        if origin is None or not self._allows(origin):
            return
        response.headers[ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[ACCESS_CONTROL_ALLOW_METHODS] = methods
        response.headers[ACCESS_CONTROL_ALLOW_HEADERS] = "Content-Type"
        response.headers[ACCESS_CONTROL_MAX_AGE] = str(PREFLIGHT_AGE)

    def _allows(self, origin: str) -> bool:
        return origin in self._allowed or ANY in self._allowed or _is_on_this_machine(origin)


def _is_on_this_machine(origin: str) -> bool:
    try:
        return is_loopback(urlsplit(origin).hostname or "")
    except ValueError:  # no address at all
        return False
