"""A real Chromium without a window, driven by playwright, with a microphone that beeps or plays a file."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright

from tests.support.waiting import WAIT_LIMIT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")

FLAGS = (
    "--no-sandbox",  # which a browser that runs as root, in a container say, would refuse to start with
    "--disable-gpu",
    "--no-first-run",
    # What it would ask its maker's hosts for by itself:
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)

LOOK_INTERVAL = 0.03
"""Seconds between two looks at a page."""

BEEPS = ("--use-fake-device-for-media-stream",)
NO_MICROPHONE: tuple[str, ...] = ()


def plays(wav: Path) -> tuple[str, ...]:
    """The flags for a microphone that plays a WAV file once, from when it is opened."""
    return (*BEEPS, f"--use-file-for-fake-audio-capture={wav}%noloop")


def find_browser() -> Path | None:
    """The program of RAWBOT_BROWSER, else a Chromium of some kind on PATH."""
    names = (os.environ["RAWBOT_BROWSER"],) if "RAWBOT_BROWSER" in os.environ else NAMES
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


BROWSER = find_browser()

NEEDS_BROWSER = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium on PATH or in RAWBOT_BROWSER; on Debian: apt-get install chromium"
)
"""The mark of tests that drive it."""


@asynccontextmanager
async def open_browser(microphone: tuple[str, ...] = BEEPS) -> AsyncIterator[Browser]:
    """Run one for the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=[*FLAGS, *microphone])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_tab(browser: Browser, *, allowed: bool = True, **options: Any) -> AsyncIterator[Page]:
    """Open a window of a person of its own for the block; at its end no script may have failed.

    `allowed`: whether pages may use the microphone. `options` are playwright's for a context.
    """
    context = await browser.new_context(**options)
    context.set_default_timeout(WAIT_LIMIT * 1000)
    if allowed:
        await context.grant_permissions(["microphone"])
    faults: list[str] = []
    context.on("weberror", lambda failure: faults.append(str(failure.error)))
    context.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        yield await context.new_page()
    finally:
        await context.close()
    assert not faults, faults


async def until(page: Page, script: str) -> Any:
    """Wait until a JavaScript expression is true, and return its value.

    The page is asked from outside: its security policy forbids playwright's own way, which evaluates a text in it.
    """
    last: Any = None
    try:
        async with asyncio.timeout(WAIT_LIMIT):
            while True:
                try:
                    if last := await page.evaluate(script):
                        return last
                except Error as error:  # as before the page has loaded
                    last = error
                await asyncio.sleep(LOOK_INTERVAL)
    except TimeoutError:
        text = await page.evaluate("document.body.innerText")
        raise AssertionError(f"{script} stayed {last!r} for {WAIT_LIMIT} s; the page says:\n{text}") from None
