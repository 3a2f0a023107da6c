"""What a tool may know of the conversation that called it, and do to it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

from bot.agent import Agent
from pipeline.agent import AgentProfile
from pipeline.events import SharedHistory
from pipeline.messages import Message
from pipeline.ports import AgentParts, ToolSession

if TYPE_CHECKING:
    from bot.tools.decorator import FunctionTool


class AgentAccess(Protocol):
    """What a call needs to know of the agents of its bot."""

    def serve(self, agent: Agent) -> tuple[AgentProfile, AgentParts]:
        """Return what an agent is, and what serves it. Raises VoiceBotError."""
        ...

    def update_tools(self, tools: Iterable[object]) -> None:
        """Replace the functions of the agent whose call it is. Raises SettingsError."""
        ...


class ToolContext:
    """The conversation, for one call. Name a parameter of this type, and the call is given its own.

    All of it may be used from a thread, too: what is done there reaches the conversation in the same order, before the
    tool's result.
    """

    def __init__(self, session: ToolSession, metadata: Mapping[str, Any], agents: AgentAccess) -> None:
        self._session, self._agents = session, agents
        self._loop = asyncio.get_running_loop()
        self.metadata = metadata
        """What the program gave its bot: `VoiceBot(metadata=...)`."""

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard until now."""
        return self._session.history

    def say(self, text: str) -> None:
        """Have a text spoken when nobody speaks; returns at once. Raises VoiceBotError for one that is too long."""
        self._act(self._session.say, text)

    def disallow_interruptions(self) -> None:
        """Let nothing that the person says break off the bot or this call, until the call ends."""
        self._act(self._session.disallow_interruptions)

    def end_call(self, farewell: str | None = None) -> None:
        """End the call with the person once what is being said, and then the farewell, has been heard."""
        self._act(self._session.end_call, farewell)

    def hand_over(self, agent: Agent, history: SharedHistory = "whole") -> None:
        """Let another agent lead the conversation once this call has returned, unless it fails.

        `history`: "whole", or "none" for an agent whose language model is to read nothing before the results of this
        call and of those beside it. Raises VoiceBotError for an agent that this bot cannot serve.
        """
        self._act(self._hand_over, agent, history)

    def update_tools(self, tools: "Iterable[FunctionTool[..., Any] | str]") -> None:
        """Replace the functions of the agent whose call this is, from its model's next request on.

        Tools of MCP servers and webhooks stay. Raises SettingsError with every fault.
        """
        self._act(self._agents.update_tools, tools)

    def _hand_over(self, agent: Agent, history: SharedHistory) -> None:
        self._session.hand_over(*self._agents.serve(agent), history)

    def _act(self, act: Callable[..., None], *arguments: object) -> None:
        """Act in the event loop: at once when this is its thread, else wait for that. Raises what it raises."""
        try:
            is_here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            is_here = False
        if is_here:
            act(*arguments)
            return
        done = Future[None]()

        def act_there() -> None:
            try:
                act(*arguments)
                done.set_result(None)
            except Exception as error:  # noqa: BLE001 - it is the tool's
                done.set_exception(error)

        self._loop.call_soon_threadsafe(act_there)
        done.result()
