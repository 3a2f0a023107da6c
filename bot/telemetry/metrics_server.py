"""Serves metrics to Prometheus on a port of their own."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.hdrs import CONTENT_TYPE

from bot.process.listening_port import listening_socket
from bot.telemetry import exposition

PATH = "/metrics"

IDLE_DELAY = 75.0
"""Seconds until a connection that is not used is closed: Prometheus asks every 15 to 60."""

CLOSE_DELAY = 0.5
"""Seconds that an answer gets to finish when the bot ends."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def serve_metrics(metrics: Callable[[], bytes], port: int, host: str) -> AsyncIterator[int]:
    """Serve what `metrics` returns while the block lasts; yield the port. Raises SettingsError."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={CONTENT_TYPE: exposition.CONTENT_TYPE})

    with listening_socket(port, host, flag="--metrics-port") as bound:
        app = web.Application(client_max_size=0)
        app.router.add_get(PATH, answer)
        runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=IDLE_DELAY, shutdown_timeout=CLOSE_DELAY, handle_signals=False
        )
        await runner.setup()
        try:
            await web.SockSite(runner, bound).start()
            port = bound.getsockname()[1]
            _log.info("metrics are at http://%s:%d%s", f"[{host}]" if ":" in host else host, port, PATH)
            yield port
        finally:
            await runner.cleanup()
