"""What was said before a bot's process died: read from its journal, for the one that takes its place."""

import logging
from collections import deque
from pathlib import Path

from pipeline.journal import read_journal, replay
from pipeline.messages import Message

log = logging.getLogger(__name__)


def lost_history(journal: Path) -> tuple[Message, ...]:
    """Return the history of the conversation that a journal breaks off in; nothing where it cannot be read."""
    try:
        last = deque(replay(read_journal(journal)), maxlen=1)
    except (OSError, ValueError) as error:
        log.warning("the conversation begins anew, as the journal of the bot that died cannot be read: %s", error)
        return ()
    return last[0].state.history if last else ()
