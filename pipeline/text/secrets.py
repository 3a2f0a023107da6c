"""Keeps keys, tokens and passwords out of texts that come from outside, in whatever form they are repeated there."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

SHORTEST_SECRET = 8
"""Characters of the shortest secret that is replaced: `secret`, which development servers use, is also a word."""

TELLING_PART = 12
"""Characters of the beginning of a longer secret that are replaced, too: messages are cut off anywhere."""

_JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]+(\.[\w-]*)?")
"""Header, claims and signature of a JSON Web Token in compact form (RFC 7519); the signature may be cut off."""


def hide_secrets(text: str, secrets: Iterable[str] = (), mark: str = "[secret]") -> str:
    """Replace every access token in the text, and each of `secrets`, also where it is encoded or cut off."""
    for secret in sorted(secrets, key=len, reverse=True):  # one may begin another
        for form in _forms(secret):
            text = text.replace(form, mark)
            if len(form) >= TELLING_PART + SHORTEST_SECRET and (beginning := form[:TELLING_PART]) in text:
                text = "".join(_without_beginnings(text, form, beginning, mark))
    return _JWT.sub("[token]", text)


@lru_cache(256)
def _forms(secret: str) -> tuple[str, ...]:
    """The secret as it is, in a URL, in JSON, and in base64, the longest first; none of one that may be a word."""
    if len(secret) < SHORTEST_SECRET:
        return ()
    plain = b64encode(secret.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    escaped = json.dumps(secret)[1:-1]
    encoded = quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")
    return tuple(sorted({secret, *encoded, escaped, plain}, key=len, reverse=True))


def _without_beginnings(text: str, secret: str, beginning: str, mark: str) -> Iterator[str]:
    head, *rest = text.split(beginning)
    yield head
    for part in rest:
        same = 0
        while part[same : same + 1] and secret.startswith(part[: same + 1], TELLING_PART):
            same += 1
        yield mark + part[same:]
