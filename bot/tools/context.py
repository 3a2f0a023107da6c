"""What a tool may know of the conversation that called it, and do to it."""

import json
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bot.agent import Agent
from bot.telephony.outgoing_call import RING_DELAY
from bot.tools.loop_access import LoopAccess
from bot.tools.tool_room import StopsRecording, ToolRoom, Transfer
from pipeline.agent import AgentProfile
from pipeline.errors import RoomError, ToolError
from pipeline.events import SharedHistory
from pipeline.messages import Message
from pipeline.ports import AgentParts, ToolSession

if TYPE_CHECKING:
    from bot.tools.decorator import FunctionTool


class AgentAccess(Protocol):
    """What a call needs to know of the agents of its bot."""

    recorder: StopsRecording | None
    """What records the call, if anything does."""

    def serve(self, agent: Agent) -> tuple[AgentProfile, AgentParts]:
        """Return what an agent is, and what serves it. Raises VoiceBotError."""
        ...

    def update_tools(self, tools: Iterable[object]) -> None:
        """Replace the functions of the agent whose call it is, for this conversation. Raises SettingsError."""
        ...


T = TypeVar("T")

OVER = "This call is over: its person has left, or it was given up."
"""What is said against acts in the room: they might reach another person."""


class ToolContext:
    """The conversation, for one call. Name a parameter of this type, and the call is given its own.

    All of it may be used from a thread, too: what is done there reaches the conversation in the same order, before the
    tool's result. A function that is not async waits for what is to be awaited with `wait_for`.
    """

    def __init__(
        self,
        session: ToolSession,
        metadata: Mapping[str, Any],
        loop: LoopAccess,
        room: ToolRoom | None,
        transfer: Transfer | None,
        agents: AgentAccess,
    ) -> None:
        self._session, self._loop, self._room, self._transfer = session, loop, room, transfer
        self._agents = agents
        self.metadata = metadata
        """What the program gave its bot: `VoiceBot(metadata=...)`."""

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard until now."""
        return self._session.history

    def say(self, text: str) -> None:
        """Have a text spoken when nobody speaks; returns at once. Raises VoiceBotError for one that is too long."""
        self._act(self._session.say, text)

    def report_progress(self, text: str) -> None:
        """Have it said how far the call is, such as "Half of it is there.", if nothing was heard for some seconds."""
        self._act(self._session.report_progress, text)

    def disallow_interruptions(self) -> None:
        """Let nothing that the person says break off the bot or this call, until the call ends."""
        self._act(self._session.disallow_interruptions)

    def end_call(self, farewell: str | None = None) -> None:
        """End the call with the person once what is being said, and then the farewell, has been heard."""
        self._act(self._session.end_call, farewell)

    def hand_over(self, agent: Agent, history: SharedHistory = "whole") -> None:
        """Let another agent lead the conversation once this call has returned, unless it fails.

        `history`: "whole"; or "none" for an agent whose language model is to read nothing before the results of this
        call and of those beside it; or "summary", which takes the place of what was before as soon as it is made, and
        makes nobody wait. Raises VoiceBotError for an agent that this bot cannot serve.
        """
        self._act(self._hand_over, agent, history)

    def update_tools(self, tools: "Iterable[FunctionTool[..., Any] | str]") -> None:
        """Replace the functions of the agent whose call this is, from its model's next request on.

        They are for this conversation. Tools of MCP servers and webhooks stay. Raises SettingsError with every fault.
        """
        self._act(self._update_tools, tools)

    async def rpc(self, method: str, payload: object = "", timeout: float = 10.0) -> str:
        """Call a method that the person's app has registered with LiveKit (RPC), and return its answer.

        `payload`: a text as it is, anything else as JSON. `timeout`: seconds; the tool's own still counts. Raises
        ToolError with a text for the model: there is no such method, no answer in time, nobody there, too long a
        payload, or what the app says against it.
        """
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        return await self._in_room(lambda room: room.perform_rpc(method, text, timeout))

    async def send_dtmf(self, digits: str) -> None:
        """Press keys of a telephone, one after the other: 0 to 9, *, #, A to D. Raises ToolError."""
        await self._in_room(lambda room: room.send_dtmf(digits))

    async def dial(self, number: str, trunk: str, *, caller_number: str = "", ring_delay: int = RING_DELAY) -> str:
        """Call a telephone into the room; return its identity there when it is answered.

        It hears the person and the bot, and the person hears it; the bot goes on with its person alone. `trunk`: an
        outbound trunk of LiveKit's, ST_... `ring_delay`: seconds; give the tool more (`@tool(timeout=60)`). Raises
        ToolError with a text for the model: busy, declined, no answer. Calls cost money, so do not let the model choose
        the number.
        """
        return await self._in_room(
            lambda room: room.dial(number, trunk, caller_number=caller_number, ring_delay=ring_delay)
        )

    async def transfer_to_human(self, reason: str) -> str:
        """Hand the person over to a human being, as the bot's settings say; return what the model is to read.

        The reason is for whoever takes over. Raises ToolError when nobody does: the bot goes on then.
        """
        if self._transfer is None:
            raise ToolError("This bot can hand over to nobody.")
        self._check_goes_on()
        return await self._loop.await_there(self._transfer(reason, self._session))

    def stop_recording(self, *, discard: bool = True) -> bool:
        """Record no more of this call, and delete what was recorded unless `discard` is false.

        Returns whether anything is recorded by this bot.
        """
        if self._agents.recorder is not None:
            self._act(self._stop_recording, discard)
        return self._agents.recorder is not None

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for one of the coroutines above, in a function that is not async: `wait_for(context.rpc("where"))`."""
        return self._loop.wait_for(coroutine)

    def _update_tools(self, tools: "Iterable[FunctionTool[..., Any] | str]") -> None:
        if not self._session.is_over:
            self._agents.update_tools(tools)

    def _stop_recording(self, discard: bool) -> None:
        if self._agents.recorder is not None and not self._session.is_over:
            self._agents.recorder.stop(discard=discard)

    def _check_goes_on(self) -> None:
        if self._session.is_over:
            raise ToolError(OVER)

    def _hand_over(self, agent: Agent, history: SharedHistory) -> None:
        self._session.hand_over(*self._agents.serve(agent), history)

    async def _in_room(self, act: Callable[[ToolRoom], Coroutine[Any, Any, T]]) -> T:
        if self._room is None:
            raise ToolError("This bot is in no room.")
        self._check_goes_on()
        try:
            return await self._loop.await_there(act(self._room))
        except RoomError as error:
            raise ToolError(str(error)) from None

    def _act(self, act: Callable[..., None], *arguments: object) -> None:
        self._loop.act(act, *arguments)
