"""Puts both voices of a call on one clock, as they were at the caller."""

from collections.abc import Sequence

from bot.caller.microphone import RATE
from bot.caller.recording import Recording
from pipeline.audio import Pcm, resample, silence
from pipeline.wav import WavSound


def both_voices(asked: Sequence[tuple[float, WavSound]], recording: Recording) -> tuple[Pcm, Pcm]:
    """Return what was played and what was recorded, with equal lengths and at the recording's rate.

    `asked` has each sound with the loop time at which it began. Both begin with the first sound or frame there is.
    """
    assert recording.rate == RATE
    times = recording.frame_times()
    begins = [at for at, _ in asked] + [float(at) for at in times[:1]]
    ends = [at + sound.duration for at, sound in asked] + [float(at) + 0.010 for at in times[-1:]]
    start_at = min(begins, default=0.0)
    heard = recording.on_clock(start_at, max(ends, default=0.0))
    played = silence(len(heard))
    for at, sound in asked:
        place = round((at - start_at) * RATE)
        samples = resample(sound.pcm, sound.rate, RATE)[: len(played) - place]
        played[place : place + len(samples)] = samples
    return played, heard
