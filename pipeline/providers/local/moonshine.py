"""Recognition by Moonshine's model "tiny", which runs in a child process: English, offline, quick on one core.

The weights are those in the package moonshine-voice; its own library is not loaded, see `moonshine_model`.
"""

from pipeline.providers.local.transcriber import ChildTranscriber, TranscriberEngine

ENGINE = TranscriberEngine(
    provider="Moonshine",
    module="pipeline.providers.local.moonshine_child",
    package="moonshine_voice",
)


class MoonshineTranscriber(ChildTranscriber):
    """A `pipeline.ports.Transcriber`; see `ChildTranscriber`."""

    def __init__(self, *, language: str = "en") -> None:
        super().__init__(ENGINE, language)
