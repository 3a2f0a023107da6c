"""What is left of CPU and memory: files as kernels write them, below a folder; and this machine's own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.worker import process_memory
from bot.worker.machine import SMOOTHING_TIME, Machine

MB = 1 << 20
MEMINFO = "MemTotal: 8192000 kB\nMemAvailable:    4096000 kB\n"


def machine(folder: Path, files: Mapping[str, str], now: float = 0.0) -> Machine:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Machine(folder, lambda: now)


def test_a_machine_of_ones_own(tmp_path: Path) -> None:
    own = machine(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/cgroup": "0::/\n"})
    assert own.free_memory() == 4096000 * 1024
    assert own.cores == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


V2 = {
    "proc/self/cgroup": "0::/system.slice/worker.service\n",
    "sys/fs/cgroup/system.slice/worker.service/memory.max": "max\n",
    "sys/fs/cgroup/system.slice/worker.service/memory.current": f"{900 * MB}\n",
    "sys/fs/cgroup/system.slice/memory.max": f"{1000 * MB}\n",
    "sys/fs/cgroup/system.slice/memory.current": f"{900 * MB}\n",
    "sys/fs/cgroup/system.slice/memory.stat": f"anon 5\ninactive_file {50 * MB}\n",
    "sys/fs/cgroup/system.slice/worker.service/cpu.max": "50000 100000\n",
}
V1 = {
    "proc/self/cgroup": "4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n1:name=systemd:/docker/x\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{1000 * MB}\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{900 * MB}\n",
    "sys/fs/cgroup/memory/memory.stat": f"inactive_file 1\ntotal_inactive_file {50 * MB}\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
}


@pytest.mark.parametrize("files", [V2, V1], ids=["v2", "v1"])
def test_a_containers_limits_count(tmp_path: Path, files: Mapping[str, str]) -> None:
    """Also those of the group around it; files that can be read again are no loss."""
    own = machine(tmp_path, {"proc/meminfo": MEMINFO, **files})
    assert own.free_memory() == 150 * MB
    assert own.cores == 0.5


def test_limits_that_are_none(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "4:memory:/\n3:cpu:/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }
    own = machine(tmp_path, files)
    assert own.free_memory() is None
    assert own.cores >= 1


def test_the_share_of_a_containers_cores_that_is_in_use(tmp_path: Path) -> None:
    """Of its half core, not of the machine's."""
    now = 100.0
    stat = tmp_path / "sys/fs/cgroup/system.slice/worker.service/cpu.stat"
    own = machine(tmp_path, V2)
    own._now = lambda: now
    stat.write_text("usage_usec 1000000\nuser_usec 1\n")
    assert own.busy() == 0.0
    now += SMOOTHING_TIME
    stat.write_text(f"usage_usec {1000000 + int(SMOOTHING_TIME * 250_000)}\n")
    assert own.busy() == pytest.approx(0.5)


def test_a_moment_of_all_cores_is_no_load(tmp_path: Path) -> None:
    now = 0.0
    own = machine(tmp_path, {"proc/stat": "cpu 0 0 0 100 0 0 0 0 0 0\n"})
    own._now = lambda: now
    own.busy()
    now = 1.0
    (tmp_path / "proc/stat").write_text("cpu 200 0 0 100 0 0 0 0 0 0\n")
    assert 0.0 < own.busy() < 0.1
    assert own.busy() < 0.1, "no time has passed"


def test_this_machine_says() -> None:
    own = Machine()
    assert own.cores > 0
    own.busy()
    assert 0.0 <= own.busy() <= 1.0
    assert (own.free_memory() or 1) > 0


@pytest.mark.platform("linux", reason="smaps_rollup is Linux's")
def test_a_process_counts_with_what_it_has_started() -> None:
    """A child that holds 40 MB, and an empty parent."""
    child = "import sys; held = bytearray(b'x' * (40 << 20)); print('there', flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        assert running.stdout.readline() == "there\n"
        assert process_memory.can_be_read()
        assert 40 * MB < process_memory.memory_of(running.pid) < 100 * MB
        running.stdin.close()
    assert process_memory.memory_of(running.pid) == 0
