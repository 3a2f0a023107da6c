"""Speech from espeak-ng, which runs in a child process: robotic, in a hundred languages, at once and without a key."""

from pipeline.providers.local.speaking.child_synthesizer import ChildSynthesizer, SpeechEngine

LICENSE = "The voice is espeak-ng (GPL-3.0-or-later, github.com/espeak-ng/espeak-ng), run in a process of its own."
"""For a command to show: espeak-ng is no part of Rawbot, and comes with the package espeakng-loader."""

RATE = 22_000
"""Hz that its audio is played at. Its voices are made at 22,050 Hz, which does not divide into frames of 10 ms; played
as they are they become 0.2 % slower and 4 cents lower, which nobody hears, and need no resampling."""

WORDS_PER_MINUTE = 170
"""A calm pace; espeak-ng's own is 175."""

ENGINE = SpeechEngine(
    name="espeak-ng",
    module="pipeline.providers.local.speaking.espeak_child",
    package="espeakng_loader",
    rate=RATE,
    answer_timeout=5.0,  # for the next 60 ms of speech, which take less than a millisecond
)


class EspeakSynthesizer(ChildSynthesizer):
    """A `pipeline.ports.Synthesizer`; `voice` is a name of espeak-ng's such as en-us+f3, else `language` decides.

    It reads numbers badly: "$21.50" as "dollar twenty-one point five zero".
    """

    def __init__(
        self, *, voice: str | None = None, language: str = "en", words_per_minute: int = WORDS_PER_MINUTE
    ) -> None:
        super().__init__(ENGINE, voice or "", language, str(words_per_minute))
