"""Recognition by PocketSphinx, which runs in a child process: English only, and approximate, but at once and offline.

Its package brings the acoustic and language model for en-us.
"""

from pipeline.providers.local.transcriber import ChildTranscriber, TranscriberEngine

ENGINE = TranscriberEngine(
    provider="PocketSphinx",
    module="pipeline.providers.local.pocketsphinx_child",
    package="pocketsphinx",
)


class PocketsphinxTranscriber(ChildTranscriber):
    """A `pipeline.ports.Transcriber`; see `ChildTranscriber`."""

    def __init__(self, *, language: str = "en") -> None:
        super().__init__(ENGINE, language)
