"""A conversation as a record: who said what, a line a message, for a language model that was not part of it."""

from typing import assert_never

from pipeline.messages import Message
from pipeline.text.bounds import bounded

LONGEST_QUOTE = 4_000
"""Characters of one message in a record: of a result of a tool its beginning is enough."""


def record_line(message: Message, longest: int = LONGEST_QUOTE) -> str:
    """The line of a message; a call and its result are one. Of a text longer than `longest` it has the beginning."""
    text = bounded(message.text, longest)
    match message.role:
        case "user":
            return f"Person: {text}"
        case "assistant":
            return f"Assistant: {text}{' (interrupted)' if message.cut else ''}"
        case "tool":
            assert message.call is not None, "a result without its call"
            how = "failed" if message.is_error else "returned"
            return f"Tool {message.call.name} {bounded(message.call.arguments, longest)} {how}: {text}"
    assert_never(message.role)
