"""Who may come into a test's room."""

from typing import Literal, Protocol

from livekit import api

from bot.settings.settings import ServerAccess
from bot.settings.values import Secret

Kind = Literal["standard", "egress", "ingress", "sip", "agent"]


class Server(Protocol):
    """A LiveKit server that tests may use."""

    @property
    def url(self) -> str: ...
    @property
    def api_key(self) -> str: ...
    @property
    def api_secret(self) -> str: ...


def server_access(server: Server) -> ServerAccess:
    """The server as the product's settings name it."""
    return ServerAccess(server.url, Secret(server.api_key), Secret(server.api_secret))


def access_token(
    api_key: str,
    api_secret: str,
    *,
    room: str,
    identity: str,
    kind: Kind = "standard",
    hidden: bool = False,
    attributes: dict[str, str] | None = None,
) -> str:
    """A token for one participant of the given kind, who may change its own attributes."""
    grants = api.VideoGrants(room_join=True, room=room, hidden=hidden or None, can_update_own_metadata=True)
    token = api.AccessToken(api_key, api_secret).with_identity(identity).with_name(identity).with_kind(kind)
    return token.with_attributes(attributes or {}).with_grants(grants).to_jwt()
