"""The steps of a session as others may see them: with redacted words, and decided by these.

A second state is led beside the session's own, by the same rules, from redacted events alone. So nothing that is hidden
can be in it, however texts are put together; and a journal of it is replayed to the same decisions as it says.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import fields

from pipeline.commands import Command
from pipeline.events import Event, InterimTranscript
from pipeline.redaction.emails import mentions_address
from pipeline.redaction.redactor import Redactor
from pipeline.redaction.values import NO_WORDS, redacted
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step
from pipeline.turn.state import State

Observer = Callable[[Event, State, tuple[Command, ...]], None]

log = logging.getLogger(__name__)


class RedactedSteps:
    """Observes a session, and hands each step on redacted.

    The commands are those that the session has decided on. Where the redacted words lead to others, the texts in them
    are redacted on their own; a replay then differs from there on.
    """

    def __init__(self, redactor: Redactor, policy: Policy, start: State, observers: Iterable[Observer] = ()) -> None:
        """`start` is the state in which the session begins, which decides by `policy`."""
        self._redactor, self._policy = redactor, policy
        self.state = redacted(start, redactor, start.agent.language)
        """After the last step, with redacted words."""
        self._observers = list(observers)
        self._has_failed = False

    def add_observer(self, observer: Observer) -> None:
        """Have one more observer called with each redacted step."""
        self._observers.append(observer)

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take a step of the session."""
        language = self.state.agent.language
        event = redacted(event, self._redactor, language, expects_email=self._expects_email(event))
        decided: tuple[Command, ...] | None
        try:
            self.state, decided = step(self.state, event, self._policy)
        except Exception as error:  # noqa: BLE001 - a state that came of other words must not end the conversation
            self._fail(error)
            self.state, decided = redacted(state, self._redactor, language), None
        if decided is None or not _are_same(decided, commands):
            decided = redacted(commands, self._redactor, language)
        for observe in self._observers:
            observe(event, self.state, decided)

    def _expects_email(self, event: Event) -> bool:
        """Whether the bot has just asked for an address, or the person has announced one."""
        if not isinstance(event, InterimTranscript):
            return False
        said = [self.state.turn.text, *(message.text for message in self.state.history[-2:])]
        return any(map(mentions_address, said))

    def _fail(self, error: Exception) -> None:
        if not self._has_failed:
            self._has_failed = True
            log.error(
                "redacted words have led to a state that cannot be (%s): from here on a replay of the journal differs",
                type(error).__name__,
            )


def _are_same(decided: tuple[Command, ...], commands: tuple[Command, ...]) -> bool:
    """Whether these are the same decisions, whatever the words in them."""
    return [_decision(it) for it in decided] == [_decision(it) for it in commands]


def _decision(command: Command) -> tuple[object, ...]:
    names = (field.name for field in fields(command))
    values = ((name, getattr(command, name)) for name in names)
    return type(command), *(
        value
        for name, value in values
        if isinstance(value, bool | int | float) or name.endswith("_id") or name in NO_WORDS or name == "state"
    )
