"""What is heard of a person: windows of audio, edges of speech, transcripts.

`identity` is the participant whose audio it is; empty when the listener does not know, which means the linked person.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AudioSeen:
    """One more window of the linked person's microphone was judged, and no edge of speech was found in it.

    Of a window there is one event: this one, SpeechStarted or SpeechStopped. All carry `watermark_at`, the loop time up
    to which audio has been seen; `at` is when it was judged, which in the burst after a stall is long after.
    """

    at: float
    watermark_at: float
    probability: float
    """That the window holds speech, 0 to 1."""
    speech_duration: float
    """Seconds of speech from its start until it was last heard; 0 between a stop and the next start."""
    silence_duration: float
    """Seconds since speech was last heard, or since the first audio; 0 when this window is of speech."""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The person speaks, and has since `began_at`."""

    at: float
    watermark_at: float
    began_at: float
    speech_duration: float
    """Seconds of speech so far."""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The person has not spoken since `ended_at`; between words, at the end, or because the microphone fell silent."""

    at: float
    watermark_at: float
    ended_at: float
    speech_duration: float
    """Seconds from the start of the speech to its end."""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class AudioAbsent:
    """The microphone fell silent: until the next of its windows the watermark is any event's `at`."""

    at: float
    identity: str = ""
    is_fault: bool = False
    """It is on: audio should come, and does not."""


@dataclass(frozen=True, slots=True)
class TranscriptWord:
    """A word of a transcript, and the loop times between which it was spoken."""

    text: str
    began_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class InterimTranscript:
    """What the person has perhaps said since the last final transcript; replaces the last interim, also when empty."""

    at: float
    text: str
    began_at: float
    ended_at: float
    words: tuple[TranscriptWord, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True)
class FinalTranscript:
    """What the person has said since the last final transcript; it stands.

    `answers_finalize`: all audio until the last Finalize is transcribed now; the text may then be empty.
    """

    at: float
    text: str
    began_at: float
    ended_at: float
    words: tuple[TranscriptWord, ...] = ()
    answers_finalize: bool = False
    identity: str = ""


@dataclass(frozen=True, slots=True)
class TranscriberLost:
    """The connection to the transcriber is gone; words come late, after TranscriberBack. `error` says why."""

    at: float
    error: str
    identity: str = ""


@dataclass(frozen=True, slots=True)
class TranscriberBack:
    """The transcriber is connected again."""

    at: float
    identity: str = ""


WindowEvent = AudioSeen | SpeechStarted | SpeechStopped


TranscriptEvent = InterimTranscript | FinalTranscript


ListenEvent = WindowEvent | AudioAbsent | TranscriptEvent | TranscriberLost | TranscriberBack
