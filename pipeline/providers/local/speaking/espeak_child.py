"""espeak-ng in a child process: text in; samples and the times of words out.

The library's API is that of espeak-ng's speak_lib.h. It makes speech several hundred times faster than it is played.
"""

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.providers.local.process.frames import Parent
from pipeline.providers.local.process.loading import Unfit, loaded
from pipeline.providers.local.speaking.speech_child import SpeechRequest, serve

ENGINE_RATE = 22_050
"""Hz of the voices in espeak-ng's data."""

# speak_lib.h: espeak_AUDIO_OUTPUT, espeak_EVENT_TYPE, espeak_PARAMETER, and flags.
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _DO_NOT_EXIT = 0x0001, 0x8000
_LIST_TERMINATED, _WORD, _PHONEME = 0, 1, 7
_RATE = 1
_UTF8 = 1

_VOICES = {"en": "en-us", "en-gb": "en", "zh": "cmn", "no": "nb", "multi": "en-us"}
"""Language tags that espeak-ng has other names for; its plain "en" is British."""


class _Event(ctypes.Structure):
    """espeak_EVENT; `text_position` counts characters from 1, `audio_position` is ms from the start of the text."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("phoneme", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


class Words:
    """The words of one text, out of the engine's events.

    The engine says which letters it begins to speak when, some more than once ("21" as "21" and "1", "1,234" with the
    thousand in between), and nothing of the end. Here the words part the text, so that each letter belongs to one of
    them; and a word ends where the next one begins, or the pause before it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._begun: tuple[int, int] | None = None  # character, ms
        self._taken = 0  # characters that belong to words before
        self._pause: int | None = None  # ms

    def begin(self, character: int, ms: int) -> tuple[str, int, int] | None:
        """A word begins at this character, counted from 0; returns the one that ends, with its start and end in ms."""
        if self._begun is not None and character <= self._begun[0]:
            return None  # more of the same word
        word = self._close(character, ms)
        self._begun = (character, ms)
        return word

    def sound(self, ms: int, is_pause: bool) -> None:
        """A phoneme begins, or a pause, of which there may be several in a row."""
        if not is_pause:
            self._pause = None
        elif self._pause is None:
            self._pause = ms

    def finish(self, ms: int) -> tuple[str, int, int] | None:
        """The audio ends; returns the last word."""
        return self._close(len(self._text), ms)

    def _close(self, character: int, ms: int) -> tuple[str, int, int] | None:
        if self._begun is None:
            return None
        text, self._taken = self._text[self._taken : character].strip(), character
        return text, self._begun[1], ms if self._pause is None else self._pause


class Engine:
    """The library, with one voice chosen. Raises Unfit when it does not do; the text says what to do."""

    def __init__(self, voice: str, language: str, words_per_minute: int) -> None:
        from espeakng_loader import get_data_path, get_library_path

        self._library = ctypes.CDLL(get_library_path())
        # From where its data are, as the library cuts off paths after 160 bytes.
        os.chdir(Path(get_data_path()).parent)
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _PHONEME_EVENTS | _DO_NOT_EXIT) != ENGINE_RATE:
            raise Unfit("it cannot read its data: install the package espeakng-loader again")
        self._choose(voice, language)
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        self._request: SpeechRequest | None = None
        self._samples = 0
        self._words = Words("")

    def say(self, request: SpeechRequest) -> str:
        """Speak one text, and send what comes of it; there is nothing that it has no sounds for."""
        self._request, self._samples, self._words = request, 0, Words(request.text)
        data = request.text.replace("\0", " ").encode() + b"\0"
        status = self._library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 0, 0, _UTF8, None, None)
        if status != 0:
            raise RuntimeError(f"espeak_Synth returned {status}")
        if not request.is_cancelled:
            self._send_word(self._words.finish(self._samples * 1000 // ENGINE_RATE))
        return ""

    def _choose(self, voice: str, language: str) -> None:
        tag = language.lower()
        wanted = [voice] if voice else [_VOICES.get(name, name) for name in (tag, tag.split("-")[0])]
        if any(self._library.espeak_SetVoiceByName(name.encode()) == 0 for name in wanted):
            return
        if voice:
            raise Unfit(f"it has no voice {voice!r}: name one such as en-us, de or en-us+f3, or none")
        raise Unfit(f"it speaks no {language!r}: choose another language, or name a voice of its own")

    def _take(self, samples: int | None, count: int, events: Any) -> int:
        """Called by the library with 60 ms of speech and what happens in it; 1 breaks off."""
        assert self._request is not None
        if self._request.is_cancelled:
            return 1
        index = 0
        while (event := events[index]).type != _LIST_TERMINATED:
            if event.type == _WORD:
                self._send_word(self._words.begin(event.text_position - 1, event.audio_position))
            elif event.type == _PHONEME:
                self._words.sound(event.audio_position, event.phoneme.startswith(b"_"))
            index += 1
        if samples and count:
            self._samples += count
            self._request.send_speech(ctypes.string_at(samples, 2 * count))
        return 0

    def _send_word(self, word: tuple[str, int, int] | None) -> None:
        if word is not None:
            assert self._request is not None
            text, start, end = word
            self._request.send_word(text, start * ENGINE_RATE // 1000, end * ENGINE_RATE // 1000)


def main(arguments: Sequence[str]) -> None:
    """The process: its arguments are a voice or nothing, a language and words a minute."""
    parent = Parent()
    voice, language, words_per_minute = arguments
    engine = loaded(parent, lambda: Engine(voice, language, int(words_per_minute)))
    serve(parent, engine.say)


if __name__ == "__main__":
    main(sys.argv[1:])
