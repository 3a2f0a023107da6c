"""The needs of the pipeline as Protocols: any object of this shape will do.

A transcriber, a language model or a synthesizer of your own is a class with these methods; so is a room, and what runs
the tools and the hook. All of them live in one event loop. Closing the generator that a method returned is how a
request is cancelled: it must free the request, and keep the connection under it where the protocol allows.

A whole language model:

    from collections.abc import AsyncGenerator
    from pipeline.ports import Prompt, TextDelta

    class Echo:
        async def warm(self) -> None: ...

        async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta, None]:
            for word in f"You said: {prompt.messages[-1].text}".split():
                yield TextDelta(word + " ")

        async def aclose(self) -> None: ...
"""

from pipeline.messages import Prompt, PromptMessage, Tool, ToolRequest, TurnEdit
from pipeline.ports.agent import AgentParts
from pipeline.ports.audio_tap import NO_TAP, AudioTap
from pipeline.ports.hooks import CompletedTurn, TurnHookRunner
from pipeline.ports.language_model import Finished, LanguageModel, ReplyPart, TextDelta, Usage
from pipeline.ports.room import AudioGap, AudioIn, AudioOut, AudioWindow, Captions
from pipeline.ports.synthesizer import Synthesizer, SynthesizerCapabilities
from pipeline.ports.tools import ToolResult, ToolRunner, ToolSession
from pipeline.ports.transcriber import StreamLost, StreamRestored, Transcriber
from pipeline.speech import Finalize, Speech, Transcript, WordTime

__all__ = [
    "NO_TAP",
    "AgentParts",
    "AudioGap",
    "AudioIn",
    "AudioOut",
    "AudioTap",
    "AudioWindow",
    "Captions",
    "CompletedTurn",
    "Finalize",
    "Finished",
    "LanguageModel",
    "Prompt",
    "PromptMessage",
    "ReplyPart",
    "Speech",
    "StreamLost",
    "StreamRestored",
    "Synthesizer",
    "SynthesizerCapabilities",
    "TextDelta",
    "Tool",
    "ToolRequest",
    "ToolResult",
    "ToolRunner",
    "ToolSession",
    "Transcriber",
    "Transcript",
    "TurnEdit",
    "TurnHookRunner",
    "Usage",
    "WordTime",
]
