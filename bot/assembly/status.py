"""The status for programs and people: who is there, and why nothing is heard."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.participants import Participant

SILENT_DB = -70.0
"""dBFS below which a microphone gives nothing, not even the noise of a room."""

UNHEARD_DELAY = 5.0
"""Seconds for which a microphone may give nothing and be well: its first audio is on its way, or the person is silent
between two sentences and the app sends no noise of the room."""


@dataclass(frozen=True, slots=True)
class HearingStatus:
    """Whether the bot hears the linked person."""

    level_db: float | None
    """RMS of the last second in dBFS; None when there was no audio."""
    is_speaking: bool
    problem: str | None
    """Why nothing is heard, and what to do; None when all is well."""
    transcriber_lag: float = 0.0
    """Seconds by which transcripts are known to lie behind the person's speech."""


def problem(
    people: Sequence[Participant],
    *,
    has_transcriber: bool,
    is_connected: bool,
    transcriber_is_lost: bool,
    transcriber_lag: float,
    wanted: str | None,
    linked: str | None,
    level_db: float | None,
    unheard_for: float,
) -> str | None:
    """Return the first problem that keeps the bot from hearing the person; None without one.

    `transcriber_lag`: seconds by which transcripts are known to lie behind the person's speech.
    `unheard_for`: seconds since the person was linked or came back, or was last heard to speak.
    """
    if not has_transcriber:
        return "this bot has no transcriber: give it one (stt)"
    if not is_connected:
        return "the connection to the room is being restored: wait"
    if linked is None:
        return _nobody(people, wanted)
    person = next((person for person in people if person.identity == linked), None)
    if person is None:
        return f"{linked} has left the room a moment ago, maybe to come back"
    if person.microphone == "none":
        return f"{linked} publishes no microphone: they have to allow and switch it on"
    if person.microphone == "muted":
        return f"{linked}'s microphone is muted: ask them, by a message, to unmute it"
    is_lasting = unheard_for >= UNHEARD_DELAY
    if level_db is None and is_lasting:
        return f"no audio comes from {linked}'s microphone although it is on: their connection may be bad"
    if fault := _transcriber_problem(transcriber_is_lost, transcriber_lag, linked):
        return fault
    if level_db is not None and level_db < SILENT_DB and is_lasting:
        return f"{linked}'s microphone is on and gives silence: is it the right device?"
    return None


def _nobody(people: Sequence[Participant], wanted: str | None) -> str:
    telephones = (it.identity for it in people if it.kind == "SIP" and wanted in (None, it.identity))
    if telephone := next(telephones, None):
        return f"the telephone {telephone} has not been answered yet, or has hung up: wait"
    return f"{wanted} is not in the room" if wanted else "nobody is in the room: ask someone to join it"


def _transcriber_problem(is_lost: bool, lag: float, linked: str) -> str | None:
    if is_lost:
        return "the connection to the transcriber is lost and being restored; what is said meanwhile is kept"
    if lag:
        return f"the transcriber is {lag:.0f} s behind what {linked} says: wait, it has not answered yet"
    return None
