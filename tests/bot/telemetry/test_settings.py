"""What the settings of telemetry are, and what is said of those that cannot be used."""

import sys
from pathlib import Path

import pytest

from bot.process.exit_codes import ExitCode
from bot.settings.reading import Reading, read_settings
from bot.telemetry import tracing
from pipeline.errors import SettingsError


def read(options: dict[str, object], tmp_path: Path) -> Reading:
    environ = {"BOT_ROOM": "r", "LIVEKIT_URL": "ws://h", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s"}
    return read_settings(options, environ=environ, directory=tmp_path, origin="flag")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"metrics_port": "http"}, "must be a port from 0 to 65535, not 'http'"),
        ({"metrics_port": "70000"}, "must be a port from 0 to 65535"),
        ({"metrics_host": "my host"}, "must be an address of this machine"),
        ({"prices": "none.toml"}, "cannot be read (No such file or directory)"),
        ({"otel": "perhaps"}, "--otel"),
    ],
    ids=["a name", "too high", "two words", "no file", "no switch"],
)
def test_faults_say_what_to_do(options: dict[str, object], said: str, tmp_path: Path) -> None:
    (fault,) = read(options, tmp_path).faults
    assert said in fault


def test_they_are_off_by_default(tmp_path: Path) -> None:
    settings = read({}, tmp_path).require()
    assert settings.metrics_port is None
    assert settings.prices is None
    assert not settings.otel
    assert not settings.otel_content


def test_a_price_file_is_read_where_it_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[services.openai]\nper_request = 0.5\n")
    prices = read({"prices": "p.toml"}, tmp_path).require().prices
    assert prices is not None
    assert prices.services["openai"].per_request == 0.5
    untrusted = read_settings({"prices": "p.toml"}, environ={}, directory=tmp_path, origin="keyword", joins=False)
    assert "names a file by a text" in untrusted.faults[0]


def test_spans_without_the_extra_are_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match="install the extra otel"):
        tracing.start_tracing()


def test_a_worker_looks_for_the_extra_before_it_takes_jobs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from bot.worker.arguments import parse
    from bot.worker.command import run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.worker.setup.can_trace", lambda: False)
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.setenv(name, "ws://127.0.0.1:9" if name == "LIVEKIT_URL" else "some-key")
    assert run(parse(["--otel", "--stt", "none", "--llm", "none", "--tts", "none"])) == ExitCode.SETTINGS
    assert "install the extra otel" in capsys.readouterr().err


def test_serve_has_its_own_port_for_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    from bot.serve.arguments import parse

    with pytest.raises(SystemExit):
        parse(["--worker", "--metrics-port", "9464"])
    assert "--metrics-port is no flag of serve: its own port has /metrics" in capsys.readouterr().err
