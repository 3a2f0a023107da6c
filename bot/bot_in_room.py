"""The part of the embedding API that is about the room: who is there, and what is done there beside speaking."""

from bot.assembly.room_port import RoomPort
from bot.assembly.status import HearingStatus
from bot.bot_run import BotRun
from bot.telephony.outgoing_call import RING_DELAY
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

    async def dial(self, number: str, trunk: str, *, caller_number: str = "", ring_delay: int = RING_DELAY) -> str:
        """Call a telephone into the room; return its identity there when it is answered.

        The bot talks with it unless it talks with another one. `number`: with its country code, +15551234567.
        `trunk`: an outbound trunk of the LiveKit server's, ST_... `caller_number`: one of the trunk's, for the other
        side to see. `ring_delay`: seconds. Raises CallFailed with the reason, RoomError and RoomClosed.
        """
        place = self._place
        return await self._run.until_ended(
            place.dial(number, trunk, caller_number=caller_number, ring_delay=ring_delay)
        )

    async def hang_up(self, identity: str) -> None:
        """End the telephone call of a participant, also when the bot has left it."""
        await self._place.hang_up(identity)

    @property
    def _place(self) -> RoomPort:
        return self._run.parts.place
