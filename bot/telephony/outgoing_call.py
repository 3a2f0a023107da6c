"""A telephone call that is to be made. Standard library only: --help reads it."""

from dataclasses import dataclass

RING_DELAY = 30
"""Seconds for which it rings at the other side; a mailbox often answers after 20 to 30."""

LONGEST_RING_DELAY = 80
"""Seconds; LiveKit's SIP service rings no longer."""


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """Whom to call, through which trunk."""

    number: str
    """In the form of E.164."""
    trunk: str
    """The id of an outbound trunk of the LiveKit server's, ST_..."""
    caller_number: str = ""
    """The number that the other side sees, one of the trunk's; empty for the trunk's own choice."""
    ring_delay: int = RING_DELAY

    @property
    def identity(self) -> str:
        """The identity of the telephone in the room: as that of one who calls from this number.

        So what a bot remembers of people holds in both directions.
        """
        return f"sip_{self.number}"
