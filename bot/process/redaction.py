"""Keeps secrets out of logs and messages.

LiveKit's native library writes whole access tokens into its errors ("invalid token: eyJ..."), and other libraries log
the headers of their requests, so what comes from outside is passed through here before anybody may read it.
"""

import re
from collections.abc import Iterable

JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]+(\.[\w-]*)?")
"""Header, claims and signature of a JSON Web Token in compact form (RFC 7519); the signature may be cut off."""

SHORTEST_SECRET = 8
"""Characters from which a secret is replaced wherever it stands: `secret`, which development servers use, is a word."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with every access token in it, and each of `secrets`, replaced."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    return JWT.sub("[token]", text)
