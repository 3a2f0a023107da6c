"""Addresses that do not leave this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether this name or address stays on this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
