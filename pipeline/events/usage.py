"""What the providers have been used for."""

from dataclasses import dataclass

from pipeline.usage import ServiceUsage


@dataclass(frozen=True, slots=True)
class UsageCounted:
    """What was used since the last such event, or since the session began; it comes when a conversation has ended, and
    at the end of the session for the rest. All of them together are what the session has used."""

    at: float
    services: tuple[ServiceUsage, ...]
