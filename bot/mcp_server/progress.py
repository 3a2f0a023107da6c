"""Progress reports of tool calls, for hosts that show them."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NoReturn

from mcp.server.mcpserver import Context

from bot.mcp_server.limits import CALL_LIMIT, PROGRESS_INTERVAL

log = logging.getLogger(__name__)


async def report_progress(context: Context[Any, Any], activity: Callable[[], str]) -> NoReturn:
    """Report every PROGRESS_INTERVAL seconds what the call does, until cancelled."""
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    while True:
        await asyncio.sleep(PROGRESS_INTERVAL)
        try:
            await context.report_progress(loop.time() - began_at, CALL_LIMIT, activity())
        except Exception as error:  # noqa: BLE001 - the client may be gone, which must not end what it started
            log.debug("a progress report was not sent: %r", error)
