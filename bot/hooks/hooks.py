"""The hooks of a bot, as a program gives them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.hooks.context import HookContext
from bot.hooks.turn_context import TurnContext
from pipeline.agent import TURN_HOOK_BUDGET, TurnHook
from pipeline.errors import SettingsError
from pipeline.events import ParticipantConnected, ParticipantDisconnected, TextReceived
from pipeline.messages import Message

if TYPE_CHECKING:
    from pipeline.metrics import Metrics

BUDGET = 5.0
"""Seconds for each call of a hook that no turn waits for."""


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """Functions that a bot calls, async or not.

    Those of one kind are called one after the other. One that raises is logged; one that takes longer than its budget
    is logged, too, and cancelled. Neither ends the bot. They run in the event loop: whatever blocks it is warned about.
    The first three may be those of an agent: `Agent(hooks=...)`; those of the bot are for agents without hooks. Raises
    SettingsError for what cannot be called.
    """

    on_enter: Callable[[HookContext], object] | None = None
    """A conversation begins, or is handed over to this agent; a greeting is queued before what it says."""
    on_exit: Callable[[HookContext], object] | None = None
    """The agent leads no more: it has handed over, the person has left for good, or the bot has."""
    on_user_turn_completed: Callable[[TurnContext], object] | None = None
    """A turn of the person is over and its answer waits: add context, change the text, or stop the reply.

    When the person goes on meanwhile it is cancelled, and called for the whole turn. A turn to which the bot makes no
    answer by itself (no language model, `answers=False`) goes by without it.
    """
    on_chat_message: Callable[[TextReceived], object] | None = None
    """The person has typed a message, which is answered like speech."""
    on_participant_connected: Callable[[ParticipantConnected], object] | None = None
    """Somebody who is no bot has come into the room, or was there when the bot came."""
    on_participant_disconnected: Callable[[ParticipantDisconnected], object] | None = None
    """Somebody who is no bot has gone from the room, maybe for a moment."""
    on_metrics: "Callable[[Metrics], object] | None" = None
    """A reply was heard: the figures until now."""
    on_conversation_ended: Callable[[tuple[Message, ...], str | None], object] | None = None
    """The conversation is over: its history, and a summary by the language model, None if none could be made."""
    on_shutdown: Callable[[str], object] | None = None
    """The bot has left the room, for this reason: as `VoiceBot.on_shutdown`."""
    speculative: bool = False
    """`on_user_turn_completed` runs at a pause that may be the end of the turn, before a reply is begun.

    Otherwise what it changes voids that reply, which is begun again. It costs its own time at most, and none where it
    answers before the transcriber has. It may run for a turn that goes on after all, so it must not do what cannot be
    undone.
    """
    turn_budget: float = TURN_HOOK_BUDGET
    """Seconds for `on_user_turn_completed`, by default 0.5; then the turn is answered without it."""
    budget: float = BUDGET
    """Seconds for each call of another hook, by default 5."""

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise SettingsError(faults)

    @property
    def turn_hook(self) -> TurnHook | None:
        """The terms of `on_user_turn_completed`; None without it."""
        if self.on_user_turn_completed is None:
            return None
        return TurnHook(budget=self.turn_budget, is_speculative=self.speculative)

    def given(self) -> dict[str, Callable[..., object]]:
        """The hooks by name, without those that are not there."""
        return {name: hook for name in _ARGUMENTS if (hook := getattr(self, name)) is not None}

    def _faults(self) -> Iterator[str]:
        for name, hook in self.given().items():
            if fault := _fault(hook, _ARGUMENTS[name]):
                yield f"{name}={hook!r} {fault}: write def {name}({', '.join(_ARGUMENTS[name])})."
        for name in ("turn_budget", "budget"):
            seconds = getattr(self, name)
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
                yield f"{name}={seconds!r} is no time: give seconds above 0."
        if self.speculative and self.on_user_turn_completed is None:
            yield "speculative=True is about on_user_turn_completed, and there is none: give one."


OF_AGENTS = ("on_enter", "on_exit", "on_user_turn_completed")
"""The hooks that an agent may have for itself."""

_ARGUMENTS = {
    "on_enter": ("context",),
    "on_exit": ("context",),
    "on_user_turn_completed": ("turn",),
    "on_chat_message": ("message",),
    "on_participant_connected": ("participant",),
    "on_participant_disconnected": ("participant",),
    "on_metrics": ("metrics",),
    "on_conversation_ended": ("history", "summary"),
    "on_shutdown": ("reason",),
}
"""What each hook is called with."""


def _fault(hook: Any, arguments: tuple[str, ...]) -> str | None:
    if not callable(hook):
        return "cannot be called"
    if inspect.isgeneratorfunction(hook) or inspect.isasyncgenfunction(hook):
        return "is a generator, which nobody reads"
    try:
        inspect.signature(hook).bind(*arguments)
    except TypeError:
        return f"does not take {len(arguments)} argument{'s' * (len(arguments) > 1)}"
    except ValueError:  # a function written in C may have no signature
        return None
    return None
