"""What hands the person of a bot over to a human being, put together from its settings."""

import asyncio
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from bot.assembly.room_port import RoomPort
from bot.room.actions import TransferCall
from bot.settings.settings import Settings
from bot.settings.transfer_settings import NO_ACCESS
from bot.transfer.human_transfer import HumanTransfer
from bot.transfer.report import TransferWebhook
from pipeline.errors import SettingsError
from pipeline.messages import Message
from pipeline.session import Session

if TYPE_CHECKING:
    import aiohttp


def make_transfer(
    settings: Settings, room: RoomPort, session: Session, http: Callable[[], "aiohttp.ClientSession"]
) -> HumanTransfer:
    """Make it for a session in a room. `http` gives the HTTP client of the bot."""

    async def summarize(history: tuple[Message, ...]) -> str | None:
        return await session.summaries.of_conversation(history, session.state.summaries.summary)

    secret = settings.transfer_secret.reveal() if settings.transfer_secret is not None else ""
    url = settings.transfer_webhook
    return HumanTransfer(
        room=room,
        room_name=settings.room,
        language=lambda: session.state.agent.language,
        text=lambda: session.state.agent.spoken_transfer,
        say=partial(session.requests.say, is_interruptible=False),
        webhook=TransferWebhook(url, secret, http) if url is not None else None,
        address=settings.transfer_to,
        then=settings.transfer_then,
        summarize=summarize,
    )


def call_transfer(settings: Settings) -> TransferCall | None:
    """Return what transfers telephone calls; None without access to the server.

    Raises SettingsError when there is an address for them all the same.
    """
    key, secret = settings.livekit_api_key, settings.livekit_api_secret
    if not settings.url or key is None or secret is None:
        if settings.transfer_to is not None:
            raise SettingsError([NO_ACCESS.format(source="transfer_to")])
        return None

    async def transfer(room: str, identity: str, address: str) -> None:
        # Only now, and in a thread: importing the server's whole API takes some tenths of a second.
        sip = await asyncio.to_thread(import_module, "bot.room.sip")
        await sip.SipService(settings.url, key.reveal(), secret.reveal()).transfer_call(room, identity, address)

    return transfer
