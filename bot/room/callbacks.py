"""The callbacks that a connection registers with the client library, and removes again."""

from collections.abc import Callable

from livekit import rtc


class Callbacks:
    """Registers callbacks on a room. They are synchronous and must be quick."""

    def __init__(self, room: rtc.Room, on_error: Callable[[Exception], None]) -> None:
        """Report an error in a callback by `on_error`; the client library would only log it."""
        self._room = room
        self._on_error = on_error
        self._events: list[tuple[str, Callable[..., None]]] = []
        self._text_topics: list[str] = []
        self._byte_topics: list[str] = []

    def on_event(self, event: str, callback: Callable[..., None]) -> None:
        """Have a callback called for each event of this name."""
        guarded = self._guarded(callback)
        self._events.append((event, guarded))
        self._room.on(event, guarded)  # type: ignore[arg-type]

    def on_text_stream(self, topic: str, callback: Callable[[rtc.TextStreamReader, str], None]) -> None:
        """Have a callback called for each text stream of a topic. Raises ValueError when the topic has one already."""
        self._room.register_text_stream_handler(topic, self._guarded(callback))
        self._text_topics.append(topic)

    def on_byte_stream(self, topic: str, callback: Callable[[rtc.ByteStreamReader, str], None]) -> None:
        """Have a callback called for each byte stream of a topic. Raises ValueError when the topic has one already."""
        self._room.register_byte_stream_handler(topic, self._guarded(callback))
        self._byte_topics.append(topic)

    def remove(self) -> None:
        """Remove all of them."""
        for event, callback in self._events:
            self._room.off(event, callback)  # type: ignore[arg-type]
        for topic in self._text_topics:
            self._room.unregister_text_stream_handler(topic)
        for topic in self._byte_topics:
            self._room.unregister_byte_stream_handler(topic)

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        def guarded(*arguments: object) -> None:
            try:
                callback(*arguments)
            except Exception as error:  # noqa: BLE001 - reported, and raised again by the connection
                self._on_error(error)

        return guarded
