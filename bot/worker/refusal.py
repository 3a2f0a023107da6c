"""Tells the people of a room, in its metadata, why no bot serves them: their frontend can show it."""

import asyncio
import json
import logging

from bot.settings.settings import ServerAccess
from pipeline.errors import RoomError

log = logging.getLogger(__name__)

KEY = "rawbot"
"""Of what the bot writes, in an object that may have other keys of others."""

LONGEST_REASON = 1_000
"""Characters of the reason that are shown."""

LARGEST_METADATA = 60_000
"""Bytes of a room's metadata beyond which nothing is added: livekit-server's default limit is 64,000."""

TELL_TIMEOUT = 5.0
"""Seconds for all of it: the job's process ends then."""


def with_refusal(metadata: str, job_id: str, reason: str) -> str | None:
    """Return a room's metadata with the refusal of a job added; None where there is no place for it.

    Metadata are one text, which belongs to the application: an object keeps all its other keys, and what is no JSON
    object stays as it is.
    """
    try:
        there = json.loads(metadata) if metadata.strip() else {}
    except (ValueError, RecursionError):
        return None
    if not isinstance(there, dict):
        return None
    refused = {"job": job_id, "reason": reason[:LONGEST_REASON]}
    new = json.dumps({**there, KEY: {"refused": refused}}, ensure_ascii=False)
    return new if len(new.encode("utf-8", "replace")) <= LARGEST_METADATA else None


def reason_in(metadata: str) -> str:
    """Return the reason that a room's metadata hold; empty where they hold none. Anybody may have written them."""
    try:
        reason = json.loads(metadata)[KEY]["refused"]["reason"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""
    return reason if isinstance(reason, str) else ""


async def tell_room(access: ServerAccess, room: str, job_id: str, reason: str) -> None:
    """Write the reason into the room's metadata, where there is a place for it. What goes wrong is only logged."""
    from bot.room.server import Server  # here: the API's client is heavy, and most jobs are served

    try:
        async with (
            asyncio.timeout(TELL_TIMEOUT),
            Server(access.url, access.api_key.reveal(), access.api_secret.reveal()) as server,
        ):
            metadata = await server.room_metadata(room)
            new = with_refusal(metadata, job_id, reason) if metadata is not None else None
            if new is None:
                log.warning("the room is not told why: it is gone, or its metadata are no JSON object with a place")
            else:
                await server.set_room_metadata(room, new)
    except (RoomError, TimeoutError) as error:
        log.warning("the room is not told why: %s", str(error) or f"no answer within {TELL_TIMEOUT:.0f} s")
