"""compose.yaml and livekit.yaml: what they name is there. No container was started."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.process.exit_codes import ExitCode
from bot.serve.arguments import ServeArguments
from scripts.livekit.build import VERSION
from tests.deploy.program import DEPLOY, PORT, PROVIDERS, SERVER, served, start, unknown_variables

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
LIVEKIT = yaml.safe_load((DEPLOY / "livekit.yaml").read_text("utf-8"))
OURS = ("worker", "serve")

MINUTES = {"m": 60, "s": 1}


def filled(text: str) -> str:
    """A value as Compose reads it, with 192.0.2.10 for what comes from the environment."""
    return re.sub(r"\$\{[^}]+\}", "192.0.2.10", text)


def command(name: str) -> ServeArguments:
    return served([filled(argument) for argument in SERVICES[name]["command"]])


def seconds(text: str) -> int:
    number, unit = int(text[:-1]), text[-1]
    return number * MINUTES[unit]


def test_all_that_one_machine_needs_is_there() -> None:
    assert set(SERVICES) == {"redis", "livekit", *OURS}
    assert command("worker").worker is not None
    assert command("serve").worker is None
    assert not command("worker").has_page


@pytest.mark.parametrize("name", OURS)
def test_ours_start_with_the_variables_that_they_are_given(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {**SERVER, **PROVIDERS} | {"BOT_GREETING": "Hello!"}
    environ = {variable: given[variable] for variable in SERVICES[name]["environment"] if variable in given}
    arguments = [filled(argument) for argument in SERVICES[name]["command"]]
    assert start(arguments, environ, tmp_path, monkeypatch) == (ExitCode.OK, True)


def test_tokens_call_the_bots_of_the_worker() -> None:
    worker = command("worker").worker
    assert worker is not None
    assert worker.agent_name == command("serve").agent_name != ""


def test_calls_may_end_before_the_worker_is_killed() -> None:
    worker = command("worker").worker
    assert worker is not None
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > worker.drain_delay


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_the_program_reads(name: str) -> None:
    assert unknown_variables(SERVICES[name]["environment"]) == set()


@pytest.mark.parametrize("name", OURS)
def test_ours_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["init"], "what a bot's process leaves behind is reaped"


def test_whoever_gets_tokens_without_a_key_is_on_this_machine() -> None:
    assert command("serve").token_access == "open"
    assert SERVICES["serve"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert "ports" not in SERVICES["worker"]


def test_images_of_others_have_versions_and_the_server_is_the_one_of_the_tests() -> None:
    images = {name: service["image"] for name, service in SERVICES.items() if name not in OURS}
    assert images["livekit"] == f"livekit/livekit-server:{VERSION}"
    assert all(re.search(r":v?\d+\.\d+", image) for image in images.values()), images


def test_the_server_listens_where_others_look_for_it() -> None:
    ports = {LIVEKIT["port"], LIVEKIT["rtc"]["tcp_port"], f"{LIVEKIT['rtc']['udp_port']}/udp"}
    assert {entry.partition(":")[2] for entry in SERVICES["livekit"]["ports"]} == {str(port) for port in ports}
    assert LIVEKIT["redis"]["address"] == "redis:6379"
    for name in OURS:
        assert SERVICES[name]["environment"]["LIVEKIT_URL"] == f"ws://livekit:{LIVEKIT['port']}"
    assert command("serve").client_url == f"ws://192.0.2.10:{LIVEKIT['port']}"
    (volume,) = SERVICES["livekit"]["volumes"]
    source, inside, _ = volume.split(":")
    assert (DEPLOY / source).is_file()
    assert inside in SERVICES["livekit"]["command"]


def test_the_image_is_built_from_the_checkout() -> None:
    for name in OURS:
        build = SERVICES[name]["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
