"""Which agent leads the conversation, what serves it, and what of the conversation it may know."""

from dataclasses import dataclass

from pipeline.agent import AgentProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Who leads; the agent itself is `State.agent`."""

    revision: int = 0
    """Raised with each change of the agent, and with each hand-over."""
    agent_id: str = ""
    """What serves the agent; empty for the parts that the session began with."""
    heard_by: str = ""
    """Whose transcriber hears the person: follows `agent_id` in a silence."""
    first: AgentProfile | None = None
    """The agent that the next person begins with; None while it is the one that leads, as it is."""
    prompt_from: int = 0
    """The number of the first message that the agent's language model may read."""
