"""The one clock of the pipeline: the running event loop's."""

import asyncio


def loop_time() -> float:
    """Return the running event loop's time in seconds."""
    return asyncio.get_running_loop().time()
