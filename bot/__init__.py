"""Rawbot: a voice bot for LiveKit rooms, for the command line (`python -m bot`) and for embedding (`VoiceBot`).

What a program needs, all of it from here:

    VoiceBot               a bot in one room, as an async context manager
    Agent                  one of those who lead the conversation: instructions, tools, voice, greeting ...
    SpeechResult           what was heard of a text that the bot was to say
    UserTurn               what the person has said
    tool                   makes a function a tool that the language model may call
    ToolContext            the conversation, for a tool that is called
    Answer                 the person's answer to a question of the bot
    Hooks                  functions that are called when something happens in the conversation
    HookContext            the conversation, for a hook that is called
    TurnContext            the person's turn, for the hook that stands between it and the answer
    MemoryStore            what a store of memories has to be like
    open_memory            the store at a path, for `VoiceBot(memory=...)`, and to show or forget what it has
    Telemetry              the metrics of a process's bots, and the provider of their spans
    Cost                   what a use of providers costs by a price file
    CallFailed             a telephone that did not answer, with the reason, a CallFailure
    HearingStatus          whether the bot hears the person, and why not
    BotEvent               what `VoiceBot.events` gives: an event of `events`, one of those below, HandedOver,
                           ConversationEnded, CallEnding or Recovered
    MessageAdded           something was said, by the person or by the bot
    AnswerMeasured         an answer began to be heard: why it took as long as it did
    ToolCalled             a call of a tool has begun
    ToolFinished           a call of a tool is over, and in the history with its result

and all names of `pipeline`: Policy, Message, Participant, ServiceUsage, HandedOver, ConversationEnded, CallEnding,
Recovered, history_to_json, history_from_json, AgentProfile, the errors (VoiceBotError and below), and the modules
`events` and `ports`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pipeline

if TYPE_CHECKING:
    from bot.agent import Agent as Agent
    from bot.assembly.status import HearingStatus as HearingStatus
    from bot.event_feed import AnswerMeasured as AnswerMeasured
    from bot.event_feed import BotEvent as BotEvent
    from bot.event_feed import MessageAdded as MessageAdded
    from bot.event_feed import ToolCalled as ToolCalled
    from bot.event_feed import ToolFinished as ToolFinished
    from bot.hooks.context import HookContext as HookContext
    from bot.hooks.hooks import Hooks as Hooks
    from bot.hooks.turn_context import TurnContext as TurnContext
    from bot.memory.opening import open_memory as open_memory
    from bot.memory.store import MemoryStore as MemoryStore
    from bot.results import Answer as Answer
    from bot.results import SpeechResult as SpeechResult
    from bot.results import UserTurn as UserTurn
    from bot.telemetry.cost import Cost as Cost
    from bot.telemetry.telemetry import Telemetry as Telemetry
    from bot.telephony.call_failure import CallFailed as CallFailed
    from bot.telephony.call_failure import CallFailure as CallFailure
    from bot.tools.context import ToolContext as ToolContext
    from bot.tools.decorator import tool as tool
    from bot.voicebot import VoiceBot as VoiceBot
    from pipeline import *  # noqa: F403 - each name is in the list of `pipeline`

_PLACES = {
    "Agent": "bot.agent",
    "Answer": "bot.results",
    "AnswerMeasured": "bot.event_feed",
    "BotEvent": "bot.event_feed",
    "CallFailed": "bot.telephony.call_failure",
    "CallFailure": "bot.telephony.call_failure",
    "Cost": "bot.telemetry.cost",
    "HearingStatus": "bot.assembly.status",
    "HookContext": "bot.hooks.context",
    "Hooks": "bot.hooks.hooks",
    "MemoryStore": "bot.memory.store",
    "MessageAdded": "bot.event_feed",
    "SpeechResult": "bot.results",
    "Telemetry": "bot.telemetry.telemetry",
    "ToolCalled": "bot.event_feed",
    "ToolContext": "bot.tools.context",
    "ToolFinished": "bot.event_feed",
    "TurnContext": "bot.hooks.turn_context",
    "UserTurn": "bot.results",
    "VoiceBot": "bot.voicebot",
    "open_memory": "bot.memory.opening",
    "tool": "bot.tools.decorator",
}

__all__ = [
    "Agent",
    "Answer",
    "AnswerMeasured",
    "BotEvent",
    "CallFailed",
    "CallFailure",
    "Cost",
    "HearingStatus",
    "HookContext",
    "Hooks",
    "MemoryStore",
    "MessageAdded",
    "SpeechResult",
    "Telemetry",
    "ToolCalled",
    "ToolContext",
    "ToolFinished",
    "TurnContext",
    "UserTurn",
    "VoiceBot",
    "open_memory",
    "tool",
]
__all__ += pipeline.__all__


def __getattr__(name: str) -> Any:
    """Load each name at its first use: `python -m bot --help` passes through here and must not wait for LiveKit."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name in pipeline.__all__:
        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
