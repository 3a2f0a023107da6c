"""The bot's subscriptions to tracks of others: to one microphone, and to nothing else."""

import logging
from collections import Counter
from collections.abc import Collection
from contextlib import suppress

from livekit import rtc

from bot.room.microphone import NativelyGone

log = logging.getLogger(__name__)

SUBSCRIBE_ATTEMPTS = 3
"""Attempts to subscribe to one track."""


class Subscriptions:
    """Subscribes and unsubscribes, and remembers which subscriptions are the bot's."""

    def __init__(self, *, is_guest: bool) -> None:
        """As a guest the bot shares the connection with a program, which may have subscribed to tracks itself."""
        self._is_guest = is_guest
        # Tracks subscribed to or asked for: objects, as a full reconnect makes new ones under the old SIDs.
        self._asked: set[rtc.RemoteTrackPublication] = set()
        self._failures: Counter[str] = Counter()  # track SID -> failed subscriptions

    def update(
        self, published: Collection[rtc.RemoteTrackPublication], wanted: rtc.RemoteTrackPublication | None
    ) -> None:
        """Subscribe to the wanted one of the published tracks, and end the bot's other subscriptions."""
        self._asked.intersection_update(published)
        for publication in published:
            asked = publication in self._asked
            if publication is not wanted:
                if asked:
                    self._set_subscribed(publication, False)
            elif not asked and self._may_subscribe(publication):
                self._set_subscribed(publication, True)

    def failed(self, participant: rtc.RemoteParticipant, track_sid: str, error: str) -> None:
        """Note that a subscription failed; the next `update` tries again, SUBSCRIBE_ATTEMPTS times in all."""
        self._failures[track_sid] += 1
        log.warning(
            "subscribing to %s's track failed %d times: %s", participant.identity, self._failures[track_sid], error
        )
        if publication := participant.track_publications.get(track_sid):
            self._set_subscribed(publication, False)

    def renew(self) -> None:
        """Forget, after a reconnect, the requests that got lost with the connection, and all failures."""
        self._asked = {publication for publication in self._asked if publication.subscribed}
        self._failures.clear()

    def withdraw(self) -> None:
        """End all of the bot's subscriptions."""
        for publication in tuple(self._asked):
            self._set_subscribed(publication, False)

    def _may_subscribe(self, publication: rtc.RemoteTrackPublication) -> bool:
        if self._is_guest and publication.subscribed:
            return False  # the program has subscribed, and ends it
        return self._failures[publication.sid] < SUBSCRIBE_ATTEMPTS

    def _set_subscribed(self, publication: rtc.RemoteTrackPublication, wanted: bool) -> None:
        (self._asked.add if wanted else self._asked.discard)(publication)
        with suppress(NativelyGone):
            publication.set_subscribed(wanted)
