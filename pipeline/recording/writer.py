"""Writes one recording, in a thread of its own: neither a slow disk nor a full one delays the call."""

import logging
import threading
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from pipeline.recording.document import RecordingDocument
from pipeline.recording.file_sink import GivenUp
from pipeline.recording.recording_files import Portion, RecordingFiles

log = logging.getLogger(__name__)

MOST_WAITING = 120
"""Portions that wait for the disk: a minute of audio, 5 MB. Of more the audio is lost."""


class RecordingWriter:
    """A daemon thread from the first moment to `close`, and then until all is written."""

    def __init__(self, folder: Path, known: RecordingDocument, started: datetime, rate: int) -> None:
        """Begin; `known` is what is known by now, `rate` that of the bot's voice, Hz."""
        self._folder, self._known, self._started, self._rate = folder, known, started, rate
        self._waiting: SimpleQueue[Portion | None] = SimpleQueue()
        self._closing = threading.Event()
        self._is_discarded = False
        self.has_failed = False
        """Whether nothing is written any more."""
        self.path: Path | None = None
        """The audio, once there is a file."""
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    @property
    def has_room(self) -> bool:
        """Whether the disk keeps up, so that audio is taken."""
        return self._waiting.qsize() < MOST_WAITING

    def put(self, portion: Portion) -> None:
        """Have this written."""
        if not self.has_failed:
            self._waiting.put(portion)

    def close(self, *, discard: bool = False) -> None:
        """Write no more than what waits, and then end the files, or delete them; returns at once."""
        self._is_discarded |= discard
        self._closing.set()
        self._waiting.put(None)

    def join(self, timeout: float) -> bool:
        """Wait until all is written, for so many seconds; returns whether it is."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._write()
        except (GivenUp, OSError) as error:
            log.error("the recording ends here, the call goes on: %s", error)
        except Exception:
            log.exception("the recording ends here, the call goes on")
        finally:
            self.has_failed = True

    def _write(self) -> None:
        files = RecordingFiles(self._folder, self._known, self._started, self._rate, self._may_wait)
        try:
            self.path = files.path
            log.info("recording into %s", self.path)
            while (portion := self._waiting.get()) is not None:
                files.write(portion)
            files.finish()
        finally:
            files.close(discard=self._is_discarded)

    def _may_wait(self, seconds: float) -> bool:
        return not self._closing.wait(seconds)
