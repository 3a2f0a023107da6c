"""Reports what the watchdogs have done, and that the bot ends a call by itself: in the log, and to frontends."""

import logging
from collections.abc import Callable

from pipeline.commands import CallEnding, Command, Recovered
from pipeline.events import Event
from pipeline.journal.care_words import END_REASONS, FAULTS
from pipeline.turn.due import NEVER
from pipeline.turn.state import State

ENDING_ATTRIBUTE = "rawbot.ending"
"""The bot's attribute with the reason while it ends the call by itself (`idle`, `duration` ...), else empty."""

SOUND_ATTRIBUTE = "rawbot.sound"
"""The bot's attribute that is `none` while it has said that no sound comes from the person, else empty."""

log = logging.getLogger(__name__)


class CareReporter:
    """An observer of a session."""

    def __init__(self, show: Callable[[dict[str, str]], None]) -> None:
        self._show = show

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        for command in commands:
            match command:
                case Recovered(_, fault):
                    log.warning("%s", FAULTS[fault])
                case CallEnding(_, reason):
                    log.info("the bot ends the call: %s", END_REASONS[reason])
        end, hearing = state.care.end, state.hearing
        is_unheard = state.care.has_reported_silence and min(hearing.absent_since, hearing.zeros_since) != NEVER
        self._show({ENDING_ATTRIBUTE: end.reason if end is not None else "", SOUND_ATTRIBUTE: "none" * is_unheard})
