"""The parts of a membership that outlive its connections."""

from dataclasses import dataclass

from bot.room.attendance import Attendance
from bot.room.byte_messages import ByteMessages
from bot.room.captions import RoomCaptions
from bot.room.linking import Linker
from bot.room.microphone import RoomMicrophone
from bot.room.voice import RoomVoice


@dataclass(frozen=True, slots=True)
class LastingParts:
    """What every connection is given, one after the other."""

    linker: Linker
    attendance: Attendance
    microphone: RoomMicrophone
    voice: RoomVoice
    captions: RoomCaptions
    messages: ByteMessages
