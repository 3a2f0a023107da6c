"""One browser for all tests of a file."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.bot.web.browser import NO_MICROPHONE, open_browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser without a microphone. Tests that use it are marked `asyncio(loop_scope="module")`."""
    async with open_browser(NO_MICROPHONE) as browser:
        yield browser
