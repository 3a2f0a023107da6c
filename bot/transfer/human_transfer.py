"""The course of a hand-over: whoever takes over is told, then the person, and then the bot leaves or falls silent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from bot.transfer.handover import TOPIC, Handover, HandoverWebhook
from pipeline.errors import RoomError, ToolError, VoiceBotError
from pipeline.messages import Message
from pipeline.participants import Participant
from pipeline.ports import ToolSession

log = logging.getLogger(__name__)

TELL_TIMEOUT = 10.0
"""Seconds for which a caller is told of the transfer, at most: it must not wait for them to stop talking."""

Then = Literal["leave", "scribe"]
"""What the bot does afterwards: leave, or write down what the person says and answer nothing."""

HANDED_OVER = "The person is handed over, and has been told. Say nothing more."

Summarize = Callable[[tuple[Message, ...]], Awaitable[str]]
"""Makes a summary of a conversation; empty when it cannot."""


class TransferRoom(Protocol):
    """The room, as a hand-over needs it. The methods raise RoomError."""

    def people(self) -> tuple[Participant, ...]: ...
    async def send_text(self, text: str, topic: str) -> None: ...
    async def transfer_call(self, address: str) -> None: ...


class HumanTransfer:
    """Hands over the person of one bot, as its settings say."""

    def __init__(
        self,
        *,
        room: TransferRoom,
        room_name: str,
        language: Callable[[], str],
        text: Callable[[], str],
        say: Callable[[str], Awaitable[object]],
        webhook: HandoverWebhook | None,
        address: str | None,
        then: Then,
        summarize: Summarize | None = None,
    ) -> None:
        """`text` is what the person is told, `say` speaks it to its end. `address`: where telephone calls go on."""
        self._room, self._room_name = room, room_name
        self._language, self._text, self._say = language, text, say
        self._webhook, self._address, self._then = webhook, address, then
        self._summarize = summarize

    async def hand_over(self, reason: str, session: ToolSession) -> str:
        """Hand the person over; return what the model reads. Raises ToolError when nobody takes over."""
        session.disallow_interruptions()
        person = next((it for it in self._room.people() if it.is_linked), None)
        history = session.history
        summary = await self._summary(history)
        await self._publish(Handover(reason, self._room_name, person, self._language(), history, summary).to_json())
        if person is not None and person.kind == "SIP" and self._address is not None:
            await self._transfer_call(self._address)
            session.end_call(None)
        elif self._then == "scribe":
            session.become_scribe(self._text())
        else:
            session.end_call(self._text())
        return HANDED_OVER

    async def _summary(self, history: tuple[Message, ...]) -> str:
        return await self._summarize(history) if self._summarize is not None else ""

    async def _publish(self, document: str) -> None:
        """Tell whoever takes over. Where there is a webhook it has to know; the room alone may be empty."""
        try:
            if self._webhook is not None:
                await self._webhook.post(document)
        except RoomError as error:
            raise _failed(error) from None
        try:
            await self._room.send_text(document, TOPIC)
        except RoomError as error:
            if self._webhook is None:
                raise _failed(error) from None
            log.warning("the room was not told of the hand-over: %s", error)

    async def _transfer_call(self, address: str) -> None:
        if text := self._text():
            try:
                async with asyncio.timeout(TELL_TIMEOUT):
                    await self._say(text)
            except (TimeoutError, VoiceBotError) as error:
                log.warning("the caller was not told of the transfer: %s", error or "it took too long")
        try:
            await self._room.transfer_call(address)
        except RoomError as error:
            raise _failed(error) from None


def _failed(error: RoomError) -> ToolError:
    log.warning("the person was not handed over: %s", error)
    return ToolError(f"The person was not handed over: {error}. Tell them that nobody can be reached now, and go on.")
