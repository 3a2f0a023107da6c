"""Addresses as they are set, for every provider that has one."""

import pytest

from pipeline.providers._address import parse_address
from pipeline.providers.cartesia import wire as cartesia
from pipeline.providers.deepgram import wire as deepgram
from pipeline.providers.openai import wire as openai


@pytest.mark.parametrize(
    ("base_url", "http", "ws"),
    [
        (None, "https://own.test", "wss://own.test"),
        ("https://eu.vendor.test/", "https://eu.vendor.test", "wss://eu.vendor.test"),
        ("wss://proxy.test/vendor", "https://proxy.test/vendor", "wss://proxy.test/vendor"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ("WS://127.0.0.1:8080/a/", "http://127.0.0.1:8080/a", "ws://127.0.0.1:8080/a"),
        ("wss://host/http", "https://host/http", "wss://host/http"),
        ("https://[::1]:8080/v1/listen", "https://[::1]:8080", "wss://[::1]:8080"),
        ("http://host/v1/listen/", "http://host", "ws://host"),
        ("http://host/proxy/v1/listen", "http://host/proxy", "ws://host/proxy"),
    ],
)
def test_an_address(base_url: str | None, http: str, ws: str) -> None:
    address = parse_address(base_url, "https://own.test", "/v1/listen")
    assert (address.http, address.ws) == (http, ws)
    assert address.is_given == (base_url is not None)


@pytest.mark.parametrize("scheme", ["http", "ws"])
@pytest.mark.parametrize("prefix", ["", "/proxy"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("service", "endpoint", "base"),
    [
        (deepgram.service, "/v1/listen", ""),
        (deepgram.service, "/v1", ""),
        (openai.service, "/v1/chat/completions", "/v1"),
        (openai.service, "/v1", "/v1"),
        (openai.service, "/chat/completions", None),
        (cartesia.service, "/tts/websocket", ""),
        (cartesia.service, "/tts/bytes", ""),
        (cartesia.service, "/tts/sse", ""),
    ],
)
def test_the_path_of_an_endpoint_may_be_part_of_it(
    scheme: str,
    prefix: str,
    slash: str,
    service: object,
    endpoint: str,
    base: str | None,
) -> None:
    given = service(f"{scheme}://host:81{prefix}{endpoint}{slash}", "a key").address.http  # type: ignore[operator]
    if base is None:  # nothing but the endpoint: as without a path
        base = "" if prefix else "/v1"
    assert given == f"http://host:81{prefix}{base}"
