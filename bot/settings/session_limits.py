"""What one session is held to: set by what orders the session, never by the operator's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Without values there are no limits."""

    offered_tools: tuple[str, ...] | None = None
    """Names of the tools that the language model may call, of all that there are; None for all."""
    allowed_providers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By kind (stt, llm, tts), the names of those that may serve the bot and its agents; any where a kind is absent."""
    caps: Mapping[str, float] = field(default_factory=dict)
    """Limits of the call, by the name of the field of Policy; the operator's own hold beside them."""
    memory_key: str | None = None
    """Whose memory is read and written, in place of the identity of the person in the room."""
