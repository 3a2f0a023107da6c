"""Calls a colleague into the conversation by telephone, when the person asks for one.

The model chooses among the names below, never a number: calls cost money, and a model can be talked into anything.

python examples/colleague.py ROOM     (server and keys as for `python -m bot`; SIP_TRUNK is an outbound trunk, ST_...)
"""

import asyncio
import os
import sys
from typing import Literal

from bot import ToolContext, VoiceBot, tool

INSTRUCTIONS = """\
You answer the telephone of a small shop. When the caller wants to speak to somebody, call them into the conversation. \
Once they are on the line, say who is there, in one sentence, and leave the talking to them. If nobody answers, offer \
to take a message. Answer in one or two short sentences, without lists."""

COLLEAGUES = {"sales": "+15550100", "repairs": "+15550101"}


@tool(filler="I am calling them. One moment, please.", timeout=45)
async def call_colleague(department: Literal["sales", "repairs"], context: ToolContext) -> str:
    """Call a colleague into this conversation, and wait until they answer."""
    await context.dial(COLLEAGUES[department], os.environ["SIP_TRUNK"], ring_delay=25)
    return f"Somebody of {department} is on the line now, and hears the caller."


async def main(room: str) -> None:
    """Answer one call."""
    async with VoiceBot(
        room=room, instructions=INSTRUCTIONS, greeting="Hello! What can I do?", tools=[call_colleague, "end_call"]
    ) as bot:
        await bot.wait_closed()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
