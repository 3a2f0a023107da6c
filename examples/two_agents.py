"""Two agents on one call: reception finds out what it is about and hands over to billing, and billing hands back.

python examples/two_agents.py ROOM     (server and keys as for `python -m bot`)
"""

import asyncio
import sys
from typing import Any

from bot import Agent, ToolContext, ToolError, VoiceBot, tool

INVOICES = {"17": "120 dollars, due on the first of May", "18": "paid"}


@tool
async def to_billing(context: ToolContext, invoice: str | None = None) -> str:
    """Hand the person over to billing, for anything about invoices and payments.

    Args:
        invoice: The number of the invoice, if the person has said it.
    """
    context.hand_over(billing)
    return f"You are billing now. It is about invoice {invoice}." if invoice else "You are billing now."


@tool
def to_reception() -> Agent:
    """Hand the person back to reception, for anything that is not about invoices."""
    return reception


@tool
def look_up_invoice(number: str) -> str:
    """Tell what is to be paid on an invoice, and until when.

    Args:
        number: The number of the invoice.
    """
    if number not in INVOICES:
        raise ToolError(f"There is no invoice {number}. Ask the person to read the number again.")
    return INVOICES[number]


STYLE = "You are on the telephone: answer in one or two short sentences, without lists."

reception = Agent(
    name="reception",
    instructions=f"You are the reception of a bicycle shop. Find out what the person wants. {STYLE}",
    tools=[to_billing, "end_call"],
    greeting="Ann's bicycles, good day. What can I do for you?",
)

billing = Agent(
    name="billing",
    instructions=f"You are the billing department of a bicycle shop. Help with invoices, and nothing else. {STYLE}",
    tools=[look_up_invoice, to_reception],
    greeting_instructions="Say that you are billing, and go on with what they want.",
)


async def serve(room: Any) -> None:
    """Talk with the person in a room until it ends."""
    async with VoiceBot(room=room, agent=reception) as bot:
        await bot.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
