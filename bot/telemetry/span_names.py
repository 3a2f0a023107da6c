"""Every span and attribute that is sent by OpenTelemetry, by the names of its conventions for generative AI.

They are those of https://github.com/open-telemetry/semantic-conventions-genai as of December 2026, in development.
Those of a voice agent are proposed there and not decided: by pull request 390 a turn is an `invoke_agent`, with
`speech_to_text`, `chat` and `text_to_speech` below it, and says how it ended; by 394 speech of the person is a span of
its own. What has no name there begins with `rawbot`.
"""

from dataclasses import dataclass
from typing import Literal

Origin = Literal["GenAI", "OpenTelemetry", "proposal 390", "proposal 394", "rawbot"]


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One kind of span. Behind its name stands what it is of, a model or a tool, where there is one."""

    name: str
    origin: Origin
    meaning: str
    is_client: bool = False
    """Another program did the work."""


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One attribute."""

    key: str
    origin: Origin
    meaning: str


CONVERSATION = SpanRow("conversation", "rawbot", "a call, from the person being linked to the end")
INVOKE_AGENT = SpanRow("invoke_agent", "proposal 390", "a turn: from the first word of the person to the reply's end")
USER_SPEECH = SpanRow("user_speech", "proposal 394", "the person speaks, by the detector of speech")
SPEECH_TO_TEXT = SpanRow(
    "speech_to_text", "proposal 390", "from the first word to the last final transcript; or a stream that failed", True
)
CHAT = SpanRow("chat", "GenAI", "one request to the language model, drafts and attempts that failed included", True)
TEXT_TO_SPEECH = SpanRow("text_to_speech", "proposal 390", "one request to the voice, from its first text", True)
EXECUTE_TOOL = SpanRow("execute_tool", "GenAI", "one call of a tool, until its result is in the history")
PLAYOUT = SpanRow("playout", "rawbot", "a reply on air, from its first sample to its last")

SPANS: tuple[SpanRow, ...] = (
    CONVERSATION,
    INVOKE_AGENT,
    USER_SPEECH,
    SPEECH_TO_TEXT,
    CHAT,
    TEXT_TO_SPEECH,
    EXECUTE_TOOL,
    PLAYOUT,
)

OPERATION = AttributeRow("gen_ai.operation.name", "GenAI", "the name of the span's kind")
CONVERSATION_ID = AttributeRow("gen_ai.conversation.id", "GenAI", "the same in all spans of a call, and made for it")
AGENT_NAME = AttributeRow("gen_ai.agent.name", "GenAI", "the agent that leads; `rawbot` without agents")
PROVIDER = AttributeRow("gen_ai.provider.name", "GenAI", "as the operator chose it, or the program's class")
MODEL = AttributeRow("gen_ai.request.model", "GenAI", "the model")
OUTPUT_TYPE = AttributeRow("gen_ai.output.type", "GenAI", "`text` or `speech`")
INPUT_TOKENS = AttributeRow("gen_ai.usage.input_tokens", "GenAI", "tokens of the prompt")
CACHED_TOKENS = AttributeRow("gen_ai.usage.cache_read.input_tokens", "GenAI", "of them, those that were cached")
OUTPUT_TOKENS = AttributeRow("gen_ai.usage.output_tokens", "GenAI", "tokens of the answer")
FIRST_CHUNK = AttributeRow("gen_ai.response.time_to_first_chunk", "GenAI", "seconds to the first text or audio")
TOOL_NAME = AttributeRow("gen_ai.tool.name", "GenAI", "the tool")
TOOL_CALL_ID = AttributeRow("gen_ai.tool.call.id", "GenAI", "the call, as the model named it")
LANGUAGE = AttributeRow("gen_ai.speech.input.language", "proposal 390", "the language of the agent")
END_REASON = AttributeRow(
    "gen_ai.agent.invocation.end_reason", "proposal 390", "`completed`, `interrupted` or `session_closed`"
)
ERROR = AttributeRow("error.type", "OpenTelemetry", "the kind of failure; never its text")
INPUT_MESSAGES = AttributeRow("gen_ai.input.messages", "GenAI", "with --otel-content: what the person said")
OUTPUT_MESSAGES = AttributeRow("gen_ai.output.messages", "GenAI", "with --otel-content: what was heard of the reply")
TOOL_ARGUMENTS = AttributeRow("gen_ai.tool.call.arguments", "GenAI", "with --otel-content: what the tool was given")
TOOL_RESULT = AttributeRow("gen_ai.tool.call.result", "GenAI", "with --otel-content: what it returned")
TURN_NUMBER = AttributeRow("rawbot.turn.number", "rawbot", "turns of the person in this call, from 1; 0 without one")
REPLY_ID = AttributeRow("rawbot.reply.id", "rawbot", "the reply, as in the log and the journal")
IS_TYPED = AttributeRow("rawbot.turn.typed", "rawbot", "the person has typed it")
CALLED_OFF = AttributeRow("rawbot.request.called_off", "rawbot", "ended before its answer was whole, as unwanted")
ESTIMATED = AttributeRow("rawbot.usage.estimated", "rawbot", "the tokens are estimated, as the provider did not count")
CHARACTERS = AttributeRow("rawbot.usage.characters", "rawbot", "characters given to the voice")
AUDIO = AttributeRow("rawbot.usage.audio_seconds", "rawbot", "audio that the voice made")
VOICE_TO_VOICE = AttributeRow("rawbot.voice_to_voice_seconds", "rawbot", "last word of the person to the first sample")

ATTRIBUTES: tuple[AttributeRow, ...] = (
    OPERATION,
    CONVERSATION_ID,
    AGENT_NAME,
    PROVIDER,
    MODEL,
    OUTPUT_TYPE,
    INPUT_TOKENS,
    CACHED_TOKENS,
    OUTPUT_TOKENS,
    FIRST_CHUNK,
    TOOL_NAME,
    TOOL_CALL_ID,
    LANGUAGE,
    END_REASON,
    ERROR,
    INPUT_MESSAGES,
    OUTPUT_MESSAGES,
    TOOL_ARGUMENTS,
    TOOL_RESULT,
    TURN_NUMBER,
    REPLY_ID,
    IS_TYPED,
    CALLED_OFF,
    ESTIMATED,
    CHARACTERS,
    AUDIO,
    VOICE_TO_VOICE,
)
"""In the order in which they are shown."""
