"""The state of a room in the form that the tools return."""

from bot.mcp_server.results import PersonInRoom, TranscriptLine
from bot.voicebot import VoiceBot


def lines(bot: VoiceBot, since: int = 0) -> list[TranscriptLine]:
    """Return the transcript from a cursor on: what was said, without the bot's calls of tools."""
    return [
        TranscriptLine(
            speaker="person" if message.role == "user" else "you", text=message.text, interrupted=message.cut
        )
        for message in bot.history
        if message.number > since and message.role != "tool"
    ]


def people(bot: VoiceBot) -> list[PersonInRoom]:
    """Return every participant who is no bot."""
    return [
        PersonInRoom(identity=who.identity, kind=who.kind, microphone=who.microphone, is_partner=who.is_linked)
        for who in bot.people()
    ]


def current_activity(bot: VoiceBot) -> str:
    """Say in a few words what goes on now; the text of a progress report."""
    hearing = bot.hearing()
    if bot.agent_state == "speaking":
        return "speaking"
    if hearing.is_speaking:
        return "the person is speaking"
    return hearing.problem or "listening"
