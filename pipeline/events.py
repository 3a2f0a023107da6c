"""Facts: what happened, and when. `at` is the event loop's time in seconds."""

from dataclasses import dataclass

from pipeline.messages import Message


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot is in the room and publishes its voice; again after each rejoin."""

    at: float
    room: str
    identity: str


@dataclass(frozen=True, slots=True)
class PersonLinked:
    """From now on the bot listens to this person."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class PersonAway:
    """The linked person is gone from the room, maybe for a moment (a page reload, a reconnect)."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class PersonBack:
    """The linked person returned within the grace time."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """The linked person did not return within the grace time, and is no longer linked."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection to the room is being restored; nothing is known of the room until ConnectionRestored or Joined."""

    at: float


@dataclass(frozen=True, slots=True)
class ConnectionRestored:
    """The connection is back after ConnectionLost, in the same membership of the room."""

    at: float


@dataclass(frozen=True, slots=True)
class RoomEnded:
    """The room ended or the bot was taken out of it; the last event. `reason` is LiveKit's name for it."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class TextReceived:
    """The linked person typed a message; it counts as a whole turn."""

    at: float
    identity: str
    text: str


LinkEvent = PersonLinked | PersonAway | PersonBack | PersonLeft
RoomEvent = Joined | LinkEvent | TextReceived | ConnectionLost | ConnectionRestored | RoomEnded


@dataclass(frozen=True, slots=True)
class AudioSeen:
    """One more window of the linked person's microphone was judged, and no edge of speech was found in it.

    Of a window there is one event: this one, SpeechStarted or SpeechStopped. All carry `watermark_at`, the loop time up
    to which audio has been seen; `at` is when it was judged, which in the burst after a stall is long after.
    """

    at: float
    watermark_at: float
    probability: float
    """That the window holds speech, 0 to 1."""
    speech_duration: float
    """Seconds of speech from its start until it was last heard; 0 between a stop and the next start."""
    silence_duration: float
    """Seconds since speech was last heard, or since the first audio; 0 when this window is of speech."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The person speaks, and has since `began_at`."""

    at: float
    watermark_at: float
    began_at: float
    speech_duration: float
    """Seconds of speech so far."""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The person has not spoken since `ended_at`; between words, at the end, or because the microphone fell silent."""

    at: float
    watermark_at: float
    ended_at: float
    speech_duration: float
    """Seconds from the start of the speech to its end."""


@dataclass(frozen=True, slots=True)
class AudioAbsent:
    """The microphone fell silent: until the next of its windows the watermark is any event's `at`."""

    at: float


@dataclass(frozen=True, slots=True)
class TranscriptWord:
    """A word of a transcript, and the loop times between which it was spoken."""

    text: str
    began_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class InterimTranscript:
    """What the person has perhaps said since the last final transcript; replaces the last interim, also when empty."""

    at: float
    text: str
    began_at: float
    ended_at: float
    words: tuple[TranscriptWord, ...] = ()


@dataclass(frozen=True, slots=True)
class FinalTranscript:
    """What the person has said since the last final transcript; it stands.

    `answers_finalize`: all audio until the last Finalize is transcribed now; the text may then be empty.
    """

    at: float
    text: str
    began_at: float
    ended_at: float
    words: tuple[TranscriptWord, ...] = ()
    answers_finalize: bool = False


@dataclass(frozen=True, slots=True)
class TranscriberLost:
    """The connection to the transcriber is gone; words come late, after TranscriberBack. `error` says why."""

    at: float
    error: str


@dataclass(frozen=True, slots=True)
class TranscriberBack:
    """The transcriber is connected again."""

    at: float


WindowEvent = AudioSeen | SpeechStarted | SpeechStopped
TranscriptEvent = InterimTranscript | FinalTranscript
ListenEvent = WindowEvent | AudioAbsent | TranscriptEvent | TranscriberLost | TranscriberBack


@dataclass(frozen=True, slots=True)
class PlayoutStarted:
    """The first sample of a reply has left for the room."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class PlayoutFinished:
    """The last sample of a complete reply has been played."""

    at: float
    reply_id: str


PlayoutEvent = PlayoutStarted | PlayoutFinished


@dataclass(frozen=True, slots=True)
class ReplyWritten:
    """The language model has written the first text of a reply."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class ReplyReady:
    """The first audio of a reply waits to be released."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """Nothing became of a reply, and nothing of it is left to play. `error` says why and what to do."""

    at: float
    reply_id: str
    error: str
    is_retryable: bool


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """A reply that was on air is over: played to its end, cut, or as far as it could be made (`error` then says why).

    `heard` is the written text that was heard: the only way by which the bot's words enter the history. A reply that
    was broken off in its last word, when that was heard, is not cut: the person knows all of it.
    """

    at: float
    reply_id: str
    heard: str
    is_cut: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """What a request to the language model has cost, in tokens as the provider counts them."""

    at: float
    reply_id: str
    prompt: int
    completion: int


ReplyEvent = PlayoutStarted | ReplyWritten | ReplyReady | ReplyFailed | ReplyEnded | TokensUsed


@dataclass(frozen=True, slots=True)
class SayRequested:
    """The embedding program wants a text spoken; `reply_id` is new."""

    at: float
    reply_id: str
    text: str
    is_interruptible: bool = True


@dataclass(frozen=True, slots=True)
class ReplyRequested:
    """The embedding program wants the language model to speak, without waiting for the person; `reply_id` is new.

    `instructions` are for this reply alone; empty when the conversation says enough.
    """

    at: float
    reply_id: str
    instructions: str
    is_interruptible: bool = True


@dataclass(frozen=True, slots=True)
class SayCancelled:
    """The embedding program no longer wants the reply that it asked for, or the rest of it."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class InterruptRequested:
    """The embedding program breaks off what is on air."""

    at: float


@dataclass(frozen=True, slots=True)
class HistoryGiven:
    """The conversation goes on from an earlier one, whose history this is."""

    at: float
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class InstructionsChanged:
    """From now on the language model is told these, instead of those of the policy."""

    at: float
    instructions: str


@dataclass(frozen=True, slots=True)
class AnsweringChanged:
    """From now on the bot answers what the person says, or leaves that to the embedding program."""

    at: float
    is_on: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened until a deadline of the state."""

    at: float


SpeechRequest = SayRequested | ReplyRequested
Request = SpeechRequest | SayCancelled | InterruptRequested | HistoryGiven | InstructionsChanged | AnsweringChanged
"""What the embedding program wants."""

Event = RoomEvent | ListenEvent | ReplyEvent | Request | Tick
"""All that the reducer takes."""
