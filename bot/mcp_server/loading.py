"""Imports what a room needs in a thread: the server answers at once, and the first join does not wait."""

import importlib
import logging
import threading

from bot.mcp_server.setup import Setup
from bot.providers.factory import import_sdks

log = logging.getLogger(__name__)

DETECTOR = "vad.cascade"
"""The detector's module, which loads a runtime for models; the rest of the bot is imported with the tools."""

ANY_ROOM = "any"


def load_ahead(setup: Setup) -> None:
    """Start importing. What fails here fails again where it is needed, and is reported there."""
    threading.Thread(target=_load, args=(setup,), name="load-ahead", daemon=True).start()


def _load(setup: Setup) -> None:
    try:
        importlib.import_module(DETECTOR)
    except Exception as error:  # noqa: BLE001 - see above
        log.debug("importing %s ahead of its use failed: %s", DETECTOR, error)
    if (settings := setup.reading(ANY_ROOM).settings) is not None:
        import_sdks(settings)
