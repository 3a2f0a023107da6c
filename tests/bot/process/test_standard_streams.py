"""stdout and stdin kept for the command: nothing else that prints or reads meets them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.bot_process import environment
from tests.support.noise import MARK, write_noisy_voice
from tests.support.waiting import WAIT_LIMIT

PROGRAM = """
import sys
from bot.process.standard_streams import reserve_stdin, reserve_stdout, stdout
reserve_stdout()
reserve_stdout()
messages = reserve_stdin()
stdout().write("first\\n")
stdout().flush()
import noisy
stdout().write(f"read {messages.readline()!r}\\n")
stdout().flush()
"""


def run(program: str, folder: Path, **how: object) -> "subprocess.CompletedProcess[str]":
    given: dict[str, object] = {"capture_output": True, "input": "a message\nand more\n", **how}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", program],
        env=environment({}),
        cwd=folder,
        text=True,
        timeout=WAIT_LIMIT,
        check=False,
        **given,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the noise is a POSIX shell's")
def test_whatever_prints_or_reads_meets_neither(tmp_path: Path) -> None:
    write_noisy_voice(tmp_path)
    done = run(PROGRAM, tmp_path)
    assert done.stdout == "first\nread b'a message\\n'\n", done.stderr
    assert done.stderr.count(MARK) == 11, done.stderr
    assert "noise: read b'' ''" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the noise is a POSIX shell's")
def test_what_prints_is_lost_where_stderr_is_closed(tmp_path: Path) -> None:
    write_noisy_voice(tmp_path)
    closing = f"import os, sys\nos.close(2)\nsys.stderr = None\n{PROGRAM}"
    assert run(closing, tmp_path).stdout == "first\nread b'a message\\n'\n"


def test_a_child_does_not_inherit_the_kept_descriptors(tmp_path: Path) -> None:
    inherits = (
        "import os, subprocess, sys\n"
        "from bot.process.standard_streams import reserve_stdin, reserve_stdout, stdout\n"
        "reserve_stdout()\n"
        "kept = [stdout().fileno(), reserve_stdin().fileno()]\n"
        "assert not any(map(os.get_inheritable, kept)), kept\n"
        "assert os.get_inheritable(1) and min(kept) > 2, kept\n"
        "stdout().write('done')\n"
    )
    assert run(inherits, tmp_path).stdout == "done"


def test_a_program_that_has_exchanged_stdout_keeps_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    from bot.process.standard_streams import reserve_stdout, stdout

    reserve_stdout()
    assert stdout() is sys.stdout
    os.write(1, b"")
    stdout().write("mine")
    assert capsys.readouterr().out == "mine"


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes them")
def test_closed_streams_are_no_error(tmp_path: Path, closed: str) -> None:
    program = "from bot.process.standard_streams import *\nreserve_stdout(); assert not reserve_stdin().closed"
    command = f'"{sys.executable}" -c "{program}" {closed}'
    assert subprocess.run(["sh", "-c", command], env=environment({}), cwd=tmp_path, check=False).returncode == 0
