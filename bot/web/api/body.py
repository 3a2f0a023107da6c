"""The JSON in the body of a request: of bounded size, read in bounded time, and fit to be written as UTF-8 again."""

import asyncio
import json
from typing import Any, NoReturn

from aiohttp import web
from aiohttp.hdrs import CONNECTION

from bot.web.api.problems import Problem

BODY_LIMIT = 64 * 1024
"""Bytes, at most: as many as a LiveKit server takes as metadata."""

BODY_TIMEOUT = 10.0
"""Seconds from the headers to the end of the body."""

NO_JSON = "The request must be a JSON object of at most 64 KiB, in UTF-8."


async def read_object(request: web.Request) -> dict[str, Any]:
    """Return the object in the body; an empty body is an empty object. Raises Problem."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, request.content_length or 0)  # nobody need wait for it
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            body = await request.read()
    except TimeoutError:
        raise Problem(
            408, f"The request was not complete within {BODY_TIMEOUT:.0f} s.", {CONNECTION: "close"}
        ) from None
    return parse_object(body)


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object that a body holds. Raises Problem."""
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
        # What Python reads and cannot write again: half a character (a lone surrogate) in an escape, 1e999.
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):  # a UnicodeError is a ValueError
        raise Problem(400, NO_JSON) from None
    if not isinstance(parsed, dict):
        raise Problem(400, NO_JSON)
    return parsed


def _refuse(constant: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(constant)
