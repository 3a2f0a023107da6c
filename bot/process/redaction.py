"""Keeps secrets out of logs and messages.

LiveKit's native library writes whole access tokens into its errors ("invalid token: eyJ..."), and other libraries log
the headers of their requests. So every text from outside passes through here before it is shown.
"""

import re
from collections.abc import Iterable

JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]+(\.[\w-]*)?")
"""Header, claims and signature of a JSON Web Token in compact form (RFC 7519); the signature may be cut off."""

SHORTEST_SECRET = 8
"""Characters of the shortest secret that is replaced: `secret`, which development servers use, is also a word."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace every access token in the text, and each of `secrets`."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    return JWT.sub("[token]", text)
