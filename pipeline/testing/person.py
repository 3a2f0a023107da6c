"""The person in a scene: what they say and do, at which second."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Protocol

from pipeline import events
from pipeline.dtmf import KEYS
from pipeline.events import Event
from pipeline.speech import WordTime
from pipeline.testing.clock import Clock, seconds
from pipeline.testing.errors import SceneError
from pipeline.testing.microphone import SceneMicrophone
from pipeline.testing.recording import read_recording, spread
from pipeline.testing.sounds import NOISE, RECORDING, Sound

IDENTITY = "ann"

WORD = 0.22
"""Seconds of every word of a script..."""
GAP = 0.03
"""...and between two."""
KEY = 0.2
"""Seconds from one key of a telephone to the next."""


class Surroundings(Protocol):
    """The scene, as far as the person needs it."""

    def dispatches(self, at: float, make: Callable[[float], Event]) -> None: ...
    def hears_words(self) -> bool: ...
    def expects_bot_at(self, at: float, text: str) -> None: ...
    def when_heard(self, word: str, act: Callable[[], object], *, times: int = 1) -> None: ...


class Person:
    """All times are seconds since the scene's beginning; without `at` things begin now, while the scene is played.

    What takes time returns when it will be over.
    """

    def __init__(self, clock: Clock, microphone: SceneMicrophone, scene: Surroundings) -> None:
        self.words: list[str] = []
        """All that were or will be said; a word's code is its place here, from 1."""
        self.sounds: list[Sound] = []
        """The same as they sound."""
        self.asked: list[float] = []
        """The end of each utterance and typed message, seconds."""
        self._clock, self._microphone, self._scene = clock, microphone, scene

    def says(self, text: str, at: float | None = None) -> float:
        """Speak, 0.22 s a word."""
        start, words = self._clock.moment(at, f"says({text!r})"), _words(text)
        if not self._scene.hears_words():
            raise SceneError(
                f"says({text!r}): the scene's transcriber is your own, and a script has no sound; let the person play a"
                " recording, plays(wav)"
            )
        step = WORD + GAP
        return self._speaks([WordTime(word, start + n * step, start + n * step + WORD) for n, word in enumerate(words)])

    def says_timed(self, words: Iterable[WordTime], at: float | None = None) -> float:
        """Speak these words at their times after `at`."""
        start, words = self._clock.moment(at, "says_timed"), list(words)
        if not words:
            raise SceneError("says_timed: give at least one word")
        return self._speaks([WordTime(word.text, start + word.start, start + word.end) for word in words])

    def interrupts(self, text: str, at: float | None = None, *, on: str | None = None) -> None:
        """Speak while the bot does: at a time, at which the scene fails when it does not, or `on` a word of the bot's,
        in the moment in which it begins."""
        _words(text)
        if on is not None:
            self._scene.when_heard(on, lambda: self.says(text))
            return
        start = self._clock.moment(at, f"interrupts({text!r})")
        self._scene.expects_bot_at(start, text)
        self.says(text, start)

    def coughs(self, at: float | None = None, for_: float = 0.4) -> float:
        """Make a noise that a detector takes for speech."""
        start = self._clock.moment(at, "coughs")
        end = start + seconds(for_, "coughs for_")
        self._microphone.add([Sound(start, end, NOISE)])
        return end

    def plays(
        self, wav: str | Path, at: float | None = None, *, words: str | Sequence[WordTime] | None = None
    ) -> float:
        """Let a WAV file be heard: the bot's own detector judges it, as in a room.

        `words` is what is said in it, a text or better words with their times; "" for a noise. It may be left out where
        the scene has a transcriber of your own, which hears for itself.
        """
        start = self._clock.moment(at, f"plays({wav})")
        samples, duration, voice = read_recording(Path(wav))
        if words is None and self._scene.hears_words():
            raise SceneError(
                f'plays({wav}): say what is said in it, words="..." ("" for a noise), or give the scene a transcriber'
                " that hears for itself, stt=..."
            )
        times = spread(words.split(), *voice) if isinstance(words, str) else tuple(words or ())
        if times and max(word.end for word in times) > duration + 0.01:
            raise SceneError(f"plays({wav}): words end after {times[-1].end:g} s, and the file after {duration:.2f} s")
        end = start + duration
        self._microphone.add([Sound(start, end, RECORDING, samples=samples)])
        self._speaks([WordTime(word.text, start + word.start, start + word.end) for word in times], is_recorded=True)
        if not times:
            self.asked.append(start + voice[1])
        return end

    def types(self, text: str, at: float | None = None) -> None:
        """Write a message."""
        if not text.strip():
            raise SceneError("types: the text is empty")
        start = self._clock.moment(at, f"types({text!r})")
        self.asked.append(start)
        self._scene.dispatches(start, lambda now: events.TextReceived(now, IDENTITY, text))

    def presses(self, keys: str, at: float | None = None) -> float:
        """Press keys of a telephone, one every 0.2 s."""
        start = self._clock.moment(at, f"presses({keys!r})")
        if not keys or set(keys) - set(KEYS):
            raise SceneError(f"presses({keys!r}): give keys of a telephone, some of {KEYS}")
        for number, key in enumerate(keys):
            self._scene.dispatches(start + number * KEY, partial(_pressed, key))
        return start + (len(keys) - 1) * KEY

    def mutes(self, at: float, for_: float) -> None:
        """No audio comes, and it is known that none does."""
        self._microphone.falls_silent(self._clock.moment(at, "mutes"), seconds(for_, "mutes for_"))

    def is_unheard(self, at: float, for_: float = float("inf")) -> None:
        """No audio comes although the microphone is on; the bot's side notices after 0.8 s."""
        start = self._clock.moment(at, "is_unheard")
        self._microphone.stalls(start, 0.8)
        self._microphone.falls_silent(start + 0.8, for_ - 0.8, is_fault=True)

    def stalls(self, at: float, for_: float) -> None:
        """No audio comes, and then all of it at once."""
        self._microphone.stalls(self._clock.moment(at, "stalls"), seconds(for_, "stalls for_"))

    def is_recorded(self, at: float, for_: float) -> None:
        """Be recorded by their app while the bot is not there yet: what was said comes at the end, before all else."""
        self._microphone.is_recorded(self._clock.moment(at, "is_recorded"), seconds(for_, "is_recorded for_"))

    def goes(self, at: float, for_: float) -> None:
        """Be away for a moment."""
        self.mutes(at, for_)
        self._scene.dispatches(at, lambda now: events.PersonAway(now, IDENTITY))
        self._scene.dispatches(at + for_, lambda now: events.PersonBack(now, IDENTITY))

    def leaves(self, at: float, grace: float = 10.0) -> None:
        """Go and not come back; `grace` seconds later the bot gives up on them."""
        self._microphone.falls_silent(self._clock.moment(at, "leaves"), float("inf"))
        self._scene.dispatches(at, lambda now: events.PersonAway(now, IDENTITY))
        self._scene.dispatches(at + seconds(grace, "leaves grace"), lambda now: events.PersonLeft(now, IDENTITY))

    @property
    def is_speaking(self) -> bool:
        """Whether they have not made all sounds that they are to make."""
        return self._microphone.sounds_until > self._clock.now

    @property
    def understandable(self) -> list[str]:
        """The words of which enough has reached the bot, in their order."""
        delivered = self._microphone.delivered
        heard = [delivered[sound.code] >= sound.needed for sound in self.sounds]
        return list(compress(self.words, heard))

    def _speaks(self, words: Sequence[WordTime], *, is_recorded: bool = False) -> float:
        for word in words:
            self.words.append(word.text)
            self.sounds.append(Sound(word.start, word.end, len(self.words), is_recorded))
            self._microphone.add(self.sounds[-1:])
        if words:
            self.asked.append(words[-1].end)
        return words[-1].end if words else 0.0


def _pressed(key: str, now: float) -> Event:
    return events.DtmfReceived(now, IDENTITY, key)


def _words(text: str) -> list[str]:
    if not isinstance(text, str) or not text.strip():
        raise SceneError(f"says({text!r}): there is nothing to say; give a text, or let the person cough")
    return text.split()
