"""The providers that a session has lost: reported to the decisions, and what they decide carried out."""

from collections.abc import Awaitable, Callable
from typing import assert_never

from pipeline import commands, events
from pipeline.children import TaskStarter
from pipeline.clock import loop_time
from pipeline.containment import contained
from pipeline.errors import ProviderError
from pipeline.events import ProviderEvent
from pipeline.resilience.availability import Availability

Transfer = Callable[[], Awaitable[ProviderEvent]]
"""Hands the person over; returns PersonTransferred, or TransferFailed."""


class Losses:
    """Keeps the errors, which events and commands cannot hold."""

    def __init__(self, emit: Callable[[ProviderEvent], None]) -> None:
        self._emit = emit
        self._errors: dict[str, ProviderError] = {}
        self.transfer_person: Transfer | None = None
        """What hands the person over, if anything does."""

    def note(self, availability: Availability, error: ProviderError | None) -> None:
        """Take what became of a provider: see `OnChange`."""
        name = availability.name
        if error is None:
            self._errors.pop(name, None)
            self._emit(events.ProviderBack(loop_time(), name))
            return
        if availability.is_given_up:
            self._errors.setdefault(name, error)
        self._emit(events.ProviderLost(loop_time(), name, str(error), is_given_up=availability.is_given_up))

    def apply(self, command: commands.GiveUp | commands.TransferPerson, children: TaskStarter) -> None:
        """Carry out one command, in a task that `children` starts.

        The session ends with the error of the provider that was given up first.
        """
        match command:
            case commands.GiveUp():
                children.create_task(_raised(next(iter(self._errors.values()))), name="give up")
            case commands.TransferPerson():
                children.create_task(self._transfer(), name="transfer")
            case _:
                assert_never(command)

    async def _transfer(self) -> None:
        if self.transfer_person is None:
            self._emit(events.TransferFailed(loop_time(), "there is nobody to hand the person over to"))
            return
        self._emit(await contained(self.transfer_person, _failed))


async def _raised(error: ProviderError) -> None:
    raise error


def _failed(error: BaseException) -> ProviderEvent:
    return events.TransferFailed(loop_time(), f"{type(error).__name__}: {error}")
