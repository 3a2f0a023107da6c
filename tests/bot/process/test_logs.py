"""The command's log: one line a record, no secrets, whoever writes them."""

import ctypes
import logging
from collections.abc import Iterator

import jwt
import pytest
from livekit import rtc
from livekit.rtc import _ffi_client
from livekit.rtc._proto import ffi_pb2

from bot.process import logs

SECRET = "a-secret-of-some-length"
TOKEN = jwt.encode({"sub": "me"}, SECRET + SECRET)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Put the process's logging back as pytest wants it."""
    root, livekit = logging.getLogger(), logging.getLogger("livekit")
    before = root.level, root.handlers[:], livekit.level, livekit.filters[:]
    root.handlers = []  # or pytest's would be closed
    yield
    root.level, root.handlers, livekit.level, livekit.filters = before


def native(level: str, message: str) -> None:
    """Let the client library have a line of the native log, as the native side sends it."""
    record = ffi_pb2.LogRecord(
        level=ffi_pb2.LogLevel.Value(f"LOG_{level}"), target="livekit_ffi", line=1, module_path="m", message=message
    )
    event = ffi_pb2.FfiEvent(logs=ffi_pb2.LogBatch(records=[record])).SerializeToString()
    _ffi_client.ffi_event_callback((ctypes.c_uint8 * len(event)).from_buffer_copy(event), len(event))


def test_tokens_in_the_native_log_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    native("ERROR", f"401 Unauthorized - invalid token: {TOKEN}, error")
    native("DEBUG", f"GET /rtc?access_token={TOKEN[:60]}")
    written = capsys.readouterr().err
    assert "invalid token: [token], error" in written
    assert TOKEN[:30] not in written


def test_the_native_log_is_only_for_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    native("ERROR", "signal connection failed")
    assert "signal connection failed" not in capsys.readouterr().err


def test_exceptions_in_callbacks_are_logged_at_every_level(capsys: pytest.CaptureFixture[str]) -> None:
    """The client library swallows them, so its log is the only place where such a bug shows."""
    logs.configure("error")
    room: rtc.EventEmitter[str] = rtc.EventEmitter()

    def broken() -> None:
        raise ValueError("broken callback")

    room.on("event", broken)
    room.emit("event")
    assert "ValueError: broken callback" in capsys.readouterr().err


def test_secrets_are_redacted_in_messages_arguments_and_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", secrets=[SECRET, "secret"])
    log = logging.getLogger("any.library")
    log.info("> Authorization: Token %s", SECRET)
    try:
        raise ValueError(f"{SECRET} and {TOKEN}")
    except ValueError:
        log.exception("the API secret is wrong")
    written = capsys.readouterr().err
    assert "Authorization: Token [secret]" in written
    assert "ValueError: [secret] and [token]" in written
    assert "the API secret is wrong" in written, "what development servers use for a secret is a word"
    assert SECRET not in written


def test_a_message_is_one_line_and_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    logging.getLogger("bot").warning("the server said %s", "<html>\r\n2026-01-01 ERROR bot: lies\x1b[31m\tend")
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert written.endswith("<html>\\r\\n2026-01-01 ERROR bot: lies\\x1b[31m\tend\n")
