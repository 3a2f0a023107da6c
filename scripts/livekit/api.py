"""Asks whether a LiveKit server answers and accepts a key pair. Standard library only."""

import base64
import enum
import hmac
import http.client
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TOKEN_LIFE_DELAY = 60.0
CALL_LIMIT_DELAY = 3.0


@dataclass(frozen=True)
class ServerInfo:
    """The URL (ws:// or wss://) and key pair of a server."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)


class Answer(enum.Enum):
    """A server's answer to a key pair."""

    ACCEPTED = enum.auto()
    REFUSED = enum.auto()
    NOT_LIVEKIT = enum.auto()  # nothing answers there, or something else does


def list_rooms(server: ServerInfo) -> Answer:
    """Request the list of rooms, which needs a valid token."""
    try:
        call(server, "ListRooms", {})
    except urllib.error.HTTPError as error:
        error.close()
        # Any web server may refuse; only LiveKit is healthy as well.
        return Answer.REFUSED if error.code in (401, 403) and _is_healthy(server) else Answer.NOT_LIVEKIT
    except (OSError, ValueError, http.client.HTTPException):
        return Answer.NOT_LIVEKIT
    return Answer.ACCEPTED


def call(server: ServerInfo, method: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call the server's RoomService over Twirp with JSON, as its administrator.

    Raises OSError (urllib.error.HTTPError when the server refuses), http.client.HTTPException, and ValueError when the
    answer is not a JSON object.
    """
    answer = _open(
        urllib.request.Request(
            f"{_http_url(server)}/twirp/livekit.RoomService/{method}",
            data=json.dumps(request).encode(),
            headers={"Authorization": f"Bearer {_token(server)}", "Content-Type": "application/json"},
        )
    )
    decoded = json.loads(answer)
    if not isinstance(decoded, dict):
        raise ValueError(f"{server.url} answered with something else than a JSON object: it is no LiveKit server")
    return decoded


def _is_healthy(server: ServerInfo) -> bool:
    """Return whether it answers "OK" at its root, as a LiveKit server does."""
    try:
        return _open(urllib.request.Request(_http_url(server))).strip() == b"OK"
    except (OSError, http.client.HTTPException):
        return False


def _open(request: urllib.request.Request) -> bytes:
    host = urlsplit(request.full_url).hostname
    local = host in ("127.0.0.1", "localhost", "::1")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({} if local else None))  # never proxy loopback
    with opener.open(request, timeout=CALL_LIMIT_DELAY) as response:
        content: bytes = response.read(1 << 20)
    return content


def _http_url(server: ServerInfo) -> str:
    url = server.url.rstrip("/")
    return "http" + url.removeprefix("ws") if url.startswith("ws") else url


def _token(server: ServerInfo) -> str:
    """Make an access token: a JWT (RFC 7519) signed with HS256, with its grants under `video`."""
    now = int(time.time())
    claims = {
        "iss": server.api_key,
        "nbf": now - 10,
        "exp": now + int(TOKEN_LIFE_DELAY),
        "video": {"roomList": True, "roomCreate": True, "roomAdmin": True},
    }
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    signature = hmac.digest(server.api_secret.encode(), signed.encode(), "sha256")
    return f"{signed}.{_base64(signature)}"


def _encoded(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
