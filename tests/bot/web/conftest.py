"""One browser for all tests of a file that play the page with a scripted room."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.bot.web.browser import open_browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser whose microphone beeps. Tests that use it are marked `asyncio(loop_scope="module")`."""
    async with open_browser() as browser:
        yield browser
