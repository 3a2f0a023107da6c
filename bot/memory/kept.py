"""What of a conversation is kept: a summary and its last words, or more of its words where there is no summary."""

from dataclasses import replace
from datetime import date

from pipeline.messages import Memory, Message

LAST_MESSAGES, LAST_CHARACTERS = 6, 1_500
"""The bound of the last words behind a summary: for "as I said at the end"."""

MESSAGES_ALONE, CHARACTERS_ALONE = 30, 6_000
"""The bound where there is no summary: some 1,500 tokens in each prompt of the next call."""

LONGEST_MESSAGE = 600
"""Characters of one message: three times a usual answer."""


def kept(history: tuple[Message, ...], summary: str | None, before: Memory | None, day: date) -> Memory:
    """Return the memory of a conversation.

    `summary` is of it and of what was known before; with None, that stays as it was.
    """
    few, short = (MESSAGES_ALONE, CHARACTERS_ALONE) if summary is None else (LAST_MESSAGES, LAST_CHARACTERS)
    earlier = before.summary if before is not None else ""
    return Memory(day.isoformat(), earlier if summary is None else summary, _last(history, few, short))


def _last(history: tuple[Message, ...], few: int, short: int) -> tuple[Message, ...]:
    """What was said last; results of tools are long, and old by the next call."""
    said = [_shortened(message) for message in history if message.role != "tool" and not message.is_backchannel]
    last, characters = list[Message](), 0
    for message in reversed(said[-few:]):
        characters += len(message.text)
        if characters > short:
            break
        last.insert(0, message)
    return tuple(last)


def _shortened(message: Message) -> Message:
    text = message.text if len(message.text) <= LONGEST_MESSAGE else f"{message.text[:LONGEST_MESSAGE]} ..."
    return replace(message, text=text, at=0.0, number=0)
