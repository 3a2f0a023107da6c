"""What whoever takes over reads: a JSON document, for a webhook and for the room."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.tools.webhooks.signature import signed
from pipeline.errors import RoomError
from pipeline.messages import Message, history_to_json
from pipeline.participants import Participant

if TYPE_CHECKING:
    import aiohttp

TOPIC = "rawbot.handover"
"""Topic of the text stream that the room gets: a stream, as a history is longer than a data packet may be."""

WEBHOOK_TIMEOUT = 5.0
"""Seconds for the answer of the webhook: the person waits meanwhile."""


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What is reported of one transfer. `summary` is empty where there is none."""

    reason: str
    room: str
    person: Participant | None
    language: str
    history: tuple[Message, ...]
    summary: str = ""

    def to_json(self) -> str:
        """Return the document, as docs/agents.md describes it."""
        person = self.person
        return json.dumps(
            {
                "type": TOPIC,
                "reason": self.reason,
                "room": self.room,
                "participant": {"identity": person.identity, "kind": person.kind} if person is not None else None,
                "language": self.language,
                "summary": self.summary,
                "history": history_to_json(self.history),
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True, slots=True)
class TransferWebhook:
    """Where the document is posted; `secret` signs it, if there is one."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    http: "Callable[[], aiohttp.ClientSession]"

    async def post(self, document: str) -> None:
        """Post the document, once. Raises RoomError that says why it was not taken."""
        import aiohttp  # here: every start passes through this file, and few bots post

        body = document.encode("utf-8", "replace")
        headers = {"content-type": "application/json"} | signed(self.secret, body)
        limit = aiohttp.ClientTimeout(total=WEBHOOK_TIMEOUT)
        try:
            async with self.http().post(
                self.url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                if not 200 <= response.status < 300:
                    raise RoomError(f"the webhook has answered {response.status}")
        except TimeoutError:
            raise RoomError(f"the webhook did not answer within {WEBHOOK_TIMEOUT:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise RoomError(f"the webhook cannot be reached ({type(error).__name__})") from None
