"""What the tools return. The descriptions are read by language models, as part of the tools' schemas."""

from typing import Literal

from pydantic import BaseModel, Field

from pipeline.participants import MicrophoneState

CURSOR = "where the transcript ends now: get_transcript(since=cursor) gives what comes after it"
PROBLEM = "why nothing is heard of the person, and what to do; null when all is well"


class PersonInRoom(BaseModel):
    """Somebody in a room who is no bot."""

    identity: str
    kind: str = Field(description="STANDARD for apps, SIP for telephone calls")
    microphone: MicrophoneState
    is_partner: bool = Field(default=False, description="the one person whom you talk with")


class RoomEntry(BaseModel):
    """A room of the server."""

    name: str
    people: list[PersonInRoom]
    bots: int = Field(description="participants that are no people")


class RoomList(BaseModel):
    """The rooms of the server."""

    rooms: list[RoomEntry]


class JoinResult(BaseModel):
    """You are in this room now."""

    room: str
    people: list[PersonInRoom]
    other_bots: int | None = Field(
        description="bots in the room beside you, which may talk with the person, too; null when it is not known"
    )
    problem: str | None = Field(description=PROBLEM)
    cursor: int = Field(description=CURSOR)


class SaidToThem(BaseModel):
    """What became of a text."""

    heard: str | None = Field(description="what of the text was heard; null while it is still being spoken")
    interrupted: bool = Field(
        description="the person spoke up, or interrupt was called: `heard` is all they know of it"
    )
    still_speaking: bool = Field(description="it goes on being spoken; call listen for what the person says to it")
    cursor: int = Field(description=CURSOR)


class HeardFromThem(BaseModel):
    """What the person said."""

    text: str = Field(description="their words; while still_listening what they have said so far, maybe nothing")
    still_listening: bool = Field(description="they have not begun, or not finished: call listen again to go on")
    problem: str | None = Field(description=PROBLEM)
    cursor: int = Field(description=CURSOR)


class AnswerFromThem(HeardFromThem):
    """What the person answered."""

    question_heard: str | None = Field(
        description="what of the question was heard; null while it waits or is being spoken"
    )
    interrupted: bool = Field(description="they answered before the question had ended")


class TranscriptLine(BaseModel):
    """One turn of the conversation, as it was heard."""

    speaker: Literal["person", "you"]
    text: str
    interrupted: bool = Field(default=False, description="your turn was broken off after this text")


class TranscriptResult(BaseModel):
    """The conversation, or what was added to it."""

    lines: list[TranscriptLine]
    cursor: int = Field(description=CURSOR)


class ConversationReport(BaseModel):
    """How a conversation towards a goal stands."""

    status: Literal["over", "going_on"] = Field(
        description="going_on: call converse again with the same goal to follow it"
    )
    ended_because: str | None = Field(
        description="goal_reached, person_wants_to_stop, person_left, turns, time, stopped"
    )
    summary: str | None = Field(description="what came of it, when it is over")
    lines: list[TranscriptLine] = Field(description="what was said since the last report")
    cursor: int = Field(description=CURSOR)


class RoomStatus(BaseModel):
    """How things stand."""

    room: str | None = Field(description="the room you are in; null when in none")
    people: list[PersonInRoom]
    bot_state: str | None = Field(description="listening, thinking or speaking")
    microphone_level_db: float | None = Field(description="of the last second of their microphone; speech is above -50")
    person_is_speaking: bool
    conversation_goal: str | None = Field(description="of the conversation that converse carries on now")
    problem: str | None = Field(description=PROBLEM)
    cursor: int = Field(description=CURSOR)


class Sent(BaseModel):
    """A message is on its way."""

    room: str
    how: Literal["chat", "data"] = Field(description="chat text, or a data packet that the room's app has to know")


class Interrupted(BaseModel):
    """You are silent now."""

    room: str
    heard: str | None = Field(description="what was heard of the text that was being spoken; null when there was none")
    cursor: int = Field(description=CURSOR)


class Done(BaseModel):
    """It is done."""

    room: str | None
    cursor: int = Field(description=CURSOR)
