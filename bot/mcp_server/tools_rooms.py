"""Tools about rooms: which there are, being in one, and messages."""

from typing import Annotated

from pydantic import Field

from bot.mcp_server import views as telling
from bot.mcp_server.errors import tool
from bot.mcp_server.limits import checked
from bot.mcp_server.results import Done, JoinResult, RoomList, RoomStatus, Sent
from bot.mcp_server.sessions import current_assistant

RoomName = Annotated[str | None, Field(max_length=256, description="name of the room")]


@tool
async def list_rooms() -> RoomList:
    """List the rooms of the server and the people in them, with the state of their microphones."""
    return RoomList(rooms=await current_assistant().lobby.rooms())


@tool
async def join_room(room: RoomName = None) -> JoinResult:
    """Enter a room, to talk by voice with the person in it. Without a name: the one room that has people in it; if
    there are several, the error names them. You stay until leave_room, also while no tool runs; one room at a time."""
    assistant = current_assistant()
    stay = await assistant.join(room)
    bots = await assistant.lobby.bots(stay.room)
    return JoinResult(
        room=stay.room,
        people=telling.people(stay.bot),
        other_bots=None if bots is None else max(0, bots - 1),
        problem=stay.bot.hearing().problem,
        cursor=stay.cursor,
    )


@tool
async def leave_room() -> Done:
    """Leave the room. The transcript stays readable until you join again."""
    stay = await current_assistant().leave()
    return Done(room=stay.room if stay else None, cursor=stay.cursor if stay else 0)


@tool
async def room_status() -> RoomStatus:
    """How things stand: who is there, whether the person's microphone works and how loud it is, and if nothing is heard
    of them, why. Use it when listen or ask come back without words."""
    assistant = current_assistant()
    if (stay := assistant.present) is None:
        return RoomStatus(
            room=None,
            people=[],
            bot_state=None,
            microphone_level_db=None,
            person_is_speaking=False,
            conversation_goal=None,
            problem="you are in no room: call join_room",
            cursor=assistant.last.cursor if assistant.last else 0,
        )
    hearing, conversation = stay.bot.hearing(), stay.conversation
    return RoomStatus(
        room=stay.room,
        people=telling.people(stay.bot),
        bot_state=stay.bot.agent_state,
        microphone_level_db=None if hearing.level_db is None else round(max(hearing.level_db, QUIETEST_DB), 1),
        person_is_speaking=hearing.is_speaking,
        conversation_goal=conversation.goal if conversation and conversation.goes_on else None,
        problem=hearing.problem,
        cursor=stay.cursor,
    )


QUIETEST_DB = -100.0
"""What is told of digital silence, which has no level; 16 bits end at -96 dB."""


@tool
async def send_message(text: Annotated[str, Field(description="the message")], room: RoomName = None) -> Sent:
    """Send a written message. Without a room, or to the one you are in: chat text that people see. To another room: a
    data packet with the JSON {type: "chat", content, sender}, without entering it; its app has to understand that."""
    text = checked(text)
    assistant = current_assistant()
    stay = assistant.require() if room is None else assistant.present
    if stay is not None and room in (None, stay.room):
        await stay.bot.send_message(text)
        return Sent(room=stay.room, how="chat")
    assert room is not None
    await assistant.lobby.send(room, text)
    return Sent(room=room, how="data")
