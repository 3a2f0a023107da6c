"""Bounds what the language model is sent of a history: the newest messages, and the results of tools within a share.

What the person said last stays in any case: whatever comes behind it, it is what the model has to answer.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.messages import Message
from pipeline.text.bounds import bounded
from pipeline.turn.policy import Policy


def last_read(history: tuple[Message, ...]) -> int:
    """The number of the last message that the model reads; 0 without one."""
    return next((message.number for message in reversed(history) if not message.is_backchannel), 0)


def recent_messages(history: tuple[Message, ...], policy: Policy) -> tuple[Message, ...]:
    """The newest messages within the policy's bounds, and the person's last words.

    They begin with a turn of the person where some are left out. Long results are cut.
    """
    history = _with_shared_results(history, policy)
    start: int | None = None
    fitting, characters = len(history), 0
    while fitting > 0 and len(history) - fitting < policy.max_prompt_messages:
        characters += message_length(history[fitting - 1])
        if characters > policy.max_prompt_characters:
            break
        fitting -= 1
        if fitting == 0 or begins_exchange(history, fitting):
            start = fitting
    if start is not None:
        return history[start:]
    asked = _last_turn(history)
    if asked is None or asked >= fitting:
        return history[fitting:]  # of a monologue, as much as fits
    return (history[asked], *history[fitting:])


def _with_shared_results(history: tuple[Message, ...], policy: Policy) -> tuple[Message, ...]:
    """The history with no result longer than the share of each of those that came since the person's last words."""
    asked = _last_turn(history) or 0
    lengths = [len(message.text) for message in history[asked:] if message.role == "tool"]
    share = _share(lengths, policy.max_result_characters)
    return tuple(_cut(message, share) if message.role == "tool" else message for message in history)


def _share(lengths: Sequence[int], whole: int) -> int:
    """How much of `whole` each of these may have, if what the short ones leave is the others'."""
    left, share = whole, whole
    for number, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - number)
        if length > share:
            break
        left -= length
    return share if lengths and max(lengths) > share else whole


def _cut(message: Message, share: int) -> Message:
    return message if len(message.text) <= share else replace(message, text=bounded(message.text, share))


def _last_turn(history: tuple[Message, ...]) -> int | None:
    """The place of the person's last words."""
    places = range(len(history) - 1, -1, -1)
    return next((at for at in places if history[at].is_turn), None)


def begins_exchange(history: tuple[Message, ...], index: int) -> bool:
    """Whether a message is the person's first after the bot's: what stands before it belongs to other turns."""
    return history[index].is_turn and not history[index - 1].is_turn


def message_length(message: Message) -> int:
    """Characters of a message, with those of the arguments of a call."""
    return len(message.text) + (len(message.call.arguments) if message.call is not None else 0)
