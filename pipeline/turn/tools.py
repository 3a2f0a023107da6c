"""Decides what happens to the calls of tools: when they begin, are given up, enter the history, and are answered.

the reply that asks for them is on air        they begin, all at once: never those of a draft
a result is there, and no answer is on air    it enters the history, with its call; then a hand-over happens
no other of the same reply is to come         the model is asked to go on, unless the person speaks: then the
                                              answer to that has the result, too; also before a tool ends the call
the person says something                     a call whose tool wants that is cancelled, the others go on
the person has left                           nobody waits for the result any more
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, count

from pipeline.commands import CallTool, CancelTool, Command, DropTool, ToolCommitted
from pipeline.messages import Message, Tool, ToolRequest
from pipeline.turn import history
from pipeline.turn.barge_in import is_meant_for_bot
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER, Due
from pipeline.turn.policy import Policy
from pipeline.turn.replies import GenerateRequest
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import has_queued_results, with_new_speech, without_speech
from pipeline.turn.state import State
from pipeline.turn.tool_use import PendingCall, Unanswered

INTERRUPTED = "cancelled: the person interrupted"
LEFT = "not known: the person left before it came"

LONGEST_ARGUMENTS = 8_000
"""Characters of the arguments of one answer's calls. Some 2,000 tokens, which a model writes in half a minute; more is
a model in a loop, and would push the conversation out of the prompt."""

MOST_REFUSED = 8
"""Calls beyond the bound of an answer that are answered, and so stand in the history: those of a loop say nothing."""


def begin(state: State, policy: Policy) -> Decision | None:
    """Begin the calls that the reply on air asks for: it is released, so its turn is in the history."""
    reply = state.on_air
    if reply is None or not reply.requests or reply.is_cut:
        return None
    use = state.tools
    tools = {tool.name: tool for tool in state.agent.tools}
    requests = _callable(state, reply.requests[: policy.max_tool_calls + MOST_REFUSED])
    calls = tuple(
        PendingCall(
            request=request if fault is None else _kept(request),
            tool=tools.get(request.name, Tool(request.name, "", {})),
            reply_id=reply.reply_id,
            began_at=state.at,
            continues=reply.continues | ({reply.reply_id} & set(state.requested)),
            result=fault,
            is_error=fault is not None,
        )
        for request, fault in _judged(requests, tools, policy)
    )
    after = changed(state, on_air=replace(reply, requests=()))
    after = after.tools_with(calls=(*use.calls, *calls), steps=use.steps + 1)
    return after, tuple(CallTool(call.reply_id, call.request) for call in calls if call.result is None)


def cancel_interrupted(state: State, policy: Policy) -> Decision | None:
    """Cancel the calls that a barge-in cancels, when the person says more than an "mm-hm"."""
    if not is_meant_for_bot(state, policy):
        return None
    interrupted = [call for call in state.tools.running if call.tool.on_interrupt == "cancel" and call.is_interruptible]
    return _ended(state, interrupted, INTERRUPTED) if interrupted else None


def time_out(state: State, policy: Policy) -> Decision | None:
    """Give up the calls that take too long."""
    late = [call for call in state.tools.running if state.at >= call.began_at + call.tool.timeout]
    return _ended(state, late[:1], f"timed out after {late[0].tool.timeout:g} s") if late else None


def time_out_due(state: State, policy: Policy) -> Due:
    """Wait for the first timeout."""
    return Due(at=min((call.began_at + call.tool.timeout for call in state.tools.running), default=NEVER))


def let_go(state: State, policy: Policy) -> Decision | None:
    """Wait no more for results that were for a person who has left. What must not stop in the middle goes on."""
    running = state.tools.running
    if not running or not state.has_left:
        return None
    return _with_result(state, running, LEFT), tuple(
        CancelTool(call.request.id) if call.tool.on_interrupt == "cancel" else DropTool(call.request.id)
        for call in running
    )


def commit_results(state: State, policy: Policy) -> Decision | None:
    """Enter each call with its result into the history, behind what was heard before the result came."""
    done = [call for call in state.tools.calls if call.result is not None]
    if not done or not _may_commit(state, done) or state.ended_reply is not None:
        return None
    calls = tuple(call for call in state.tools.calls if call not in done)
    handing_over = [call for call in done if call.hand_over is not None and not call.is_error]
    new = (
        Unanswered(call.reply_id, call.continues)
        for call in done
        if call.is_awaited and not call.ends_call and call not in handing_over
    )
    unanswered = dict.fromkeys((*state.tools.unanswered, *new))
    after = history.with_messages(
        state.tools_with(
            calls=calls, unanswered=tuple(unanswered), handing_over=handing_over[-1] if handing_over else None
        ),
        [Message("tool", call.result or "", state.at, call=call.request, is_error=call.is_error) for call in done],
    )
    added = after.history[-len(done) :]
    return after, tuple(ToolCommitted(call.reply_id, message) for call, message in zip(done, added, strict=True))


def _may_commit(state: State, done: list[PendingCall]) -> bool:
    """Whether nothing is being said that the results come behind; a filler says nothing, unless it must be heard out
    because a call wants that, or another agent takes over."""
    on_air = state.on_air
    if on_air is None:
        return True
    return on_air.kind == "filler" and state.is_interruptible and all(call.hand_over is None for call in done)


def follow_up(state: State, policy: Policy) -> Decision | None:
    """Queue a request with the results for the model. While the person says something, the answer to that has them."""
    if not state.tools.has_results or state.turn.text or not _goes_on(state) or has_queued_results(state):
        return None
    return with_new_speech(state, GenerateRequest(""), kind="results"), ()


def drop_needless(state: State, policy: Policy) -> Decision | None:
    """Drop a request whose results another reply has answered."""
    if not has_queued_results(state) or (state.tools.unanswered and _goes_on(state)):
        return None
    return without_speech(state, lambda speech: speech.kind == "results")


def _goes_on(state: State) -> bool:
    return state.still_answers and not state.has_left


def _ended(state: State, calls: list[PendingCall], result: str) -> Decision:
    cancelled: tuple[Command, ...] = tuple(CancelTool(call.request.id) for call in calls)
    return _with_result(state, calls, result), cancelled


def _with_result(state: State, ended: list[PendingCall] | tuple[PendingCall, ...], result: str) -> State:
    calls = (replace(call, result=result, is_error=True) if call in ended else call for call in state.tools.calls)
    return state.tools_with(calls=tuple(calls))


def _kept(request: ToolRequest) -> ToolRequest:
    """A request that is not made, as it enters the history."""
    return request if len(request.arguments) <= LONGEST_ARGUMENTS else replace(request, arguments="{}")


def _judged(
    requests: Iterable[ToolRequest], tools: dict[str, Tool], policy: Policy
) -> Iterator[tuple[ToolRequest, str | None]]:
    """The requests of one answer, each with what is wrong with it, for the model; None if it can be called."""
    characters = 0
    for number, request in enumerate(requests, 1):
        characters += len(request.arguments)
        if number > policy.max_tool_calls:
            fault: str | None = f"not called: one answer makes at most {policy.max_tool_calls} calls"
            request = replace(request, arguments="{}")
        elif characters > LONGEST_ARGUMENTS >= len(request.arguments):
            fault = f"not called: the arguments of one answer have at most {LONGEST_ARGUMENTS:,} characters together"
            request = replace(request, arguments="{}")
        else:
            fault = _fault(request, tools)
        yield request, fault


def _fault(request: ToolRequest, tools: dict[str, Tool]) -> str | None:
    """What is wrong with a request by itself."""
    if request.name not in tools:
        return f"there is no tool {request.name[:64]!r}; there are {', '.join(tools) or 'none'}"
    if (given := len(request.arguments)) > LONGEST_ARGUMENTS:
        return f"the arguments of {request.name} have {given:,} characters: give at most {LONGEST_ARGUMENTS:,}"
    try:
        is_object = isinstance(json.loads(request.arguments), dict)
    except (ValueError, RecursionError):
        is_object = False
    return None if is_object else f"the arguments of {request.name} have to be one JSON object: call it again with one"


def _callable(state: State, requests: tuple[ToolRequest, ...]) -> Iterator[ToolRequest]:
    """The requests, with `{}` for no arguments, and with other ids where the model's are not unique.

    Some servers count them from 0 in each reply.
    """
    taken = {message.call.id for message in state.history if message.call is not None}
    taken |= {call.request.id for call in state.tools.calls}
    for request in requests:
        given = request.id or "call"
        new = next(it for it in chain([given], (f"{given}-{number}" for number in count(2))) if it not in taken)
        taken.add(new)
        yield replace(request, id=new, arguments=request.arguments.strip() or "{}")
