"""The configuration of a room as a frontend asks for it, in the form in which an access token carries it."""

from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from livekit.protocol.room import RoomConfiguration


def room_config_claim(asked: Any) -> dict[str, Any]:
    """Return the claim `roomConfig` for a decoded JSON object; fields that LiveKit does not know are left out.

    Raises ValueError when it is no RoomConfiguration.
    """
    try:
        return MessageToDict(ParseDict(asked, RoomConfiguration(), ignore_unknown_fields=True))
    except (ParseError, AttributeError, TypeError) as error:
        raise ValueError("this is no RoomConfiguration of LiveKit's") from error
