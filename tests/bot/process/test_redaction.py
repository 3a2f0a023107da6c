"""No access token reaches a log or a message, whichever way it came in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.process.redaction import redact
from bot.room.token import agent_token

SECRET = "s" * 40
TOKEN = agent_token(api_key="key", api_secret=SECRET, room="room", identity="bot")
HEADER, CLAIMS, SIGNATURE = TOKEN.split(".")

FAR = "eyJ0eXAiOiJKV1QifQ"
BASE64 = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"401 Unauthorized - invalid token: {TOKEN}, error: token signature is invalid",
        f"wss://host/rtc?access_token={TOKEN}&auto_subscribe=1",
        f'{{"token":"{TOKEN}"}}',
        f"Authorization: Bearer {TOKEN}\nnext",
        f"cut off: {HEADER}.{CLAIMS}.{SIGNATURE[:5]}",
        f"cut off: {HEADER}.{CLAIMS}.",
        f"cut off: {HEADER}.{CLAIMS[:20]}",
        f"{TOKEN} and {TOKEN}",
    ],
)
def test_tokens_are_taken_out(text: str) -> None:
    clean = redact(text)
    assert "[token]" in clean
    for part in (HEADER, CLAIMS[:20], SIGNATURE[:5]):
        assert part not in clean
    assert re.sub(r"eyJ[\w.-]+", "[token]", text) == clean, "and nothing else"


@given(claims=BASE64, signature=BASE64, before=st.text(), after=st.text())
def test_any_token_in_any_text(claims: str, signature: str, before: str, after: str) -> None:
    clean = redact(f"{before} {FAR}.{claims}.{signature} {after}")
    assert f"{FAR}." not in clean.removeprefix(before)
    assert "[token]" in clean


@pytest.mark.parametrize(
    "text", ["", "could not join by ws://127.0.0.1:7880", "key eyJ is no token", "a.b.c", "eyJhbGci", "99.5 %d %s"]
)
def test_other_texts_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("secrets", "clean"), [((SECRET,), "key k3y and [secret]!"), (("k3y",), f"key k3y and {SECRET}!"), (("",), None)]
)
def test_secrets_of_our_own_are_taken_out_unless_they_may_be_words(secrets: tuple[str, ...], clean: str | None) -> None:
    text = f"key k3y and {SECRET}!"
    assert redact(text, secrets) == (clean or text)
