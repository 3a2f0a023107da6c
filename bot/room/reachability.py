"""Waits for a LiveKit server that is being started, before the client library connects to it.

The library makes four attempts. When the first one fails it closes the peer connection that it has made ahead, stops
its audio with it, and does not start it for the next attempt (`AdmProxy` in its adm_proxy.cpp): who gets in by that one
hears nobody until the process ends. Seen with livekit 1.2.0 and 1.2.1. With two peer connections
(`RoomOptions.single_peer_connection=False`) that does not happen, but a track that was unsubscribed from does not come
back then, and who joins while the process leaves its only other room hears nobody.
"""

import asyncio
import errno
from contextlib import closing
from urllib.parse import urlsplit

from pipeline.clock import loop_time

REFUSED_PATIENCE = 3.0
"""Seconds for which a server that takes no connections is waited for: one that is being started takes 1 to 2."""

ANSWER_TIMEOUT = 2.0
"""Seconds for an answer; without one the client library is to find out what is wrong."""

RETRY_DELAY = 0.1
"""Seconds between two attempts."""

_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}


async def until_reachable(url: str) -> None:
    """Return when the server takes connections, or fails in another way than by refusing them.

    Raises ConnectionError when it refuses them for REFUSED_PATIENCE seconds; the client library's own attempts would
    fail, too, or leave it without audio.
    """
    give_up_at = loop_time() + REFUSED_PATIENCE
    while True:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await _ask(url)
            return
        except (OSError, ValueError) as error:
            if not _is_refusal(error):  # but a name that is not known, a certificate, a firewall
                return
            if loop_time() + RETRY_DELAY > give_up_at:
                raise ConnectionError(str(error)) from error
        await asyncio.sleep(RETRY_DELAY)


def _is_refusal(error: Exception) -> bool:
    """Also of one that stands for several addresses, which is no ConnectionError."""
    return isinstance(error, ConnectionError) or f"[Errno {errno.ECONNREFUSED}]" in str(error)


async def _ask(url: str) -> None:
    """Have the server answer a request, in whatever way. Raises ConnectionError when it closes the connection."""
    address = urlsplit(url)
    is_encrypted = address.scheme in ("wss", "https")
    port = address.port or _PORTS.get(address.scheme, 443)
    reader, writer = await asyncio.open_connection(address.hostname, port, ssl=is_encrypted or None)
    with closing(writer):
        writer.write(f"GET / HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode())
        if not await reader.read(1):
            raise ConnectionResetError("the server closes connections without an answer")
