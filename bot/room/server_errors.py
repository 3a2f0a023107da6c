"""What can go wrong when a LiveKit server is asked over HTTP, in words that say what to do."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from google.protobuf.message import DecodeError
from livekit import api

from pipeline.errors import RoomError, first_error

ANSWER_TIMEOUT = 4.0
"""Seconds for one answer of the server; below 5 the API's client does not try again, or elsewhere, by itself."""

NO_LIVEKIT = "something answers at {url}, but it is no LiveKit server: correct LIVEKIT_URL"


class KeyRefused(RoomError):
    """A LiveKit server answers, but does not take the API key and its secret."""


@asynccontextmanager
async def explained(url: str) -> AsyncIterator[None]:
    """Whatever goes wrong inside leaves as a RoomError that says what to do; of several at once the first.

    (An AttributeError is what the API's client raises for a refusal whose JSON is no object.)
    """
    try:
        yield
    except* (
        aiohttp.ClientError,
        TimeoutError,
        OSError,
        api.ServerError,
        DecodeError,
        ValueError,
        AttributeError,
    ) as errors:
        error = first_error(errors)
        kind = KeyRefused if isinstance(error, api.ServerError) and error.status == 401 else RoomError
        raise kind(_sentence(error, url)) from None


def _sentence(error: BaseException, url: str) -> str:
    match error:
        case api.ServerError(status=401):
            return (
                f"the server at {url} refuses the API key: LIVEKIT_API_KEY and LIVEKIT_API_SECRET "
                "have to be a pair of this server's"
            )
        case api.ServerError(status=403):
            return f"the server at {url} does not allow this API key to do that: {error.message or 'use another one'}"
        case api.ServerError(code="unknown", status=status) if status < 500:
            return NO_LIVEKIT.format(url=url)
        case api.ServerError():
            return f"the server at {url} failed ({error.status} {error.message or error.code}): its log says why"
        case TimeoutError():
            return f"no answer from {url} within {ANSWER_TIMEOUT:.0f} s: check LIVEKIT_URL, the network and firewalls"
        case aiohttp.ClientConnectorDNSError():
            return f"the host name in {url} is not known: correct LIVEKIT_URL"
        case aiohttp.ClientSSLError():
            return f"no secure connection to {url}: check its certificate, or whether it is ws:// rather than wss://"
        case aiohttp.ClientConnectorError():
            number = error.os_error.errno
            reason = os.strerror(number) if number else type(error.os_error).__name__
            return f"nothing can be reached at {url} ({reason}): start the server, or correct LIVEKIT_URL"
    return NO_LIVEKIT.format(url=url)
