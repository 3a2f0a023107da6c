"""What a frontend asks the token endpoint for: the schema of LiveKit's `TokenSource.endpoint`.

Every field of `livekit_token_source.proto` (livekit/protocol) is optional, and written room_name or, as protobuf's JSON
allows, roomName.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.room.room_config import room_config_claim
from bot.room.token import VISITOR_TOKEN_LIFE, visitor_token
from bot.settings.settings import ServerAccess
from bot.settings.values import read_name
from bot.web.api.problems import Problem


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What was asked for; a text that was not is empty."""

    room: str = ""
    identity: str = ""
    name: str = ""
    metadata: str = ""
    attributes: Mapping[str, str] | None = None
    room_config: Mapping[str, Any] | None = None
    """As an access token carries it, with the bots to dispatch."""


def read_token_request(asked: Mapping[str, Any]) -> TokenRequest:
    """Read a decoded request; what is unknown in it is passed over, as protobuf does. Raises Problem."""
    config = _field(asked, "room_config")
    try:
        room_config = room_config_claim(config) if config else None
    except ValueError:
        raise Problem(400, "room_config must be a RoomConfiguration.") from None
    return TokenRequest(
        room=_name(asked, "room_name"),
        identity=_name(asked, "participant_identity"),
        name=_text(asked, "participant_name"),
        metadata=_text(asked, "participant_metadata"),
        attributes=_attributes(asked),
        room_config=room_config,
    )


def answer(
    access: ServerAccess,
    request: TokenRequest,
    *,
    room: str,
    identity: str,
    room_config: Mapping[str, Any] | None,
    server_url: str = "",
    life: timedelta = VISITOR_TOKEN_LIFE,
) -> dict[str, str]:
    """Return the answer with a token for this room alone.

    `server_url` is where clients find the server, if not where this process does.
    """
    name = request.name or identity
    token = visitor_token(
        api_key=access.api_key.reveal(),
        api_secret=access.api_secret.reveal(),
        room=room,
        identity=identity,
        name=name,
        metadata=request.metadata,
        attributes=request.attributes or {},
        room_config=room_config,
        life=life,
    )
    return {
        "server_url": server_url or access.url,
        "participant_token": token,
        "room_name": room,
        "participant_name": name,
    }


def _field(asked: Mapping[str, Any], name: str) -> Any:
    """Return a field in either of its spellings."""
    head, *rest = name.split("_")
    camel = head + "".join(word.title() for word in rest)
    if asked.get(name) is not None and asked.get(camel) is not None:
        raise Problem(400, f"{name} and {camel} are the same: give one of them.")
    return asked.get(name) if asked.get(name) is not None else asked.get(camel)


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = _field(asked, name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Problem(400, f"{name} must be text.")
    return value


def _name(asked: Mapping[str, Any], name: str) -> str:
    """Return a name that a LiveKit server takes."""
    value = _text(asked, name)
    if not value:
        return ""
    try:
        return read_name(value)
    except ValueError as error:
        raise Problem(400, f"{name} {error}.") from None


def _attributes(asked: Mapping[str, Any]) -> dict[str, str] | None:
    given = _field(asked, "participant_attributes")
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Problem(400, "participant_attributes must be an object with text values.")
    return given
