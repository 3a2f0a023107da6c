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
    continues: frozenset[str] = frozenset()
    """The ids of the replies, asked for by the program, that this call belongs to, and so the answer to its result."""
    is_interruptible: bool = True
    """What the person says may break it off, and what is on air meanwhile."""
    is_awaited: bool = True
    """Its result is to be answered; not, when the program that asked for it no longer wants to hear of it."""
    result: str | None = None
    """None while it runs."""
    is_error: bool = False
    ends_call: bool = False
    """It has asked for the end of the call with the person: what it returns needs no words."""
    progress: str | None = None
    """What it has reported of its progress and was not said."""
    hand_over: HandOver | None = None
    """What its tool wants to happen with its result."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A reply with results in the history that no reply on air was made from."""

    reply_id: str
    continues: frozenset[str] = frozenset()
    """As that of its calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """The calls of one conversation."""

    calls: tuple[PendingCall, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    steps: int = 0
    """How often in a row the model has called tools, since an answer or what the program asked for went on air."""
    has_filled: bool = False
    """A filler went on air in that time."""
    farewell: str = ""
    """To be said before the call ends that a tool wants to end, once nothing else is to be answered."""
    handing_over: PendingCall | None = None
    """A call that is in the history, and whose hand-over is to happen now."""

    @property
    def running(self) -> tuple[PendingCall, ...]:
        """The calls without a result."""
        return tuple(call for call in self.calls if call.result is None)

    @property
    def goes_on(self) -> bool:
        """Whether results are still to come, or to be answered, beside those of calls that end the call."""
        return bool(self.unanswered) or not all(call.ends_call for call in self.calls)

    @property
    def has_results(self) -> bool:
        """Whether there are results for the model, and no others of the same reply are still to come."""
        return bool({it.reply_id for it in self.unanswered} - {call.reply_id for call in self.calls})

    @property
    def continues(self) -> frozenset[str]:
        """The ids of the replies, asked for by the program, that go on with the answer to the results."""
        return frozenset().union(*(it.continues for it in self.unanswered))
