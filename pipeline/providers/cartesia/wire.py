"""The messages: orders to JSON, JSON to frames, answers that are none to errors. No I/O."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.audio import Pcm, pcm_from_bytes
from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.speech import WordTime

PROVIDER = "Cartesia"

CARTESIA_URL = "https://api.cartesia.ai"

DEFAULT_MODEL = "sonic-3"

DEFAULT_VOICE = "e07c00bc-4134-4eae-9ea4-1a55fb45746b"
"""The public voice of the examples in the SDK's own README."""

RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
"""Hz that Cartesia makes (the SDK's RawOutputFormatParam)."""

_ADVICE = {
    401: "the API key was refused: check CARTESIA_API_KEY, and CARTESIA_BASE_URL if it names another server",
    402: "there is no credit left: check the plan of the account that CARTESIA_API_KEY belongs to",
    403: "not allowed: check the rights of CARTESIA_API_KEY, and whether its plan has this voice and model",
    404: "no such voice, model or address: check TTS_VOICE, the model and CARTESIA_BASE_URL",
    429: "too many requests at once for the plan of CARTESIA_API_KEY: try again, or raise its limit",
}


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
    """An error; without a context it concerns the whole connection. `status` is HTTP's, where there is one."""

    context_id: str | None
    error: ProviderError
    status: int | None = None


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


def decode(data: bytes, key: str | None = None) -> Frame | None:
    """The frame that a message is, None for kinds that are of no use here. Raises Malformed.

    What is wrong within one context comes as its Failed. The key is kept out of what errors quote.
    """
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed(PROVIDER, "a message is not JSON: check CARTESIA_BASE_URL") from None
    if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
        raise Malformed(PROVIDER, "a message has no type: check CARTESIA_BASE_URL")
    context_id = message.get("context_id")
    if message["type"] == "error":
        status = _status(message)
        return Failed(_text(context_id), answer_error(status, message, key), status)
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


def answer_error(
    status: int | None, body: object, key: str | None = None, unavailable: type[Unavailable] = Unavailable
) -> ProviderError:
    """What an error means: the answer to the upgrade (`body` is its JSON, or text), or a message of type error."""
    fields = body if isinstance(body, Mapping) else {"message": body}
    said = [_text(fields.get(name)) for name in ("title", "message", "error")]
    quote = " ".join(": ".join(part for part in said if part).split())[:300]
    if key and len(key) >= 8:  # a shorter one is a word like "test"
        quote = quote.replace(key, "[key]")
    advice = _ADVICE.get(status or 0, f"the server answered with status {status}")
    kind: type[ProviderError] = unavailable if status is None or status == 429 or status >= 500 else Refused
    return kind(PROVIDER, f'{advice}; it says: "{quote}"' if quote else advice)


def _status(message: Mapping[str, Any]) -> int | None:
    status = message.get("status_code")
    return status if isinstance(status, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def websocket_url(base_url: str | None) -> str:
    """Where the socket is: ws for http, wss for https, a path kept."""
    url = (base_url or CARTESIA_URL).rstrip("/")
    return "ws" + url.removeprefix("http") if url.startswith("http") else url
