"""The keys of a telephone in a room: those that people press, and those that the bot sends."""

import asyncio
import logging
from collections.abc import Callable

from livekit import rtc
from livekit.rtc.participant import PublishDTMFError

from bot.room.callbacks import Callbacks
from bot.room.microphone import NativelyGone
from pipeline.clock import loop_time
from pipeline.dtmf import KEYS
from pipeline.errors import RoomError
from pipeline.events import DtmfReceived, RoomEvent
from pipeline.repeated_warning import RepeatedWarning

log = logging.getLogger(__name__)

PAUSE = 0.3
"""Seconds between two keys that are sent, as livekit-agents has it (DEFAULT_DTMF_PUBLISH_DELAY): a telephone has to
play each of them."""


class Keypad:
    """Takes the keys that participants press; emits DtmfReceived."""

    def __init__(self, emit: Callable[[RoomEvent], None]) -> None:
        self._emit = emit
        self._warn_unknown = RepeatedWarning(log, "%s has sent a key that is on no telephone; it is ignored")

    def register(self, callbacks: Callbacks) -> None:
        """Have the client library report what is pressed."""
        callbacks.on_event("sip_dtmf_received", self.on_key)

    def on_key(self, pressed: rtc.SipDTMF) -> None:
        """Called by the client library for each key."""
        sender = pressed.participant.identity if pressed.participant is not None else ""  # a server's has none
        key = pressed.digit.strip().upper() or KEYS[pressed.code : pressed.code + 1]
        if len(key) == 1 and key in KEYS:
            self._emit(DtmfReceived(loop_time(), sender, key))
        else:
            self._warn_unknown(sender or "the server")


async def send_keys(sender: rtc.LocalParticipant, keys: str) -> None:
    """Send keys to everyone, one after the other; telephones in the room play them. Raises RoomError."""
    for number, key in enumerate(keys):
        if number:
            await asyncio.sleep(PAUSE)
        try:
            await sender.publish_dtmf(code=KEYS.index(key), digit=key)
        except (PublishDTMFError, NativelyGone) as error:
            raise RoomError(f"the keys could not be sent, {number} of {len(keys)} were: {error}") from None
