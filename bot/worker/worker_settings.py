"""The settings of a worker: those of its bots, without a room and a token, which come with each job."""

from collections.abc import Mapping
from pathlib import Path

from bot.settings.reading import Reading, read_settings

NO_ROOM = "the-room-of-a-job"
"""The room in settings that are read before there is one."""


def read_worker_settings(options: Mapping[str, object], environ: Mapping[str, str]) -> Reading:
    """Read them from flags, `environ` and the .env files of the current folder; a token made elsewhere is not used."""
    return read_settings(
        {**options, "room": NO_ROOM}, environ=environ, directory=Path.cwd(), origin="flag", unused=("livekit_token",)
    )
