"""What is known of how a conversation goes: for how long nothing is said or done, what it has used, why it ends."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.commands import EndReason
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER

if TYPE_CHECKING:
    from pipeline.turn.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUsage:
    """What one conversation has used."""

    turns: int = 0
    """Of the person, in the history, apart from backchannels."""
    tokens: int = 0
    """Of all requests to the language model, with their prompts; drafts and summaries, too."""
    characters: int = 0
    """Given to the voice, also of what nobody has heard."""
    cost: float = 0.0
    """In the currency of the price list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliteEnd:
    """The end of a call that the bot makes by itself."""

    reason: EndReason
    since: float
    """Loop time at which it was decided."""
    farewell_id: str = ""
    """The reply that says goodbye; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """Of one conversation; it begins anew with each."""

    began_at: float = NEVER
    """Loop time at which the person was linked; NEVER between conversations."""
    usage: CallUsage = CallUsage()
    quiet_since: float = NEVER
    """Since when it is for the person to say something, and neither side does; NEVER while it is not so."""
    owed_since: float = NEVER
    """Since when the person waits for an answer and nothing is done for it; NEVER while it is not so."""
    is_unheard: bool = False
    """The answer to the last turn was broken off, not by the program, before any of it was heard."""
    stuck_replies: int = 0
    """In a row of which nothing was played any more."""
    idle_asked: int = 0
    """How often in a row the person was asked whether they are there..."""
    idle_number: int = 0
    """...when the last thing that they had said was the message of this number."""
    has_reported_silence: bool = False
    """The bot has said that no sound comes from the person: it does so once."""
    end: PoliteEnd | None = None


def with_care(state: "State", **changes: Any) -> "State":
    """A state with some of its care changed."""
    return changed(state, care=replace(state.care, **changes))


def with_usage(state: "State", **more: float) -> "State":
    """A state in which the conversation has used so much more."""
    usage = state.care.usage
    return with_care(state, usage=replace(usage, **{name: getattr(usage, name) + it for name, it in more.items()}))
