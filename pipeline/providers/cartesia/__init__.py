"""Cartesia's streaming speech, `/tts/websocket` (docs.cartesia.ai/api-reference/tts/websocket).

`wire` has the messages and `contexts` decides what is said in which of them, both without any I/O; `connection` is the
one warm socket, and `synthesizer` brings them together.
"""

from pipeline.providers.cartesia.contexts import ContextTiming
from pipeline.providers.cartesia.synthesizer import CartesiaSynthesizer
from pipeline.providers.cartesia.wire import DEFAULT_MODEL, DEFAULT_VOICE

__all__ = ["DEFAULT_MODEL", "DEFAULT_VOICE", "CartesiaSynthesizer", "ContextTiming"]
