"""Messages of a history, for tests of what is made of one."""

from pipeline.messages import Message


def user(text: str, *, is_backchannel: bool = False) -> Message:
    """Return what the person has said."""
    return Message("user", text, 0.0, is_backchannel=is_backchannel)


def bot(text: str, *, cut: bool = False) -> Message:
    """Return what was heard of the bot."""
    return Message("assistant", text, 0.0, cut=cut)
