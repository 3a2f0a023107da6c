"""The messages: orders to JSON, JSON to frames, answers that are none to errors. No I/O."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.audio import Pcm, pcm_from_bytes
from pipeline.errors import Declined, Malformed, ProviderError, Unavailable
from pipeline.providers._address import parse_address
from pipeline.providers._http_errors import RemoteService
from pipeline.speech import WordTime

PROVIDER = "Cartesia"

CARTESIA_URL = "https://api.cartesia.ai"

DEFAULT_MODEL = "sonic-3"

DEFAULT_VOICE = "e07c00bc-4134-4eae-9ea4-1a55fb45746b"
"""The public voice of the examples in the SDK's own README."""

RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
"""Hz that Cartesia makes (the SDK's RawOutputFormatParam)."""

_OF_THE_TEXT = (400, 422)
"""Statuses of an error in a context that concern its text, or that it has expired, and not the voice."""


def service(base_url: str | None, key: str | None) -> RemoteService:
    """Return the service at an address, with or without the path of an endpoint at its end."""
    return RemoteService(
        name=PROVIDER,
        address=parse_address(base_url, CARTESIA_URL, "/tts/websocket", "/tts/bytes", "/tts/sse"),
        key_variable="CARTESIA_API_KEY",
        url_variable="CARTESIA_BASE_URL",
        key=key,
        not_found="there is no such voice or model: check TTS_VOICE and the model",
        advice={403: "not allowed: check whether the plan of CARTESIA_API_KEY has this voice and model"},
    )


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text in a context; the last one says `more=False`, and may be empty."""

    context_id: str
    text: str
    more: bool


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop speaking in a context."""

    context_id: str


@dataclass(frozen=True, slots=True)
class Audio:
    """The next samples of a context."""

    context_id: str
    samples: Pcm


@dataclass(frozen=True, slots=True)
class WordTimestamps:
    """Words of a context, seconds from its first sample."""

    context_id: str
    words: tuple[WordTime, ...]


@dataclass(frozen=True, slots=True)
class ContextDone:
    """A context is over: ended by us and spoken to the end, or expired."""

    context_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An error; without a context it concerns the whole connection."""

    context_id: str | None
    error: ProviderError


Order = Say | Cancel
Frame = Audio | WordTimestamps | ContextDone | Failed


@dataclass(frozen=True, slots=True)
class VoiceSpecifier:
    """How everything is spoken: a context must not change it in mid-way."""

    model: str
    voice: str
    language: str
    rate: int

    def __post_init__(self) -> None:
        if self.rate not in RATES:
            raise ValueError(f"Cartesia does not make {self.rate} Hz; take one of {', '.join(map(str, RATES))}")


def encode(order: Order, voice: VoiceSpecifier) -> dict[str, object]:
    """The message of an order."""
    if isinstance(order, Cancel):
        return {"context_id": order.context_id, "cancel": True}
    return {
        "context_id": order.context_id,
        "model_id": voice.model,
        "voice": {"mode": "id", "id": voice.voice},
        "language": voice.language.split("-")[0].lower(),  # en-GB is a locale there, and only some are known
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": voice.rate},
        "add_timestamps": True,
        "use_normalized_timestamps": False,  # the words as written: they are looked for in the text
        "max_buffer_delay_ms": 0,  # chunks come whole; the default waits up to 3 s for more
        "transcript": order.text,
        "continue": order.more,
    }


def decode(data: bytes, service: RemoteService) -> Frame | None:
    """Return the frame that a message is, None for kinds that are of no use here. Raises Malformed.

    What is wrong within one context comes as its Failed.
    """
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise service.no_protocol("a message is not JSON") from None
    if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
        raise service.no_protocol("a message has no type")
    context_id = message.get("context_id")
    if message["type"] == "error":
        return Failed(_text(context_id), _error(message, service, is_in_context=isinstance(context_id, str)))
    if message["type"] not in ("chunk", "timestamps", "done"):
        return None
    if not isinstance(context_id, str):
        raise Malformed(PROVIDER, f"a message of type {message['type']} names no context")
    try:
        return _frame(message["type"], context_id, message)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        reason = f"{type(error).__name__} {error}"
        problem = f"a message of type {message['type']} is not as agreed ({reason}): update this program, or its server"
        return Failed(context_id, Malformed(PROVIDER, problem))


def _frame(kind: str, context_id: str, message: Mapping[str, Any]) -> Frame | None:
    if kind == "done":
        return ContextDone(context_id)
    if kind == "chunk":
        return Audio(context_id, pcm_from_bytes(base64.b64decode(message["data"], validate=True)))
    times = message.get("word_timestamps")
    if times is None:  # the SDK's type allows it
        return None
    words = zip(times["words"], times["start"], times["end"], strict=True)
    return WordTimestamps(
        context_id, tuple(WordTime(str(word), float(start), float(end)) for word, start, end in words)
    )


def quoted(body: object) -> str:
    """Return what the server says in an answer that is none; `body` is its JSON, or text."""
    fields = body if isinstance(body, Mapping) else {"message": body}
    said = [_text(fields.get(name)) for name in ("title", "message", "error")]
    return ": ".join(part for part in said if part)


def _error(message: Mapping[str, Any], service: RemoteService, *, is_in_context: bool) -> ProviderError:
    status = message.get("status_code")
    if not isinstance(status, int):
        return Unavailable(PROVIDER, f"the server reports an error{service.quote(quoted(message))}")
    if is_in_context and status in _OF_THE_TEXT:
        return Declined(PROVIDER, f"it does not speak this text (HTTP {status}){service.quote(quoted(message))}")
    return service.status_error(status, quoted(message))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
