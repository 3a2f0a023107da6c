"""A voice activity detector for scenes: right about what the script says, and the real one about recordings."""

from pipeline.audio import LISTEN_WINDOW, Pcm
from pipeline.testing.microphone import SceneMicrophone
from vad.protocol import VoiceActivityDetector

SPEECH, SILENCE = 0.95, 0.02
"""Probabilities."""

BEHIND = 32
"""Windows, about a second, for which the real detector goes on to listen behind a recording."""


class SceneVad:
    """Words and noises of the script in at least half of a window are speech; recordings are judged as in a room."""

    bug: Exception | None = None
    """Raised with the next window."""

    def __init__(self, microphone: SceneMicrophone) -> None:
        self._microphone = microphone
        self._real: VoiceActivityDetector | None = None
        self._left = 0  # windows that it is still to judge

    def probability(self, window: Pcm) -> float:
        if self.bug is not None:
            raise self.bug
        latest = self._microphone.latest
        if latest.has_recording:
            self._left = BEHIND
        heard = self._judged(window) if self._left else SILENCE
        return SPEECH if latest.scripted * 2 >= LISTEN_WINDOW else heard

    def reset(self) -> None:
        if self._real is not None:
            self._real.reset()

    def _judged(self, window: Pcm) -> float:
        if self._real is None:
            from vad.cascade import CascadeVad  # loads a runtime that most scenes need not

            self._real = CascadeVad()
        self._left -= 1
        if not self._left:
            self._real.reset()
            return SILENCE
        return self._real.probability(window)
