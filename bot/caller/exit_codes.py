"""What the exit status of a call means. Only the standard library is imported here, so that --help stays quick."""

from enum import IntEnum

from bot.exit_codes import ExitCode


class CallCode(IntEnum):
    """Exit status of `python -m bot call`: where one means the same as that of the bot, it has the same number."""

    ANSWERED = 0
    BUG = ExitCode.BUG
    SETTINGS = ExitCode.SETTINGS
    ROOM = ExitCode.ROOM
    PROVIDER = ExitCode.PROVIDER
    NATIVE_PANIC = ExitCode.NATIVE_PANIC
    NOBODY = 7
    NO_ANSWER = 8
    STOPPED = 9

    @property
    def meaning(self) -> str:
        """The sentence that --help prints."""
        return _MEANINGS[self]


_MEANINGS = {
    CallCode.ANSWERED: "every question was answered",
    CallCode.BUG: ExitCode.BUG.meaning,
    CallCode.SETTINGS: "wrong usage or settings, or a file that cannot be played or written",
    CallCode.ROOM: "the room could not be joined, or was lost",
    CallCode.PROVIDER: "the speech synthesizer of --say failed",
    CallCode.NATIVE_PANIC: ExitCode.NATIVE_PANIC.meaning,
    CallCode.NOBODY: "no bot was there, or none that listened",
    CallCode.NO_ANSWER: "a question was not answered, or the bot left in the middle of its answer",
    CallCode.STOPPED: "stopped (SIGINT, SIGTERM) before its end",
}
