"""Results of the tools. Language models read the descriptions, as part of the tools' schemas."""

from typing import Literal

from pydantic import BaseModel, Field

from pipeline.participants import MicrophoneState

CURSOR = "where the transcript ends now: get_transcript(since=cursor) gives what comes after it"
PROBLEM = "why nothing is heard of the person, and what to do; null when all is well"


class PersonInRoom(BaseModel):
    """A participant who is no bot."""

    identity: str
    kind: str = Field(description="STANDARD for apps, SIP for telephone calls")
    microphone: MicrophoneState
    is_partner: bool = Field(default=False, description="the one person whom you talk with")


class RoomEntry(BaseModel):
    """A room of the server."""

    name: str
    people: list[PersonInRoom]
    bots: int = Field(description="participants who are no people")


class RoomList(BaseModel):
    """The rooms of the server."""

    rooms: list[RoomEntry]


class JoinResult(BaseModel):
    """Confirms that you are in the room."""

    room: str
    people: list[PersonInRoom]
    other_bots: int | None = Field(
        description="bots in the room beside you, which may talk with the person, too; null when unknown"
    )
    problem: str | None = Field(description=PROBLEM)
    cursor: int = Field(description=CURSOR)


class SayResult(BaseModel):
    """How much of a text was heard."""

    heard: str | None = Field(description="what of the text was heard; null while it is still being spoken")
    interrupted: bool = Field(
        description="the person spoke up, or interrupt was called; they know only what `heard` says"
    )
    still_speaking: bool = Field(description="it is still being spoken; call listen for what the person says to it")
    cursor: int = Field(description=CURSOR)


class ListenResult(BaseModel):
    """What the person said."""

    text: str = Field(description="their words; while still_listening is true, what they have said so far")
    still_listening: bool = Field(description="they have not begun or not finished: call listen to go on")
    problem: str | None = Field(description=PROBLEM)
    cursor: int = Field(description=CURSOR)


class AskResult(ListenResult):
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
    """The state of a guided conversation."""

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
    """The state of the room that you are in."""

    room: str | None = Field(description="the room you are in; null when in none")
    people: list[PersonInRoom]
    bot_state: str | None = Field(description="listening, thinking or speaking")
    microphone_level_db: float | None = Field(description="of the last second of their microphone; speech is above -50")
    person_is_speaking: bool
    conversation_goal: str | None = Field(description="of the conversation that converse holds now")
    problem: str | None = Field(description=PROBLEM)
    cursor: int = Field(description=CURSOR)


class Sent(BaseModel):
    """Confirms that a message was sent."""

    room: str
    how: Literal["chat", "data"] = Field(description="a chat message, or a data packet that the app has to understand")


class Interrupted(BaseModel):
    """Confirms that you are silent."""

    room: str
    heard: str | None = Field(description="what was heard of the text that was being spoken; null when there was none")
    cursor: int = Field(description=CURSOR)


class Done(BaseModel):
    """Confirms a call without another result."""

    room: str | None
    cursor: int = Field(description=CURSOR)
