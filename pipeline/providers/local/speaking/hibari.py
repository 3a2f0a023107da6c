"""Speech from hibari, a small neural voice that runs in a child process: English only, and without any key."""

from pipeline.providers.local.speaking.child_synthesizer import ChildSynthesizer, SpeechEngine
from pipeline.providers.local.speaking.hibari_times import RATE

ENGINE = SpeechEngine(
    name="hibari",
    module="pipeline.providers.local.speaking.hibari_child",
    package="hibari",
    rate=RATE,
    answer_timeout=10.0,  # for the spectra of a long sentence: 0.1 s on a free core
)


class HibariSynthesizer(ChildSynthesizer):
    """A `pipeline.ports.Synthesizer`.

    `voice` names a voice of hibari's whose file is on this machine; without one the voice in its package speaks. Which
    English it is depends on the voice, not on `language`; any other language is Refused.
    """

    def __init__(self, *, voice: str | None = None, language: str = "en") -> None:
        super().__init__(ENGINE, voice or "", language)
