"""Tools for talking: to speak, to listen, to ask, and to have a conversation held."""

import asyncio
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from bot.mcp_server import views as telling
from bot.mcp_server.conversation import GuidedConversation
from bot.mcp_server.errors import tool
from bot.mcp_server.limits import CALL_LIMIT, MOST_MINUTES, MOST_TURNS, checked
from bot.mcp_server.results import (
    AnswerFromThem,
    ConversationReport,
    HeardFromThem,
    Interrupted,
    SaidToThem,
    TranscriptResult,
)
from bot.mcp_server.room_session import RoomSession
from bot.mcp_server.sessions import Sessions, current_assistant
from bot.mcp_server.tool_call import ToolCall
from bot.results import Answer
from pipeline.agent import INSTRUCTIONS
from pipeline.errors import RoomError, VoiceBotError
from pipeline.providers.local.responder import Responder

Ctx = Context[Sessions, Any]

Spoken = Annotated[str, Field(description="spoken aloud: plain words as one says them, no markdown; a few sentences")]
Seconds = Annotated[float, Field(gt=0, le=CALL_LIMIT, description="how long to wait for the person")]


@tool
async def say(text: Spoken, ctx: Ctx) -> SaidToThem:
    """Say something to the person; comes back when it was spoken, or the person interrupted it. Does not wait for an
    answer: for that, use ask, or listen afterwards."""
    text = checked(text)
    stay = current_assistant().require()
    with ToolCall(ctx, stay) as call:
        said, _ = await call.spoken(stay.bot.say(text))
        if said is None and call.left is not None:
            raise RoomError(f"{call.left} has left the room before anything of it was heard")
    return SaidToThem(
        heard=said.heard if said else None,
        interrupted=said is not None and said.cut,
        still_speaking=said is None,
        cursor=stay.cursor,
    )


@tool
async def listen(ctx: Ctx, seconds: Seconds = CALL_LIMIT) -> HeardFromThem:
    """Wait until the person has said something, and return it. What they said since you were last told comes at once.
    When time is up and they have not begun or not finished, still_listening is true: call it again, nothing is lost.
    When they have left, it is false, and problem says so."""
    stay = current_assistant().require()
    with stay.listening(), ToolCall(ctx, stay) as call:
        text, is_over = await call.heard(seconds)
    return HeardFromThem(
        text=text,
        still_listening=not is_over and call.left is None,
        problem=None if is_over else call.problem,
        cursor=stay.cursor,
    )


@tool
async def ask(text: Spoken, ctx: Ctx, seconds: Seconds = CALL_LIMIT) -> AnswerFromThem:
    """Ask the person a question, and return what they answer. When time is up and they have not begun or not finished,
    still_listening is true: call listen to go on, and do not ask again. When they have left, it is false, and problem
    says so."""
    text = checked(text)
    stay = current_assistant().require()
    with stay.listening(), ToolCall(ctx, stay) as call:
        asked, asking = await call.spoken(stay.bot.ask(text, 0.0), away=seconds)
        if asked is None:
            asking.add_done_callback(lambda it: _keep(stay, it))
            answer, is_over = "", False
        elif asked.is_over:
            answer, is_over = asked.text, True
        else:
            answer, is_over = await call.heard(seconds)
    unheard = None if call.left is None else ""
    return AnswerFromThem(
        question_heard=asked.question.heard if asked else unheard,
        interrupted=asked is not None and asked.question.cut,
        text=answer,
        still_listening=not is_over and call.left is None,
        problem=None if is_over else call.problem,
        cursor=stay.cursor,
    )


def _keep(stay: RoomSession, asking: "asyncio.Future[Answer]") -> None:
    """What they answered after the call had come back is for the next one that listens."""
    if not asking.cancelled() and asking.exception() is None and asking.result().is_over:
        stay.unclaimed.append(asking.result().text)


@tool
async def interrupt() -> Interrupted:
    """Stop talking at once, take back what still waits to be said, and end a conversation that converse carries on."""
    stay = current_assistant().require()
    before = stay.cursor
    await stay.interrupt()
    spoken = [line.text for line in telling.lines(stay.bot, before) if line.speaker == "you"]
    return Interrupted(room=stay.room, heard=" ".join(spoken) if spoken else None, cursor=stay.cursor)


@tool
async def get_transcript(
    since: Annotated[int, Field(ge=0, description="a cursor of an earlier result; 0: from the beginning")] = 0,
) -> TranscriptResult:
    """What both sides have said, as it was heard; also of the room that you have left last."""
    stay = current_assistant().last
    if stay is None:
        return TranscriptResult(lines=[], cursor=0)
    return TranscriptResult(lines=telling.lines(stay.bot, since), cursor=stay.cursor)


@tool
async def converse(
    goal: Annotated[
        str, Field(description="what the conversation is to achieve, with all that one has to know for it")
    ],
    ctx: Ctx,
    max_turns: Annotated[int, Field(ge=1, le=MOST_TURNS, description="of yours")] = 12,
    max_minutes: Annotated[float, Field(gt=0, le=MOST_MINUTES)] = 5.0,
) -> ConversationReport:
    """Let the room's language model talk with the person by itself until a goal is reached, they want to stop, or turns
    or time are up; quicker than asking question by question. Ends with a summary. While it goes on, it comes back with
    status going_on every 45 seconds: call it again with the same goal. interrupt ends it; so does cancelling this."""
    goal = checked(goal, "goal")
    stay = current_assistant().require()
    conversation = stay.conversation
    if conversation is None or not conversation.goes_on or conversation.goal != goal:
        conversation = _begun(stay, goal, max_turns, max_minutes)
    with ToolCall(ctx, stay) as call:
        summary = await call.finished(conversation.summary)
    lines, conversation.told = telling.lines(stay.bot, conversation.told), stay.cursor
    return ConversationReport(
        status="going_on" if summary is None else "over",
        ended_because=conversation.ending,
        summary=summary,
        lines=lines,
        cursor=stay.cursor,
    )


NO_MODEL = "converse needs a language model: set OPENAI_API_KEY, or choose one with --llm"
NO_MODEL_BUT_RULES = (
    "converse needs a language model, and the built-in responder is none: set OPENAI_API_KEY, and choose openai "
    "instead (LLM_PROVIDER, or --llm)"
)


def _begun(stay: RoomSession, goal: str, max_turns: int, max_minutes: float) -> GuidedConversation:
    if stay.language_model is None:
        raise VoiceBotError(NO_MODEL)
    if isinstance(stay.language_model, Responder):
        raise VoiceBotError(NO_MODEL_BUT_RULES)
    stay.check_talking()
    instructions = stay.settings.instructions or INSTRUCTIONS
    conversation = GuidedConversation(
        stay.bot, stay.language_model, goal, instructions=instructions, max_turns=max_turns
    )
    conversation.summary = stay.begin(conversation.hold(60 * max_minutes))
    stay.conversation = conversation
    return conversation
