"""The settings of handing over: who learns of it, what follows, and whether it is what a failure leads to."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bot.settings.on_failure import OnFailure, read_on_failure
from bot.settings.option import option
from bot.settings.record_settings import RecordSettings
from bot.settings.values import Secret, read_secret, read_text
from bot.tools.tool_file import is_http

Then = Literal["leave", "scribe"]
"""What the bot does after a hand-over: leave, or write down what the person says and answer nothing."""

NO_ACCESS = (
    "{source} is for telephone calls, which are transferred with the server's key pair: set LIVEKIT_URL, "
    "LIVEKIT_API_KEY and LIVEKIT_API_SECRET."
)

_TEL = re.compile(r"tel:\+?[0-9*#().-]{2,40}", re.IGNORECASE)
"""RFC 3966, without its parameters."""

_SIP = re.compile(r"sips?:[^\s@<>]+@[^\s@<>]+|sips?:[^\s@<>]+", re.IGNORECASE)
"""RFC 3261, as far as a mistake shows."""


def read_call_address(raw: object) -> str:
    """A tel: or sip: address."""
    text = read_text(raw).strip()
    if _TEL.fullmatch(text) or _SIP.fullmatch(text):
        return text
    raise ValueError(f"must be an address such as tel:+15551234567 or sip:help@example.com, not {text!r}")


def read_webhook_url(raw: object) -> str:
    """An http(s) address; it is not repeated in what is raised, as it may hold a key."""
    text = read_text(raw).strip()
    if not is_http(text) or "@" in urlsplit(text).netloc:
        raise ValueError("must be an address such as https://example.com/handover, without user:password@")
    return text


def read_then(raw: object) -> Then:
    """What follows a hand-over."""
    match read_text(raw).strip().lower():
        case "leave":
            return "leave"
        case "scribe":
            return "scribe"
    raise ValueError(f"must be leave or scribe, not {raw!r}")


def read_signing_secret(raw: object) -> Secret:
    """A secret of Standard Webhooks: any text, or whsec_ and base64."""
    from bot.tools.webhooks.signature import key_of

    secret = read_secret(raw)
    key_of(secret.reveal())
    return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSettings(RecordSettings):
    """The part of `Settings` that is about handing over."""

    transfer_webhook: str | None = option(
        "BOT_TRANSFER_WEBHOOK",
        "Conversation",
        "URL",
        "transfer_to_human: where the conversation is posted",
        read_webhook_url,
        is_address=True,
    )
    transfer_to: str | None = option(
        "BOT_TRANSFER_TO",
        "Conversation",
        "tel:|sip:",
        "transfer_to_human: where telephone calls go on",
        read_call_address,
    )
    transfer_text: str | None = option(
        "BOT_TRANSFER_TEXT",
        "Conversation",
        "TEXT",
        "transfer_to_human: what is said to the person",
        read_text,
        "by the language",
    )
    transfer_then: Then = option(
        "BOT_TRANSFER_THEN",
        "Conversation",
        "leave|scribe",
        "transfer_to_human: leave afterwards, or stay and only write down what is said",
        read_then,
        default="leave",
    )
    on_failure: OnFailure | None = option(
        "BOT_ON_FAILURE",
        "Running",
        "leave|stay|transfer",
        "when a provider refuses or stays away, the person is informed; then leave, stay until it is back, or hand the "
        "person over as transfer_to_human does",
        read_on_failure,
        "leave",
    )
    transfer_secret: Secret | None = option(
        "BOT_TRANSFER_SECRET",
        "Secrets",
        "",
        "signs what is posted to --transfer-webhook",
        read_signing_secret,
        has_flag=False,
        is_secret=True,
        takes_file=True,
    )
