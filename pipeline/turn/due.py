"""What a rule waits for: how far time, or the audio, must go before it may decide although nothing else happens."""

from collections.abc import Iterable
from dataclasses import dataclass

NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Bounds below which neither time nor a window of audio lets a rule decide. Reaching one of them may."""

    at: float = NEVER
    """Loop time."""
    seen: float = NEVER
    """Loop time up to which audio must have been seen, or have been missing for too long."""
    speech: float = NEVER
    """Seconds of speech up to the latest window."""
    silence: float = NEVER
    """Seconds of silence up to the latest window."""


ON_EVENTS = Due()
"""The rule waits for another event than a window or a Tick."""

AT_ONCE = Due(at=float("-inf"))
"""Nothing is known: any window may let a rule decide."""


def earliest(dues: Iterable[Due]) -> Due:
    """The bounds below which none of several rules may decide."""
    at = seen = speech = silence = NEVER
    for due in dues:
        if due is not ON_EVENTS:
            at, seen = min(at, due.at), min(seen, due.seen)
            speech, silence = min(speech, due.speech), min(silence, due.silence)
    return Due(at=at, seen=seen, speech=speech, silence=silence)
