"""One service for all tests of a file that leave it as it is."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.bot.web.api.service import RunningService, running_service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[RunningService]:
    """Tests that use it are marked `asyncio(loop_scope="module")`."""
    async with running_service() as service:
        yield service
