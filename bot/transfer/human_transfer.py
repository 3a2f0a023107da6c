"""The course of a hand-over: the person and whoever takes over learn of it, then the bot leaves or falls silent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.settings.transfer_settings import Then
from bot.transfer.failed_conversation import FailedConversation
from bot.transfer.report import TOPIC, TransferReport, TransferWebhook
from pipeline.clock import loop_time
from pipeline.errors import RoomError, ToolError, VoiceBotError
from pipeline.events import PersonTransferred, ProviderEvent, TransferFailed
from pipeline.losses import Transfer
from pipeline.messages import Message
from pipeline.participants import Participant
from pipeline.session import Session

log = logging.getLogger(__name__)

SAY_TIMEOUT = 10.0
"""Seconds for what is said to the person, at most: the hand-over must not wait for them to stop talking."""

SUMMARY_TIMEOUT = 6.0
"""Seconds for the summary, at most; it is made while the bot speaks to the person."""

FAILED = "A provider of the bot is lost: it cannot go on with the conversation."
"""The reason for whoever takes over."""

GO_ON = "Tell them that nobody can be reached now, and go on."

HANDED_OVER = "The person is handed over, and knows it. Say nothing more."

Summarize = Callable[[tuple[Message, ...]], Awaitable[str | None]]
"""Makes a summary of a conversation; None when it cannot."""


class TransferRoom(Protocol):
    """The room, as a hand-over needs it. The methods raise RoomError."""

    def people(self) -> tuple[Participant, ...]: ...
    async def send_text(self, text: str, topic: str) -> None: ...
    async def transfer_call(self, address: str) -> None: ...


class TransferableConversation(Protocol):
    """What a hand-over needs of the conversation: part of `pipeline.ports.ToolSession`."""

    @property
    def is_over(self) -> bool: ...
    @property
    def history(self) -> tuple[Message, ...]: ...
    def disallow_interruptions(self) -> None: ...
    def end_call(self, farewell: str | None) -> None: ...
    def become_scribe(self) -> None: ...


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
        webhook: TransferWebhook | None,
        address: str | None,
        then: Then,
        summarize: Summarize,
    ) -> None:
        """`text` is for the person, `say` speaks it to its end. `address`: where telephone calls go on."""
        self._room, self._room_name = room, room_name
        self._language, self._text, self._say = language, text, say
        self._webhook, self._address, self._then = webhook, address, then
        self._summarize = summarize
        self._is_under_way = False
        self._left_to_others: str | None = None

    def is_left_to_others(self, identity: str) -> bool:
        """Return whether the bot leaves now as another one goes on with this person, and forget it."""
        left, self._left_to_others = self._left_to_others, None
        return left == identity

    def after_failure(self, session: Session) -> Transfer:
        """Return what hands the person over when a provider is lost: they were informed, and no voice may be left."""

        async def transfer() -> ProviderEvent:
            conversation = FailedConversation(session)
            try:
                await self.hand_over(FAILED, conversation, announces=False)
            except ToolError:
                return TransferFailed(loop_time(), "nobody takes over")
            return PersonTransferred(loop_time(), stays=conversation.stays)

        return transfer

    async def hand_over(self, reason: str, session: TransferableConversation, *, announces: bool = True) -> str:
        """Hand the person over; return what the model reads.

        Raises ToolError when nobody takes over, and while another call does this: the person may go on talking, and the
        model is asked meanwhile.
        """
        if self._is_under_way:
            raise ToolError("The person is being handed over already. Wait for that.")
        self._is_under_way = True
        try:
            return await self._hand_over(reason, session, announces)
        finally:
            self._is_under_way = False

    async def _hand_over(self, reason: str, session: TransferableConversation, announces: bool) -> str:
        session.disallow_interruptions()
        person = next((it for it in self._room.people() if it.is_linked), None)
        async with asyncio.TaskGroup() as group:
            if announces:
                group.create_task(self._announce())
            failure = await self._report(reason, person, session.history)
        is_call = person is not None and person.kind == "SIP"
        if failure is None and is_call and self._address is not None and not session.is_over:
            failure = await self._transfer_call(self._address)
        if failure is not None:
            log.warning("the person was not handed over: %s", failure)
            raise ToolError(f"The person was not handed over: {failure}. {GO_ON}")
        if self._then == "scribe" and not (is_call and self._address is not None):
            session.become_scribe()
        else:
            self._left_to_others = person.identity if person is not None else None
            session.end_call(None)
        return HANDED_OVER

    async def _announce(self) -> None:
        if text := self._text():
            try:
                async with asyncio.timeout(SAY_TIMEOUT):
                    await self._say(text)
            except (TimeoutError, VoiceBotError) as error:
                log.warning("the hand-over could not be announced to the person: %s", str(error) or "it took too long")

    async def _report(self, reason: str, person: Participant | None, history: tuple[Message, ...]) -> RoomError | None:
        """Report to whoever takes over. A webhook, if there is one, has to take it; the room alone may be empty."""
        summary = await self._summary(history)
        document = TransferReport(reason, self._room_name, person, self._language(), history, summary).to_json()
        try:
            if self._webhook is not None:
                await self._webhook.post(document)
        except RoomError as error:
            return error
        try:
            await self._room.send_text(document, TOPIC)
        except RoomError as error:
            if self._webhook is None:
                return error
            log.warning("the hand-over could not be written into the room: %s", error)
        return None

    async def _summary(self, history: tuple[Message, ...]) -> str:
        """Return a summary, empty when it takes too long: the history says the same."""
        try:
            async with asyncio.timeout(SUMMARY_TIMEOUT):
                return await self._summarize(history) or ""
        except TimeoutError:
            log.warning("the hand-over goes without a summary: there was none within %g s", SUMMARY_TIMEOUT)
            return ""

    async def _transfer_call(self, address: str) -> RoomError | None:
        try:
            await self._room.transfer_call(address)
        except RoomError as error:
            return error
        return None
