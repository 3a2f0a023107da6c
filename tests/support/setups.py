"""What a bot in a test of the decisions is: its policy, and the state in which it starts."""

from dataclasses import dataclass, field, fields

from hypothesis import strategies as st

from pipeline.agent import AgentProfile, TurnHook
from pipeline.messages import Tool
from pipeline.turn.policy import Policy
from pipeline.turn.state import State


@dataclass(frozen=True)
class Setup:
    """A policy and a first state."""

    policy: Policy = field(default_factory=Policy)
    start: State = field(default_factory=State)

    @classmethod
    def of(cls, **options: object) -> "Setup":
        """Fields of Policy and of AgentProfile by their names, and `has_language_model`."""
        names = {field.name for field in fields(AgentProfile)}
        of_agent = {name: options.pop(name) for name in names & set(options)}
        has_language_model = bool(options.pop("has_language_model", True))
        start = State(agent=AgentProfile(**of_agent), has_language_model=has_language_model)  # type: ignore[arg-type]
        return cls(Policy(**options), start)  # type: ignore[arg-type]


TOOLS = (Tool("look", "", {}, timeout=2.0), Tool("book", "", {}, on_interrupt="cancel", filler="One moment."))

setups = st.builds(
    Setup.of,
    has_language_model=st.booleans(),
    greeting=st.sampled_from([None, "Hello."]),
    greeting_instructions=st.sampled_from([None, "Greet."]),
    preemption=st.sampled_from(["off", "llm", "llm+tts"]),
    max_drafts=st.integers(0, 3),
    tools=st.sampled_from([(), TOOLS]),
    turn_hook=st.sampled_from([None, None, TurnHook(), TurnHook(is_speculative=True, budget=0.1)]),
    max_tool_steps=st.integers(0, 3),
    takes_dtmf=st.booleans(),
    on_failure=st.sampled_from(["leave", "stay", "transfer"]),
    summary_messages=st.sampled_from([2, 4, 80]),
)
"""Bots of all kinds."""
