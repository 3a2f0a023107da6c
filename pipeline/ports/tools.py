"""The functions behind the tools that an agent offers to its language model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipeline.agent import AgentProfile
from pipeline.events import SharedHistory
from pipeline.messages import Message, ToolRequest

if TYPE_CHECKING:
    from pipeline.ports.agent import AgentParts


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to, as the language model reads it."""

    text: str
    is_error: bool = False


class ToolSession(Protocol):
    """What a call may do to its conversation, from the task of the call: see `ToolRunner`.

    When the call has returned, was given up, or its conversation is over, the methods do nothing.
    """

    @property
    def is_over(self) -> bool:
        """Whether the methods do nothing any more."""
        ...

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard until now, or until the call was over."""
        ...

    def say(self, text: str) -> None:
        """Have a text spoken when nobody speaks; returns at once. Raises VoiceBotError for a text that is too long."""
        ...

    def report_progress(self, text: str) -> None:
        """Have it said how far the call is, if nothing was heard for long; the latest report counts."""
        ...

    def disallow_interruptions(self) -> None:
        """Let nothing that the person says break off the bot or this call, until the call ends."""
        ...

    def end_call(self, farewell: str | None) -> None:
        """End the call with the person once what is being said, and then the farewell, has been heard."""
        ...

    def become_scribe(self) -> None:
        """Only write down what the person says from now on, and answer nothing, until their conversation ends."""
        ...

    def hand_over(self, agent: AgentProfile, parts: "AgentParts", history: SharedHistory) -> None:
        """Let another agent lead the conversation once this call has returned, unless it fails.

        Raises VoiceBotError for a voice at another rate than the room's.
        """
        ...


class ToolRunner(Protocol):
    """Runs the calls that a language model asks for."""

    async def call(self, request: ToolRequest, session: ToolSession) -> ToolResult:
        """Run one call. Raises nothing but CancelledError: every failure is a ToolResult with `is_error`.

        Its name is that of one of the agent's tools, and its arguments are one JSON object: what is otherwise was
        answered before. Several calls may run at the same time. One that takes longer than its tool's timeout is
        cancelled, and not waited for.
        """
        ...
