"""Why a telephone call was not answered."""

from enum import Enum

from pipeline.errors import RoomError


class CallFailure(Enum):
    """Why a call was not answered; the value says it."""

    NO_ANSWER = "nobody has answered"
    BUSY = "the line is busy"
    DECLINED = "the call was declined"
    WRONG_NUMBER = "there is no such number"
    NO_TRUNK = "the server knows no such trunk: lk sip outbound list shows them"
    REFUSED = "the server does not make this call"
    CARRIER = "the trunk or its carrier did not put the call through"
    SERVER = "the server cannot make calls"


class CallFailed(RoomError):
    """A telephone call that was not answered. `status` is the SIP status, such as "486 Busy Here", empty for none."""

    def __init__(self, number: str, reason: CallFailure, *, status: str = "", detail: str = "") -> None:
        self.reason, self.status = reason, status
        more = ", ".join(part for part in (f"SIP {status}" if status else "", detail) if part)
        super().__init__(f"{number} was not reached: {reason.value}{f' ({more})' if more else ''}")


_OF_STATUS = {
    404: CallFailure.WRONG_NUMBER,
    408: CallFailure.NO_ANSWER,
    410: CallFailure.WRONG_NUMBER,
    480: CallFailure.NO_ANSWER,
    484: CallFailure.WRONG_NUMBER,
    486: CallFailure.BUSY,
    487: CallFailure.NO_ANSWER,
    600: CallFailure.BUSY,
    603: CallFailure.DECLINED,
    604: CallFailure.WRONG_NUMBER,
    607: CallFailure.DECLINED,
    608: CallFailure.DECLINED,
}
"""By SIP status: RFC 3261, 21.4 to 21.6; 607 of RFC 8197, 608 of RFC 8688."""


def failure_of(status_code: int | None) -> CallFailure:
    """Return what a SIP status means for whoever has called; what concerns no person is the carrier's."""
    return _OF_STATUS.get(status_code or 0, CallFailure.CARRIER)
