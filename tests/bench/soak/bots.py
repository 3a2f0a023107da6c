"""Many bots, one after the other, in one process, as an embedding program has them.

`python -m tests.bench.soak.bots` reads lines of JSON: {"join": ROOM} and {"leave": ROOM} are answered by
{"joined": ROOM} and {"left": ROOM} when that is done, or {"failed": ROOM, "why": TEXT}; {"sample": NUMBER} by
{"sampled": NUMBER, "memory": bytes, "threads": N, "tasks": N, "files": N}. It ends with its standard input. Settings
come from the environment.
"""

import asyncio
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil

from bot.settings.reading import load_settings
from bot.voicebot import VoiceBot
from pipeline.errors import VoiceBotError


async def main() -> None:
    """Do what the lines say."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    leaves: dict[str, asyncio.Event] = {}
    async with asyncio.TaskGroup() as group:
        while line := await lines.readline():
            asked: dict[str, Any] = json.loads(line)
            if (room := asked.get("join")) is not None:
                leaves[room] = asyncio.Event()
                group.create_task(_serve(room, leaves[room]))
            elif (room := asked.get("leave")) is not None:
                leaves.pop(room).set()
            else:
                _tell(_sample(asked["sample"]))
        for leave in leaves.values():
            leave.set()


async def _serve(room: str, leave: asyncio.Event) -> None:
    try:
        settings = load_settings({"room": room}, environ=os.environ, directory=Path.cwd())
        async with VoiceBot(settings):
            _tell({"joined": room})
            await leave.wait()
    except VoiceBotError as error:
        _tell({"failed": room, "why": str(error)})
    else:
        _tell({"left": room})


def _sample(number: int) -> dict[str, int]:
    gc.collect()  # what only waits to be collected is no growth
    process = psutil.Process()
    return {
        "sampled": number,
        "memory": process.memory_info().rss,
        "threads": process.num_threads(),
        "tasks": len(asyncio.all_tasks()),
        "files": process.num_fds(),
    }


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
