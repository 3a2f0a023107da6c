"""A memory as JSON text."""

import json

from pipeline.messages import Memory, history_from_json, history_to_json

LONGEST = 1_000_000
"""Characters of a text that is read: a memory has some thousands."""


def encode(identity: str, memory: Memory) -> str:
    """Return a memory as text, with the identity that it belongs to."""
    return json.dumps(as_fields(identity, memory), indent=1)


def as_fields(identity: str, memory: Memory) -> dict[str, object]:
    """Return a memory as JSON values."""
    messages = history_to_json(memory.messages)
    return {"identity": identity, "date": memory.date, "summary": memory.summary, "messages": messages}


def decode(text: str, identity: str) -> Memory:
    """Read what `encode` made. Raises ValueError for anything else, and for a memory of another identity."""
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    match json.loads(text):
        case {"identity": str(owner), "date": str(date), "summary": str(summary), "messages": list(messages)}:
            if owner != identity:
                raise ValueError(f"it belongs to {owner!r}, not to {identity!r}")
            try:
                return Memory(date, summary, history_from_json(messages))
            except ValueError:  # which quotes what was said, and this is logged
                raise ValueError("one of its messages is none") from None
    raise ValueError('it is no memory: it needs "identity", "date", "summary" and "messages"')
