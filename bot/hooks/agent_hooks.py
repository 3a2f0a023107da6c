"""The hooks of one agent: its own, or those that the bot has for agents without any."""

from collections.abc import Mapping
from typing import Any

from bot.hooks.guard import call_hook
from bot.hooks.hooks import Hooks
from bot.hooks.turn_context import TurnContext
from pipeline.messages import AS_HEARD, TurnEdit
from pipeline.ports import CompletedTurn


class AgentHooks:
    """A TurnHookRunner."""

    def __init__(self, hooks: Hooks, metadata: Mapping[str, Any]) -> None:
        self.hooks, self._metadata = hooks, metadata

    async def turn_completed(self, turn: CompletedTurn) -> TurnEdit:
        """Run the hook of a turn. Raises what it raises."""
        hook = self.hooks.on_user_turn_completed
        if hook is None:
            return AS_HEARD
        context = TurnContext(turn, self._metadata)
        await call_hook("on_user_turn_completed", hook, context)
        return context.edit
