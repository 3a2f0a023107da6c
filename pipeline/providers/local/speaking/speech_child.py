"""What the processes of voices have in common: texts in; samples and the times of words out, until a text is cancelled.

Orders are read in a thread, so that a cancel is seen while the engine speaks: engines let go of the GIL meanwhile.
"""

import json
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

from pipeline.providers.local.process.frames import NUMBER, Kind, Parent

Answer = Callable[[Kind, bytes], None]


class SpeechRequest:
    """One text to speak, and where what comes of it goes."""

    def __init__(self, number: int, text: str, answer: Answer) -> None:
        self.text = text
        self._number = NUMBER.pack(number)
        self._answer = answer
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None
        self.is_cancelled = False
        """Whether nothing more is wanted of it."""

    def send_speech(self, samples: bytes) -> None:
        """The next samples, 16 bits each, little-endian."""
        self._answer(Kind.SPEECH, self._number + samples)

    def send_word(self, text: str, first: int, behind: int) -> None:
        """A word: the number of its first sample in this request's speech, and of the one behind its last."""
        self._answer(Kind.WORD, self._number + json.dumps([text, first, behind]).encode())

    def finish(self, unspoken: str) -> None:
        """All was sent; `unspoken` is what the engine has no sounds for."""
        self._answer(Kind.SAID, self._number + unspoken.encode(errors="replace"))

    def on_cancel(self, stop: Callable[[], None]) -> None:
        """Have `stop` called, in another thread, when this is cancelled: now, if it was."""
        with self._lock:
            self._stop = stop
            is_late = self.is_cancelled
        if is_late:
            stop()

    def cancel(self) -> None:
        """Nothing more is wanted of it."""
        with self._lock:
            self.is_cancelled = True
            stop = self._stop
        if stop is not None:
            stop()


def serve(parent: Parent, say: Callable[[SpeechRequest], str]) -> None:
    """Take orders until the parent has gone: `say` speaks one request, and returns what it has no sounds for."""
    texts: SimpleQueue[SpeechRequest] = SimpleQueue()

    def read() -> None:
        last: tuple[int, SpeechRequest] | None = None  # the parent waits for one text at a time
        for kind, payload in parent.orders():
            (number,) = NUMBER.unpack_from(payload)
            if kind is Kind.SAY:
                request = SpeechRequest(number, payload[NUMBER.size :].decode(), parent.answer)
                last = (number, request)
                texts.put(request)
            elif last is not None and last[0] == number:
                last[1].cancel()
        os._exit(0)  # the parent has gone

    threading.Thread(target=read, daemon=True).start()
    parent.answer(Kind.READY)
    while True:
        request = texts.get()
        request.finish("" if request.is_cancelled else say(request))
