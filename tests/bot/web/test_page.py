"""The page in a real browser, against a real server; the other side is played by a client of the bot's kind."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.caller.texts import TRANSCRIPTION
from bot.process.loopback_port import listening_socket
from bot.room.attributes import STATE_ATTRIBUTE
from bot.web import livekit_client
from bot.web.server import Invitation, open_page
from scripts.livekit.api import ServerInfo
from tests.bot.web.browser import BROWSER, IN_A_BROWSER, Browser
from tests.support.access import server_access
from tests.support.caller import Caller
from tests.support.tones import tone
from tests.support.waiting import GHOST_LIMIT

pytestmark = IN_A_BROWSER


@dataclass
class Scene:
    """Both sides of a talk, before the first click."""

    page: Browser
    bot: Caller

    async def says(self, text: str, *, segment: str, final: bool, sender: str | None = None) -> None:
        """Show a text as the bot does: its own, or one of the person's."""
        attributes = {"lk.segment_id": segment, "lk.transcription_final": str(final).lower()}
        writer = await self.bot.room.local_participant.stream_text(
            topic=TRANSCRIPTION, sender_identity=sender, attributes=attributes
        )
        await writer.write(text)
        await writer.aclose()

    async def shows(self, *lines: str) -> None:
        """Wait until the page shows these lines, each with who says it."""
        shown = "[...document.querySelectorAll('#transcript li')].map(line => line.textContent)"
        await self.page.until(f"JSON.stringify({shown}) === JSON.stringify({list(lines)!r})")

    async def joins(self) -> str:
        """Press Talk; returns the identity of who has come in by that."""
        await self.page.run("talk.click()")
        await self.page.until("state.textContent === 'Listening'")
        (person,) = await self.bot.until(lambda: list(self.bot.room.remote_participants))
        return person


NewScene = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def new_scene(livekit_server: ServerInfo, room_name: str, tmp_path: Path) -> AsyncIterator[NewScene]:
    """Open the page, with a bot in the room that listens."""
    browser, server = BROWSER, livekit_server
    assert browser is not None
    async with AsyncExitStack() as stack:

        async def open_scene(*, microphone: bool = True) -> Scene:
            bot = Caller(
                *(server.url, server.api_key, server.api_secret),
                room=room_name,
                identity="bot",
                kind="agent",
                attributes={STATE_ATTRIBUTE: "listening"},
            )
            await stack.enter_async_context(bot)
            invitation = Invitation(server_access(server), room_name, notes=("transcriber: approximate",))
            page_at = open_page(invitation, livekit_client.get(print), listening_socket(0))
            address = await stack.enter_async_context(page_at)
            page = await stack.enter_async_context(Browser(browser, tmp_path, microphone=microphone))
            await page.open(address)
            await page.until("document.querySelectorAll('#notes li').length === 1")
            return Scene(page, bot)

        yield open_scene


async def test_a_talk(new_scene: NewScene) -> None:
    scene = await new_scene()
    page, bot = scene.page, scene.bot
    assert await page.run("state.dataset.state") == "off"
    assert not bot.room.remote_participants

    await page.run("talk.click()")
    await page.until("state.textContent === 'Listening' && talk.hidden && !mute.hidden")
    await bot.hears()  # the beeping microphone
    await page.until("level.value > 0.2")

    await bot.set_attributes({STATE_ATTRIBUTE: "speaking"})
    await page.until("state.textContent === 'Speaking'")
    play = bot.start_playing(tone(440, 8.0), 48_000)
    await page.until("document.querySelector('audio') && !document.querySelector('audio').paused")
    await page.until("parseFloat(orb.style.getPropertyValue('--level')) > 0.2")
    play.stop()

    await page.run("mute.click()")
    await page.until("mute.getAttribute('aria-pressed') === 'true'")
    await bot.until(lambda: any(noted.what == "track_muted" for noted in bot.notes))
    await page.run("mute.click()")
    await bot.until(lambda: any(noted.what == "track_unmuted" for noted in bot.notes))

    await page.run("leave.click()")
    await page.until("state.dataset.state === 'off' && !talk.hidden && fault.hidden && level.value === 0")
    await bot.until(lambda: not bot.room.remote_participants, GHOST_LIMIT)


async def test_both_sides_are_written_down(new_scene: NewScene) -> None:
    """A later stream of a segment takes the place of the earlier one; a text is text, whatever is in it.

    A reload is the same person, who misses a bot that goes.
    """
    scene = await new_scene()
    person = await scene.joins()
    await scene.says("what", segment="SG_1", final=False, sender=person)
    await scene.shows("You: what")
    assert await scene.page.run("document.querySelector('.mine.unfinished') !== null")
    await scene.says("what time", segment="SG_1", final=True, sender=person)
    await scene.shows("You: what time")
    assert await scene.page.run("document.querySelector('.unfinished') === null")
    await scene.says("<b>Noon</b> & all", segment="SG_2", final=True)
    await scene.shows("You: what time", "Bot: <b>Noon</b> & all")
    await scene.page.run("location.reload()")
    await scene.page.until("state.dataset.state === 'off' && document.querySelectorAll('#notes li').length === 1")
    assert await scene.joins() == person
    await scene.bot.leave()
    await scene.page.until("state.textContent === 'Waiting for the bot…'")


async def test_without_a_microphone_one_types(new_scene: NewScene) -> None:
    scene = await new_scene(microphone=False)
    page, bot = scene.page, scene.bot
    await page.run("talk.click()")
    await page.until("!fault.hidden && fault.textContent.includes('does not allow')")
    assert "type instead" in await page.run("fault.textContent")
    await page.until("state.textContent === 'Listening' && talk.textContent === 'Use the microphone'")

    await page.run("text.value = 'hello there'; typing.requestSubmit()")
    await bot.until(lambda: [chat.text for chat in bot.texts.chat()] == ["hello there"])
    await scene.shows("You: hello there")
    await page.until("text.value === ''")


async def test_typing_joins(new_scene: NewScene) -> None:
    scene = await new_scene()
    await scene.page.run("text.value = 'hello'; typing.requestSubmit()")
    await scene.bot.until(lambda: [chat.text for chat in scene.bot.texts.chat()] == ["hello"])
    await scene.page.until("talk.textContent === 'Use the microphone'")
