"""Facts: what happened, and when. `at` is the event loop's time in seconds."""

from dataclasses import dataclass

from pipeline.events.care import CostGrew
from pipeline.events.hearing import (
    AudioAbsent,
    AudioSeen,
    FinalTranscript,
    InterimTranscript,
    ListenEvent,
    SpeechStarted,
    SpeechStopped,
    TranscriberBack,
    TranscriberLost,
    TranscriptEvent,
    TranscriptWord,
    WindowEvent,
)
from pipeline.events.hooks import HookEvent, TurnHookAnswered
from pipeline.events.measured import (
    CharactersUsed,
    LoopLagged,
    Measurement,
    PlayoutUnderrun,
    RepeatKind,
    ReplyChunked,
    RequestRepeated,
)
from pipeline.events.memory import MemoryAwaited, MemoryEvent, MemoryRecalled
from pipeline.events.providers import (
    PersonTransferred,
    ProviderBack,
    ProviderEvent,
    ProviderLost,
    ProviderName,
    TransferFailed,
)
from pipeline.events.reply import (
    PlayoutEvent,
    PlayoutFinished,
    PlayoutResumed,
    PlayoutStalled,
    PlayoutStarted,
    ReplyDelayed,
    ReplyEnded,
    ReplyEvent,
    ReplyFailed,
    ReplyReady,
    ReplyWritten,
    TokensUsed,
    ToolsRequested,
)
from pipeline.events.requests import (
    AnsweringChanged,
    HistoryGiven,
    InstructionsChanged,
    InterruptRequested,
    ReplyRequested,
    Request,
    SayCancelled,
    SayRequested,
    SpeechRequest,
    ToolsChanged,
)
from pipeline.events.room import (
    AttendanceEvent,
    ConnectionLost,
    ConnectionRestored,
    DtmfReceived,
    Joined,
    LinkEvent,
    MicrophoneEvent,
    MicrophoneSilenceEnded,
    MicrophoneSilent,
    ParticipantConnected,
    ParticipantDisconnected,
    PersonAway,
    PersonBack,
    PersonLeft,
    PersonLinked,
    RoomEnded,
    RoomEvent,
    TextReceived,
)
from pipeline.events.summary import SummaryEvent, SummaryFailed, SummaryMade, SummaryTokensUsed
from pipeline.events.tools import (
    EndCallRequested,
    HandOverRequested,
    InterruptionsDisallowed,
    ScribeRequested,
    SharedHistory,
    ToolEvent,
    ToolProgressed,
    ToolReturned,
)
from pipeline.events.usage import UsageCounted
from pipeline.usage import ProviderStage

__all__ = [
    "AnsweringChanged",
    "AttendanceEvent",
    "AudioAbsent",
    "AudioSeen",
    "CharactersUsed",
    "ConnectionLost",
    "ConnectionRestored",
    "CostGrew",
    "DtmfReceived",
    "EndCallRequested",
    "Event",
    "FinalTranscript",
    "HandOverRequested",
    "HistoryGiven",
    "HookEvent",
    "InstructionsChanged",
    "InterimTranscript",
    "InterruptRequested",
    "InterruptionsDisallowed",
    "Joined",
    "LinkEvent",
    "ListenEvent",
    "LoopLagged",
    "Measurement",
    "MemoryAwaited",
    "MemoryEvent",
    "MemoryRecalled",
    "MicrophoneEvent",
    "MicrophoneSilenceEnded",
    "MicrophoneSilent",
    "ParticipantConnected",
    "ParticipantDisconnected",
    "PersonAway",
    "PersonBack",
    "PersonLeft",
    "PersonLinked",
    "PersonTransferred",
    "PlayoutEvent",
    "PlayoutFinished",
    "PlayoutResumed",
    "PlayoutStalled",
    "PlayoutStarted",
    "PlayoutUnderrun",
    "ProviderBack",
    "ProviderEvent",
    "ProviderLost",
    "ProviderName",
    "ProviderStage",
    "RepeatKind",
    "ReplyChunked",
    "ReplyDelayed",
    "ReplyEnded",
    "ReplyEvent",
    "ReplyFailed",
    "ReplyReady",
    "ReplyRequested",
    "ReplyWritten",
    "Request",
    "RequestRepeated",
    "RoomEnded",
    "RoomEvent",
    "SayCancelled",
    "SayRequested",
    "ScribeRequested",
    "SharedHistory",
    "SpeechRequest",
    "SpeechStarted",
    "SpeechStopped",
    "SummaryEvent",
    "SummaryFailed",
    "SummaryMade",
    "SummaryTokensUsed",
    "TextReceived",
    "Tick",
    "TokensUsed",
    "ToolEvent",
    "ToolProgressed",
    "ToolReturned",
    "ToolsChanged",
    "ToolsRequested",
    "TranscriberBack",
    "TranscriberLost",
    "TranscriptEvent",
    "TranscriptWord",
    "TransferFailed",
    "TurnHookAnswered",
    "UsageCounted",
    "WindowEvent",
]


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened until a deadline of the state."""

    at: float


Event = (
    RoomEvent
    | ListenEvent
    | ReplyEvent
    | ProviderEvent
    | ToolEvent
    | HookEvent
    | SummaryEvent
    | MemoryEvent
    | Request
    | CostGrew
    | Measurement
    | Tick
)
"""All that the reducer takes."""
