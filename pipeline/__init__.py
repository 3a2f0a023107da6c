"""The voice pipeline: it listens, takes turns and speaks. It never imports LiveKit; `bot` gives it a room.

What an embedding program needs of it; `bot` has the same names:

    AgentProfile           what the bot is, for a scene: instructions, greeting, apology, language, tools
    Policy                 how it takes turns: delays and bounds
    Message                one message of a conversation
    ConversationSummary    what the older part of a conversation came to
    Memory                 what is known of a person from earlier conversations
    history_to_json        a conversation as JSON values, to keep it
    history_from_json      the way back, for `VoiceBot(history=...)`
    HandedOver             another agent leads the conversation from now on
    CallEnding             the bot ends the call by itself, and why
    Recovered              something had stopped, and is being recovered
    ConversationEnded      the person has left for good, with all that was said
    Participant            a person in the room
    ServiceUsage           what one model of one provider was used for

    VoiceBotError          all errors: SettingsError, RoomError > RoomClosed, ToolError,
                           ProviderError > Unavailable > OutOfReach, Refused, Declined, Malformed

    events                 the module of all events: Joined, PersonLinked, SpeechStarted, ReplyEnded ...
    ports                  the module of all ports: what a provider of your own has to be like

Scenes to test a bot with are in `pipeline.testing`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline import events as events
    from pipeline import ports as ports
    from pipeline.agent import AgentProfile as AgentProfile
    from pipeline.commands import CallEnding as CallEnding
    from pipeline.commands import ConversationEnded as ConversationEnded
    from pipeline.commands import HandedOver as HandedOver
    from pipeline.commands import Recovered as Recovered
    from pipeline.errors import Declined as Declined
    from pipeline.errors import Malformed as Malformed
    from pipeline.errors import OutOfReach as OutOfReach
    from pipeline.errors import ProviderError as ProviderError
    from pipeline.errors import Refused as Refused
    from pipeline.errors import RoomClosed as RoomClosed
    from pipeline.errors import RoomError as RoomError
    from pipeline.errors import SettingsError as SettingsError
    from pipeline.errors import ToolError as ToolError
    from pipeline.errors import Unavailable as Unavailable
    from pipeline.errors import VoiceBotError as VoiceBotError
    from pipeline.messages import ConversationSummary as ConversationSummary
    from pipeline.messages import Memory as Memory
    from pipeline.messages import Message as Message
    from pipeline.messages import history_from_json as history_from_json
    from pipeline.messages import history_to_json as history_to_json
    from pipeline.participants import Participant as Participant
    from pipeline.turn.policy import Policy as Policy
    from pipeline.usage import ServiceUsage as ServiceUsage

_PLACES = {
    "AgentProfile": "pipeline.agent",
    "ConversationEnded": "pipeline.commands",
    "ConversationSummary": "pipeline.messages",
    "Declined": "pipeline.errors",
    "CallEnding": "pipeline.commands",
    "HandedOver": "pipeline.commands",
    "Recovered": "pipeline.commands",
    "Malformed": "pipeline.errors",
    "Memory": "pipeline.messages",
    "Message": "pipeline.messages",
    "OutOfReach": "pipeline.errors",
    "Participant": "pipeline.participants",
    "Policy": "pipeline.turn.policy",
    "ProviderError": "pipeline.errors",
    "Refused": "pipeline.errors",
    "RoomClosed": "pipeline.errors",
    "RoomError": "pipeline.errors",
    "ServiceUsage": "pipeline.usage",
    "SettingsError": "pipeline.errors",
    "ToolError": "pipeline.errors",
    "Unavailable": "pipeline.errors",
    "VoiceBotError": "pipeline.errors",
    "history_from_json": "pipeline.messages",
    "history_to_json": "pipeline.messages",
}
_MODULES = ("events", "ports")

__all__ = [
    "AgentProfile",
    "CallEnding",
    "ConversationEnded",
    "ConversationSummary",
    "Declined",
    "HandedOver",
    "Malformed",
    "Memory",
    "Message",
    "OutOfReach",
    "Participant",
    "Policy",
    "ProviderError",
    "Recovered",
    "Refused",
    "RoomClosed",
    "RoomError",
    "ServiceUsage",
    "SettingsError",
    "ToolError",
    "Unavailable",
    "VoiceBotError",
    "events",
    "history_from_json",
    "history_to_json",
    "ports",
]


def __getattr__(name: str) -> Any:
    """Load each name at its first use: who needs one part must not wait for the others."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name in _MODULES:
        return import_module(f"pipeline.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
