"""What is known of a person from earlier conversations: it comes from outside, and may be late."""

from dataclasses import dataclass

from pipeline.messages import Memory


@dataclass(frozen=True, slots=True)
class MemoryAwaited:
    """Somebody looks up what is known of a person, who is linked next; MemoryRecalled follows."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class MemoryRecalled:
    """What is known of a person; None if nothing is."""

    at: float
    identity: str
    memory: Memory | None


MemoryEvent = MemoryAwaited | MemoryRecalled
