"""Joins a room or explains why not; a join can be called off without leaving a ghost in the room."""

import asyncio

from livekit import rtc
from livekit.rtc.participant import PublishTrackError

from bot.room.endings import explain_join_failure, may_pass
from bot.room.reachability import until_reachable
from bot.room.voice import RoomVoice
from pipeline.errors import RoomError

CONNECT_TIMEOUT = 3.0
"""Seconds for one attempt to open the signalling connection; the client library makes four."""

JOIN_TIMEOUT = 10.0
"""Seconds for connecting, all attempts together."""

PUBLISH_TIMEOUT = 8.0
"""Seconds for publishing the voice: past them the answer got lost (the client library itself waits for 10)."""

CALL_OFF_TIMEOUT = 1.0
"""Seconds for a join or a reconnect that is no longer wanted to come to its end."""

_called_off: set[asyncio.Task[None]] = set()
"""Attempts to connect that nobody waits for any more. They must not be cancelled: the native library goes on, stays in
the room as a ghost under the bot's identity, and soon panics, which ends the process."""


class JoinFailed(RoomError):
    """Joining failed; `may_pass` says whether trying again makes sense.

    `attempts` are worth making even without patience.
    """

    def __init__(self, message: str, *, may_pass: bool, attempts: int = 1) -> None:
        self.may_pass = may_pass
        self.attempts = attempts
        super().__init__(message)


async def join(room: rtc.Room, url: str, token: str, voice: RoomVoice) -> None:
    """Connect and publish. Raises JoinFailed. When cancelled, the caller disconnects what is connected by then."""
    try:
        async with asyncio.timeout(JOIN_TIMEOUT):
            await until_reachable(url)
            await connect(room, url, token)
    except ConnectionError as error:
        raise JoinFailed(explain_join_failure(str(error), url), may_pass=True) from None
    except (rtc.ConnectError, TimeoutError) as error:
        text = str(error) or f"timed out after {JOIN_TIMEOUT:.0f} s"
        raise JoinFailed(explain_join_failure(text, url), may_pass=may_pass(text)) from None
    await _publish(room, voice)


async def enter(room: rtc.Room, voice: RoomVoice) -> None:
    """Publish into a room that the program has connected. Raises RoomError."""
    if not room.isconnected():
        raise RoomError("the rtc.Room given to the bot is not connected: connect it first, or give the room's name")
    await _publish(room, voice)


async def connect(room: rtc.Room, url: str, token: str) -> None:
    """Connect, subscribed to nothing; when cancelled, in a task that goes on to its end, and leaves if it gets in."""
    called_off = asyncio.Event()
    connecting = asyncio.ensure_future(_connect_or_leave(room, url, token, called_off))
    try:
        await asyncio.shield(connecting)
    except asyncio.CancelledError:
        called_off.set()
        await asyncio.wait({connecting}, timeout=CALL_OFF_TIMEOUT)
        if not connecting.done():
            _called_off.add(connecting)
            connecting.add_done_callback(_called_off.discard)
        raise


async def _connect_or_leave(room: rtc.Room, url: str, token: str, called_off: asyncio.Event) -> None:
    options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=CONNECT_TIMEOUT)
    try:
        await room.connect(url, token, options)
    except rtc.ConnectError:
        if not called_off.is_set():
            raise
    if called_off.is_set():
        await room.disconnect()


async def _publish(room: rtc.Room, voice: RoomVoice) -> None:
    _check_grants(room)
    try:
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            await voice.publish(room)
    except TimeoutError:
        text = f"the server let the bot in, but did not answer within {PUBLISH_TIMEOUT:.0f} s as it published its voice"
        raise JoinFailed(text, may_pass=True, attempts=2) from None
    except PublishTrackError as error:
        raise JoinFailed(f"the bot cannot publish its voice into the room: {error}", may_pass=True) from None


def _check_grants(room: rtc.Room) -> None:
    """Check the rights that the server gave the bot: it leaves some requests that it does not allow without answer."""
    may = room.local_participant.permissions
    sources = may.can_publish_sources  # none listed is any
    rights = {
        "canPublish": may.can_publish,
        "canSubscribe": may.can_subscribe,
        "canPublishSources with microphone": not sources or rtc.TrackSource.SOURCE_MICROPHONE in sources,
    }
    missing = [name for name, has in rights.items() if not has]
    if missing:
        text = f"the access token does not let the bot speak and hear: it needs the grants {' and '.join(missing)}"
        raise JoinFailed(text, may_pass=False)
    if may.hidden:
        text = "the access token hides the bot, so nobody would hear it: it must not have the grant hidden"
        raise JoinFailed(text, may_pass=False)
