"""The one call that tells whether a LiveKit server answers and takes our keys. Standard library only."""

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
    """Where a server is (ws:// or wss://) and the key pair that it takes."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)


class Answer(enum.Enum):
    """What a server says to our keys."""

    ACCEPTED = enum.auto()
    REFUSED = enum.auto()
    NOT_LIVEKIT = enum.auto()  # nobody there, or something else


def list_rooms(server: ServerInfo) -> Answer:
    """Ask for the list of rooms, which needs a valid token."""
    try:
        call(server, "ListRooms", {})
    except urllib.error.HTTPError as error:
        error.close()
        # Any web server may answer so; only LiveKit is healthy as well.
        return Answer.REFUSED if error.code in (401, 403) and _is_healthy(server) else Answer.NOT_LIVEKIT
    except (OSError, ValueError, http.client.HTTPException):
        return Answer.NOT_LIVEKIT
    return Answer.ACCEPTED


def call(server: ServerInfo, method: str, request: dict[str, Any]) -> dict[str, Any]:
    """A call of the server's RoomService over Twirp with JSON, as its administrator.

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
        raise ValueError(f"{server.url} answered something else than an object: it is no LiveKit server.")
    return decoded


def _is_healthy(server: ServerInfo) -> bool:
    """A LiveKit server answers "OK" at its root."""
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
    """An access token: a JWT (RFC 7519) signed with HS256, its grants under `video`."""
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
