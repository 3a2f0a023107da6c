"""The synthesizer, and a reply of it as it runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from pipeline.bridge import Outlet, bridge
from pipeline.errors import ProviderError, Unavailable
from pipeline.ports import SynthesizerCapabilities
from pipeline.providers.cartesia.connection import (
    CartesiaConnection,
    ConnectionGone,
    Inbox,
    Lost,
    TextEnd,
    load_client,
    open_connection,
)
from pipeline.providers.cartesia.contexts import ContextTiming, Utterance
from pipeline.providers.cartesia.wire import DEFAULT_MODEL, DEFAULT_VOICE, PROVIDER, VoiceSpecifier, service
from pipeline.speech import Speech, WordTime

if TYPE_CHECKING:
    from cartesia import AsyncCartesia


class CartesiaSynthesizer:
    """Speech from Cartesia, over one connection that stays from reply to reply, and is opened anew when it was closed.

    `voice` is the id of one, `language` a code such as en or de, `rate` one of RATES, `base_url` http(s) or ws(s).
    """

    def __init__(
        self,
        *,
        api_key: str,
        model: str = DEFAULT_MODEL,
        voice: str = DEFAULT_VOICE,
        language: str = "en",
        base_url: str | None = None,
        rate: int = 24_000,
        timing: ContextTiming | None = None,
    ) -> None:
        self._service = service(base_url, api_key)
        self._voice = VoiceSpecifier(model, voice, language, rate)
        self._timing = timing or ContextTiming()
        self._client: AsyncCartesia | None = None
        self._connection: CartesiaConnection | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """It reports the times of words. It reads numbers by itself: docs.cartesia.ai, "Text Normalization"."""
        return SynthesizerCapabilities(word_times=True)

    @property
    def rate(self) -> int:
        """Hz of the audio it makes."""
        return self._voice.rate

    async def warm(self) -> None:
        """Have the connection open; does nothing when it is. Raises ProviderError."""
        await self._connected()

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak chunks as they come, in order; a word's time comes with the last of its audio.

        Closing the iterator cancels the reply at the server and keeps the connection. When the text fails, what came of
        it is spoken, then its error is raised.
        """
        reply = _Reply(self, self._timing, text)
        async with aclosing(bridge(reply.run)) as pieces:  # not bounded: it holds the speech of the text that was given
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """Close the connection; what is being spoken breaks off."""
        self._closed = True
        async with self._opening:
            if self._connection is not None:
                await self._connection.close()
            if self._client is not None:
                await self._client.close()

    async def _connected(self) -> CartesiaConnection:
        async with self._opening:
            if self._closed:
                raise Unavailable(PROVIDER, "it was closed: make a new synthesizer")
            if self._connection is None or not self._connection.is_open:
                self._connection = await self._open()
            return self._connection

    async def _open(self) -> CartesiaConnection:
        if self._client is None:
            self._client = await asyncio.to_thread(load_client, self._service)
        return await open_connection(self._client, self._voice, self._service, self._timing)


class _Reply:
    """One reply: brings text, frames and time to its Utterance, and its orders to the connection."""

    def __init__(
        self,
        owner: CartesiaSynthesizer,
        timing: ContextTiming,
        text: AsyncIterator[str],
    ) -> None:
        self._owner = owner
        self._timing = timing
        self._text = text
        self._inbox: Inbox = asyncio.Queue()  # not bounded: text is paced by who gives it, frames by the text
        self._utterance = Utterance(owner.rate, timing)
        self._connection: CartesiaConnection | None = None
        self._error: Exception | None = None
        self._clock = asyncio.get_running_loop().time

    async def run(self, outlet: Outlet[Speech | WordTime]) -> None:
        """Speak it all; an error, of ours or of the text, is raised after what came before it."""
        self._outlet = outlet
        async with asyncio.TaskGroup() as group:
            children = [group.create_task(self._pull())]
            try:
                await self._speak(group, children)
            except ProviderError as error:
                self._error = error
            finally:
                for child in children:
                    child.cancel()
                await self._leave()
        if self._error is not None:
            raise self._error

    async def _pull(self) -> None:
        error: Exception | None = None
        try:
            async for chunk in self._text:
                self._inbox.put_nowait(chunk)
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is for who reads the speech
            error = failure
        self._inbox.put_nowait(TextEnd(error))

    async def _speak(self, group: asyncio.TaskGroup, children: list[asyncio.Task[None]]) -> None:
        while not self._utterance.finished:
            if self._connection is None:
                self._connection = await self._owner._connected()
                children.append(group.create_task(self._connection.read()))
                self._utterance.connected(self._clock())
            try:
                for order in self._utterance.take_orders():
                    self._connection.inboxes[order.context_id] = self._inbox
                    await self._connection.send(order)
                await self._take(self._connection)
            except ConnectionGone:
                self._connection = None
                if self._owner._closed or not self._utterance.is_idle:
                    raise

    async def _take(self, connection: CartesiaConnection) -> None:
        """Wait for text, a frame, or the next deadline, and do what follows from it."""
        try:
            async with asyncio.timeout_at(self._utterance.wake_at):
                event = await self._inbox.get()
        except TimeoutError:
            try:
                self._utterance.tick(self._clock())
            except Unavailable:
                connection.abort()  # it is silent, but does not know that it is dead
                raise
            return
        match event:
            case str():
                self._utterance.say(event, self._clock())
            case TextEnd():
                self._error = event.error
                self._utterance.end()
            case Lost():
                if event.connection is connection:
                    raise event.error
            case _:
                try:
                    self._utterance.frame(event, self._clock())
                finally:  # what came before an error is heard before it
                    for speech in self._utterance.take_speech():
                        self._outlet.put_nowait(speech)

    async def _leave(self) -> None:
        """Cancel what the server still speaks; what comes of it is dropped."""
        if (connection := self._connection) is None:
            return
        self._utterance.cancel()
        orders = [order for order in self._utterance.take_orders() if order.context_id in connection.inboxes]
        connection.forget(self._inbox)
        with suppress(Unavailable):
            for order in orders:
                await connection.send(order)
