"""What language models want of a prompt."""

from pipeline.messages import Prompt


def check_calls(prompt: Prompt) -> None:
    """Fail unless each call has one result, right behind it and in its order, and each result a call."""
    messages = list(prompt.messages)
    ids = [request.id for message in messages for request in message.tool_requests]
    assert len(ids) == len(set(ids)), f"an id comes twice: {ids}"
    while messages:
        message = messages.pop(0)
        assert message.role != "tool", f"a result without a call: {message}"
        for request in message.tool_requests:
            assert messages, f"{request} has no result"
            assert messages[0].role == "tool", f"{request} has no result"
            assert messages.pop(0).tool_call_id == request.id, f"{request} has another one's result"
