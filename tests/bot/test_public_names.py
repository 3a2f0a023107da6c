"""What a program imports from `bot` and `pipeline`: all there, documented, and loaded only when it is used."""

import subprocess
import sys
from types import ModuleType

import pytest

import bot
import pipeline
from tests.support.waiting import WAIT_LIMIT

USE = """
from bot import Agent, Message, Policy, RoomClosed, VoiceBot, events, history_from_json, history_to_json, ports
from pipeline import Policy as SamePolicy

assert Policy is SamePolicy and Agent and ports.LanguageModel and events.PersonLinked and VoiceBot and RoomClosed
assert history_from_json(history_to_json([Message("user", "Hello.", 0.0)]))[0].text == "Hello."
"""


@pytest.mark.parametrize("package", [bot, pipeline])
def test_every_public_name_is_there_and_documented(package: ModuleType) -> None:
    documentation = f"{bot.__doc__} {pipeline.__doc__}"
    for name in package.__all__:
        assert getattr(package, name) is not None
        assert name in documentation
    assert len(set(package.__all__)) == len(package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


def test_the_names_are_used_as_documented() -> None:
    subprocess.run([sys.executable, "-c", USE], check=True, timeout=WAIT_LIMIT)


def test_importing_the_packages_loads_nothing_heavy() -> None:
    """`--help` passes through here."""
    assert loaded("bot, pipeline", "numpy", "livekit", "asyncio", "pipeline.turn.policy", "bot.voicebot") == []


def test_a_start_loads_nothing_that_most_bots_do_not_use() -> None:
    """Each of them takes a tenth of a second or more."""
    assert loaded("bot.assembly.assemble", "aiohttp", "pydantic", "mcp", "livekit.api", "openai") == []


def loaded(imported: str, *names: str) -> list[str]:
    """Return which of these modules a process has that imports others."""
    code = f"import sys, {imported}; print(*[name for name in {names} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=WAIT_LIMIT)
    return found.stdout.split()
