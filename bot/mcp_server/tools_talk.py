"""Tools for talking: speak, listen, ask, and hold a guided conversation."""

import asyncio
from typing import Annotated

from pydantic import Field

from bot.mcp_server import views
from bot.mcp_server.conversation import GuidedConversation
from bot.mcp_server.errors import tool
from bot.mcp_server.limits import CALL_LIMIT, MOST_MINUTES, MOST_TURNS, checked
from bot.mcp_server.results import (
    AskResult,
    ConversationReport,
    Interrupted,
    ListenResult,
    SayResult,
    TranscriptResult,
)
from bot.mcp_server.room_session import RoomSession
from bot.mcp_server.sessions import Ctx, current_client
from bot.mcp_server.tool_call import ToolCall
from bot.providers import registry
from bot.results import Answer
from pipeline.agent import INSTRUCTIONS
from pipeline.errors import RoomError, VoiceBotError

Spoken = Annotated[str, Field(description="spoken aloud: plain words as one says them, no markdown; a few sentences")]
Seconds = Annotated[float, Field(gt=0, le=CALL_LIMIT, description="how long to wait for the person")]


@tool
async def say(text: Spoken, ctx: Ctx) -> SayResult:
    """Say something to the person. Returns when it was spoken, or when the person interrupted it. Does not wait for an
    answer: use ask for that, or listen afterwards."""
    text = checked(text)
    session = current_client().require()
    with ToolCall(ctx, session) as call:
        said, _ = await call.speak(session.bot.say(text))
        if said is None and call.left is not None:
            raise RoomError(f"{call.left} has left the room before anything of it was heard")
    return SayResult(
        heard=said.heard if said else None,
        interrupted=said is not None and said.cut,
        still_speaking=said is None,
        cursor=session.cursor,
    )


@tool
async def listen(ctx: Ctx, seconds: Seconds = CALL_LIMIT) -> ListenResult:
    """Wait until the person has said something, and return it. What they have said since your last call is returned at
    once. still_listening is true when time is up and they have not begun or not finished: call it again, nothing is
    lost. When they have left, it is false, and problem says so."""
    session = current_client().require()
    with session.listening(), ToolCall(ctx, session) as call:
        text, is_over = await call.listen(seconds)
    return ListenResult(
        text=text,
        still_listening=not is_over and call.left is None,
        problem=None if is_over else call.problem,
        cursor=session.cursor,
    )


@tool
async def ask(text: Spoken, ctx: Ctx, seconds: Seconds = CALL_LIMIT) -> AskResult:
    """Ask the person a question, and return their answer. still_listening is true when time is up and they have not
    begun or not finished: call listen to go on, and do not ask again. When they have left, it is false, and problem
    says so."""
    text = checked(text)
    session = current_client().require()
    with session.listening(), ToolCall(ctx, session) as call:
        asked, asking = await call.speak(session.bot.ask(text, 0.0), away=seconds)
        if asked is None:
            asking.add_done_callback(lambda it: _keep(session, it))
            answer, is_over = "", False
        elif asked.is_over:
            answer, is_over = asked.text, True
        else:
            answer, is_over = await call.listen(seconds)
    unheard = None if call.left is None else ""
    return AskResult(
        question_heard=asked.question.heard if asked else unheard,
        interrupted=asked is not None and asked.question.cut,
        text=answer,
        still_listening=not is_over and call.left is None,
        problem=None if is_over else call.problem,
        cursor=session.cursor,
    )


def _keep(session: RoomSession, asking: "asyncio.Future[Answer]") -> None:
    """Keep an answer that came after the call had returned, for the next call that listens."""
    if not asking.cancelled() and asking.exception() is None and asking.result().is_over:
        session.unclaimed.append(asking.result().text)


@tool
async def interrupt() -> Interrupted:
    """Stop talking at once, drop what still waits to be said, and end a conversation that converse holds."""
    session = current_client().require()
    before = session.cursor
    await session.interrupt()
    spoken = [line.text for line in views.lines(session.bot, before) if line.speaker == "you"]
    return Interrupted(room=session.room, heard=" ".join(spoken) if spoken else None, cursor=session.cursor)


@tool
async def get_transcript(
    since: Annotated[int, Field(ge=0, description="a cursor of an earlier result; 0: from the beginning")] = 0,
) -> TranscriptResult:
    """Return what both sides have said, as it was heard. Works after leaving, too, for the last room."""
    session = current_client().last
    if session is None:
        return TranscriptResult(lines=[], cursor=0)
    return TranscriptResult(lines=views.lines(session.bot, since), cursor=session.cursor)


@tool
async def converse(
    goal: Annotated[
        str, Field(description="what the conversation is to achieve, with everything one needs to know for it")
    ],
    ctx: Ctx,
    max_turns: Annotated[int, Field(ge=1, le=MOST_TURNS, description="at most this many turns of yours")] = 12,
    max_minutes: Annotated[float, Field(gt=0, le=MOST_MINUTES)] = 5.0,
) -> ConversationReport:
    """Let the room's language model talk with the person by itself until the goal is reached, they want to stop, or
    turns or time are up. Quicker than asking question by question. Ends with a summary. While the conversation goes on,
    this returns with status going_on every 45 seconds: call it again with the same goal. interrupt ends it; so does
    cancelling this call."""
    goal = checked(goal, "goal")
    session = current_client().require()
    conversation = session.conversation
    if conversation is None or not conversation.goes_on or conversation.goal != goal:
        conversation = _start(session, goal, max_turns, max_minutes)
    with ToolCall(ctx, session) as call:
        summary = await call.wait_for(conversation.summary)
    lines, conversation.reported = views.lines(session.bot, conversation.reported), session.cursor
    return ConversationReport(
        status="going_on" if summary is None else "over",
        ended_because=conversation.ending,
        summary=summary,
        lines=lines,
        cursor=session.cursor,
    )


NO_MODEL = f"converse needs a language model: set {registry.key_variables('llm')}, or choose one with --llm"
NO_FOLLOWER = (
    "converse needs a language model that follows instructions, and the built-in {name} does not: set {keys}, and "
    "choose another instead (LLM_PROVIDER, or --llm)"
)


def _start(session: RoomSession, goal: str, max_turns: int, max_minutes: float) -> GuidedConversation:
    if session.language_model is None:
        raise VoiceBotError(NO_MODEL)
    choice = session.settings.llm
    if choice is not None and not registry.follows_instructions(choice.name):
        raise VoiceBotError(NO_FOLLOWER.format(name=choice.name, keys=registry.key_variables("llm")))
    session.check_may_speak()
    instructions = session.settings.instructions or INSTRUCTIONS
    conversation = GuidedConversation(
        session.bot, session.language_model, goal, instructions=instructions, max_turns=max_turns
    )
    conversation.summary = session.start(conversation.hold(60 * max_minutes))
    session.conversation = conversation
    return conversation
