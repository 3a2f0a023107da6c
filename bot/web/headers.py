"""Headers of every answer that keep the page to itself."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.hdrs import CONTENT_SECURITY_POLICY

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "rawbot",  # else it would name the versions of Python and aiohttp
}
"""Headers of every answer, beside the Content-Security-Policy."""

CLOUD = ".livekit.cloud"
"""Servers below it send their clients to others below it, each for its region."""


def security_policy(server_url: str) -> str:
    """Return the Content-Security-Policy: the page runs its own files only, and connects to its LiveKit server only."""
    _, _, place = server_url.partition("://")
    host = place.partition("/")[0]
    places = (host, f"*{CLOUD}") if (urlsplit(server_url).hostname or "").endswith(CLOUD) else (host,)
    schemes = ("wss", "https") if urlsplit(server_url).scheme in ("wss", "https") else ("ws", "http")
    server = " ".join(f"{scheme}://{place}" for place in places for scheme in schemes)
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {server}; "
        "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


def protect(response: web.StreamResponse, policy: str) -> None:
    """Set them."""
    response.headers.update(HEADERS)
    response.headers[CONTENT_SECURITY_POLICY] = policy
