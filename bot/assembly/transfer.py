"""What hands the person of a bot over to a human being, put together from its settings."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bot.assembly.room_port import RoomPort
from bot.settings.settings import Settings
from bot.transfer.human_transfer import HumanTransfer
from bot.transfer.report import TransferWebhook
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
