"""One recording of what a person said while the bot joined, on its way."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.audio import LISTEN_RATE, Pcm, silence

log = logging.getLogger(__name__)

STALE_DELAY = 2.0
"""Seconds between the end of a recording and the first live audio from which on they are no longer one speech: who had
to wait for the bot has given up by then, or says it again."""


@dataclass
class PreconnectRecording:
    """Of one track; `audio` is set when it is whole and decoded, at LISTEN_RATE."""

    identity: str
    audio: Pcm | None = field(default=None, repr=False)
    ended_at: float = 0.0
    """Loop time at which its last byte came."""
    is_opened: bool = False
    """Something of it has come."""
    is_hurried: bool = False
    """What there is of it is wanted now."""
    on_hurry: Callable[[], None] | None = field(default=None, repr=False)
    """Ends its reading, while it is read."""
    is_lost: bool = False
    """It does not come any more, or is not waited for any more."""

    def finish(self, audio: Pcm, ended_at: float) -> None:
        """Note that it is whole."""
        if self.is_lost:
            log.warning("what %s said while the bot joined came too late and is not heard", self.identity)
            return
        self.audio, self.ended_at = audio, ended_at

    def hurry(self) -> None:
        """Have what there is of it decoded: its end is late, and most of the words are there long since."""
        self.is_hurried = True
        if self.on_hurry is not None:
            on_hurry, self.on_hurry = self.on_hurry, None
            on_hurry()

    def give_up(self) -> None:
        """Wait for it no longer."""
        self.is_lost = True

    def heard_until(self, live_at: float) -> Pcm:
        """Return the audio, for live audio that begins at this loop time; nothing of one that is stale."""
        audio, self.audio, self.is_lost = self.audio, None, True
        if audio is None or live_at - self.ended_at > STALE_DELAY:
            log.info("what %s said before is too old to be heard now", self.identity)
            return silence(0)
        log.info("%s has said something while the bot joined: %.1f s", self.identity, len(audio) / LISTEN_RATE)
        return audio
