"""Notices that the client library gives no audio of anybody.

One thread plays it out for all rooms of a process, and may be gone for good (`reachability` has a case). Then packets
come from the server, the track is subscribed, and there is no frame of it. Subscribing anew does not help, nor does the
person's publishing anew or the bot's joining anew; a new process does. So the bot ends, for whoever watches over it to
start it again: better than one that hears nobody.
"""

import asyncio
from collections.abc import Callable

NO_AUDIO = "NO_AUDIO"
"""The bot's own name of this end of a connection, beside LiveKit's names."""

CHECK_INTERVAL = 0.5
"""Seconds between two looks at the number of frames."""

CHECKS_IN_VAIN = 10
"""Looks in a row without a new frame after which the client is deaf: five seconds. Otherwise a track gives one every
32 ms from its subscription on: also while it is muted and has never sent a packet, and while its sender is frozen."""

ADVICE = "the LiveKit client of this process gives no audio of anybody: start the bot anew"


async def until_deaf(frames: Callable[[], int], track: Callable[[], object | None]) -> None:
    """Return when the track that is read gives no frames; `frames` counts all so far, `track` is None for no reading.

    Looks are counted, and not seconds: a stall of the process makes one of them late, and no frame is lost by it.
    """
    seen, in_vain = (track(), frames()), 0
    while in_vain < CHECKS_IN_VAIN:
        await asyncio.sleep(CHECK_INTERVAL)
        before, seen = seen, (track(), frames())
        in_vain = in_vain + 1 if seen == before and seen[0] is not None else 0
