"""The Moonshine model "tiny" for English: sound in, the pieces of words out, with how sure it is of each.

Its weights and its tokens are files of the package moonshine-voice, which is not imported: that would load a second
runtime and a sound card's library. onnxruntime, which the speech detector needs anyway, runs them.

The encoder turns each 24 ms of sound into a state; the decoder makes tokens one by one. When most of them are known
from a shorter stretch of the same sound, one pass checks them all, and only what differs or is new is made one by one.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before the import; see vad.silero

import onnxruntime

from pipeline.audio import LISTEN_RATE

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.int64]
States = dict[str, Float]

PACKAGE = "moonshine_voice"

THREADS = 1
"""Of the runtime: two take a tenth more of the processor, which the rest of the bot needs, and gain little."""

LAYERS, HEADS, HEAD_SIZE = 6, 8, 36
"""Of the decoder."""

START, END = 1, 2
"""The tokens before the first piece and behind the last one."""

TOKENS_PER_SECOND = 6.5
"""At most, by the model's makers: what makes more repeats itself without end."""

FEWEST_TOKENS = 6
"""That the shortest sound may have."""

SHORTEST_SOUND = 0.1
"""Seconds that the encoder needs at least; its filters take 70 ms."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a sound says: tokens, and for each of them and for the end the natural logarithm of its probability."""

    tokens: tuple[int, ...]
    log_probabilities: tuple[float, ...]


def never() -> bool:
    """Let the model finish."""
    return False


class MoonshineModel:
    """The encoder, the decoder and the tokens. Raises RuntimeError or OSError when they cannot be loaded."""

    def __init__(self) -> None:
        folder = _weights()
        self._pieces = read_pieces((folder / "tokenizer.bin").read_bytes())
        self._encoder = _session(folder / "encoder_model.ort")
        self._decoder = _session(folder / "decoder_model_merged.ort")
        names = [output.name for output in self._decoder.get_outputs()]
        self._first_outputs = names
        self._next_outputs = [name for name in names if ".encoder." not in name]

    def text(self, tokens: Sequence[int]) -> str:
        """The words that tokens spell, with a blank in front when the first one begins a word."""
        spelled = b"".join(self._pieces[token] for token in tokens)
        return spelled.decode(errors="ignore").replace("\u2581", " ")

    def recognize(
        self, sound: Float, *, given: Sequence[int] = (), draft: Sequence[int] = (), stop: Callable[[], bool] = never
    ) -> Hypothesis | None:
        """Return the most probable continuation of `given`, token by token; None when `stop` says so in between.

        `sound` has shape (samples,) at LISTEN_RATE, -1 to 1. `draft` is a guess of the result: it makes it quicker,
        and does not change it.
        """
        shortest = round(SHORTEST_SOUND * LISTEN_RATE)
        if len(sound) < shortest:
            sound = np.pad(sound, (0, shortest - len(sound)))
        limit = max(FEWEST_TOKENS, round(TOKENS_PER_SECOND * len(sound) / LISTEN_RATE)) - len(given)
        mask = np.ones((1, len(sound)), dtype=np.int64)
        [encoded] = self._encoder.run(None, {"input_values": sound[None], "attention_mask": mask})
        if stop():
            return None
        return _Decoding(self, encoded, mask, list(given)).run(list(draft)[: max(limit, 0)], limit, stop)

    def step(self, encoded: Float, mask: Mask, tokens: Sequence[int], states: States | None) -> tuple[Float, States]:
        """Run the decoder on tokens behind those of `states`; scores of what follows each, and the states with them.

        `mask` has an entry for each sample, not for each state of the encoder: the decoder thins it out itself.
        """
        is_first = states is None
        known = states if states is not None else _NO_STATES
        outputs = self._first_outputs if is_first else self._next_outputs
        logits, *changed = self._decoder.run(
            outputs,
            {
                "input_ids": np.array([tokens], dtype=np.int64),
                "encoder_hidden_states": encoded,
                "encoder_attention_mask": mask,
                "use_cache_branch": np.array([not is_first]),
                **known,
            },
        )
        new = {
            name.replace("present", "past_key_values"): state for name, state in zip(outputs[1:], changed, strict=True)
        }
        return logits[0], {**known, **new}


class _Decoding:
    """One sound on its way to tokens."""

    def __init__(self, model: MoonshineModel, encoded: Float, mask: Mask, given: list[int]) -> None:
        self._model, self._encoded, self._mask, self._given = model, encoded, mask, given

    def run(self, draft: list[int], limit: int, stop: Callable[[], bool]) -> Hypothesis | None:
        scores, states = self._model.step(self._encoded, self._mask, [START, *self._given, *draft], None)
        scores = scores[len(self._given) :]  # of the first new token, and of what follows each of the draft
        best = scores.argmax(axis=1)
        agreed = next((place for place, token in enumerate(draft) if best[place] != token), len(draft))
        tokens = draft[:agreed]
        certainties = [_log_probability(scores[place], int(best[place])) for place in range(agreed + 1)]
        states = _shortened(states, 1 + len(self._given) + agreed)
        token = int(best[agreed])
        while token != END and len(tokens) < limit:
            if stop():
                return None
            tokens.append(token)
            scores, states = self._model.step(self._encoded, self._mask, [token], states)
            token = int(scores[-1].argmax())
            certainties.append(_log_probability(scores[-1], token))
        return Hypothesis(tuple(tokens), tuple(certainties))


def read_pieces(data: bytes) -> list[bytes]:
    """The bytes of each token, in order; each stands behind its length, in one byte or, from 128 on, in two."""
    pieces, place = [], 0
    while place < len(data):
        length, place = data[place], place + 1
        if length >= 128:
            length, place = length - 128 + 128 * data[place], place + 1
        pieces.append(data[place : place + length])
        place += length
    return pieces


def _weights() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"the package {PACKAGE} is missing")
    return Path(spec.submodule_search_locations[0]) / "assets" / "tiny-en"


def _session(file: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    for pool in ("intra_op", "inter_op"):  # an idle thread that spins would cost a core
        options.add_session_config_entry(f"session.{pool}.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own errors have no base of their own
        raise RuntimeError(f"{file.name}: {error}") from error


def _shortened(states: States, length: int) -> States:
    """The decoder's states without those behind `length` tokens."""
    return {name: state if ".encoder." in name else state[:, :, :length] for name, state in states.items()}


def _log_probability(scores: Float, token: int) -> float:
    highest = scores.max()
    return float(scores[token] - highest - np.log(np.exp(scores - highest).sum()))


_NO_STATES: Mapping[str, Float] = {
    f"past_key_values.{layer}.{part}.{kind}": np.zeros((1, HEADS, 1, HEAD_SIZE), dtype=np.float32)
    for layer in range(LAYERS)
    for part in ("decoder", "encoder")
    for kind in ("key", "value")
}
"""What the decoder wants to be given before it has any; it does not look at them."""
