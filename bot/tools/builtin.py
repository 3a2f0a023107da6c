"""The tools that come with the bot, switched on by their names."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.tools.context import ToolContext
from bot.tools.decorator import tool
from pipeline.errors import ToolError


@tool
def current_time(timezone: str | None = None) -> str:
    """Tell the date, the day of the week and the time of day.

    Args:
        timezone: An IANA name such as Europe/Berlin. Leave it out for the time where you are.
    """
    try:
        zone = ZoneInfo(timezone) if timezone else None
    except (KeyError, ValueError, OSError):
        raise ToolError(f"There is no time zone {timezone!r}: give an IANA name such as Europe/Berlin.") from None
    return datetime.now(zone).astimezone(zone).strftime("%A, %d %B %Y, %H:%M (%Z)")


@tool
async def end_call(context: ToolContext, farewell: str | None = None) -> str:
    """End the call, once the person has said goodbye or wants to hang up.

    Args:
        farewell: The last words to the person, if you have not said goodbye yet.
    """
    context.end_call(farewell)
    return "The call ends."


@tool
async def send_dtmf(digits: str, context: ToolContext) -> str:
    """Press keys on the telephone line, as in the menu of an answering machine.

    Args:
        digits: The keys, one after the other: 0 to 9, * and #.
    """
    await context.send_dtmf(digits)
    return "The keys were pressed."


@tool(timeout=60.0)
async def transfer_to_human(reason: str, context: ToolContext) -> str:
    """Hand the person over to a human being, once they want that. This call announces it, so do not do that yourself.

    Args:
        reason: What they need, in a sentence, for whoever takes over.
    """
    return await context.transfer_to_human(reason)


@tool
async def stop_recording(context: ToolContext) -> str:
    """Stop recording this call and delete what was recorded, when the person does not want to be recorded."""
    return "Nothing is recorded any more." if context.stop_recording() else "This call is not recorded."


BUILT_IN = {each.name: each for each in (current_time, end_call, send_dtmf, transfer_to_human, stop_recording)}
