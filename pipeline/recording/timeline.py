"""Both sides of a recording on one timeline, given away in blocks as soon as nothing more can come into them."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

from pipeline.audio import FRAME_DURATION, LISTEN_RATE, Pcm
from pipeline.recording.side_track import SideTrack

BLOCK = 0.5
"""Seconds of a block."""

HOLD_BACK = 1.0
"""Seconds for which audio is kept: what is queued for the room may be taken back, and frames come late."""

PATIENCE = 5.0
"""Seconds for which a microphone that is on and gives nothing is waited for: what was said before the bot came, or
during a stall, comes at once. `MediaClock` knows the time of what comes later no better."""


@dataclass(frozen=True, slots=True)
class Block:
    """Audio of both sides, shape (samples,) at the rate of each; None for silence.

    Times are seconds from the beginning of the recording, whole frames of 10 ms.
    """

    start: float
    end: float
    person: Pcm | None
    bot: Pcm | None


class Timeline:
    """Takes audio by loop times, in the order of each side. `began_at` is the loop time of second 0.

    It is moved back by what was said before, as long as nothing was given away.
    """

    def __init__(self, began_at: float, rate: int, hold_back: float = HOLD_BACK) -> None:
        """`rate` is that of the bot's voice, Hz. `hold_back`: seconds."""
        self.person, self.bot = SideTrack(LISTEN_RATE), SideTrack(rate)
        self.began_at = began_at
        self._hold_back = hold_back
        self._is_person_awaited = True
        self._base = 0  # of second 0, in frames from where the tracks count from
        self._taken: int | None = None  # frames, from there

    def heard(self, at: float, samples: Pcm) -> None:
        """Add a window of the person's microphone."""
        self._is_person_awaited = True
        self.person.put(at - self._origin, samples)

    def fell_silent(self) -> None:
        """Note that nothing comes from the microphone."""
        self._is_person_awaited = False
        self.person.break_off()

    def played(self, at: float, samples: Pcm) -> None:
        """Add what is played of the bot."""
        self.bot.put(at - self._origin, samples)

    @property
    def late(self) -> float:
        """Seconds of audio that came when their place had been given away."""
        return sum(track.late / track.rate for track in self._tracks)

    def mute(self, since: float, until: float) -> bool:
        """Silence both sides between two loop times; returns whether nothing of that had been given away."""
        start, end = since - self._origin, until - self._origin
        kept = [track.mute(round(start * track.rate), round(end * track.rate)) for track in self._tracks]
        return all(kept)

    def take(self, now: float) -> Iterator[Block]:
        """Give away what is complete at the loop time `now`; of what is silent only the last."""
        until = now - self._origin - self._hold_back
        if self._is_person_awaited:
            until = min(until, max(self.person.end / LISTEN_RATE, now - self._origin - PATIENCE))
        per_block = round(BLOCK / FRAME_DURATION)
        taken = self._taken if self._taken is not None else 0
        whole = taken + (floor(until / FRAME_DURATION + 1e-6) - taken) // per_block * per_block
        if whole > taken:
            yield from self._take(whole)

    def finish(self, now: float) -> Iterator[Block]:
        """Give away all that is left."""
        ends = [now - self._origin, *(track.end / track.rate for track in self._tracks)]
        yield from self._take(floor(max(ends) / FRAME_DURATION - 1e-6) + 1)

    @property
    def _origin(self) -> float:
        """The loop time where the tracks count from."""
        return self.began_at - self._base * FRAME_DURATION

    @property
    def _tracks(self) -> tuple[SideTrack, SideTrack]:
        return self.person, self.bot

    def _take(self, until: int) -> Iterator[Block]:
        if self._taken is None:
            self._begin()
        assert self._taken is not None
        per_block = round(BLOCK / FRAME_DURATION)
        while self._taken < until:
            end = min(self._taken + per_block, until)
            person, bot = (self._audio(track, self._taken, end) for track in self._tracks)
            if person is None and bot is None:
                firsts = [track.first * 100 // track.rate for track in self._tracks if track.first is not None]
                skipped = (min([until, *firsts]) - self._taken) // per_block * per_block
                end = max(end, min(self._taken + skipped, until))
                for track in self._tracks:
                    self._audio(track, self._taken, end)
            start, self._taken = self._taken, end
            yield Block(self._seconds(start), self._seconds(end), person, bot)

    def _begin(self) -> None:
        """Let the recording begin with the first audio, where that is older than its beginning."""
        firsts = [floor(track.first * 100 / track.rate) for track in self._tracks if track.first is not None]
        before = min([0, *firsts])
        self.began_at += before * FRAME_DURATION
        self._base = self._taken = before

    def _audio(self, track: SideTrack, start: int, end: int) -> Pcm | None:
        per_frame = track.rate // 100
        return track.take(start * per_frame, end * per_frame)

    def _seconds(self, frame: int) -> float:
        return round((frame - self._base) * FRAME_DURATION, 2)
