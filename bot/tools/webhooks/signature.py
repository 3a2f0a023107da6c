"""The signature of a request, as Standard Webhooks defines it (standardwebhooks.com): any of its libraries verifies it.

    webhook-id          the request's own id, the same when it is sent again
    webhook-timestamp   seconds since 1970
    webhook-signature   "v1," and the base64 of HMAC-SHA256 over "{id}.{timestamp}.{body}"

The key is the secret: of one that begins with "whsec_", what its rest is the base64 of; of any other, its UTF-8 bytes.
"""

import base64
import binascii
import hashlib
import hmac
import time
import uuid

PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """Return the key. Raises ValueError with half a sentence for a secret of the standard's form that is no base64."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"has a secret that is no base64 after {PREFIX}: copy it again") from None


def signature_headers(secret: str, request_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers for a request."""
    signed = f"{request_id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": request_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def signed(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers for a new request that is sent now; none without a secret."""
    return signature_headers(secret, f"msg_{uuid.uuid4().hex}", int(time.time()), body) if secret else {}
