"""The page in a real browser against a real server: what only a real room can show."""

import json
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page

from bot import VoiceBot
from bot.assembly.person_status import PERSON_ATTRIBUTE
from bot.caller.texts import TRANSCRIPTION
from bot.process.listening_port import listening_socket
from bot.room.attributes import STATE_ATTRIBUTE
from bot.room.captions import UNHEARD_ATTRIBUTE
from bot.web import livekit_client
from bot.web.server import Invitation, open_page
from pipeline.providers.local.hearing.engines import MoonshineTranscriber
from pipeline.providers.local.speaking.hibari import HibariSynthesizer
from pipeline.providers.local.thinking.responder import Responder
from scripts.livekit.api import ServerInfo
from tests.bot.web.browser import BEEPS, NEEDS_BROWSER, open_browser, open_tab, until
from tests.bot.web.scripted_page import SHOTS
from tests.support.access import server_access
from tests.support.bot import bot_settings
from tests.support.caller import Caller
from tests.support.speaking import samples_of
from tests.support.tones import tone
from tests.support.waiting import GHOST_LIMIT

pytestmark = [pytest.mark.sfu, pytest.mark.alone, NEEDS_BROWSER]


@dataclass
class RoomPage:
    """The page of a room, opened, before the first click; and who is played as the bot."""

    page: Page
    bot: Caller

    async def says(self, text: str) -> None:
        """Wait until the page says this of how things are."""
        await until(self.page, f"document.getElementById('stage').innerText.includes({text!r})")

    async def shows(self, *lines: str) -> None:
        """Wait until the page shows these lines, each with who says it."""
        shown = (
            "[...document.querySelectorAll('#transcript li')].map(line => line.innerText.replace(/\\s+/g, ' ').trim())"
        )
        await until(self.page, f"JSON.stringify({shown}) === {json.dumps(json.dumps(lines, separators=(',', ':')))}")

    async def joins(self) -> str:
        """Press the orb; returns the identity of who has come in by that."""
        await self.page.click("#orb")
        (person,) = await self.bot.until(lambda: list(self.bot.room.remote_participants))
        await self.bot.set_attributes({PERSON_ATTRIBUTE: person})
        await self.says("Listening")
        return person

    async def write(
        self, text: str, *, segment: str, final: bool, unheard: str = "", sender: str | None = None
    ) -> None:
        """Show a text as the bot does: its own, or one of the person's."""
        attributes = {"lk.segment_id": segment, "lk.transcription_final": "false"}
        writer = await self.bot.room.local_participant.stream_text(
            topic=TRANSCRIPTION, sender_identity=sender, attributes=attributes
        )
        await writer.write(text)
        ending = {"lk.transcription_final": str(final).lower()} | ({UNHEARD_ATTRIBUTE: unheard} if unheard else {})
        await writer.aclose(attributes=ending)


NewPage = Callable[..., Awaitable[RoomPage]]


@pytest.fixture
async def new_page(livekit_server: ServerInfo, room_name: str) -> AsyncIterator[NewPage]:
    """Open the page, with a bot in the room that listens and has a voice."""
    server = livekit_server
    async with AsyncExitStack() as stack:

        async def open_one(microphone: tuple[str, ...] = BEEPS) -> RoomPage:
            bot = Caller(
                *(server.url, server.api_key, server.api_secret),
                room=room_name,
                identity="bot",
                kind="agent",
                attributes={STATE_ATTRIBUTE: "listening"},
            )
            await stack.enter_async_context(bot)
            invitation = Invitation(server_access(server), room_name)
            page_at = open_page(invitation, livekit_client.get(print), listening_socket(0))
            address = await stack.enter_async_context(page_at)
            browser = await stack.enter_async_context(open_browser(microphone))
            page = await stack.enter_async_context(open_tab(browser, reduced_motion="reduce"))
            await page.goto(address)
            return RoomPage(page, bot)

        yield open_one


