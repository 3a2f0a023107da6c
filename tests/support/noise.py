"""A voice whose module, and whatever it calls, prints in every way there is, and reads what it can."""

from pathlib import Path

NOISY = """
import ctypes, os, subprocess, sys

def print_in_every_way(where):
    print("noise: print", where)
    sys.stdout.write("noise: write without a line end ")
    sys.__stdout__.write("noise: __stdout__\\n")
    os.write(1, b"noise: descriptor\\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"noise: C library")
    libc.fflush(None)
    for inherits in (True, False):
        subprocess.run(["sh", "-c", "echo noise: child; echo noise: its stderr >&2"], close_fds=inherits, check=True)
    os.system("echo noise: shell")
    read = subprocess.run(["cat"], stdout=subprocess.PIPE, timeout=60).stdout
    print("noise: read", repr(read), repr(sys.stdin.read()))

print_in_every_way("at import")

class Voice:
    rate = 24000

    def __init__(self):
        print_in_every_way("made")

    @property
    def capabilities(self):
        from pipeline.ports import SynthesizerCapabilities

        return SynthesizerCapabilities(word_times=False)

    async def warm(self):
        print_in_every_way("warmed")

    async def speak(self, text):
        print_in_every_way("asked")
        async for _ in text:
            return
            yield

    async def aclose(self):
        print_in_every_way("closed")
"""

MARK = "noise: "


def write_noisy_voice(folder: Path) -> str:
    """Write the module into a folder, which must be the command's own; returns its name for --tts."""
    (folder / "noisy.py").write_text(NOISY, "utf-8")
    return "noisy:Voice"
