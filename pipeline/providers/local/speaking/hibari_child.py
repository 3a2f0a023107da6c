"""hibari in a child process: text in; samples and the times of words out.

Its package has a model from phonemes to spectra, a lexicon from words to phonemes, and turns spectra into sound. The
model knows how long each phoneme lasts, and does not say so: it is loaded with that as one more output.
"""

import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.providers.local.english import english_only
from pipeline.providers.local.process.frames import Parent
from pipeline.providers.local.process.loading import Unfit, loaded
from pipeline.providers.local.speaking.hibari_text import SpokenWord, pronounce
from pipeline.providers.local.speaking.hibari_times import (
    FRAME,
    LEAD,
    RATE,
    SETTLE,
    UNIT,
    ids_of,
    pieces,
    sound_end,
    word_times,
)
from pipeline.providers.local.speaking.pauses import pause_after
from pipeline.providers.local.speaking.speech_child import SpeechRequest, serve

LOUDNESS = 1.5
"""What its samples are multiplied by: as loud as other voices then, and hardly ever as loud as there is room for."""

SOFTEST = 0.001
"""Of full scale: what is softer at the end is silence."""

REACH = 2
"""Frames to both sides of a frame that its sound reaches: each is a window of four."""

Spectrum = npt.NDArray[np.float32]
"""Shape (bins, frames); of the pitch, (frames,)."""

_DURATIONS = b"/Cast_32_output_0"
"""The name, in the model's graph, of the units that each phoneme lasts."""

_GRAPH, _OUTPUT, _NAME = 7, 12, 1  # fields of ModelProto, GraphProto and ValueInfoProto in onnx.proto


class HibariVoice:
    """hibari with one voice. Raises Unfit when it does not do; the text says what to do."""

    def __init__(self, voice: str, language: str) -> None:
        if fault := english_only(language, "another voice (espeak knows a hundred languages)"):
            raise Unfit(fault)
        import hibari
        import onnxruntime
        from hibari import dsp, voices
        from hibari.g2p import G2P

        name = voice or voices.DEFAULT
        model = Path(_model_file(name)).read_bytes() + _message(_GRAPH, _message(_OUTPUT, _message(_NAME, _DURATIONS)))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # 30 MB more, for 3 % of the time
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise Unfit(f"its voice {name!r} is none of hibari-tts 0.2: install that version again") from error
        self._run_options = onnxruntime.RunOptions
        self._synthesize = dsp.synth
        self._g2p = G2P(british=voices.VOICES[name]["british"])
        vocabulary = Path(hibari.__file__).parent / "assets" / "vocab.json"
        self._vocabulary: dict[str, int] = json.loads(vocabulary.read_text(encoding="utf-8"))
        self._noise = np.random.default_rng(0)

    def say(self, request: SpeechRequest) -> str:
        """Speak one text, and send what comes of it; returns the words that it has no sounds for."""
        pronunciation = pronounce(request.text, self._phonemes)
        sent, pause = 0, 0.0
        for part in pronunciation.parts:
            if samples := round(pause * RATE):
                request.send_speech(bytes(2 * samples))
            sent = self._say_part(part, request, sent + samples)
            if request.is_cancelled:
                break
            pause = pause_after(part[-1].text)
        return pronunciation.unspoken

    def _say_part(self, part: Sequence[SpokenWord], request: SpeechRequest, sent: int) -> int:
        """Speak words of which the first is to begin behind `sent` samples; returns how many there are then."""
        options = self._run_options()
        request.on_cancel(lambda: setattr(options, "terminate", True))
        phonemes = [word.phonemes for word in part]
        ids = np.array([ids_of(phonemes, self._vocabulary)], np.int64)
        try:
            *spectra, durations = self._session.run(None, {"ids": ids, "speed": np.ones(1, np.float32)}, options)
        except Exception:
            if request.is_cancelled:
                return sent
            raise
        *spectra, pitch = (spectrum[0] for spectrum in spectra)
        start = max((int(durations[0]) - LEAD) * UNIT // FRAME - SETTLE, 0)
        offset = sent - start * FRAME
        times = [(first + offset, behind + offset) for first, behind in word_times(phonemes, durations)]
        for word, (first, behind) in zip(part[:-1], times, strict=False):
            if word.text:
                request.send_word(word.text, first, behind)
        for begin, end in pieces(pitch, start):
            if request.is_cancelled:
                return sent
            wave = self._wave(spectra, pitch, begin, end)
            if end == len(pitch):
                wave = wave[: sound_end(wave, SOFTEST)]
            request.send_speech(np.clip(wave * (LOUDNESS * 32768), -32768, 32767).astype("<i2").tobytes())
            sent += len(wave)
        if part[-1].text:
            request.send_word(part[-1].text, times[-1][0], max(min(times[-1][1], sent), times[-1][0]))
        return sent

    def _wave(self, spectra: Sequence[Spectrum], pitch: Spectrum, begin: int, end: int) -> Spectrum:
        """The sound of some frames; those beside them reach into it."""
        first, behind = max(begin - REACH, 0), end + REACH
        wave: Spectrum = self._synthesize(
            *(parts[:, first:behind] for parts in spectra), pitch[first:behind], self._noise
        )
        return wave[(begin - first) * FRAME : (end - first) * FRAME]

    def _phonemes(self, line: str) -> list[str]:
        """The phonemes of each word in a line with one space between words; none for signs that the model has not."""
        words = [""]
        for token in self._g2p.phonemize_tokens(self._g2p.tokenize(line)):
            words[-1] += "".join(sign for sign in token.phonemes or "" if sign in self._vocabulary)
            if token.whitespace:
                words.append("")
        return [word.strip() for word in words]


def _model_file(name: str) -> str:
    """The file of a voice that is on this machine. Raises Unfit when it is not."""
    from hibari import voices

    try:
        return str(voices.voice_path(name, download_missing=False))
    except FileNotFoundError:
        fetch = f"fetch it once by: hibari --voice {name} -o hello.wav Hello"
        raise Unfit(f"its voice {name!r} is not on this machine: {fetch}; or name no voice") from None
    except ValueError:
        raise Unfit(f"it has no voice {name!r}: name one of {', '.join(voices.VOICES)}, or none") from None


def _message(field: int, content: bytes) -> bytes:
    """A field of a protobuf message that holds bytes or a message; a message appended to another adds its fields."""
    assert len(content) < 128, "longer ones have longer lengths"
    return bytes([field << 3 | 2, len(content)]) + content


def main(arguments: Sequence[str]) -> None:
    """The process: its arguments are a voice or nothing, and a language."""
    parent = Parent()
    voice = loaded(parent, lambda: _ready(*arguments))
    gc.freeze()  # a look through the lexicon's million objects would take longer than a sentence
    serve(parent, voice.say)


def _ready(voice: str, language: str) -> HibariVoice:
    """A voice that has spoken: the first time takes longer."""
    ready = HibariVoice(voice, language)
    ready.say(SpeechRequest(0, "Hello from Rawbot.", lambda kind, payload: None))
    return ready


if __name__ == "__main__":
    main(sys.argv[1:])