async def test_both_sides_are_heard_and_written_down(new_page: NewPage) -> None:
    """With LiveKit's own client under the page's security policy: sound, levels, texts, chat, mute, leaving."""
    it = await new_page()
    page, bot = it.page, it.bot
    person = await it.joins()
    await bot.hears()  # the beeping microphone
    await until(page, "parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mic')) > 0.2")
    play = bot.start_playing(tone(440, 20.0), 48_000)
    await until(page, "document.querySelector('audio') && !document.querySelector('audio').paused")
    await until(page, "parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--voice')) > 0.2")
    play.stop()

    await it.write("what", segment="a", final=False, sender=person)
    await it.shows("You: what")
    await it.write("what time", segment="a", final=True, sender=person)
    await it.write("Noon, and", segment="b", final=True, unheard="not later.")
    await it.shows("You: what time", "Bot: Noon, and not later.")
    assert (await page.inner_text("#transcript .bot del")).strip() == "not later."
    await bot.send_text("Here is the link.")
    await page.fill("#text", "Thank you.")
    await page.press("#text", "Enter")
    await bot.until(lambda: [chat.text for chat in bot.texts.chat()] == ["Thank you."])
    await it.shows("You: what time", "Bot: Noon, and not later.", "Bot: Here is the link.", "You: Thank you.")

    await page.click("#mute")
    await it.says("You are muted")
    await bot.until(lambda: any(noted.what == "track_muted" for noted in bot.notes))
    await page.click("#mute")
    await bot.until(lambda: any(noted.what == "track_unmuted" for noted in bot.notes))
    await page.click("#leave")
    await it.says("Ready when you are")
    await bot.until(lambda: not bot.room.remote_participants, GHOST_LIMIT)


async def test_a_second_tab_takes_the_talk_over(new_page: NewPage) -> None:
    """As the same person, so that the bot goes on with them; the first tab says so, and lets the microphone go."""
    it = await new_page()
    person = await it.joins()
    second = RoomPage(await it.page.context.new_page(), it.bot)
    await second.page.goto(it.page.url)
    await second.says("A talk is going on in another tab")
    await second.page.click("#orb")
    await it.says("The talk goes on in another tab or window.")
    await second.says("Listening")
    assert list(it.bot.room.remote_participants) == [person]


async def test_a_bot_that_has_gone_is_noticed(new_page: NewPage) -> None:
    it = await new_page()
    await it.joins()
    await it.bot.leave()
    await it.says("The bot does not respond")
    await it.says("The bot is gone")
    assert await it.page.is_visible("#notice")


async def question_for(microphone: Path, voice: HibariSynthesizer, text: str) -> None:
    """Write a WAV file for a microphone that plays it again and again: silence, the question, a longer silence."""
    speech = await samples_of(voice, text)
    before, after = (np.zeros(round(seconds * voice.rate), np.int16) for seconds in (4.0, 14.0))
    with wave.open(str(microphone), "wb") as sound:
        sound.setparams((1, 2, voice.rate, 0, "NONE", ""))
        sound.writeframes(np.concatenate([before, speech, after]).tobytes())


async def test_a_whole_talk_without_any_key(livekit_server: ServerInfo, room_name: str, tmp_path: Path) -> None:
    """A person presses the orb and asks; a bot whose engines run on this machine understands and answers.

    The page shows both sides' words, who serves the bot, and how long the answer took.
    """
    transcriber, voice = MoonshineTranscriber(), HibariSynthesizer()
    settings = bot_settings(livekit_server, room_name, tmp_path)
    invitation = Invitation(server_access(livekit_server), room_name)
    try:
        await question_for(tmp_path / "question.wav", voice, "What time is it?")
        async with (
            VoiceBot(settings, stt=transcriber, llm=Responder(), tts=voice),
            open_page(invitation, livekit_client.get(print), listening_socket(0)) as address,
            open_browser((*BEEPS, f"--use-file-for-fake-audio-capture={tmp_path / 'question.wav'}")) as browser,
            open_tab(browser, reduced_motion="reduce") as page,
        ):
            await page.goto(address)
            await page.click("#orb")
            await until(page, "document.querySelector('#transcript .me:not(.open)')?.innerText.includes('time')")
            await until(page, "/\\d:\\d\\d|\\d+ o'clock/.test(document.querySelector('#transcript .bot')?.innerText)")
            await until(page, "document.getElementById('parts').textContent.includes('MoonshineTranscriber')")
            await until(page, "document.getElementById('total').checkVisibility()")
            assert await page.locator("#waterfall li").count() >= 4
            SHOTS.mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=SHOTS / "whole-talk.png")
    finally:
        await transcriber.aclose()
        await voice.aclose()
