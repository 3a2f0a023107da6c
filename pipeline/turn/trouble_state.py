"""Which providers are lost, and what the person knows of it."""

from dataclasses import dataclass
from typing import Literal

from pipeline.events import ProviderName

HandingOver = Literal["no", "asked", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Empty while all providers work."""

    lost: frozenset[ProviderName] = frozenset()
    """Those that keep the person waiting..."""
    given_up: frozenset[ProviderName] = frozenset()
    """...and of them those that refuse, or were waited for in vain."""
    given_up_at: float | None = None
    """Loop time of the first of these."""
    is_due: bool = False
    """What the bot wanted to say by itself could not be made: the person is to know."""
    told_at: float | None = None
    """Loop time at which it was decided to inform the person."""
    handing_over: HandingOver = "no"
    is_settled: bool = False
    """The bot was asked to end."""
    put_aside: int = 0
    """The number of a turn that was left open when the transcriber was lost; 0 without one."""
    kept_for: tuple[str, str] = ("", "")
    """The agent and the text that its voice was to make, for when it cannot speak."""
