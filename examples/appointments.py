"""Books appointments by voice: lists what is free, reads a booking back, and makes it once the person has said yes.

python examples/appointments.py ROOM     (server and keys as for `python -m bot`)
"""

import asyncio
import sys
from typing import Any

from bot import ToolContext, ToolError, VoiceBot, tool

INSTRUCTIONS = """\
You book appointments at a hairdresser's, by voice. Say what is free, one or two slots at a time. When the person has \
chosen a slot and told their name, propose the booking and read it back. Confirm it only after they have said yes. \
Answer in one or two short sentences, without lists."""

SLOTS = ("Monday 9 o'clock", "Monday 11 o'clock", "Tuesday 3 o'clock")


class Desk:
    """The calendar. Yours is a database."""

    def __init__(self) -> None:
        self.booked: dict[str, str] = {}
        self.proposed: tuple[str, str] | None = None

    @tool
    def free_slots(self) -> list[str]:
        """List the slots that are free."""
        return [slot for slot in SLOTS if slot not in self.booked]

    @tool
    def propose(self, slot: str, name: str) -> str:
        """Note a booking, which you then read back to the person.

        Args:
            slot: A free one, as it is listed.
            name: The name of the person.
        """
        if slot not in self.free_slots():
            raise ToolError(f"{slot} is not free. Free are {', '.join(self.free_slots())}.")
        self.proposed = slot, name
        return f"Not booked yet. Ask whether this is right: {slot}, for {name}."

    @tool(filler="I am booking it, one moment.")
    async def confirm(self, context: ToolContext) -> str:
        """Make the booking that was proposed, once the person has said yes. It cannot be taken back."""
        if self.proposed is None:
            raise ToolError("Nothing is proposed: propose the booking and read it back first.")
        context.disallow_interruptions()  # from here to its result, nothing that the person says breaks it off
        (slot, name), self.proposed = self.proposed, None
        await asyncio.sleep(2.0)  # what your calendar takes
        self.booked[slot] = name
        return f"Booked: {slot}, for {name}."


async def serve(room: Any, desk: Desk) -> None:
    """Talk with the person in a room until it ends."""
    async with VoiceBot(
        room=room,
        tools=[desk.free_slots, desk.propose, desk.confirm, "end_call"],
        instructions=INSTRUCTIONS,
        greeting="Hello! When may we see you?",
    ) as bot:
        await bot.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Desk()))
