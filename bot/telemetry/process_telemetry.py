"""What the process of one bot reports, by its settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.settings.settings import Settings
from bot.telemetry.telemetry import Telemetry
from bot.telemetry.tracing import start_tracing


@asynccontextmanager
async def process_telemetry(settings: Settings) -> AsyncIterator[Telemetry | None]:
    """Serve metrics, and have spans sent, while a block lasts; it is given what its bot is to have.

    Raises SettingsError for a port that cannot be had, and for spans without the packages for them.
    """
    send_rest = start_tracing() if settings.otel else None
    try:
        if settings.metrics_port is None:
            yield None
            return
        telemetry = Telemetry()
        async with telemetry.serve(settings.metrics_port, settings.metrics_host):
            yield telemetry
    finally:
        if send_rest is not None:
            await asyncio.to_thread(send_rest)
