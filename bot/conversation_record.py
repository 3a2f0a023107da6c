"""The record of a bot's conversations: messages, events and figures, as the program reads them."""

import logging
from collections.abc import Iterator

from bot.event_feed import EventFeed
from bot.results import TurnQueue
from pipeline.commands import Command, ReplyCommitted, ToolCommitted, TurnCommitted
from pipeline.events import Event
from pipeline.messages import Message
from pipeline.metrics import Meter
from pipeline.turn.state import State

log = logging.getLogger(__name__)


class ConversationRecord:
    """Observes the session, over all conversations of a bot."""

    def __init__(self) -> None:
        self.feed = EventFeed()
        """Events, and each message as it enters the history."""
        self.turns = TurnQueue()
        """Turns of the person that the program has not taken yet."""
        self.meter = Meter()
        """The figures until now."""

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Record a step of the session."""
        self.meter.observe(event, state, commands)
        for message in _messages(commands):
            self.turns.add(message)
        self.feed.observe(event, state, commands)


def log_messages(event: Event, state: State, commands: tuple[Command, ...]) -> None:
    """Log what was said, at `debug` alone: it is private."""
    for message in _messages(commands):
        speaker = {"user": "person", "assistant": "bot", "tool": f"tool {message.call and message.call.name}"}
        log.debug("%s: %s%s", speaker[message.role], message.text, " [interrupted]" if message.cut else "")


def _messages(commands: tuple[Command, ...]) -> Iterator[Message]:
    return (it.message for it in commands if isinstance(it, TurnCommitted | ReplyCommitted | ToolCommitted))
