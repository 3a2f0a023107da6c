"""The page with a scripted room behind it: no server, and all that may happen in a room, when a test wants it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from bot.process.listening_port import listening_socket
from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from bot.web.server import Invitation, open_page
from tests.bot.web.browser import open_tab, until

CLIENT = Path(__file__).parent / "scripted_client.js"

NOTE = "transcriber: simple (on this machine, and approximate)"

INVITATION = Invitation(ServerAccess("ws://127.0.0.1:1", Secret("key"), Secret("x" * 40)), "talk", notes=(NOTE,))

SHOTS = Path(__file__).resolve().parents[3] / "build" / "page"
"""The folder of pictures for people to look at."""


class ScriptedPage:
    """One tab with the page, and the room that it finds."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def start(self, **attributes: str) -> None:
        """Press the orb, with a bot that joins, talks with this person, and has a silent voice."""
        await self.page.click("#orb")
        await self.until("scripted.isConnected && scripted.published.length")
        await self.bot_joins(**attributes)

    async def bot_joins(self, **attributes: str) -> None:
        """Have a bot in the room, with what else its attributes are (`rawbot_latency` is `rawbot.latency`)."""
        await self.page.evaluate(
            """given => {
                scripted.joinsAsBot({ "rawbot.person": scripted.room.localParticipant.identity, ...given });
                window.setVolume = scripted.publishesVoice(0);
            }""",
            {name.replace("_", ".", 1): value for name, value in attributes.items()},
        )

    async def does(self, script: str) -> Any:
        """Run a script in the page, such as a call of the scripted room."""
        return await self.page.evaluate(script)

    async def until(self, script: str) -> Any:
        """Wait until a JavaScript expression is true."""
        return await until(self.page, script)

    async def goes_on(self, activity: str) -> None:
        """Wait until this goes on: a key of `STATUS` in words.js."""
        await self.until(f"document.body.dataset.activity === {activity!r}")

    async def stop_clock(self) -> None:
        """Let time pass in the page only as a test wants it, by `pass_time`."""
        await self.page.clock.install()
        await self.page.clock.pause_at(await self.does("Date.now() / 1000") + 1.0)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass in the page, a second at a time: what each brings may have to be awaited."""
        for _ in range(round(seconds)):
            await self.page.clock.run_for(1_000)

    async def says(self, text: str) -> None:
        """Wait until the page says this, about how things are or what went wrong."""
        await self.until(f"document.getElementById('stage').innerText.includes({json.dumps(text)})")

    async def shows(self, *lines: str) -> None:
        """Wait until the transcript has these lines, each with who says it; "~" stands before what was not heard."""
        script = """JSON.stringify([...document.querySelectorAll('#transcript li')].map(line =>
            [...line.children].filter(part => !part.hidden).map(part =>
            part.matches('del') ? ' ~' + part.textContent.trim() : part.textContent).join('')))"""
        await self.until(f"{script} === {json.dumps(json.dumps(lines, ensure_ascii=False, separators=(',', ':')))}")

    async def shot(self, name: str) -> None:
        """Make a picture of the page."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{name}.png")


@asynccontextmanager
async def open_talk(browser: Browser, *, stops_clock: bool = False, **options: Any) -> AsyncIterator[ScriptedPage]:
    """Open the page, and begin a talk, in which the bot now listens; `stops_clock` as `ScriptedPage.stop_clock`."""
    async with open_scripted_page(browser, **options) as it:
        if stops_clock:
            await it.stop_clock()
        await it.start()
        await it.goes_on("listening")
        yield it


@asynccontextmanager
async def open_scripted_page(browser: Browser, *, allowed: bool = True, **options: Any) -> AsyncIterator[ScriptedPage]:
    """Open the page in a tab of its own for the block, without motion, which costs time. `options` are playwright's."""
    options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
    async with (
        open_page(INVITATION, CLIENT, listening_socket(0)) as address,
        open_tab(browser, allowed=allowed, **options) as page,
    ):
        await page.goto(address)
        scripted = ScriptedPage(page)
        await scripted.until("document.querySelectorAll('#notes li').length === 1")
        yield scripted
