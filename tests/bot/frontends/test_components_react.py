"""A page of LiveKit's components-react in a real Chromium, and a bot in a real room: the page finds what it needs."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from playwright.async_api import Page

from bot import VoiceBot
from bot.process.listening_port import listening_socket
from bot.room.token import visitor_token
from pipeline.providers.local.hearing.engines import MoonshineTranscriber
from pipeline.providers.local.speaking.hibari import HibariSynthesizer
from pipeline.providers.local.thinking.responder import Responder
from pipeline.speech import Speech
from pipeline.testing import ScriptedLanguageModel
from tests.bot.frontends.bundle import bundled_page
from tests.bot.web.browser import NEEDS_BROWSER, open_browser, open_tab, plays, until
from tests.support.access import Server
from tests.support.bot import Tones, bot_settings

pytestmark = [pytest.mark.sfu, pytest.mark.alone, NEEDS_BROWSER]

TOKEN_TAKES = 2.5
"""Seconds between the click and the token: so long a bot may take to be started."""


@asynccontextmanager
async def open_frontend(
    server: Server, room: str, microphone: Path, *, token_takes: float = 0.0
) -> AsyncIterator[Page]:
    """Open the page before the first click, with a microphone that plays a file from the click on."""
    token = visitor_token(
        api_key=server.api_key,
        api_secret=server.api_secret,
        room=room,
        identity="ann",
        name="Ann",
        metadata="",
        attributes={},
        room_config=None,
    )
    given = json.dumps({"url": server.url, "token": token, "tokenTakes": 1000 * token_takes})
    script = f"<script>window.given = {given};</script><script>{await asyncio.to_thread(bundled_page)}</script>"
    body = f'<!doctype html><meta charset="utf-8"><div id="root"></div>{script}'
    flags = (*plays(microphone), "--autoplay-policy=no-user-gesture-required")
    async with served(body) as address, open_browser(flags) as browser, open_tab(browser) as page:
        await page.goto(address)
        yield page


@asynccontextmanager
async def served(body: str) -> AsyncIterator[str]:
    """Serve a page on loopback: one that playwright answers itself may not reach a server there."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    runner, bound = web.AppRunner(app, access_log=None), listening_socket(0)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"
    finally:
        await runner.cleanup()


async def seen(page: Page, what: str) -> Any:
    return await page.evaluate(f"seen.{what}")


async def states(page: Page) -> list[str]:
    return [state for state, _ in groupby(await seen(page, "states"))]


def write_sound(path: Path, *pieces: Any, rate: int) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(np.concatenate(pieces).astype("<i2").tobytes())


async def question(path: Path, voice: HibariSynthesizer, text: str) -> None:
    """Write a file with 0.3 s of silence, the question, and silence."""

    async def words() -> AsyncIterator[str]:
        yield text

    speech = [piece.samples async for piece in voice.speak(words()) if isinstance(piece, Speech)]
    before, after = (np.zeros(round(seconds * voice.rate), np.int16) for seconds in (0.3, 30.0))
    write_sound(path, before, *speech, after, rate=voice.rate)


async def test_a_page_finds_the_bot_and_reads_what_both_say(
    livekit_server: Server, room_name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """States in order, the greeting although the transcript is opened late, chat, and what the Playground asks."""
    write_sound(tmp_path / "silence.wav", np.zeros(48_000 * 60), rate=48_000)
    settings = bot_settings(livekit_server, room_name, tmp_path, greeting="3000 Hz for 3 s", legacy_captions=True)
    model = ScriptedLanguageModel()
    model.says_only("2000 Hz for 0.4 s")
    async with (
        open_frontend(livekit_server, room_name, tmp_path / "silence.wav") as page,
        VoiceBot(settings, stt=None, llm=model, tts=Tones()) as bot,
    ):
        started = asyncio.ensure_future(page.evaluate("start()"))
        await until(page, "seen.states.includes('speaking')")
        await page.evaluate("showTranscript()")
        await started
        await until(page, "seen.states.filter((state) => state === 'listening').length >= 1")
        greeting = ("agentTranscript", "3000 Hz for 3 s")
        await until(page, "seen.messages.length === 1 && seen.messages[0][2] === 'true'")
        shown = await states(page)
        assert shown[:2] == ["disconnected", "connecting"], shown
        assert [state for state in shown if state in ("speaking", "listening")][-2:] == ["speaking", "listening"]
        assert not {"failed", "idle"} & set(shown)
        assert await seen(page, "failures") == []
        loudest = max(bar for state, bar in await seen(page, "bars") if state == "speaking" and bar is not None)
        assert loudest > 30, "the bars move with the voice"
        assert await seen(page, "legacy") == [["3000 Hz for 3 s", True]]

        await page.evaluate("send('What is the time?')")
        await until(page, "seen.messages.length === 3 && seen.messages[2][2] === 'true'")
        kinds = [(kind, text) for kind, text, _ in await seen(page, "messages")]
        answer = bot.history[-1].text
        assert kinds == [greeting, ("chatMessage", "What is the time?"), ("agentTranscript", answer)]
        received = [tuple(message) for message in await seen(page, "received")]
        assert len(received) == len(set(received)) == 3, "each message comes once"

        await page.evaluate("ask('ping', 'ping')")
        await page.evaluate("ask('history', 'getChatHistory')")
        await page.evaluate("ask('state', 'getSessionState')")
        await page.evaluate("ask('stats', 'getRtcStats')")
        await until(page, "Object.keys(seen.answers).length === 4")
        answers = await seen(page, "answers")
        assert answers["ping"] == {"requestId": "ping", "pong": {}}
        assert len(answers["history"]["getChatHistory"]["items"]) == 3
        assert answers["state"]["getSessionState"]["agentState"] == "AS_LISTENING"
        assert "does not answer" in answers["stats"]["error"]
        await page.evaluate("ask('run', 'runInput', {text: 'And now?'})")
        await until(page, "'run' in seen.answers")
        (item,) = (await seen(page, "answers"))["run"]["runInput"]["items"]
        assert item["message"]["content"] == [{"text": bot.history[-1].text}]
        assert {"conversationItemAdded", "agentStateChanged"} <= set(await seen(page, "events"))
    assert "byte stream" not in caplog.text


async def test_what_is_said_between_the_click_and_the_bot_is_heard(
    livekit_server: Server, room_name: str, tmp_path: Path
) -> None:
    """The question is over before there is even a token. Both sides' words are shown, each once."""
    transcriber, voice = MoonshineTranscriber(), HibariSynthesizer()
    settings = bot_settings(livekit_server, room_name, tmp_path)
    try:
        await question(tmp_path / "question.wav", voice, "What time is it?")
        await transcriber.warm()
        async with (
            VoiceBot(settings, stt=transcriber, llm=Responder(), tts=voice) as bot,
            open_frontend(livekit_server, room_name, tmp_path / "question.wav", token_takes=TOKEN_TAKES) as page,
        ):
            await page.evaluate("showTranscript()")
            await page.evaluate("start()")
            await until(page, "seen.messages.some(([type]) => type === 'agentTranscript')")
            await until(page, "seen.messages.length === 2 && seen.messages.every(([, , final]) => final === 'true')")
            (asked, words, _), (answered, answer, _) = await seen(page, "messages")
            assert (asked, answered) == ("userTranscript", "agentTranscript")
            assert "what time is it" in words.lower()
            assert "it is" in answer.lower()
            assert [message.text for message in bot.history] == [words, answer]
            shown = await states(page)
            assert shown.index("connecting") < shown.index("speaking"), shown
            assert "failed" not in shown
    finally:
        await transcriber.aclose()
        await voice.aclose()
