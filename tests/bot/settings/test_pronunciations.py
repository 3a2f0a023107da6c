"""The pronunciation dictionary: what a file may be, and how its faults are told."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.assembly.agents import profile_of
from bot.settings.pronunciations import LARGEST
from tests.bot.settings.test_settings import load, only_fault, read, row


def test_a_file_has_a_row_a_line(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text(
        "\ufeff# ours\n\nGIF = jiff\n  New  York=noo york \n東京 = とうきょう\na=b=c\n", "utf-8"
    )
    settings = read(tmp_path, pronounce="words.txt").require()
    assert settings.pronounce == {"GIF": "jiff", "New York": "noo york", "東京": "とうきょう", "a": "b=c"}
    assert profile_of(None, settings).pronunciations == settings.pronounce


def test_it_is_a_setting_like_others(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("GIF = jiff\nSQL = sequel\n")
    (tmp_path / ".env").write_text("BOT_PRONOUNCE=words.txt\n")
    reading = read(tmp_path)
    assert row(reading, "pronounce") == ["GIF, SQL", ".env line 1, BOT_PRONOUNCE"]
    assert row(read(tmp_path, {"BOT_PRONOUNCE": str(tmp_path / "none")}), "pronounce")[0].startswith("(faulty)")
    (tmp_path / ".env").unlink()
    assert load(tmp_path).pronounce is None
    assert profile_of(None, load(tmp_path)).pronunciations == {}


def test_a_program_gives_a_mapping_or_a_path(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("GIF = jiff\n")
    assert load(tmp_path, pronounce={"GIF": "jiff"}).pronounce == {"GIF": "jiff"}
    assert load(tmp_path, pronounce=Path("words.txt")).pronounce == {"GIF": "jiff"}


def test_a_text_from_a_program_names_no_file(tmp_path: Path) -> None:
    """It may come from anyone, as all keywords may."""
    (tmp_path / "words.txt").write_text("GIF = jiff\n")
    fault = only_fault(tmp_path, pronounce="words.txt")
    assert fault.startswith("keyword pronounce names a file by a text")
    assert "jiff" not in fault


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "which cannot be read (No such file or directory); correct the path"),
        (b"", "which holds no words: write WORD = HOW IT IS SAID"),
        (b"# nothing\n\n", "which holds no words"),
        (b"GIF = jiff\nM\xfcll = mull\n", "whose line 2 is not UTF-8; save the file as UTF-8"),
        (b"GIF = jiff\nGIF = giff\n", "faulty rows: line 2 has 'GIF' again, as line 1: keep one"),
        (b"GIF jiff\n", "faulty rows: line 1 has no =: write WORD = HOW IT IS SAID"),
        (b"= jiff\n", "line 1 names no word"),
        (b"GIF =\n", "line 1 does not say how 'GIF' is said"),
        (b"--- = dash\n", "line 1 names no word"),
        (b"GIF = ji\x07ff\n", "line 1 has control characters"),
        (b"x\n" * 9, "line 5 has no =: write WORD = HOW IT IS SAID; and 4 more"),
        (b"a = b\n" * (1_000_000 // 6), f"has more than {LARGEST:,} bytes; keep what is used"),
    ],
)
def test_a_bad_file_is_told_at_the_start(content: bytes | None, says: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "words.txt").write_bytes(content)
    (fault,) = read(tmp_path, pronounce="words.txt").faults
    assert fault.startswith(f"flag --pronounce names '{tmp_path / 'words.txt'}', ")
    assert says in fault


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (fault,) = read(tmp_path, pronounce=".").faults
    assert "cannot be read (Is a directory)" in fault


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "holds no words"),
        ({"GIF": ""}, "does not say how 'GIF' is said"),
        ({"": "x"}, "names no word"),
        ({"GIF": 5}, "is not said by a text"),
        (5, "must be a mapping of words, or the path of a file, not int"),
    ],
)
def test_a_bad_mapping_is_told_too(given: Mapping[str, object], says: str, tmp_path: Path) -> None:
    assert says in only_fault(tmp_path, pronounce=given)
