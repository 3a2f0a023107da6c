"""When a transcriber whose connection is open says nothing although somebody speaks: a fault with a deadline.

Pure: times come in as loop seconds.
"""

import math

SILENCE_TIMEOUT = 3.0
"""Seconds without any answer while speech waits for one. Interims come once a second at the latest, 0.3 s late."""

UNKNOWN_FACTOR = 2.0
"""So many times as long for a transcriber that has not answered yet while somebody spoke: it may not give interims."""

LEAST_SPEECH = 0.6
"""Seconds of speech without words that may be a cough, or the end of a word that was reported as the end of all."""

LEAST_SPEECH_ASKED = 0.25
"""The same when it was asked to answer for all of it."""

LONGEST_TIMEOUT = 30.0
"""Seconds, when it was asked anew in vain again and again: what is heard may be no speech."""


class SilenceWatch:
    """Watches one stream over all of its connections."""

    def __init__(self) -> None:
        self._speech = 0.0  # seconds of speech that no answer covers
        self._waiting_since = math.inf
        self._gives_interims = False
        self._in_vain = 0  # faults in a row

    def speech(self, now: float, seconds: float) -> None:
        """Note that so many seconds of speech were sent."""
        self._speech += seconds
        if self._speech >= LEAST_SPEECH:
            self._waiting_since = min(self._waiting_since, now)

    def asked(self, now: float) -> None:
        """Note that it was asked for an answer about all that was sent."""
        if self._speech >= LEAST_SPEECH_ASKED:
            self._waiting_since = min(self._waiting_since, now)

    def answered(self, now: float, *, has_text: bool, is_final: bool) -> None:
        """Note an answer of any kind: it lives. One without text after speech says that there were no words."""
        if has_text and not is_final:
            self._gives_interims = True
        if has_text:
            self._in_vain = 0
        self._speech, self._waiting_since = 0.0, math.inf

    def reconnected(self, now: float) -> None:
        """Note that a new connection has begun: it has as long."""
        if self._waiting_since != math.inf:
            self._waiting_since = now

    def failed(self) -> None:
        """Note that the deadline has passed."""
        self._in_vain += 1

    @property
    def deadline(self) -> float:
        """Loop time at which it counts as silent; infinite while nothing suggests it."""
        timeout = SILENCE_TIMEOUT * (1.0 if self._gives_interims else UNKNOWN_FACTOR)
        return self._waiting_since + min(timeout * 2.0**self._in_vain, LONGEST_TIMEOUT)
