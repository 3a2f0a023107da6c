"""Runs a `livekit-server` on loopback, to be stopped, crashed and restarted at will. Standard library only."""

import os
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from json import dumps
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.process.child_process import kill, start
from scripts.livekit.api import Answer, ServerInfo, list_rooms

START_LIMIT_DELAY = 15.0
STOP_LIMIT_DELAY = 8.0
GENTLE_DELAY = 0.2


class ServerError(Exception):
    """A server does not work or does not start; the message says what to do."""


class LocalServer:
    """A server on 127.0.0.1, on free ports, with a random secret; a context manager.

    `ports` are those for signaling (TCP) and media (TCP, UDP), `keys` the key and its secret; both have defaults.
    `config` is merged into the server's configuration (fields as in its config-sample.yaml), for instance
    `{"room": {"empty_timeout": 2, "departure_timeout": 1, "max_participants": 3}}`, times in seconds.
    The clients need an interface besides loopback: livekit.rtc gathers no ICE candidates without one.
    """

    def __init__(
        self,
        binary: Path,
        *,
        ports: tuple[int, int, int] | None = None,
        keys: tuple[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        # PyJWT and the server warn of secrets under 32 characters
        self._keys = keys or ("rawbot", secrets.token_urlsafe(32))
        self._binary = binary
        self._wanted = config or {}
        self._ports = ports
        self._child: subprocess.Popen[bytes] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="livekit-server-"))
        self.log = self._folder / "log"

    @property
    def info(self) -> ServerInfo:
        """URL and keys; a restart keeps them. Raises ServerError before the first start."""
        if self._ports is None:
            raise ServerError("the server has no address before its first start(): call that first")
        return ServerInfo(f"ws://127.0.0.1:{self._ports[0]}", *self._keys)

    @property
    def pid(self) -> int | None:
        """The number of the server's process; None while it is stopped."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> ServerInfo:
        """Start and wait until healthy; free ports are chosen at the first start. Raises ServerError."""
        if self._ports:
            self._try(self._ports)
            return self.info
        for _ in range(5):  # another process may take a free port before the server does
            ports = free_ports()
            try:
                self._try(ports)
            except _PortTaken:
                continue
            self._ports = ports
            return self.info
        raise ServerError(f"no free ports in five attempts; the log ends:\n{self.log_tail()}")

    def stop(self) -> None:
        """Shut down: participants are notified (disconnected, SERVER_SHUTDOWN) and do not reconnect."""
        child, self._child = self._child, None
        if child is None:
            return
        # The first SIGTERM ends an empty server at once, another when all have left; the second does not wait for that.
        for patience_delay in (GENTLE_DELAY, STOP_LIMIT_DELAY):
            if child.poll() is None:
                child.terminate()
            try:
                child.wait(patience_delay)
                return
            except subprocess.TimeoutExpired:
                continue
        kill(child)

    def crash(self) -> None:
        """Kill the server: participants try to reconnect."""
        child, self._child = self._child, None
        if child is not None:
            kill(child)

    def restart(self) -> None:
        """Stop and start again, with the same URL and keys; the rooms are gone."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove the log."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def log_tail(self) -> str:
        """Return the end of the log without the secret, for a message."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-15:]).replace(self._keys[1], "***")

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _try(self, ports: tuple[int, int, int]) -> None:
        if self.pid is not None:
            raise ServerError("the server runs already: call stop() first, or restart()")
        # The configuration is passed in the environment, where other users of the machine cannot read the secret.
        env = {name: value for name, value in os.environ.items() if not name.startswith(_SERVER_SETTINGS)}
        env["LIVEKIT_CONFIG"] = dumps(_merged(_config(ports, self._keys), self._wanted))  # JSON is YAML
        with self.log.open("ab") as output:
            log_before = output.tell()
            self._child = child = start([self._binary], env=env, output=output)
        info = ServerInfo(f"ws://127.0.0.1:{ports[0]}", *self._keys)
        give_up_at = time.monotonic() + START_LIMIT_DELAY
        while time.monotonic() < give_up_at:
            if child.poll() is not None:
                self._child = None
                if b"address already in use" in self.log.read_bytes()[log_before:]:
                    raise _PortTaken(
                        f"port {taken_port(ports) or ports} is taken by another program: end that and start again"
                    )
                raise ServerError(
                    f"{self._binary} ended with code {child.returncode}; its log ends:\n{self.log_tail()}"
                )
            if list_rooms(info) is Answer.ACCEPTED:  # with our secret: this server, not another one on a lost port
                return
            time.sleep(0.02)
        self.crash()
        raise ServerError(
            f"{self._binary} was not healthy after {START_LIMIT_DELAY} s; its log ends:\n{self.log_tail()}"
        )


class _PortTaken(ServerError):
    """A port is taken; other ports may be free."""


# Variables that the server reads besides its configuration; those of a developer must not change this server.
_SERVER_SETTINGS = ("LIVEKIT_", "NODE_IP", "UDP_PORT", "REDIS_")


def free_ports() -> tuple[int, int, int]:
    """Return free ports: TCP for signaling, TCP and UDP for media.

    They lie below the ranges for outgoing connections (from 32768 on Linux, 49152 elsewhere), so that no client takes
    one while the server restarts.
    """
    taken: list[socket.socket] = []
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM):
            one = socket.socket(socket.AF_INET, kind)
            taken.append(one)  # stays bound until all are, so that the ports differ
            while True:
                with suppress(OSError):
                    one.bind(("", random.randint(20_000, 29_999)))
                    break
        signaling, tcp, udp = (one.getsockname()[1] for one in taken)
        return signaling, tcp, udp
    finally:
        for one in taken:
            one.close()


def taken_port(ports: tuple[int, int, int]) -> int | None:
    """Return the first of these that another program has (they are TCP, TCP and UDP), or None."""
    for kind, port in zip((socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM), ports, strict=True):
        with socket.socket(socket.AF_INET, kind) as one:
            if kind is socket.SOCK_STREAM and os.name == "posix":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not for connections just ended
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                return port
    return None


def _config(ports: tuple[int, int, int], keys: tuple[str, str]) -> dict[str, Any]:
    signaling, tcp, udp = ports
    return {
        "port": signaling,
        "bind_addresses": ["127.0.0.1"],
        "keys": dict([keys]),
        "rtc": {
            "tcp_port": tcp,
            "udp_port": udp,
            # Clients are offered loopback only, whatever interfaces the machine has; with a node_ip and without
            # use_external_ip the server uses no STUN.
            "use_external_ip": False,
            "node_ip": "127.0.0.1",
            "ips": {"includes": ["127.0.0.0/8"]},
            "enable_loopback_candidate": True,
            "use_mdns": False,
        },
    }


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        inner = merged.get(name)
        merged[name] = _merged(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return merged
