"""What becomes of the calls of tools."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A call has come to its result."""

    at: float
    call_id: str
    text: str
    is_error: bool = False


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
    """A tool has handed the person over: from now on the bot only writes down what they say."""

    at: float
    call_id: str


ToolEvent = ToolReturned | InterruptionsDisallowed | EndCallRequested | ScribeRequested
"""What becomes of the calls of tools. Events of calls that are over change nothing."""
