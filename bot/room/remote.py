"""Remote participants of a room, in the bot's own terms."""

from livekit import rtc

from bot.room.linking import RemoteParticipant
from pipeline.participants import MicrophoneState, Participant


def people_in(room: rtc.Room, linked: str | None) -> tuple[Participant, ...]:
    """Return everybody who is no bot, and the linked participant, in the order in which they came."""
    present = [(participant, presence_of(participant)) for participant in room.remote_participants.values()]
    return tuple(
        Participant(who.identity, who.kind, who.identity == linked, _microphone_state(participant))
        for participant, who in present
        if who.is_human or who.identity == linked
    )


def presence_of(participant: rtc.RemoteParticipant) -> RemoteParticipant:
    """Return what linking needs to know of a participant."""
    kind = rtc.ParticipantKind.Name(participant.kind).removeprefix("PARTICIPANT_KIND_")
    return RemoteParticipant(
        identity=participant.identity,
        kind=kind,
        hidden=participant.permissions.hidden,
        on_behalf="lk.publish_on_behalf" in participant.attributes,
    )


def microphone_of(person: rtc.RemoteParticipant | None) -> rtc.RemoteTrackPublication | None:
    """Return the person's newest microphone; clients that name no source publish just one audio track."""
    if person is None:
        return None
    audio = [p for p in person.track_publications.values() if p.kind == rtc.TrackKind.KIND_AUDIO]
    for source in (rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackSource.SOURCE_UNKNOWN):
        if named := [p for p in audio if p.source == source]:
            return named[-1]
    return None


def _microphone_state(person: rtc.RemoteParticipant) -> MicrophoneState:
    publication = microphone_of(person)
    if publication is None:
        return "none"
    return "muted" if publication.muted else "live"
