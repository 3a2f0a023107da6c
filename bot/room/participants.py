"""The participants of a room, as the client library has them, in the bot's own terms."""

from collections.abc import Iterable

from livekit import rtc

from bot.room.linking import RemoteParticipant
from pipeline.participants import MicrophoneState, Participant

CALL_STATUS = "sip.callStatus"
"""The attribute by which LiveKit's SIP service reports how far the call of a telephone is."""


def people_of(participants: Iterable[rtc.RemoteParticipant], linked: str | None) -> tuple[Participant, ...]:
    """Return everybody who is no bot, and whoever is linked, in their order."""
    present = [(participant, linking_facts(participant)) for participant in participants]
    return tuple(
        Participant(who.identity, who.kind, who.identity == linked, _microphone_state(participant))
        for participant, who in present
        if who.is_human or who.identity == linked
    )


def linking_facts(participant: rtc.RemoteParticipant) -> RemoteParticipant:
    """Return what linking needs to know of a participant."""
    return RemoteParticipant(
        identity=participant.identity,
        kind=rtc.ParticipantKind.Name(participant.kind).removeprefix("PARTICIPANT_KIND_"),
        hidden=participant.permissions.hidden,
        on_behalf="lk.publish_on_behalf" in participant.attributes,
        call_status=participant.attributes.get(CALL_STATUS, ""),
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
