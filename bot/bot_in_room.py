"""The part of the embedding API that is about the room: who is there, and what is done there beside speaking."""

from bot.assembly.room_port import RoomPort
from bot.assembly.status import HearingStatus
from bot.bot_run import BotRun
from pipeline.participants import Participant


class BotInRoom:
    """A base of `VoiceBot`."""

    _run: BotRun

    @property
    def linked(self) -> str | None:
        """Identity of the person whom the bot talks with."""
        return self._place.linked

    def people(self) -> tuple[Participant, ...]:
        """Everybody in the room who is no bot."""
        return self._place.people()

    def hearing(self) -> HearingStatus:
        """Whether the bot hears the linked person, and why not."""
        return self._run.hearing()

    async def send_message(self, text: str) -> None:
        """Write a chat message. Raises RoomError while the room is away or does not take it, and RoomClosed."""
        await self._run.until_ended(self._place.send_text(text))

    async def send_dtmf(self, digits: str) -> None:
        """Press keys of a telephone, 0 to 9, *, #, A to D, one after the other; telephones in the room play them.

        Raises RoomError as `send_message`, and for what are no keys.
        """
        await self._run.until_ended(self._place.send_dtmf(digits))

    @property
    def _place(self) -> RoomPort:
        return self._run.parts.place
