"""Captions as frontends read them before there were text streams: LiveKit's transcription packets.

`useVoiceAssistant().agentTranscriptions` and `useTrackTranscription` of components-react read nothing else.
"""

from typing import Protocol

from livekit import rtc
from livekit.rtc.participant import PublishTranscriptionError

from bot.room.outbox import CaptionUpdate

LegacyFailure = PublishTranscriptionError
"""Raised when a packet could not be sent."""


class LegacyAuthor(Protocol):
    """Writes packets: `rtc.LocalParticipant`."""

    @property
    def identity(self) -> str: ...
    async def publish_transcription(self, transcription: rtc.Transcription) -> None: ...


async def write_legacy(author: LegacyAuthor, caption: CaptionUpdate, track_sid: str | None) -> None:
    """Write the whole text of a segment. Without a track it is left out, as these frontends go by tracks.

    Raises LegacyFailure.
    """
    if track_sid is None:
        return
    segment = rtc.TranscriptionSegment(
        id=caption.segment_id, text=caption.text, start_time=0, end_time=0, language="", final=caption.final
    )
    speaker = caption.identity if caption.identity is not None else author.identity
    await author.publish_transcription(rtc.Transcription(speaker, track_sid, [segment]))
