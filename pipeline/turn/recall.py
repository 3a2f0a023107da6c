"""What is known of a person from earlier conversations, or is being looked up."""

from dataclasses import dataclass

from pipeline.messages import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The recall of one person."""

    identity: str
    since: float
    """Loop time at which it began."""
    is_over: bool = False
    memory: Memory | None = None
    """None if nothing is known, or not yet."""
