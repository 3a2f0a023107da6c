"""The files of a recording: names, rights, disks that are full, processes that die."""

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import LISTEN_RATE, resample
from pipeline.events import FinalTranscript
from pipeline.recording import writer
from pipeline.recording.conversation_recording import ConversationRecording
from pipeline.recording.document import known_line, read_recording
from pipeline.recording.file_names import file_names, make_folder
from pipeline.recording.file_sink import FileSink, GivenUp
from pipeline.recording.opus_file import RATE
from pipeline.recording.recording_files import Portion, RecordingFiles
from pipeline.recording.resampler import PieceResampler
from pipeline.recording.writer import RecordingWriter
from tests.pipeline.recording.sounds import BOT_RATE, KNOWN, STARTED, beeps, block, decoded, never, onsets
from tests.support.waiting import WAIT_LIMIT, wait_until


def test_both_sides_are_where_they_were_and_apart(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path / "calls" / "today", KNOWN, STARTED, BOT_RATE, never)
    files.write(Portion([block(0, [0.25], []), block(1, [], [0.5])], [known_line(started_at="now")]))
    files.write(Portion([block(6, [0.5], [0.1])]))  # between them there was nothing, or the disk was too slow
    files.write(Portion(lines=[known_line(duration=7.0)]))
    files.finish()
    files.close(discard=False)
    left, right = decoded(files.path)
    assert len(left) == pytest.approx(7 * RATE, abs=RATE // 100)
    assert onsets(left, RATE) == pytest.approx([0.25, 6.5], abs=0.002)
    assert onsets(right, RATE) == pytest.approx([1.5, 6.1], abs=0.002)
    assert files.path.name == "team_a_b-20261201T103000Z.ogg"
    assert sorted(path.suffix for path in files.path.parent.iterdir()) == [".json", ".ogg"]
    for path in files.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (tmp_path / "calls", tmp_path / "calls" / "today"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    document = read_recording(files.path)
    assert (document.is_complete, document.duration, document.audio) == (True, 7.0, files.path.name)


def test_names_that_are_taken_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "team_a_b-20261201T103000Z.ogg").write_text("another's")
    (tmp_path / "team_a_b-20261201T103000Z-2.json").write_text("a third's")
    files = RecordingFiles(tmp_path, KNOWN, STARTED, BOT_RATE, never)
    assert files.path.name == "team_a_b-20261201T103000Z-3.ogg"
    files.close(discard=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "team_a_b-20261201T103000Z-2.json",
        "team_a_b-20261201T103000Z.ogg",
    ]


def test_a_link_that_somebody_has_laid_there_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.write_text("keep")
    (tmp_path / "x.ogg").symlink_to(target)
    with pytest.raises(FileExistsError):
        FileSink(tmp_path / "x.ogg", never)
    assert target.read_text() == "keep"


@given(st.text(max_size=80))
@settings(max_examples=40, deadline=None)
def test_no_name_of_a_room_leads_elsewhere(room: str) -> None:
    names = file_names(room, STARTED)
    for name in (next(names), next(names)):
        assert Path("calls", f"{name}.ogg").parent == Path("calls")
        assert name.isascii()
        assert len(name) < 100
        assert not name.startswith((".", "-"))


class FullDisk:
    """`os.write` of a disk that takes some bytes, and more when there is room again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, free: int, code: int = errno.ENOSPC) -> None:
        self.free, self.code, self._write = free, code, os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, descriptor: int, data: bytes) -> int:
        if not self.free:
            raise OSError(self.code, os.strerror(self.code))
        written = self._write(descriptor, data[: self.free])
        self.free -= written
        return written


def test_a_disk_that_is_full_for_a_while_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    disk = FullDisk(monkeypatch, free=10)
    waits = []

    def makes_room(seconds: float) -> bool:
        waits.append(seconds)
        disk.free += 4 if len(waits) < 3 else 100
        return True

    sink = FileSink(tmp_path / "file", makes_room)
    sink.write(b"0123456789abcdefghijklmnop")
    sink.close()
    assert (tmp_path / "file").read_bytes() == b"0123456789abcdefghijklmnop"
    assert len(waits) == 3
    assert caplog.text.count("the call goes on") == 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EBADF], ids=["no room until the end", "a failure that stays"])
def test_a_file_that_is_given_up_ends_with_something_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    disk = FullDisk(monkeypatch, free=13, code=code)
    sink = FileSink(tmp_path / "file", never)
    sink.write(b"0123456789")
    with pytest.raises(GivenUp, match="cannot be written to"):
        sink.write(b"abcdefghij")
    assert (tmp_path / "file").read_bytes() == b"0123456789"
    disk.free = 100
    with pytest.raises(GivenUp):
        sink.write(b"more")


def test_a_recording_whose_disk_is_full_plays_to_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own thread, and closed in mid-wait."""
    recording = RecordingWriter(tmp_path, KNOWN, STARTED, BOT_RATE)
    for second in range(4):
        recording.put(Portion([block(second, [0.5], [])]))
    recording.put(Portion())  # taken once those before it are with the encoder
    wait_until(recording._waiting.empty)
    FullDisk(monkeypatch, free=0)
    for second in range(4, 12):
        recording.put(Portion([block(second, [0.5], [])]))
    recording.close()
    assert recording.join(WAIT_LIMIT)
    assert recording.has_failed
    assert recording.path is not None
    left, _ = decoded(recording.path)
    assert onsets(left, RATE)[:2] == pytest.approx([0.5, 1.5], abs=0.002)  # a page or two wait for the encoder


def test_audio_for_which_the_disk_is_too_slow_is_silence_and_no_word_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk hangs for a while, and what comes then lies where it belongs."""
    goes_on = threading.Event()
    conversation = ConversationRecording(
        tmp_path, KNOWN, at=100.0, started=STARTED, rate=BOT_RATE, consent="", redaction=None
    )
    conversation.writer._may_wait = lambda seconds: goes_on.wait(WAIT_LIMIT)  # type: ignore[method-assign]
    recorded = wait_until(lambda: conversation.writer.path)
    write, disk = os.write, FullDiskOf(recorded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: disk.write(write, descriptor, data))
        patch.setattr(writer, "MOST_WAITING", 8)
        for second in range(30):
            at = 100.0 + second
            conversation.heard(at, beeps(LISTEN_RATE, 1, [0.5]))
            said = FinalTranscript(at + 1, f"word {second}", at, at + 1)
            conversation.observe(said, ())
            conversation.write(at + 1)
            if second >= 20:
                disk.is_full = False
                goes_on.set()
                wait_until(conversation.writer._waiting.empty)
        conversation.finish(130.0)
        assert conversation.writer.join(WAIT_LIMIT)
    document = read_recording(recorded)
    assert [segment.text for segment in document.segments] == [f"word {second}" for second in range(30)]
    (lost,) = [mark for mark in document.marks if mark.kind == "lost"]
    left, _ = decoded(recorded)
    there = onsets(left, RATE)
    assert there == pytest.approx([n + 0.5 for n in range(30) if not lost.start <= n + 0.5 < lost.end], abs=0.002)
    assert len(there) < 30
    assert caplog.text.count("too slow") == 1


class FullDiskOf:
    """A disk that is full for one file."""

    def __init__(self, path: Path) -> None:
        self.is_full, self._node = True, path.stat().st_ino

    def write(self, write: Callable[[int, bytes], int], descriptor: int, data: bytes) -> int:
        if self.is_full and os.fstat(descriptor).st_ino == self._node:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)


def test_a_folder_that_cannot_be_made_is_said_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    recording = RecordingWriter(tmp_path / "file" / "calls", KNOWN, STARTED, BOT_RATE)
    recording.put(Portion([block(0, [], [])]))
    recording.close()
    assert recording.join(WAIT_LIMIT)
    assert recording.has_failed
    assert "the call goes on" in caplog.text


def test_an_encoder_that_fails_is_said_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **options: object) -> None:
        raise soundfile.LibsndfileError(1, "no Opus here: ")

    monkeypatch.setattr(soundfile, "SoundFile", fails)
    recording = RecordingWriter(tmp_path, KNOWN, STARTED, BOT_RATE)
    assert recording.join(WAIT_LIMIT)
    assert recording.has_failed
    assert "no Opus here" in caplog.text


def test_a_recording_that_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    recording = RecordingWriter(tmp_path, KNOWN, STARTED, BOT_RATE)
    recording.put(Portion([block(0, [0.5], [0.5])], [known_line(started_at="now")]))
    recording.close(discard=True)
    assert recording.join(WAIT_LIMIT)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.recording.document import RecordedSegment, item_line
from tests.pipeline.recording.sounds import BOT_RATE, KNOWN, STARTED, block, never
from pipeline.recording.recording_files import Portion, RecordingFiles

files = RecordingFiles(Path(sys.argv[1]), KNOWN, STARTED, BOT_RATE, never)
for second in range(10):
    said = RecordedSegment(second, second + 1, speaker="person", text=f"word {second}")
    files.write(Portion([block(second, [0.5], [0.25])], [item_line(said)]))
print(files.path, flush=True)
signal.pause()
"""


def test_a_process_that_is_killed_leaves_what_plays(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        path = Path(child.stdout.readline().strip())
        child.send_signal(signal.SIGKILL)
        child.wait(WAIT_LIMIT)
    left, right = decoded(path)
    assert len(left) / RATE > 8.0
    assert onsets(left, RATE)[:8] == pytest.approx([n + 0.5 for n in range(8)], abs=0.002)
    assert onsets(right, RATE)[:8] == pytest.approx([n + 0.25 for n in range(8)], abs=0.002)
    document = read_recording(path)
    assert not document.is_complete
    assert [segment.text for segment in document.segments] == [f"word {n}" for n in range(10)]


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_a_sound_in_pieces_is_resampled_as_a_whole(rate: int) -> None:
    sound = beeps(rate, 2, [0.3, 0.98, 1.5])
    resampler = PieceResampler(rate, RATE)
    step, pieces = rate // 100, []
    for first in range(0, len(sound), 30 * step):
        pieces.append(resampler.feed(sound[first : first + 30 * step]))
    whole = np.concatenate([*pieces, resampler.finish()])
    assert len(whole) == 2 * RATE
    wanted = resample(sound, rate, RATE)
    assert np.abs(whole.astype(int) - wanted).max() < 60  # of 10,000


def test_a_folder_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir(mode=0o755)
    make_folder(folder / "new")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "new").stat().st_mode) == 0o700
