"""The transcribers of this machine, each with its engine in a child process: English only, offline, without any key."""

from pipeline.providers.local.hearing.transcriber import ChildTranscriber, TranscriberEngine

MOONSHINE = TranscriberEngine(
    provider="Moonshine",
    module="pipeline.providers.local.hearing.moonshine_child",
    package="moonshine_voice",
)
"""Moonshine's model "tiny", quick on one core. The weights are those in the package; its own library is not loaded, see
`moonshine_model`."""

POCKETSPHINX = TranscriberEngine(
    provider="PocketSphinx",
    module="pipeline.providers.local.hearing.pocketsphinx_child",
    package="pocketsphinx",
)
"""Approximate, but small, and ready at once. Its package brings the acoustic and language model for en-us."""


class MoonshineTranscriber(ChildTranscriber):
    """A `pipeline.ports.Transcriber`; see `ChildTranscriber`."""

    def __init__(self, *, language: str = "en") -> None:
        super().__init__(MOONSHINE, language)


class PocketsphinxTranscriber(ChildTranscriber):
    """A `pipeline.ports.Transcriber`; see `ChildTranscriber`."""

    def __init__(self, *, language: str = "en") -> None:
        super().__init__(POCKETSPHINX, language)
