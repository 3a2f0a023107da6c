"""The transcriber: one connection a stream, the first of them opened ahead."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from pipeline.audio import Pcm
from pipeline.providers._converse import converse
from pipeline.providers.deepgram.connection import DeepgramConnection, DeepgramTiming, load_sdk, open_connection
from pipeline.providers.deepgram.wire import DEFAULT_MODEL, PROVIDER, listen_query, listen_url, service
from pipeline.providers.opened_ahead import OpenedAhead
from pipeline.speech import Finalize, Transcript


class DeepgramTranscriber:
    """A `pipeline.ports.Transcriber`. A stream is one connection and ends with it.

    `base_url` is http(s) or ws(s), with or without `/v1/listen`; Deepgram's own when it is missing.
    """

    def __init__(
        self,
        *,
        api_key: str,
        model: str = DEFAULT_MODEL,
        language: str = "en",
        keyterms: Sequence[str] = (),
        base_url: str | None = None,
        timing: DeepgramTiming | None = None,
    ) -> None:
        self._service = service(base_url, api_key)
        self._url = listen_url(self._service, listen_query(model, language, keyterms))
        self._timing = timing or DeepgramTiming()
        self._ahead = OpenedAhead(self._connect)
        self._is_loaded = False

    async def warm(self) -> None:
        """Load the SDK and open the connection that the next stream begins with. Raises ProviderError.

        Without a stream it lasts a few seconds only: nothing keeps it alive. A stream keeps its own.
        """
        await self._ahead.open()

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
        """Recognize audio over one connection; audio is taken once there is one.

        Closing the iterator closes the connection: words under way belong to this stream. Raises ProviderError when
        it breaks.
        """
        async with self._ahead.stream():
            connection = await self._ahead.take()
            async with aclosing(converse(PROVIDER, connection, audio, self._timing.keep_alive)) as transcripts:
                async for transcript in transcripts:
                    yield transcript

    async def aclose(self) -> None:
        """Close the connection opened ahead, if no stream took it; streams close their own."""
        await self._ahead.close()

    async def _connect(self) -> DeepgramConnection:
        if not self._is_loaded:
            await asyncio.to_thread(load_sdk)
            self._is_loaded = True
        return await open_connection(self._service, self._url, self._timing)
