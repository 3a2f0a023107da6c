"""One person's side of the conversation: who it is, what is heard of them, and what they are saying."""

from dataclasses import dataclass
from enum import Enum

from pipeline.text.joining import continued, joined
from pipeline.turn.due import NEVER


class Floor(Enum):
    """Whether the person speaks."""

    SILENT = "silent"
    SPEAKING = "speaking"
    PAUSING = "pausing"
    """Silent between words or at the end of the turn: not known yet."""


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """What is known of the person's microphone."""

    seen_until: float = 0.0
    """The watermark: loop time up to which audio has been seen."""
    seen_at: float = 0.0
    """When the latest window came: behind a stall long after the watermark."""
    is_absent: bool = True
    """There is no audio, for known reasons: then every instant counts as seen."""
    absent_since: float = NEVER
    """Since when that is so although the microphone is on; NEVER while there is audio, or need be none."""
    zeros_since: float = NEVER
    """Since when it is known that nothing but zeros comes from a microphone that is on."""
    speech_duration: float = 0.0
    """Seconds of the speech that is going on, until it was last heard."""
    silence_duration: float = 0.0
    """Seconds since then."""
    speech_ended_at: float = 0.0
    """When speech was last heard, by the latest window."""
    maybe_speech_until: float = 0.0
    """Until then the latest windows may turn out to be the start of speech."""
    transcribed_until: float = 0.0
    """Loop time up to which transcripts cover the audio."""
    untranscribed_since: float = NEVER
    """When the first speech was detected that no transcript covers; NEVER when all is covered."""
    lost_at: float | None = None
    """Since when the transcriber is away."""
    behind_since: float | None = None
    """Since when it is known that its transcripts lie behind the speech."""
    caught_up_at: float = 0.0
    """When the transcriber will have sent the words that it missed."""
    is_responsive: bool = False
    """It has answered a Finalize, or reported audio without words: when it is silent about speech, it has stalled."""
    lag_reported: bool = False
    """The bot has said that words of the person are missing."""

    @property
    def misses_words(self) -> bool:
        """Whether speech was detected that no transcript covers."""
        return self.untranscribed_since != NEVER

    @property
    def is_behind(self) -> bool:
        """Whether words are known to be missing."""
        return self.behind_since is not None or (self.lost_at is not None and self.misses_words)

    def lag(self, now: float) -> float:
        """Seconds by which the transcripts are known to lie behind the person's speech at loop time `now`, or 0."""
        return max(0.0, now - self.untranscribed_since) if self.is_behind else 0.0


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What the person is saying, from their first word to the bot's answer."""

    number: int = 1
    final: str = ""
    """The words that stand."""
    interim: str = ""
    """Those that may still change."""
    typed: str = ""
    """What the person wrote instead of saying it."""
    final_ended_at: float = 0.0
    """When the last word of `final` ended: what comes again of before is a double."""
    interim_ended_at: float = 0.0
    """When the last word of `interim` ended."""
    drafts: int = 0
    has_failed: bool = False
    """The reply to it failed, since the person last spoke."""
    finalize_sent: bool = False
    """Finalize was asked for in this pause..."""
    finalize_deadline: float = NEVER
    """...and is waited for until then, by the clock; NEVER when it is not outstanding."""
    endpoint_at: float = NEVER
    """When the turn is over, unless the person goes on."""
    is_endpointed: bool = False
    """The person is waiting for the answer."""
    fragment: str = ""
    """The words so far when the bot gave up waiting for the rest of them."""

    @property
    def words_ended_at(self) -> float:
        """When the last spoken word ended."""
        return max(self.final_ended_at, self.interim_ended_at)

    @property
    def spoken(self) -> str:
        """What was said so far."""
        return continued(self.final, self.interim)

    @property
    def text(self) -> str:
        """All words so far, spoken and typed."""
        return joined(self.spoken, self.typed)

    @property
    def is_fragment(self) -> bool:
        """Whether no words have come since the bot gave up waiting for the rest: these ask for no answer."""
        return bool(self.fragment) and self.text == self.fragment

    @property
    def segment_id(self) -> str:
        """Its name in the room's captions."""
        return f"turn-{self.number}"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The person whose conversation this is."""

    identity: str = ""
    """Empty between conversations: what is heard then belongs to whoever is linked next."""
    floor: Floor = Floor.SILENT
    hearing: Hearing = Hearing()
    turn: Turn = Turn()
    committed_until: float = 0.0
    """Loop time of the last word that has entered the history: what comes again of before is a double."""
    asked_at: float = 0.0
    """Loop time of the end of the latest turn in the history that asks for an answer; of a typed one, of its commit."""
    keyed: str = ""
    """Keys of a telephone that are no part of the turn yet: more may come..."""
    keyed_until: float = NEVER
    """...until this loop time."""
    typed_ahead: str = ""
    """Typed beyond the bound of one turn: it becomes the next turn."""
