"""The command line of the service."""

import pytest

from bot.serve.arguments import parse


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (["--bogus"], "unknown flag --bogus"),
        (["--wrker"], "unknown flag --wrker, did you mean --worker?"),
        (["--worker", "--idl", "2"], "unknown flag --idl, did you mean --idle?"),
        (["--port", "x"], "give a number from 0 to 65535, not 'x'"),
        (["--port", "70000"], "give a number from 0 to 65535"),
        (["--rate-limit", "0"], "give at least 1"),
        (["--proxies", "-1"], "give a whole number"),
        (["--allow-origin", "example.com"], "give an origin such as https://example.com, without a path"),
        (["--allow-origin", "https://example.com/"], "without a path"),
        (["--allow-origin", "https://user@example.com"], "without a path"),
        (["--allow-origin", "http://["], "give an origin"),
        (["--client-url", "example.com"], "must be an address such as ws://"),
        (["--token-access", "all"], "invalid choice"),
        (["--greeting", "Hello."], "--greeting is for the bots: add --worker"),
        (["--idle", "2"], "unknown flag --idle"),
        (["--worker", "--room", "lobby"], "LiveKit names the rooms"),
        (["--worker", "--max-jobs", "0"], "give at least 1"),
        (["--print-config"], "--print-config is no flag of serve"),
    ],
)
def test_wrong_usage_is_told_as_its_own(wrong: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(wrong)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: python -m bot serve [--worker]")
    assert why in error


def test_alone_it_needs_nothing() -> None:
    arguments = parse([])
    assert (arguments.host, arguments.port, arguments.token_access) == ("127.0.0.1", 8080, "open")
    assert arguments.worker is None
    assert arguments.has_page


def test_whoever_it_reaches_from_elsewhere_needs_a_key() -> None:
    assert parse(["--host", "0.0.0.0"]).token_access == "key"
    assert parse(["--host", "::1"]).token_access == "open"
    assert parse(["--host", "0.0.0.0", "--token-access", "open"]).token_access == "open"


def test_the_worker_and_its_bots_get_their_flags() -> None:
    argv = ["--worker", "--agent-name", "reception", "--idle", "3", "--greeting", "Hello.", "--url", "ws://h:1"]
    arguments = parse([*argv, "--allow-origin", "https://A.example", "--allow-origin", "*", "--no-page"])
    assert arguments.worker is not None
    assert (arguments.agent_name, arguments.worker.agent_name, arguments.worker.idle) == ("reception", "reception", 3)
    assert arguments.worker.bot_options["greeting"] == "Hello."
    assert arguments.worker.bot_flags == ("--greeting", "Hello.", "--url", "ws://h:1")
    assert arguments.options == {"url": "ws://h:1"}
    assert arguments.origins == ("https://a.example", "*")
    assert not arguments.has_page
