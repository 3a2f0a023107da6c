"""Who comes and goes in a room."""

from bot.room.attendance import AWAY_DELAY, Attendance
from bot.room.linking import RemoteParticipant
from pipeline.events import ParticipantConnected, ParticipantDisconnected

ANN, BOB = RemoteParticipant("ann", "STANDARD"), RemoteParticipant("bob", "SIP")


def test_who_comes_and_goes_is_told_once() -> None:
    attendance = Attendance()
    assert attendance.update([ANN], 1.0) == [ParticipantConnected(1.0, "ann", "STANDARD")]
    assert attendance.update([ANN], 2.0) == []
    assert attendance.due_at is None
    assert attendance.update([BOB], 3.0) == [ParticipantConnected(3.0, "bob", "SIP")]
    assert attendance.due_at == 3.0 + AWAY_DELAY
    assert attendance.update([], 4.0) == []
    assert attendance.update([BOB], 3.0 + AWAY_DELAY) == [ParticipantDisconnected(3.0 + AWAY_DELAY, "ann", "STANDARD")]
    assert attendance.due_at is None
    assert attendance.update([ANN, BOB], 9.0) == [ParticipantConnected(9.0, "ann", "STANDARD")]


def test_who_is_back_soon_was_never_gone() -> None:
    """After a reconnect participants come one by one."""
    attendance = Attendance()
    attendance.update([ANN, BOB], 1.0)
    assert attendance.update([], 2.0) == []
    assert attendance.update([BOB], 2.1) == []
    assert attendance.update([ANN, BOB], 3.0) == []
    assert attendance.update([ANN, BOB], 9.0) == []


def test_bots_do_not_count() -> None:
    others = [
        RemoteParticipant("bot", "AGENT"),
        RemoteParticipant("spy", "STANDARD", hidden=True),
        RemoteParticipant("avatar", "STANDARD", on_behalf=True),
    ]
    assert Attendance().update(others, 1.0) == []
