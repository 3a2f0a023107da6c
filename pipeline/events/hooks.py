"""What comes of the hooks of the embedding program that the conversation waits for."""

from dataclasses import dataclass

from pipeline.messages import AS_HEARD, TurnEdit


@dataclass(frozen=True, slots=True)
class TurnHookAnswered:
    """The hook of a completed turn has come to its end; of one that failed the edit is empty."""

    at: float
    run_id: str
    edit: TurnEdit = AS_HEARD


HookEvent = TurnHookAnswered
"""What comes of hooks. Events of runs that are over change nothing."""
