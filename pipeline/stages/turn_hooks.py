"""The runs of the hook that a completed turn waits for, each in a task of the session."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from pipeline import commands, events
from pipeline.children import TaskStarter
from pipeline.clock import loop_time
from pipeline.commands import HookCommand
from pipeline.containment import contained
from pipeline.events import HookEvent
from pipeline.failure_log import log_failure
from pipeline.messages import AS_HEARD, Message, TurnEdit
from pipeline.ports import CompletedTurn, TurnHookRunner
from pipeline.text.bounds import bounded

LONGEST_EDIT = 8_000
"""Characters of what a hook adds, and of the text that it gives a turn. Some 2,000 tokens: more would make the answer
late, and push the conversation out of the prompt."""

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Run:
    run_id: str
    is_over: bool = False
    """Nobody waits for it any more."""
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)


class TurnHooks:
    """Carries out what is decided about the hook."""

    def __init__(
        self,
        runner: Callable[[], TurnHookRunner | None],
        emit: Callable[[HookEvent], None],
        history: Callable[[], tuple[Message, ...]],
    ) -> None:
        """`runner` gives what runs the hook of the agent that leads the conversation."""
        self._runner, self._emit, self._history = runner, emit, history
        self._latest: _Run | None = None

    def apply(self, command: HookCommand, children: TaskStarter) -> None:
        """Carry out one command; a run is a task that `children` starts."""
        match command:
            case commands.RunTurnHook(run_id, text):
                runner = self._runner()
                assert runner is not None, "a hook without a runner"
                turn = CompletedTurn(text, self._history())
                run = self._latest = _Run(run_id)
                run.task = children.create_task(self._run(runner, run, turn), name=run_id)
            case commands.CancelTurnHook(run_id, is_late):
                if is_late:
                    log.warning("the hook of the turn has overrun its budget: the turn is answered without it")
                if self._latest is not None and self._latest.run_id == run_id:
                    self._break_off(self._latest)
            case _:
                assert_never(command)

    def _break_off(self, run: _Run) -> None:
        run.is_over = True
        if run.task is not None:
            run.task.cancel()

    async def _run(self, runner: TurnHookRunner, run: _Run, turn: CompletedTurn) -> None:
        async def edit_turn() -> TurnEdit:
            return _within_bounds(await runner.turn_completed(turn))

        edit = await contained(edit_turn, _without_hook)
        if not run.is_over:
            self._emit(events.TurnHookAnswered(loop_time(), run.run_id, edit))


def _without_hook(error: BaseException) -> TurnEdit:
    if isinstance(error, asyncio.CancelledError):
        log.error("the hook of the turn was cancelled from within: the turn is answered without it")
    else:
        log_failure(log, "the hook of the turn has failed: the turn is answered without it", error=error)
    return AS_HEARD


def _within_bounds(edit: TurnEdit) -> TurnEdit:
    return replace(edit, context=_cut(edit.context), text=None if edit.text is None else _cut(edit.text))


def _cut(text: str) -> str:
    if (left_out := len(text) - LONGEST_EDIT) > 0:
        log.warning("the hook of the turn has given %d characters: the last %d are left out", len(text), left_out)
    return bounded(text, LONGEST_EDIT)
