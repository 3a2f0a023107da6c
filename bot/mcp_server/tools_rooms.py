"""Tools about rooms: list, join, leave, look, and send messages."""

from typing import Annotated

from pydantic import Field

from bot.mcp_server import views
from bot.mcp_server.errors import tool
from bot.mcp_server.limits import checked
from bot.mcp_server.results import Done, JoinResult, RoomList, RoomStatus, Sent
from bot.mcp_server.sessions import Ctx, current_client

RoomName = Annotated[str | None, Field(max_length=256, description="name of the room")]


@tool
async def list_rooms() -> RoomList:
    """List the rooms of the server and the people in them, with the state of their microphones."""
    return RoomList(rooms=await current_client().rooms.rooms())


@tool
async def join_room(ctx: Ctx, room: RoomName = None) -> JoinResult:
    """Join a room, to talk by voice with the person in it. Without a name: the one room that has people in it; if there
    are several, the error names them. You stay in it until leave_room, also between calls. One room at a time."""
    client = current_client()
    with client.reporting(ctx, "joining the room"):
        session = await client.join(room)
        bots = await client.rooms.bots(session.room)
    return JoinResult(
        room=session.room,
        people=views.people(session.bot),
        other_bots=None if bots is None else max(0, bots - 1),
        problem=session.bot.hearing().problem,
        cursor=session.cursor,
    )


@tool
async def leave_room() -> Done:
    """Leave the room. The transcript stays readable until you join again."""
    session = await current_client().leave()
    return Done(room=session.room if session else None, cursor=session.cursor if session else 0)


@tool
async def room_status() -> RoomStatus:
    """Return who is there, whether the person's microphone works and how loud it is, and why nothing is heard of them.
    Use it when listen or ask return no words."""
    client = current_client()
    if (session := client.present) is None:
        return RoomStatus(
            room=None,
            people=[],
            bot_state=None,
            microphone_level_db=None,
            person_is_speaking=False,
            conversation_goal=None,
            problem="you are in no room: call join_room",
            cursor=client.last.cursor if client.last else 0,
        )
    hearing, conversation = session.bot.hearing(), session.conversation
    return RoomStatus(
        room=session.room,
        people=views.people(session.bot),
        bot_state=session.bot.agent_state,
        microphone_level_db=None if hearing.level_db is None else round(max(hearing.level_db, QUIETEST_DB), 1),
        person_is_speaking=hearing.is_speaking,
        conversation_goal=conversation.goal if conversation and conversation.goes_on else None,
        problem=hearing.problem,
        cursor=session.cursor,
    )


QUIETEST_DB = -100.0
"""Reported for digital silence, which has no level; 16 bits end at -96 dB."""


@tool
async def send_message(text: Annotated[str, Field(description="the message")], room: RoomName = None) -> Sent:
    """Write a message. Without a room, or to the one you are in: a chat message that people see. To another room,
    without joining it: a data packet with the JSON {type: "chat", content, sender}, which its app has to understand."""
    text = checked(text)
    client = current_client()
    session = client.require() if room is None else client.present
    if session is not None and room in (None, session.room):
        await session.bot.send_message(text)
        return Sent(room=session.room, how="chat")
    assert room is not None
    await client.rooms.send(room, text)
    return Sent(room=room, how="data")
