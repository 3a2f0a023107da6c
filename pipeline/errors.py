"""What can go wrong, by who can do something about it.

VoiceBotError
  SettingsError            before joining; lists every fault at once
  RoomError > RoomClosed   the room cannot be joined or kept; RoomClosed is its normal end
  ProviderError            a provider failed: Unavailable > OutOfReach, Refused, Declined or Malformed
  ToolError                becomes a tool result for the model
"""

from collections.abc import Sequence
from typing import TypeVar

E = TypeVar("E", bound=BaseException)


class VoiceBotError(Exception):
    """Base of all expected failures; its text says what to do about it."""


class SettingsError(VoiceBotError):
    """The settings do not allow a start.

    `faults` holds one sentence for each fault, and what to do about it.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class RoomError(VoiceBotError):
    """The room could not be joined, or the connection to it was lost for good."""


class RoomClosed(RoomError):
    """The room ended, or the bot was taken out of it: a normal end.

    `reason` is LiveKit's name for it, for example ROOM_DELETED.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the room has ended ({reason})")


class ProviderError(VoiceBotError):
    """A provider of speech or language failed."""

    retryable = False
    """The same request may succeed later."""
    ends_bot = False
    """No request will succeed any more, so the bot cannot do its work and ends, at any time."""

    def __init__(self, provider: str, message: str) -> None:
        self.provider = provider
        super().__init__(f"{provider}: {message}")


class Unavailable(ProviderError):
    """No connection, no answer in time, an answer of the 5xx kind, or 429."""

    retryable = True

    def __init__(self, provider: str, message: str, *, retry_after: float | None = None) -> None:
        """`retry_after` is the number of seconds for which the provider asks to be left alone."""
        self.retry_after = retry_after
        super().__init__(provider, message)


class OutOfReach(Unavailable):
    """The provider has been unavailable for longer than is waited for."""

    retryable = False
    ends_bot = True


class Refused(ProviderError):
    """The provider understood and will not serve this bot: a wrong key, no credit, an unknown model (4xx)."""

    ends_bot = True


class Declined(ProviderError):
    """The provider does not serve this one request: a content filter stopped it, or it is too long."""


class Malformed(ProviderError):
    """The provider sent what its protocol does not allow."""


class ToolError(VoiceBotError):
    """A tool failed; the model gets this text as its result."""


def only_error(error: BaseException) -> BaseException:
    """Return the error inside of groups of one, however deep; a group of several as it is."""
    only = error
    while isinstance(only, BaseExceptionGroup):
        if len(only.exceptions) > 1:
            return error
        (only,) = only.exceptions
    return only


def first_error(error: BaseException) -> BaseException:
    """Return the first error inside of a group, however deep; any other error as it is."""
    return first_error(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
