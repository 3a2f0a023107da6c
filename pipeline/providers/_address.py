"""The address of a provider's server, from what was set for it."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, without a trailing slash and without the path of an endpoint."""

    is_secure: bool
    place: str
    """Host, port and path."""
    is_given: bool
    """It was set; otherwise it is the provider's own."""

    @property
    def http(self) -> str:
        """The address for requests."""
        return f"http{'s' if self.is_secure else ''}://{self.place}"

    @property
    def shown(self) -> str:
        """The address for people, without a user and a password."""
        return f"http{'s' if self.is_secure else ''}://{self.place.rpartition('@')[2]}"

    @property
    def ws(self) -> str:
        """The address for WebSockets."""
        return f"ws{'s' if self.is_secure else ''}://{self.place}"

    @property
    def host(self) -> str:
        """The name or number of the machine."""
        return urlsplit(self.http).hostname or self.place

    @property
    def path(self) -> str:
        """What follows host and port, empty or with a leading slash."""
        return urlsplit(self.http).path


def parse_address(base_url: str | None, own: str, *endpoints: str) -> Address:
    """Return the address that `base_url` means, or `own` when none is set.

    Any of http, https, ws and wss will do. Other tools ask for the whole URL of a request, so that the path may end
    with one of `endpoints`, which is cut off.
    """
    scheme, _, place = (base_url or own).strip().partition("://")
    place = place.rstrip("/")
    for endpoint in endpoints:
        if place.endswith(endpoint):
            place = place.removesuffix(endpoint).rstrip("/")
            break
    return Address(scheme.lower() in ("https", "wss"), place, is_given=bool(base_url))
