"""The server's SIP service, as the bot's settings give access to it."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from bot.room.actions import Telephony
from bot.settings.settings import Settings
from bot.settings.transfer_settings import NO_ACCESS
from bot.settings.values import Secret
from bot.telephony.outgoing_call import OutgoingCall
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from bot.room.sip import SipService


def make_telephony(settings: Settings) -> Telephony | None:
    """Return what makes, transfers and ends telephone calls; None without access to the server.

    Raises SettingsError when there is an address for transfers all the same.
    """
    key, secret = settings.livekit_api_key, settings.livekit_api_secret
    if not settings.url or key is None or secret is None:
        if settings.transfer_to is not None:
            raise SettingsError([NO_ACCESS.format(source="transfer_to")])
        return None
    return ServerTelephony(settings.url, key, secret)


class ServerTelephony:
    """Loads the server's whole API at its first use only, in a thread, as that takes some tenths of a second."""

    def __init__(self, url: str, api_key: Secret, api_secret: Secret) -> None:
        self._url, self._api_key, self._api_secret = url, api_key, api_secret

    async def dial(self, room: str, call: OutgoingCall) -> None:
        """See `Telephony`."""
        await (await self._service()).dial(room, call)

    async def transfer_call(self, room: str, identity: str, address: str) -> None:
        """See `Telephony`."""
        await (await self._service()).transfer_call(room, identity, address)

    async def hang_up(self, room: str, identity: str) -> None:
        """See `Telephony`."""
        await (await self._service()).hang_up(room, identity)

    async def _service(self) -> "SipService":
        sip = await asyncio.to_thread(import_module, "bot.room.sip")
        service: SipService = sip.SipService(self._url, self._api_key.reveal(), self._api_secret.reveal())
        return service
