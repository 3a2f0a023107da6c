"""Several bots in one process, as an embedding program has them: what each further one costs, and how late its loop is.

`python -m tests.bench.embedded ROOM...` prints {"joined": N} when all are in their rooms; a SIGTERM makes them leave,
and {"measured": {"lags": [seconds...], "underruns": N}} is printed. Settings come from the environment.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from bot.settings.reading import load_settings
from bot.voicebot import VoiceBot
from tests.bench.load import loop_lags


async def main(rooms: list[str]) -> None:
    """One bot a room, until told to leave."""
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    lags: list[float] = []
    async with AsyncExitStack() as stack:
        settings = [load_settings({"room": room}, environ=os.environ, directory=Path.cwd()) for room in rooms]
        bots = [await stack.enter_async_context(VoiceBot(each)) for each in settings]
        print(json.dumps({"joined": len(bots)}), flush=True)
        async with asyncio.TaskGroup() as group:
            measuring = group.create_task(loop_lags(lags))
            await leave.wait()
            measuring.cancel()
        underruns = sum(bot.metrics.counts.underruns for bot in bots)
    print(json.dumps({"measured": {"lags": lags, "underruns": underruns}}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
