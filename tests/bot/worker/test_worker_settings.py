"""The settings of a worker: what it says where it cannot reach the server."""

from pathlib import Path

import pytest

from bot.worker.worker_settings import read_worker_settings

SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("given", "absent"),
    [
        ({}, ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]),
        ({"LIVEKIT_TOKEN": "a-token"}, ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]),
        ({"LIVEKIT_API_KEY": "devkey"}, ["LIVEKIT_API_SECRET"]),
        ({"LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "secret"}, []),
    ],
    ids=["nothing", "token", "half", "pair"],
)
def test_a_worker_needs_the_key_pair_and_no_token_takes_its_place(
    given: dict[str, str], absent: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    faults = read_worker_settings({}, SERVER | given).faults
    assert [fault.split(":")[0] for fault in faults] == [f"no {name}" for name in absent]
    assert all("a token is for one room only" in fault for fault in faults)
