"""What a person does wrong, or the network, as each provider reports it when it is warmed: in one form for all."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pipeline.errors import ProviderError, Refused, Unavailable
from pipeline.ports import LanguageModel, Synthesizer, Transcriber
from pipeline.providers.cartesia import CartesiaSynthesizer
from pipeline.providers.deepgram import DeepgramTranscriber
from pipeline.providers.openai import OpenAIChat
from tests.support.waiting import WAIT_LIMIT

Provider = Transcriber | LanguageModel | Synthesizer
Make = Callable[..., Provider]

PROVIDERS: list[tuple[str, Make]] = [
    ("Deepgram", DeepgramTranscriber),
    ("OpenAI", OpenAIChat),
    ("Cartesia", CartesiaSynthesizer),
]
KEY = "a-key-of-this-test"


@asynccontextmanager
async def server(status: int | None) -> AsyncIterator[str]:
    """Answers everything with a status, or with nothing at all; yields its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if status is None:
                    continue
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        listening.close()


async def warmed(make: Make, **given: Any) -> ProviderError:
    provider = make(**{"api_key": KEY, **given})
    try:
        with pytest.raises(ProviderError) as raised:
            async with asyncio.timeout(WAIT_LIMIT):
                await provider.warm()
        return raised.value
    finally:
        await provider.aclose()


@pytest.mark.parametrize(
    ("status", "path", "kind", "says"),
    [
        (401, "", Refused, "the API key was refused: check {NAME}_API_KEY, and {NAME}_BASE_URL if it names another"),
        (404, "", Refused, "there is no such service at http://127.0.0.1:PORT{own}: check {NAME}_BASE_URL"),
        (
            404,
            "/wrong",
            Refused,
            "there is no such service at http://127.0.0.1:PORT/wrong: leave the path out of {NAME}",
        ),
        (500, "", Unavailable, "the server is in trouble: try again later (HTTP 500)"),
        (503, "", Unavailable, "the server is in trouble: try again later (HTTP 503)"),
    ],
)
@pytest.mark.parametrize(("name", "make"), PROVIDERS)
async def test_an_answer_that_is_none(
    name: str, make: Make, status: int, path: str, kind: type[ProviderError], says: str
) -> None:
    own = "/v1" if name == "OpenAI" else ""
    wanted = says.format(NAME=name.upper(), own=own)
    async with server(status) as url:
        error = await warmed(make, base_url=url + path)
    assert type(error) is kind
    assert wanted in re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", str(error))
    assert str(error).startswith(f"{name}: ")
    assert f"(HTTP {status})" in str(error)
    assert KEY not in str(error)


@pytest.mark.parametrize(("name", "make"), PROVIDERS)
async def test_nothing_listens_at_the_address(name: str, make: Make) -> None:
    async with server(200) as url:
        pass
    error = await warmed(make, base_url=url)
    advice = f"check the network and {name.upper()}_BASE_URL"
    assert str(error) == f"{name}: no connection to 127.0.0.1 (nothing listens there): {advice}"
    assert type(error).retryable


@pytest.mark.parametrize(("name", "make"), PROVIDERS)
async def test_a_host_that_does_not_exist(name: str, make: Make) -> None:
    error = await warmed(make, base_url="http://no-such-host.invalid")
    assert re.fullmatch(
        rf"{name}: no connection to no-such-host\.invalid \(.+\): check the network and {name.upper()}_BASE_URL",
        str(error),
    )
    assert type(error).retryable


@pytest.mark.slow
@pytest.mark.parametrize(("name", "make"), PROVIDERS)
async def test_a_server_that_never_answers(name: str, make: Make) -> None:
    async with server(None) as url:
        error = await warmed(make, base_url=url)
    assert "no connection to 127.0.0.1 (no answer in time): check the network" in str(error)
    assert type(error).retryable


@pytest.mark.parametrize(("name", "make"), PROVIDERS)
async def test_an_address_that_nobody_set_is_not_to_be_checked(
    name: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider's own address, where the network is away."""
    for module, constant in (
        ("deepgram.wire", "DEEPGRAM_URL"),
        ("openai.wire", "OPENAI_URL"),
        ("cartesia.wire", "CARTESIA_URL"),
    ):
        monkeypatch.setattr(f"pipeline.providers.{module}.{constant}", "https://no-such-host.invalid/v1")
    error = await warmed(make)
    assert str(error).endswith(": check the network")
