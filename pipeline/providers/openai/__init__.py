"""OpenAI's chat completions, and every server that speaks them: https://platform.openai.com/docs/api-reference/chat.

`wire` has prompts to requests and answers to errors, `events` the events of a stream out of bytes, and `stream` the
parts of a reply out of events, all without any I/O; `client` is the SDK's client with warm connections, `posting`
sends a request, and `chat` brings them together. Of the SDK only the client is used, with its keys and errors. Its own
stream builds objects that it does not validate, and leaves a chain of suspended generators to the garbage collector
when it is closed in mid-way.
"""

from pipeline.providers.openai.chat import OpenAIChat
from pipeline.providers.openai.wire import DEFAULT_MODEL

__all__ = ["DEFAULT_MODEL", "OpenAIChat"]
