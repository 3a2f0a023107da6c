"""The bot's calls of tools: those under way, and whether the language model knows their results."""

from dataclasses import dataclass

from pipeline.agent import AgentProfile
from pipeline.events import SharedHistory
from pipeline.messages import Tool, ToolRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Another agent that a tool wants to lead the conversation."""

    agent_id: str
    agent: AgentProfile
    history: SharedHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCall:
    """A call that is not in the history yet."""

    request: ToolRequest
    """Its id is unlike those of all other calls that the model may see."""
    tool: Tool
    reply_id: str
    """The reply in which the model asked for it."""
    began_at: float
    """Loop time."""
    is_interruptible: bool = True
    """What the person says may break it off, and what is on air meanwhile."""
    result: str | None = None
    """None while it runs."""
    is_error: bool = False
    hand_over: HandOver | None = None
    """What its tool wants to happen with its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """The calls of one conversation."""

    calls: tuple[PendingCall, ...] = ()
    untold: tuple[str, ...] = ()
    """The ids of replies with results in the history that no reply on air was made from."""
    steps: int = 0
    """How often in a row the model has called tools, since an answer or what the program asked for went on air."""
    has_filled: bool = False
    """A filler was queued in that time."""

    handing_over: PendingCall | None = None
    """A call that is in the history, and whose hand-over is to happen now."""

    @property
    def running(self) -> tuple[PendingCall, ...]:
        """The calls without a result."""
        return tuple(call for call in self.calls if call.result is None)

    @property
    def are_to_tell(self) -> bool:
        """Whether there are results to tell the model, and no others of the same reply are still to come."""
        return bool(set(self.untold) - {call.reply_id for call in self.calls})
