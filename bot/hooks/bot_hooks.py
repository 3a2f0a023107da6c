"""Calls the hooks of a bot: watches its conversations for what they are about."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.hooks.agent_hooks import AgentHooks
from bot.hooks.calls import HookCalls
from bot.hooks.context import HookContext, HookedConversation
from bot.hooks.end_summary import LAST_SUMMARY_DELAY, EndSummary
from bot.hooks.guard import call_guarded
from bot.hooks.hooks import Hooks
from bot.hooks.shutdown import ShutdownHooks
from pipeline import events
from pipeline.commands import Command, ConversationEnded, HandedOver, ReplyCommitted
from pipeline.events import Event
from pipeline.messages import ConversationSummary, Message
from pipeline.metrics import Metrics
from pipeline.session import Session
from pipeline.turn.state import State

log = logging.getLogger(__name__)

NOT_AWAITED = {"on_user_turn_completed", "on_shutdown"}
"""Hooks that add nothing to the end: a turn is given up with its hook, and those of the shutdown come later."""


class BotHooks:
    """The hooks of one bot and of its agents. An observer of its session."""

    def __init__(self, hooks: Hooks, metadata: Mapping[str, Any], metrics: Callable[[], Metrics]) -> None:
        """`metadata` is for the contexts; `metrics` returns the figures until now."""
        self._hooks, self._metadata, self._metrics = hooks, metadata, metrics
        self.shutdown = ShutdownHooks()
        """Called last."""
        if hooks.on_shutdown is not None:
            self.shutdown.add(hooks.on_shutdown)
        self._own = AgentHooks(hooks, metadata)
        self._of_agents = {id(hooks): self._own}
        self._leading: AgentHooks | None = None  # of the agent that leads the conversation; None between conversations
        self._conversation = HookedConversation("")
        self._session: Session | None = None
        self._calls: HookCalls | None = None
        self._summary: EndSummary | None = None

    def of_agent(self, hooks: Hooks | None) -> AgentHooks:
        """Return the hooks of an agent: its own, or without any the bot's. The same give the same object."""
        if hooks is None:
            return self._own
        return self._of_agents.setdefault(id(hooks), AgentHooks(hooks, self._metadata))

    def end_delay(self) -> float:
        """Return the seconds that hooks may take when the bot ends, before those of the shutdown."""
        all_hooks = [it.hooks for it in self._of_agents.values()]
        delay = max((it.budget for it in all_hooks if it.given().keys() - NOT_AWAITED), default=0.0)
        return delay + LAST_SUMMARY_DELAY if self._hooks.on_conversation_ended is not None else delay

    def begin(self, group: asyncio.TaskGroup, session: Session) -> None:
        """Call the hooks of this session, in tasks of `group`."""
        self._session, self._calls, self._summary = session, HookCalls(group), EndSummary(session.summaries)
        if session.state.agent.turn_hook is not None and not session.state.has_language_model:
            log.warning("on_user_turn_completed is never called: this bot makes no answers (llm, tts)")

    async def finish(self) -> None:
        """Report the end of a conversation that the bot leaves, and wait for the calls that are under way."""
        if self._session is None or self._calls is None or self._summary is None:
            return
        self._summary.hurry()
        if self._leading is not None:
            self._ended(self._session.history, self._session.state.summaries.summary)
        await self._calls.finish(self.end_delay())

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if isinstance(event, events.AudioSeen) and not commands:
            return
        match event:
            case events.TextReceived() if event.identity == state.linked:
                self._call(self._hooks, "on_chat_message", event)
            case events.ParticipantConnected():
                self._call(self._hooks, "on_participant_connected", event)
            case events.ParticipantDisconnected():
                self._call(self._hooks, "on_participant_disconnected", event)
        for command in commands:
            match command:
                case ReplyCommitted():
                    self._call(self._hooks, "on_metrics", self._metrics())
                case HandedOver():
                    self._exit()
                case ConversationEnded(history=history, summary=summary):
                    self._ended(history, summary)
        if state.caller.identity and self._leading is None:
            self._enter(state.caller.identity)

    def _enter(self, identity: str) -> None:
        assert self._session is not None, "a step of a session that has not begun"
        if self._conversation.history is not None or self._conversation.identity != identity:
            self._conversation = HookedConversation(identity)
        leading = self._session.parts.turn_hook
        assert isinstance(leading, AgentHooks), "hooks of another kind"
        self._leading = leading
        self._call(leading.hooks, "on_enter", self._context())

    def _exit(self) -> None:
        if self._leading is not None:
            self._call(self._leading.hooks, "on_exit", self._context())
        self._leading = None

    def _ended(self, history: tuple[Message, ...], older: ConversationSummary | None) -> None:
        self._conversation.history = history
        self._exit()
        if self._hooks.on_conversation_ended is not None and self._calls is not None:
            self._calls.add("on_conversation_ended", partial(self._report_end, history, older))

    async def _report_end(self, history: tuple[Message, ...], older: ConversationSummary | None) -> None:
        assert self._summary is not None, "a conversation without a session"
        summary = await self._summary.make(history, older)
        await self._guarded(self._hooks, "on_conversation_ended", history, summary)

    def _call(self, hooks: Hooks, name: str, *arguments: object) -> None:
        if name in hooks.given() and self._calls is not None:
            self._calls.add(name, partial(self._guarded, hooks, name, *arguments))

    async def _guarded(self, hooks: Hooks, name: str, *arguments: object) -> None:
        await call_guarded(name, hooks.given()[name], *arguments, budget=hooks.budget)

    def _context(self) -> HookContext:
        assert self._session is not None, "a step of a session that has not begun"
        return HookContext(self._session, self._conversation, self._metadata)
