"""The settings of `transfer_to_human`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.settings.reading import Reading, read_settings

SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:7880", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "devsecret"}


def read(directory: Path, environ: Mapping[str, str] = SERVER, *, joins: bool = True, **options: object) -> Reading:
    return read_settings({"room": "r", **options}, environ=environ, directory=directory, origin="flag", joins=joins)


def test_all_of_them(tmp_path: Path) -> None:
    environ = {**SERVER, "BOT_TRANSFER_SECRET": "whsec_c2VjcmV0", "BOT_TRANSFER_THEN": "Scribe"}
    reading = read(
        tmp_path,
        environ,
        transfer_webhook="https://example.com/desk?team=1",
        transfer_to=" sip:desk@example.com ",
        transfer_text="One moment.",
    )
    settings = reading.require()
    assert settings.transfer_webhook == "https://example.com/desk?team=1"
    assert (settings.transfer_to, settings.transfer_then) == ("sip:desk@example.com", "scribe")
    assert settings.transfer_text == "One moment."
    assert "whsec_c2VjcmV0" in settings.secrets


@pytest.mark.parametrize(
    "address", ["tel:+15551234567", "tel:112", "sip:desk@example.com", "SIPS:a@b:5061", "sip:b.org"]
)
def test_an_address_for_calls(tmp_path: Path, address: str) -> None:
    assert read(tmp_path, transfer_to=address).require().transfer_to == address


@pytest.mark.parametrize("address", ["+15551234567", "tel:", "tel:abc", "sip:", "sip:a b@c", "mailto:a@b", "sip:@"])
def test_what_is_none_is_refused_with_what_to_write(tmp_path: Path, address: str) -> None:
    (fault,) = read(tmp_path, transfer_to=address).faults
    assert fault.startswith("flag --transfer-to must be an address such as tel:+15551234567 or sip:help@example.com")


@pytest.mark.parametrize("url", ["example.com", "ftp://example.com", "https://", "https://user:pass@example.com/x"])
def test_a_webhook_needs_a_web_address_and_none_is_repeated(tmp_path: Path, url: str) -> None:
    (fault,) = read(tmp_path, transfer_webhook=url).faults
    assert fault.startswith("flag --transfer-webhook must be an address such as https://")
    assert "pass@example" not in fault


@pytest.mark.parametrize(
    ("options", "environ", "says"),
    [
        ({"transfer_then": "stay"}, {}, "--transfer-then must be leave or scribe, not 'stay'"),
        ({}, {"BOT_TRANSFER_SECRET": "x"}, "signs what is posted to --transfer-webhook: give that, too."),
        ({"transfer_webhook": "http://h"}, {"BOT_TRANSFER_SECRET": "whsec_?"}, "no base64 after whsec_: copy it again"),
    ],
)
def test_faults(tmp_path: Path, options: dict[str, Any], environ: dict[str, str], says: str) -> None:
    (fault,) = read(tmp_path, SERVER | environ, **options).faults
    assert says in fault
    assert "whsec_?" not in fault


def test_calls_are_transferred_with_the_server_s_key_pair(tmp_path: Path) -> None:
    faults = read(tmp_path, {"LIVEKIT_URL": "ws://h"}, transfer_to="tel:112").faults
    assert any("flag --transfer-to is for telephone calls, which are transferred with" in fault for fault in faults)
    assert read(tmp_path, {}, joins=False, transfer_to="tel:112").faults == ()


def test_without_any_the_bot_leaves(tmp_path: Path) -> None:
    settings = read(tmp_path).require()
    assert (settings.transfer_to, settings.transfer_webhook, settings.transfer_then) == (None, None, "leave")
