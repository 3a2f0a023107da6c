"""Which address a request comes from, behind proxies, too."""

from ipaddress import ip_address

from aiohttp import web

FORWARDED = "X-Forwarded-For"


def client_address(request: web.Request, proxies: int) -> str:
    """Return the address of the client, where `proxies` stand between it and this process.

    Each proxy appends the address that it was asked from, so the client's is that many places before the end. What
    stands before it was written by the client itself.
    """
    hops = [hop.strip() for line in request.headers.getall(FORWARDED, ()) for hop in line.split(",")]
    if 0 < proxies <= len(hops):
        try:
            return str(ip_address(hops[-proxies]))
        except ValueError:
            pass  # a proxy that writes something else
    return request.remote or ""
