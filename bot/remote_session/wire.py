"""Messages of LiveKit's session protocol: reads requests, builds answers and events. No I/O, no clock.

They are protobuf (`agent/livekit_agent_session.proto` of livekit/protocol), one message a byte stream. Instants are
seconds since 1970. Importing this module takes 20 ms, so it is done when the first message comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from livekit.protocol.agent_pb import agent_session as pb

from pipeline.commands import AgentState
from pipeline.messages import Message, ToolRequest
from pipeline.text.encodable import encodable

UserState = Literal["speaking", "listening", "away"]
"""What the person does."""

_AGENT_STATES: dict[AgentState, pb.AgentState] = {
    "initializing": pb.AS_INITIALIZING,
    "listening": pb.AS_LISTENING,
    "thinking": pb.AS_THINKING,
    "speaking": pb.AS_SPEAKING,
}
_USER_STATES: dict[UserState, pb.UserState] = {
    "speaking": pb.US_SPEAKING,
    "listening": pb.US_LISTENING,
    "away": pb.US_AWAY,
}

Item = pb.ChatContext.ChatItem
"""One item of a history: a message, a call of a tool, its result, or a hand-over."""

Response, Event = pb.SessionResponse, pb.AgentSessionEvent


class NoMessage(Exception):
    """These bytes are no message of the protocol."""


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A question of a frontend."""

    id: str
    kind: str
    """Its name in the protocol, such as "ping"; empty for one that is newer than the protocol as it is known here."""
    text: str = ""
    """What is to be said, of a `run_input`."""


def read_request(message: bytes) -> SessionRequest | None:
    """Read a message; None for one that asks nothing. Raises NoMessage."""
    try:
        read = pb.AgentSessionMessage.FromString(message)
    except DecodeError as error:
        raise NoMessage(str(error)) from None
    if not read.HasField("request"):
        return None
    request = read.request
    return SessionRequest(request.request_id, request.WhichOneof("request") or "", request.run_input.text)


# --- items of a history ---


def items_of(message: Message, at: float, *, shows_tools: bool) -> list[Item]:
    """Build the items for a message: one, or a call of a tool and its result.

    `at` is when it entered the history. Without `shows_tools`, what a tool was given and what it returned is left out.
    """
    name, created_at = f"item_{message.number}", _timestamp(at)
    if message.role != "tool":
        role = pb.USER if message.role == "user" else pb.ASSISTANT
        content = [pb.ChatMessage.ChatContent(text=encodable(message.text))]
        said = pb.ChatMessage(id=name, role=role, content=content, interrupted=message.cut, created_at=created_at)
        return [Item(message=said)]
    assert message.call is not None, "a result of no call"
    call = function_call(message.call, at, shows_tools=shows_tools)
    return [Item(function_call=call), Item(function_call_output=function_output(message, at, shows_tools=shows_tools))]


def function_call(request: ToolRequest, at: float, *, shows_tools: bool) -> pb.FunctionCall:
    """Build a call of a tool."""
    return pb.FunctionCall(
        id=encodable(request.id),
        call_id=encodable(request.id),
        name=encodable(request.name),
        arguments=encodable(request.arguments) if shows_tools else "{}",
        created_at=_timestamp(at),
    )


def function_output(message: Message, at: float, *, shows_tools: bool) -> pb.FunctionCallOutput:
    """Build the result of a call."""
    assert message.call is not None, "a result of no call"
    return pb.FunctionCallOutput(
        id=f"item_{message.number}",
        call_id=encodable(message.call.id),
        name=encodable(message.call.name),
        output=encodable(message.text) if shows_tools else "",
        is_error=message.is_error,
        created_at=_timestamp(at),
    )


def hand_over_item(number: int, before: str, agent: str, at: float) -> Item:
    """Build the item for one agent handing over to another; `number` is that of the message before it."""
    handed = pb.AgentHandoff(id=f"handoff_{number}", old_agent_id=before, new_agent_id=agent, created_at=_timestamp(at))
    return Item(agent_handoff=handed)


# --- answers ---


def refusal(request_id: str, error: str) -> bytes:
    """Build the answer that says why there is none."""
    return _answer(Response(request_id=request_id, error=error))


def pong(request_id: str) -> bytes:
    """Build the answer to a ping."""
    return _answer(Response(request_id=request_id, pong=Response.Pong()))


