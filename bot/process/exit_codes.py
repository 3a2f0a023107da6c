"""The exit codes of the command, and their meanings.

130 and 143 are never used: SIGINT and SIGTERM are requests to leave, and leaving on request is success.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of `python -m bot` and its commands; `meaning` is the sentence that --help prints."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "ExitCode":
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    OK = 0, "left on request (SIGINT, SIGTERM), or the room ended; call: every question was answered; dial: answered"
    BUG = 1, "a bug: an unexpected exception"
    SETTINGS = 2, "wrong usage, settings that do not allow a start, or a file that cannot be played or written"
    ROOM = 3, "the server does not work, the room could not be joined, or it was lost for good"
    PROVIDER = 4, "a provider refused or stays unavailable, so the bot cannot do its job"
    NATIVE_PANIC = 5, "the native LiveKit library reported a panic (others abort the process: SIGABRT, 134 in a shell)"
    DIFFERENT = 6, "replay: the present code decides in another way than the journal says"
    NOBODY = 7, "call: no bot was in the room, or it did not listen"
    NO_ANSWER = 8, "call: a question was not answered, or the bot left during its answer; dial: nobody answered"
    STOPPED = 9, "a command was stopped (SIGINT, SIGTERM) before its end"
    BUSY = 10, "dial: the line is busy"
    DECLINED = 11, "dial: the call was declined"
    WRONG_NUMBER = 12, "dial: there is no such number"


HELP = "\n".join(["Exit codes:", *(f"  {code.value}  {code.meaning}" for code in ExitCode)])
"""The exit codes, as --help prints them."""
