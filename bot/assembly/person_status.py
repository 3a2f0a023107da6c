"""Reports to frontends with whom the bot talks, by an attribute: another person then knows why nobody answers."""

from collections.abc import Callable

from pipeline.commands import Command
from pipeline.events import Event, PersonLeft, PersonLinked
from pipeline.turn.state import State

PERSON_ATTRIBUTE = "rawbot.person"
"""The bot's attribute with the identity of the person it talks with, also while they are away; else empty."""


class PersonReporter:
    """An observer of a session."""

    def __init__(self, show: Callable[[dict[str, str]], None]) -> None:
        self._show = show

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if isinstance(event, PersonLinked | PersonLeft):
            identity = event.identity if isinstance(event, PersonLinked) else ""
            self._show({PERSON_ATTRIBUTE: identity})
