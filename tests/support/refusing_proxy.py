"""A way to a server's signalling port whose first connections are dropped, as those to a server that starts are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

from scripts.livekit.api import ServerInfo

CHUNK = 65_536


@asynccontextmanager
async def refusing_proxy(server: ServerInfo, refusals: int) -> AsyncIterator[ServerInfo]:
    """The server by another address, where the first `refusals` connections are closed at once."""
    left = refusals
    address = urlsplit(server.url)
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        open_now.add(writer)
        if left:
            left -= 1
            writer.close()
            return
        from_server, to_server = await asyncio.open_connection(address.hostname, address.port)
        open_now.add(to_server)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pass_on(reader, to_server))
            group.create_task(_pass_on(from_server, writer))

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield replace(server, url=f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    finally:
        listening.close()
        for writer in open_now:
            writer.transport.abort()
        for writer in open_now:
            with suppress(ConnectionError):
                await writer.wait_closed()
    assert not left, "fewer connections came than were to be refused"


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
