"""A bad network in front of a local livekit-server: a relay of its media that loses packets by chance.

The server offers its clients one address only, at which this relay listens; what it lets through goes to where the
server really is. Signaling, by TCP, is not touched.
"""

import asyncio
from random import Random
from types import TracebackType
from typing import Any, Self

SERVER, OFFERED = "127.0.0.1", "127.0.0.2"

CONFIG = {
    "rtc": {
        "node_ip": OFFERED,
        "ips": {"includes": [f"{SERVER}/32"]},
        "tcp_port": 0,
        "use_ice_lite": True,  # or it would look for a way around the relay
    }
}
"""Of a server that is reached through one."""

Address = tuple[str, int]


class LossyPath:
    """A relay for the server at this port of UDP; an async context manager. Half of what is lost is on each way."""

    def __init__(self, port: int, loss: float, seed: int = 0) -> None:
        self._port, self._random = port, Random(seed)
        self.loss = loss
        """Share of the packets that are lost."""
        self.passed = self.lost = 0
        self._clients: asyncio.DatagramTransport | None = None
        self._ways: dict[Address, asyncio.DatagramTransport] = {}
        self._waiting: dict[Address, list[bytes]] = {}
        self._opening = set[asyncio.Task[None]]()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._clients, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(self._from_client), local_addr=(OFFERED, self._port)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._opening:
            task.cancel()
        for transport in (self._clients, *self._ways.values()):
            if transport is not None:
                transport.close()

    def _is_lost(self) -> bool:
        is_lost = self._random.random() < self.loss
        self.lost += is_lost
        self.passed += not is_lost
        return is_lost

    def _from_client(self, data: bytes, client: Address) -> None:
        if self._is_lost():
            return
        if (way := self._ways.get(client)) is not None:
            way.sendto(data)
        elif client in self._waiting:
            self._waiting[client].append(data)
        else:
            self._waiting[client] = [data]
            task = asyncio.get_running_loop().create_task(self._open(client))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self, client: Address) -> None:
        """Give a client a socket of its own, so that the server tells clients apart."""

        def to_client(data: bytes, server: Address) -> None:
            if self._clients is not None and not self._is_lost():
                self._clients.sendto(data, client)

        loop = asyncio.get_running_loop()
        way, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(to_client), local_addr=(SERVER, 0), remote_addr=(SERVER, self._port)
        )
        self._ways[client] = way
        for data in self._waiting.pop(client):
            way.sendto(data)


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, take: Any) -> None:
        self._take = take

    def datagram_received(self, data: bytes, address: Address) -> None:
        self._take(data, address)
