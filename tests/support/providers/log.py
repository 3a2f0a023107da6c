"""What the simulators were asked for and when they answered: served as JSON to whoever measures a bot against them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from aiohttp import web

from .cartesia import CartesiaSimulator
from .deepgram import DeepgramSimulator
from .openai import OpenAISimulator

LAST_MESSAGES = 4
"""Of each request to the language model: the turn, and what came before it. All of them would grow with the square."""


@asynccontextmanager
async def serve_log(
    deepgram: DeepgramSimulator, openai: OpenAISimulator, cartesia: CartesiaSimulator
) -> AsyncIterator[str]:
    """Serve the log until left; yields its URL."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(log_of(deepgram, openai, cartesia))

    app = web.Application()
    app.router.add_get("/log", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/log"
    finally:
        await runner.cleanup()


def log_of(deepgram: DeepgramSimulator, openai: OpenAISimulator, cartesia: CartesiaSimulator) -> Mapping[str, Any]:
    """`finals` with their words, `finalizes`, `requests`, `syntheses`: in their order. Times are loop times or null."""
    return {
        "finals": _finals(deepgram),
        "finalizes": _finalizes(deepgram),
        "requests": [
            {
                "at": request.at,
                "first_token_at": request.first_token_at,
                "ended_at": request.ended_at,
                "gone_at": request.gone_at,
                "messages": [
                    {"role": message["role"], "content": message.get("content")}
                    for message in request.body["messages"][-LAST_MESSAGES:]
                ],
            }
            for request in openai.requests
        ],
        "syntheses": [asdict(synthesis) for synthesis in cartesia.syntheses],
    }


def _finals(deepgram: DeepgramSimulator) -> list[dict[str, Any]]:
    results = [(each.at, json.loads(each.text)) for each in deepgram.messages if each.sent and each.kind == "Results"]
    texts = [(at, each["channel"]["alternatives"][0]["transcript"]) for at, each in results if each["is_final"]]
    return [{"at": at, "text": text} for at, text in texts if text]


def _finalizes(deepgram: DeepgramSimulator) -> list[dict[str, float | None]]:
    """Each Finalize with its answer, if there was one before the next. Connections that overlap are not told apart."""
    found: list[dict[str, float | None]] = []
    for message in deepgram.messages:
        if message.kind == "Finalize" and not message.sent:
            found.append({"at": message.at, "answered_at": None})
        elif message.sent and found and message.kind == "Results" and json.loads(message.text)["from_finalize"]:
            found[-1]["answered_at"] = found[-1]["answered_at"] or message.at
    return found
