"""How many connections are served at a time, over real ones."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from aiohttp import web

from bot.web.api.connections import Entrance
from tests.support.waiting import until

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n"


@asynccontextmanager
async def serving(most: int, most_of_one: int | None) -> AsyncIterator[tuple[int, web.Server]]:
    async def hello(_: web.BaseRequest) -> web.Response:
        return web.Response(text="hello")

    server = web.Server(hello)
    loop = asyncio.get_running_loop()
    with closing(socket.create_server(("127.0.0.1", 0))) as bound:
        listening = await loop.create_server(Entrance(server, most, most_of_one), sock=bound)
        yield bound.getsockname()[1], server
        listening.close()
        await server.shutdown(0.1)


async def connect(port: int, address: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    writer.write(REQUEST)
    return reader, writer


async def is_served(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a whole request is answered; the connection is closed again."""
    try:
        reader, writer = await connect(port, address)
        writer.write(b"Connection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
    except ConnectionError:
        return False
    return b"hello" in answer


async def test_one_address_does_not_take_the_connections_of_others() -> None:
    """Slow ones, that never say all of their request, hold a place each."""
    async with serving(most=10, most_of_one=2) as (port, server):
        slow = [await connect(port) for _ in range(2)]
        assert not await is_served(port)
        assert await is_served(port, "127.0.0.2")
        slow[0][1].close()
        await until(lambda: len(server.connections) == 1)
        assert await is_served(port)
        slow[1][1].close()


async def test_of_too_many_the_newest_is_closed() -> None:
    """Behind a proxy all come from one address."""
    async with serving(most=3, most_of_one=None) as (port, server):
        slow = [await connect(port) for _ in range(3)]
        assert not await is_served(port, "127.0.0.2")
        for _, writer in slow:
            writer.close()
        await until(lambda: not server.connections)
        assert await is_served(port)
