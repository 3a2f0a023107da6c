"""Calls the hooks of a bot: watches its conversations for what they are about."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.hooks.calls import HookCalls
from bot.hooks.context import HookContext
from bot.hooks.end_summary import LAST_SUMMARY_DELAY, EndSummary
from bot.hooks.guard import call_guarded, call_hook
from bot.hooks.hooks import Hooks
from bot.hooks.shutdown import ShutdownHooks
from bot.hooks.turn_context import TurnContext
from pipeline import events
from pipeline.commands import Command, ConversationEnded, ReplyCommitted
from pipeline.events import Event
from pipeline.messages import ConversationSummary, Message, TurnEdit
from pipeline.metrics import Metrics
from pipeline.ports import CompletedTurn
from pipeline.session import Session
from pipeline.turn.state import State

log = logging.getLogger(__name__)


class BotHooks:
    """The hooks of one bot. An observer of its session, and its TurnHookRunner."""

    def __init__(self, hooks: Hooks, metadata: Mapping[str, Any], metrics: Callable[[], Metrics]) -> None:
        """`metadata` is for the contexts; `metrics` returns the figures until now."""
        self.hooks = hooks
        self.shutdown = ShutdownHooks()
        """Called last."""
        if hooks.on_shutdown is not None:
            self.shutdown.add(hooks.on_shutdown)
        apart = ("on_user_turn_completed", "on_shutdown")
        self._calls = HookCalls({name: it for name, it in hooks.given().items() if name not in apart}, hooks.budget)
        self._metadata, self._metrics = metadata, metrics
        self._session: Session | None = None
        self._summary: EndSummary | None = None
        self._identity = ""
        """Of the person whose conversation it was after the last step."""

    @property
    def end_delay(self) -> float:
        """Seconds that the hooks may take when the bot ends, before those of the shutdown."""
        summary_delay = LAST_SUMMARY_DELAY if self.hooks.on_conversation_ended is not None else 0.0
        return summary_delay + self.hooks.budget if self._calls else 0.0

    def begin(self, group: asyncio.TaskGroup, session: Session) -> None:
        """Call the hooks of this session, in tasks of `group`."""
        self._session, self._summary = session, EndSummary(session.summaries)
        self._calls.begin(group)
        if self.hooks.on_user_turn_completed is not None and not session.state.has_language_model:
            log.warning("on_user_turn_completed is never called: this bot makes no answers (llm, tts)")

    async def finish(self) -> None:
        """Report the end of a conversation that the bot leaves, and wait for the calls that are under way."""
        if self._summary is not None:
            self._summary.hurry()
        if self._identity and self._session is not None:
            self._end(self._session.history, self._session.state.summaries.summary)
        await self._calls.finish(self.end_delay)

    async def turn_completed(self, turn: CompletedTurn) -> TurnEdit:
        """Run the hook of a turn. Raises what it raises."""
        name = "on_user_turn_completed"
        context = TurnContext(turn, self._metadata)
        await call_hook(name, self.hooks.given()[name], context)
        return context.edit

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if isinstance(event, events.AudioSeen) and not commands:
            return
        match event:
            case events.TextReceived() if event.identity == state.linked:
                self._calls.add("on_chat_message", event)
            case events.ParticipantConnected():
                self._calls.add("on_participant_connected", event)
            case events.ParticipantDisconnected():
                self._calls.add("on_participant_disconnected", event)
        for command in commands:
            match command:
                case ReplyCommitted():
                    self._calls.add("on_metrics", self._metrics())
                case ConversationEnded(history=history, summary=summary):
                    self._end(history, summary)
        identity = state.caller.identity
        if identity and identity != self._identity:
            self._calls.add("on_enter", self._context())
        self._identity = identity

    def _end(self, history: tuple[Message, ...], older: ConversationSummary | None) -> None:
        self._calls.add("on_exit", self._context())
        if (hook := self.hooks.on_conversation_ended) is not None:
            self._calls.put("on_conversation_ended", partial(self._conversation_ended, hook, history, older))

    async def _conversation_ended(
        self, hook: Callable[..., object], history: tuple[Message, ...], older: ConversationSummary | None
    ) -> None:
        assert self._summary is not None, "a conversation without a session"
        summary = await self._summary.make(history, older)
        await call_guarded("on_conversation_ended", hook, history, summary, budget=self.hooks.budget)

    def _context(self) -> HookContext:
        assert self._session is not None, "a step of a session that has not begun"
        return HookContext(self._session, self._metadata)
