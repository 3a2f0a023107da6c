"""Who comes and goes in a room."""

from bot.room.attendance import Attendance
from bot.room.linking import RemoteParticipant
from pipeline.events import ParticipantConnected, ParticipantDisconnected

ANN, BOB = RemoteParticipant("ann", "STANDARD"), RemoteParticipant("bob", "SIP")


def test_who_comes_and_goes_is_told_once() -> None:
    attendance = Attendance()
    assert attendance.update([ANN], 1.0) == [ParticipantConnected(1.0, "ann", "STANDARD")]
    assert attendance.update([ANN], 2.0) == []
    assert attendance.update([BOB], 3.0) == [
        ParticipantDisconnected(3.0, "ann", "STANDARD"),
        ParticipantConnected(3.0, "bob", "SIP"),
    ]
    assert attendance.update([ANN, BOB], 4.0) == [ParticipantConnected(4.0, "ann", "STANDARD")]


def test_bots_do_not_count() -> None:
    others = [
        RemoteParticipant("bot", "AGENT"),
        RemoteParticipant("spy", "STANDARD", hidden=True),
        RemoteParticipant("avatar", "STANDARD", on_behalf=True),
    ]
    assert Attendance().update(others, 1.0) == []
