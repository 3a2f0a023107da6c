"""Answers the frontend of the person whom the bot talks with, and reports what happens, by LiveKit's session protocol.

The person hears and reads the conversation anyway. What an operator may want to keep is given with `shows_internals`
alone: instructions, what tools are given and return, and the texts of errors. Others in the room are refused.
"""

import asyncio
from collections.abc import Callable, Iterable

from bot.assembly.provider_description import ProviderDescription
from bot.remote_session import wire
from bot.remote_session.event_messages import EventMessages, user_state
from bot.remote_session.facts import Facts
from bot.remote_session.input_run import InputRun
from bot.remote_session.wall_clock import wall_time
from pipeline.clock import loop_time
from pipeline.commands import AgentState, Command
from pipeline.events import Event, TextReceived
from pipeline.messages import Message
from pipeline.session import Session
from pipeline.turn.state import State
from pipeline.version import rawbot_version

RUN_LIMIT = 60.0
"""Seconds after which a `run_input` is given up: LiveKit's own client waits as long."""

LONGEST_INPUT = 10_000
"""Characters of a `run_input`, as of a chat message."""


class Serving:
    """Serves one person at a time. Who asks for the first time is sent events from then on."""

    def __init__(
        self,
        session: Session,
        facts: Facts,
        send: Callable[[str, bytes], None],
        describe_model: Callable[[str], ProviderDescription],
        *,
        shows_internals: bool,
    ) -> None:
        self._session, self._facts, self._send = session, facts, send
        self._describe_model, self._shows_internals = describe_model, shows_internals
        self._listener = ""
        self._events = EventMessages(session.state, shows_internals=shows_internals)
        self._run: InputRun | None = None
        self._run_limit: asyncio.TimerHandle | None = None

    def take(self, identity: str, message: bytes) -> None:
        """Take a message of a participant. What is none of the protocol, or asks nothing, is let go."""
        try:
            request = wire.read_request(message)
        except wire.NoMessage:
            return
        if request is not None and (answer := self._answer(identity, request)) is not None:
            self._send(identity, answer)

    def show_state(self, before: AgentState, state: AgentState) -> None:
        """Tell that the bot does something else."""
        if self._listener:
            self._send(self._listener, wire.agent_state_changed(before, state, wall_time(loop_time())))

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Tell of one step of the session."""
        if not self._listener:
            return
        if state.linked != self._listener:
            self._forget()
            return
        for message in self._events.of_step(event, state, commands):
            self._send(self._listener, message)
        if self._run is not None and self._run.take(state, commands):
            self._end_run(wire.run_output(self._run.request_id, self._items(self._run.messages)))

    def _answer(self, identity: str, request: wire.SessionRequest) -> bytes | None:
        """Return the answer; None when it comes later."""
        state = self._session.state
        if self._session.has_ended:
            return wire.refusal(request.id, "the conversation is over")
        if identity != state.linked:
            return wire.refusal(request.id, "the bot answers this only to the person it talks with")
        if identity != self._listener:
            self._listener = identity
            self._events = EventMessages(state, shows_internals=self._shows_internals)
        if request.kind == "run_input":
            return self._begin_run(identity, request)
        return self._answer_at_once(request, state)

    def _answer_at_once(self, request: wire.SessionRequest, state: State) -> bytes:
        match request.kind:
            case "ping":
                return wire.pong(request.id)
            case "get_session_state":
                return self._state(request.id, state)
            case "get_chat_history":
                return wire.chat_history(request.id, self._items(_history(state)))
            case "get_agent_info":
                return self._agent_info(request.id, state)
            case "get_session_usage":
                return self._usage(request.id, state)
            case "get_framework_info":
                return wire.framework_info(request.id, "rawbot", rawbot_version() or "")
        return wire.refusal(request.id, f"this bot does not answer {request.kind or 'this request'}")

    def _state(self, request_id: str, state: State) -> bytes:
        bot, person = self._facts.agent_state, user_state(state)
        return wire.session_state(request_id, bot, person, state.agent.name, wall_time(self._facts.began_at))

    def _agent_info(self, request_id: str, state: State) -> bytes:
        agent = state.agent
        instructions = agent.instructions if self._shows_internals else None
        tools = [tool.name for tool in agent.tools]
        return wire.agent_info(request_id, agent.name, instructions, tools, self._items(_history(state)))

    def _usage(self, request_id: str, state: State) -> bytes:
        model, facts = self._describe_model(state.agent.name), self._facts
        return wire.session_usage(
            request_id,
            provider=model.get("name", ""),
            model=model.get("model", ""),
            input_tokens=facts.prompt_tokens,
            output_tokens=facts.completion_tokens,
            at=wall_time(loop_time()),
        )

    def _begin_run(self, identity: str, request: wire.SessionRequest) -> bytes | None:
        text = request.text.strip()
        if not text:
            return wire.refusal(request.id, "run_input needs a text")
        if len(text) > LONGEST_INPUT:
            return wire.refusal(request.id, f"run_input takes at most {LONGEST_INPUT:,} characters: send less")
        if self._run is not None:
            return wire.refusal(request.id, "the answer to the run_input before is not over: wait for it")
        self._run = InputRun(request.id)
        late = wire.refusal(request.id, f"the answer is not over after {RUN_LIMIT:g} s, and goes on")
        self._run_limit = asyncio.get_running_loop().call_later(RUN_LIMIT, self._end_run, late)
        self._session.dispatch(TextReceived(loop_time(), identity, text))
        return None

    def _end_run(self, answer: bytes) -> None:
        self._send(self._listener, answer)
        self._forget_run()

    def _forget_run(self) -> None:
        self._run = None
        if self._run_limit is not None:
            self._run_limit.cancel()
            self._run_limit = None

    def _forget(self) -> None:
        """Tell nobody any more: the person has left."""
        self._listener = ""
        self._forget_run()

    def _items(self, messages: Iterable[Message]) -> list[wire.Item]:
        shown = (wire.items_of(it, wall_time(it.at), shows_tools=self._shows_internals) for it in messages)
        return [item for items in shown for item in items]


def _history(state: State) -> tuple[Message, ...]:
    """Return the conversation with the person who is linked: until it has begun, the last one's still stands there."""
    return () if state.history_is_over or state.caller.identity != state.linked else state.history
