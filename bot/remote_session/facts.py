"""What the session protocol is asked for that the session itself does not keep."""

from dataclasses import dataclass, field

from pipeline.clock import loop_time
from pipeline.commands import AgentState
from pipeline.events import Event, PersonLinked, TokensUsed


@dataclass
class Facts:
    """Of the conversation with the person who is linked, or was last."""

    agent_state: AgentState = "initializing"
    """What frontends are shown of the bot."""
    began_at: float = field(default_factory=loop_time)
    """Loop time."""
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def take(self, event: Event) -> None:
        """Take one event of the session."""
        if isinstance(event, PersonLinked):
            self.began_at, self.prompt_tokens, self.completion_tokens = event.at, 0, 0
        elif isinstance(event, TokensUsed):
            self.prompt_tokens += event.prompt
            self.completion_tokens += event.completion
