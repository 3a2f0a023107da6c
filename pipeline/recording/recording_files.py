"""The files of one recording: the audio, and the lines that become the JSON beside it. For a thread of their own."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipeline.audio import FRAME_DURATION, LISTEN_RATE, Pcm, silence
from pipeline.recording.document import RecordingDocument, fold, header_line
from pipeline.recording.file_names import file_names, make_folder
from pipeline.recording.file_sink import FileSink
from pipeline.recording.opus_file import RATE, OpusFile
from pipeline.recording.resampler import PieceResampler
from pipeline.recording.timeline import BLOCK, Block


@dataclass(frozen=True, slots=True)
class Portion:
    """What is written at once: audio, and lines about what happened."""

    blocks: Sequence[Block] = ()
    lines: Sequence[bytes] = ()


class RecordingFiles:
    """New files; all methods but `close` raise OSError and GivenUp, and none may follow after that."""

    def __init__(
        self, folder: Path, known: RecordingDocument, started: datetime, rate: int, wait: Callable[[float], bool]
    ) -> None:
        """Make them under a free name. `wait` as in FileSink."""
        self._wait = wait
        self._audio, self._lines = _new_files(folder, known.room, started, wait)
        self._opus = OpusFile(self._audio)
        self._person, self._bot = PieceResampler(LISTEN_RATE, RATE), PieceResampler(rate, RATE)
        self._rate = rate
        self._frames = 0  # of 10 ms that were given to the encoder
        self._lines.write(header_line(replace(known, audio=self.path.name)))

    @property
    def path(self) -> Path:
        """That of the audio."""
        return self._audio.path

    def write(self, portion: Portion) -> None:
        """Add a portion; what is missing before its audio is silence."""
        if portion.lines:
            self._lines.write(b"".join(portion.lines))
        for block in portion.blocks:
            start, end = round(block.start / FRAME_DURATION), round(block.end / FRAME_DURATION)
            for frames in _pieces(start - self._frames):
                self._encode(None, None, frames)
            self._encode(block.person, block.bot, end - start)

    def finish(self) -> None:
        """Write the end of both, and the JSON in the place of the lines."""
        self._opus.write(self._person.finish(), self._bot.finish())
        self._opus.close()
        self._lines.close()
        with self._lines.path.open("rb") as lines:
            document = replace(fold(lines), is_complete=True)
        whole = FileSink(self.path.with_suffix(".json.new"), self._wait)
        whole.write(document.to_json().encode("utf-8", "backslashreplace"))
        whole.close()
        os.replace(whole.path, self.path.with_suffix(".json"))
        self._lines.delete()

    def close(self, *, discard: bool) -> None:
        """Close what is open; with `discard` delete all of it."""
        if discard:
            self._audio.delete()
            self._lines.delete()
            self.path.with_suffix(".json").unlink(missing_ok=True)
        self._audio.close()
        self._lines.close()

    def _encode(self, person: Pcm | None, bot: Pcm | None, frames: int) -> None:
        left = self._person.feed(_samples(person, frames, LISTEN_RATE))
        right = self._bot.feed(_samples(bot, frames, self._rate))
        self._opus.write(left, right)
        self._frames += frames


def _new_files(folder: Path, room: str, started: datetime, wait: Callable[[float], bool]) -> tuple[FileSink, FileSink]:
    """Make the audio and the lines under the first name that nothing has."""
    make_folder(folder)
    for name in file_names(room, started):
        audio = folder / f"{name}.ogg"
        if any(audio.with_suffix(suffix).exists() for suffix in (".json", ".jsonl")):
            continue
        try:
            sink = FileSink(audio, wait)
        except FileExistsError:
            continue
        return sink, FileSink(audio.with_suffix(".jsonl"), wait)
    raise FileExistsError(errno.EEXIST, f"all names for {room} are taken")


def _samples(samples: Pcm | None, frames: int, rate: int) -> Pcm:
    return samples if samples is not None else silence(frames * rate // 100)


def _pieces(frames: int) -> Iterator[int]:
    """Divide a long silence into pieces of a block's length."""
    longest = round(BLOCK / FRAME_DURATION)
    while frames > 0:
        yield min(frames, longest)
        frames -= longest
