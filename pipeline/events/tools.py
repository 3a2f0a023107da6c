"""What becomes of the calls of tools."""

from dataclasses import dataclass
from typing import Literal

from pipeline.agent import AgentProfile

SharedHistory = Literal["whole", "summary", "none"]
"""What the language model of an agent reads of the conversation that is handed over to it: all, a summary of what was
before the results of the calls that handed it over, or nothing of that."""


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A call has come to its result."""

    at: float
    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ToolProgressed:
    """A call reports how far it is, in words for the person."""

    at: float
    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class InterruptionsDisallowed:
    """Nothing that the person says may break off the bot or this call, until the call ends."""

    at: float
    call_id: str


@dataclass(frozen=True, slots=True)
class EndCallRequested:
    """A tool wants the call with the person to end, after a last text if there is one."""

    at: float
    call_id: str
    farewell: str | None


@dataclass(frozen=True, slots=True)
class ScribeRequested:
    """A tool has handed the person over to a human being: from now on the bot only writes down what they say."""

    at: float
    call_id: str


@dataclass(frozen=True, slots=True)
class HandOverRequested:
    """A tool wants another agent to lead the conversation once the call has returned."""

    at: float
    call_id: str
    agent_id: str
    """What serves it: the session's name for its `AgentParts`."""
    agent: AgentProfile
    history: SharedHistory = "whole"


ToolEvent = (
    ToolReturned | ToolProgressed | InterruptionsDisallowed | EndCallRequested | ScribeRequested | HandOverRequested
)
"""What becomes of the calls of tools. Events of calls that are over change nothing."""