def chat_history(request_id: str, items: Iterable[Item]) -> bytes:
    """Build the answer with the history."""
    return _answer(Response(request_id=request_id, get_chat_history=Response.GetChatHistoryResponse(items=items)))


def run_output(request_id: str, items: Iterable[Item]) -> bytes:
    """Build the answer with what came of a typed input."""
    return _answer(Response(request_id=request_id, run_input=Response.RunInputResponse(items=items)))


def session_state(request_id: str, agent: AgentState, user: UserState, agent_id: str, at: float) -> bytes:
    """Build the answer with what bot and person do since `at`, the beginning of their conversation."""
    state = Response.GetSessionStateResponse(
        agent_state=_AGENT_STATES[agent], user_state=_USER_STATES[user], agent_id=agent_id, created_at=_timestamp(at)
    )
    return _answer(Response(request_id=request_id, get_session_state=state))


def agent_info(
    request_id: str, agent_id: str, instructions: str | None, tools: Iterable[str], items: Iterable[Item]
) -> bytes:
    """Build the answer with what the agent is that leads."""
    info = Response.GetAgentInfoResponse(
        id=agent_id, instructions=encodable(instructions or ""), tools=tools, chat_ctx=items
    )
    return _answer(Response(request_id=request_id, get_agent_info=info))


def framework_info(request_id: str, name: str, version: str) -> bytes:
    """Build the answer with what the bot is made with."""
    info = Response.GetFrameworkInfoResponse(sdk=name, sdk_version=version)
    return _answer(Response(request_id=request_id, get_framework_info=info))


def session_usage(
    request_id: str, provider: str, model: str, input_tokens: int, output_tokens: int, at: float
) -> bytes:
    """Build the answer with the tokens of the language model."""
    used = pb.LLMModelUsage(provider=provider, model=model, input_tokens=input_tokens, output_tokens=output_tokens)
    usage = pb.AgentSessionUsage(model_usage=[pb.ModelUsage(llm=used)])
    answer = Response.GetSessionUsageResponse(usage=usage, created_at=_timestamp(at))
    return _answer(Response(request_id=request_id, get_session_usage=answer))


# --- events ---


def agent_state_changed(before: AgentState, now: AgentState, at: float) -> bytes:
    """Build the event that the bot does something else."""
    change = Event.AgentStateChanged(old_state=_AGENT_STATES[before], new_state=_AGENT_STATES[now])
    return _event(Event(agent_state_changed=change, created_at=_timestamp(at)))


def user_state_changed(before: UserState, now: UserState, at: float) -> bytes:
    """Build the event that the person does something else."""
    change = Event.UserStateChanged(old_state=_USER_STATES[before], new_state=_USER_STATES[now])
    return _event(Event(user_state_changed=change, created_at=_timestamp(at)))


def item_added(item: Item, at: float) -> bytes:
    """Build the event that something entered the history."""
    return _event(Event(conversation_item_added=Event.ConversationItemAdded(item=item), created_at=_timestamp(at)))


def user_input_transcribed(text: str, at: float, *, is_final: bool) -> bytes:
    """Build the event that words of the person were recognized."""
    heard = Event.UserInputTranscribed(transcript=encodable(text), is_final=is_final)
    return _event(Event(user_input_transcribed=heard, created_at=_timestamp(at)))


def tools_started(calls: Iterable[pb.FunctionCall], at: float) -> bytes:
    """Build the event that calls of tools have begun."""
    started = Event.FunctionToolsStarted(function_calls=calls)
    return _event(Event(function_tools_started=started, created_at=_timestamp(at)))


def tools_executed(calls: Iterable[pb.FunctionCall], outputs: Iterable[pb.FunctionCallOutput], at: float) -> bytes:
    """Build the event that calls of tools are over."""
    executed = Event.FunctionToolsExecuted(function_calls=calls, function_call_outputs=outputs)
    return _event(Event(function_tools_executed=executed, created_at=_timestamp(at)))


def error(message: str, at: float) -> bytes:
    """Build the event that something failed."""
    return _event(Event(error=Event.Error(message=encodable(message)), created_at=_timestamp(at)))


def _answer(response: pb.SessionResponse) -> bytes:
    return pb.AgentSessionMessage(response=response).SerializeToString()


def _event(event: pb.AgentSessionEvent) -> bytes:
    return pb.AgentSessionMessage(event=event).SerializeToString()


def _timestamp(at: float) -> Timestamp:
    made = Timestamp()
    made.FromMicroseconds(round(at * 1_000_000))
    return made
