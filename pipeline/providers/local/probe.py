"""Looks for a language model on this machine: servers that speak OpenAI's protocol at the ports they are known for."""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import aiohttp

SERVERS: Mapping[str, int] = {"Ollama": 11434, "llama.cpp": 8080, "LM Studio": 1234, "vLLM": 8000}
"""Names and default ports, the likeliest first: each server's documentation has its own."""

PROBE_TIMEOUT = 0.5
"""Seconds for all of them at once: on loopback an answer takes milliseconds, and whoever starts a bot waits for it."""

_NO_CHAT = re.compile(r"embed|minilm|rerank|whisper|\b(bge|gte|e5)[-_]", re.IGNORECASE)
"""In names of models that do not talk: servers list them beside the others, without saying what they are for."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A language model served on this machine: `base_url` and `model` are what OPENAI_BASE_URL and LLM_MODEL take."""

    server: str
    base_url: str
    model: str


async def find_local_model(
    servers: Mapping[str, int] = SERVERS, *, timeout: float = PROBE_TIMEOUT
) -> LocalModel | None:
    """The first server, in the order given, that has a model to talk with; None when there is none in time."""
    found: dict[str, LocalModel] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout), aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            for name, port in servers.items():
                group.create_task(_probe(session, name, port, found))
    return next((found[name] for name in servers if name in found), None)


def chat_model(listing: object) -> str | None:
    """The first model in the answer to GET /v1/models that is not known to be for something else than talking."""
    models = listing.get("data") if isinstance(listing, dict) else None
    names = [model.get("id") for model in models if isinstance(model, dict)] if isinstance(models, list) else []
    return next((name for name in names if isinstance(name, str) and name and not _NO_CHAT.search(name)), None)


async def _probe(session: aiohttp.ClientSession, name: str, port: int, found: dict[str, LocalModel]) -> None:
    """Whatever else answers at the port, or does not, is no finding and no error."""
    base_url = f"http://127.0.0.1:{port}/v1"
    with suppress(aiohttp.ClientError, OSError, ValueError):
        async with session.get(f"{base_url}/models", allow_redirects=False) as response:
            if response.status == 200 and (model := chat_model(json.loads(await response.read()))):
                found[name] = LocalModel(name, base_url, model)
