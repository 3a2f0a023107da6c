"""The wire, without any I/O: settings to the query, messages to transcripts, answers that are none to errors."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pipeline.audio import LISTEN_RATE
from pipeline.errors import Malformed, ProviderError, Unavailable
from pipeline.providers._address import parse_address
from pipeline.providers._http_errors import RemoteService
from pipeline.speech import Transcript, WordTime

PROVIDER = "Deepgram"
DEEPGRAM_URL = "https://api.deepgram.com"
DEFAULT_MODEL = "nova-3"

_ADVICE: Mapping[int, str] = {
    400: "it does not take these settings: check the model, the language and the keyterms, which only nova-3 takes",
    429: "too many connections at once for this account: close others",
}


def service(base_url: str | None, key: str | None) -> RemoteService:
    """Return the service at an address, with or without `/v1/listen` at its end."""
    return RemoteService(
        name=PROVIDER,
        address=parse_address(base_url, DEEPGRAM_URL, "/v1/listen", "/v1"),
        key_variable="DEEPGRAM_API_KEY",
        url_variable="DEEPGRAM_BASE_URL",
        key=key,
        advice=_ADVICE,
    )


def listen_query(model: str, language: str, keyterms: Sequence[str]) -> dict[str, str | list[str]]:
    """Return the query of `/v1/listen` for raw 16-bit audio at LISTEN_RATE.

    No `endpointing`: turns are decided elsewhere, and a Finalize says when to close. Neither `smart_format`, which may
    hold an entity back for 3 s, nor `numerals`: written numbers change from the interim to the final and fall apart at
    a Finalize ("9", "100"), where a draft of the reply needs words that stay the same.
    """
    query: dict[str, str | list[str]] = {
        "model": model,
        "language": language,
        "encoding": "linear16",
        "sample_rate": str(LISTEN_RATE),
        "channels": "1",
        "interim_results": "true",
        "punctuate": "true",
        "smart_format": "false",
        "numerals": "false",
        "endpointing": "false",
    }
    return query | {"keyterm": list(keyterms)} if keyterms else query


def listen_url(service: RemoteService, query: Mapping[str, str | list[str]]) -> str:
    """Return where the socket is opened."""
    return f"{service.address.ws}/v1/listen?{urlencode(query, doseq=True)}"


def decode(message: Any) -> Transcript | None:
    """Return the transcript in a message of the SDK; None when it has none (Metadata, a type unknown to the SDK).

    Times are seconds since the connection's first sample; `answers_finalize` is the wire's `from_finalize`. Raises
    Malformed. The SDK checks no field: each may be anything that JSON can say.
    """
    if getattr(message, "type", None) != "Results":
        return None
    try:
        best = message.channel.alternatives[0]
        words = tuple(
            WordTime(_text(word.punctuated_word or word.word), _seconds(word.start), _seconds(word.end))
            for word in best.words or ()
        )
        start = _seconds(message.start)
        return Transcript(
            text=_text(best.transcript).strip(),
            is_final=bool(message.is_final),
            start=start,
            end=start + _seconds(message.duration),
            words=words,
            answers_finalize=bool(message.from_finalize),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Malformed(PROVIDER, f"a transcript is not as documented ({error})") from error


def error_of(error: Exception, service: RemoteService) -> ProviderError:
    """Return what the SDK or the socket under it raised as an error of ours; texts that may hold headers are left out.

    `error` may be one of ours.
    """
    from websockets.exceptions import ConnectionClosed, InvalidStatus

    match error:
        case ProviderError():
            return error
        case InvalidStatus():
            return service.status_error(error.response.status_code, headers=error.response.headers)
        case ConnectionClosed(rcvd=None):
            return Unavailable(PROVIDER, "the connection broke: check the network")
        case ConnectionClosed():
            assert error.rcvd is not None
            closed = f"{error.rcvd.code} {error.rcvd.reason}".strip()
            return Unavailable(PROVIDER, f"it closed the connection ({closed})")
    return service.no_connection(error)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} where a text belongs")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{value!r:.20} where seconds belong")
    return float(value)
