"""A real browser without a window, driven over the Chrome DevTools Protocol, with a microphone that beeps."""

import asyncio
import itertools
import json
import os
import re
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import pytest

from bot.process.child_process import kill, start
from tests.support.waiting import WAIT_LIMIT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")

FLAGS = (
    "--headless",
    "--no-sandbox",  # which a browser that runs as root, in a container say, would refuse to start with
    "--disable-gpu",
    "--remote-debugging-port=0",
    "--use-fake-device-for-media-stream",
    "--no-first-run",
    # What it would ask its maker's hosts for by itself:
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)

ALLOW = "--use-fake-ui-for-media-stream"
DENY = "--use-fake-ui-for-media-stream=deny"


def find_browser() -> Path | None:
    """The program of RAWBOT_BROWSER, else a Chromium of some kind on PATH."""
    names = (os.environ["RAWBOT_BROWSER"],) if "RAWBOT_BROWSER" in os.environ else NAMES
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


BROWSER = find_browser()

IN_A_BROWSER = [
    pytest.mark.sfu,
    pytest.mark.alone,
    pytest.mark.skipif(
        BROWSER is None, reason="no Chromium on PATH or in RAWBOT_BROWSER; on Debian: apt-get install chromium"
    ),
]
"""The marks of tests that drive it."""


class Browser:
    """One page of one browser, which keeps nothing beyond `folder`; to be used with `async with`."""

    def __init__(self, program: Path, folder: Path, *, microphone: bool = True) -> None:
        self._log = folder / "browser.log"
        flags = (*FLAGS, ALLOW if microphone else DENY, f"--user-data-dir={folder / 'profile'}", "about:blank")
        self._command = [str(program), *flags]
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Self:
        with self._log.open("wb") as output:
            self._child = start(self._command, env=os.environ, output=output)
        self._session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(WAIT_LIMIT):
                while not (port := re.search(r"ws://127\.0\.0\.1:(\d+)/", self._log.read_text(errors="replace"))):
                    assert self._child.poll() is None, self._log.read_text(errors="replace")
                    await asyncio.sleep(0.05)
                async with self._session.get(f"http://127.0.0.1:{port[1]}/json/list") as answer:
                    page = next(target for target in await answer.json() if target["type"] == "page")
                self._socket = await self._session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        await self._session.close()
        kill(self._child)

    async def open(self, address: str) -> None:
        """Go to an address."""
        await self._call("Page.navigate", url=address)

    async def run(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited when it is a promise; as if within a person's click."""
        done = await self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    async def until(self, script: str, timeout: float = WAIT_LIMIT) -> Any:
        """Wait until an expression is true; errors, as before the page has loaded, are no failure until then."""
        last: Any = None
        try:
            async with asyncio.timeout(timeout):
                while True:
                    try:
                        if last := await self.run(script):
                            return last
                    except AssertionError as error:
                        last = error
                    await asyncio.sleep(0.05)
        except TimeoutError:
            page = await self.run("document.body.innerText")
            raise AssertionError(f"{script} stayed {last!r} for {timeout} s; the page says:\n{page}") from None

    async def _call(self, method: str, **parameters: object) -> Any:
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = json.loads(await self._socket.receive_str())
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
