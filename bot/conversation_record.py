"""The record of a bot's conversations: messages, events and figures, as the program reads them."""

import logging
from collections.abc import Iterator

from bot.event_feed import AnswerMeasured, EventFeed
from bot.results import TurnQueue
from pipeline.commands import Command, ReplyCommitted, ToolCommitted, TurnCommitted
from pipeline.events import Event, PlayoutStarted
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
        self._reported = ""  # the answer whose waterfall was reported last

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Record a step of the session."""
        self.meter.observe(event, state, commands)
        for message in _messages(commands):
            self.turns.add(message)
        self.feed.observe(event, state, commands)
        if isinstance(event, PlayoutStarted):
            self._report_answer(event.at)

    def _report_answer(self, at: float) -> None:
        """Report once, in the log and to readers, why an answer took as long as it did."""
        waterfall = self.meter.last_waterfall
        if waterfall is None or waterfall.total is None or waterfall.reply_id == self._reported:
            return
        self._reported = waterfall.reply_id
        log.info("%s", waterfall)
        self.feed.emit(AnswerMeasured(at, waterfall))


def log_messages(event: Event, state: State, commands: tuple[Command, ...]) -> None:
    """Log what was said, at `debug` alone: it is private."""
    for message in _messages(commands):
        speaker = {"user": "person", "assistant": "bot", "tool": f"tool {message.call and message.call.name}"}
        log.debug("%s: %s%s", speaker[message.role], message.text, " [interrupted]" if message.cut else "")


def _messages(commands: tuple[Command, ...]) -> Iterator[Message]:
    return (it.message for it in commands if isinstance(it, TurnCommitted | ReplyCommitted | ToolCommitted))
