"""What tools cost in a conversation, from events and commands."""

from dataclasses import replace

from pipeline import commands
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.messages import Prompt
from pipeline.metrics.figures import ToolStep


class ToolSteps:
    """A fold over the steps of a session."""

    def __init__(self) -> None:
        self._by_reply: dict[str, ToolStep] = {}

    @property
    def all(self) -> tuple[ToolStep, ...]:
        """Until now, in their order."""
        return tuple(self._by_reply.values())

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        """The next step."""
        for command in ordered:
            match command:
                case commands.CallTool(reply_id):
                    self._step(reply_id, event.at)
                case commands.ToolCommitted(reply_id, message):
                    step = self._step(reply_id, event.at)
                    self._by_reply[reply_id] = replace(
                        step,
                        calls=step.calls + 1,
                        failures=step.failures + message.is_error,
                        results_delay=event.at - step.began_at,
                    )
                case commands.StartReply(source=Prompt(messages=[*_, last])) if last.role == "tool":
                    self._told(event.at)

    def _step(self, reply_id: str, at: float) -> ToolStep:
        return self._by_reply.setdefault(reply_id, ToolStep(reply_id=reply_id, began_at=at))

    def _told(self, at: float) -> None:
        """The model is asked to go on from all results so far; it may be asked once more for the same."""
        for reply_id, step in self._by_reply.items():
            if step.results_delay is not None and step.request_delay is None:
                request_delay = at - step.began_at - step.results_delay
                self._by_reply[reply_id] = replace(step, request_delay=request_delay)
