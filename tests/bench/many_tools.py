"""The thirty tools of the benchmark's bot, as `--tools` loads them: one is instant, one takes three seconds."""

import asyncio

from bot import tool

SPARE = 28

for number in range(SPARE):
    globals()[f"spare_{number}"] = tool(
        name=f"spare_{number}",
        description=f"Look something up that nobody asks for, number {number}.",
        parameters={"type": "object", "properties": {"what": {"type": "string", "description": "What to look up."}}},
    )(lambda what="": what)


@tool
async def look_now() -> str:
    """Look it up, at once."""
    return "found"


@tool(filler="One moment.")
async def look_slowly() -> str:
    """Look it up, which takes a while."""
    await asyncio.sleep(3.0)
    return "found"
