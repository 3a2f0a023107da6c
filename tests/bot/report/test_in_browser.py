"""The page in a real Chromium, opened from the disk: nothing is fetched, nothing fails, and it can be used."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser, Page

from bot.report import recording
from bot.report.call import sessions_of
from bot.report.writing import report_folder, report_journal
from pipeline.recording.document import RecordedSegment, RecordedWord, RecordingDocument
from tests.bot.report.recorded import ATTACKS, record_answers, record_hostile, record_story
from tests.bot.web.browser import NEEDS_BROWSER, open_tab, until
from tests.bot.web.test_page_fit import AXE

pytestmark = [NEEDS_BROWSER, pytest.mark.asyncio(loop_scope="module")]

soundfile = pytest.importorskip("soundfile", reason="not installed: soundfile, of the extra record")

SHOTS = Path(__file__).resolve().parents[3] / "build" / "report"
"""The folder of pictures for people to look at."""

OFFSET = 1.5
"""Seconds of the session before the recording."""


def record_sound(journal: Path, seconds: float = 6.0) -> Path:
    """A recording of a session beside its journal: some tones."""
    ((_, entries),) = sessions_of(journal)
    began = entries[0].header.wall_time + timedelta(seconds=OFFSET)
    name = f"lobby-{began:%Y%m%dT%H%M%SZ}"
    words = (RecordedWord(0.5, 0.9, "Recorded"), RecordedWord(0.9, 1.2, "words."))
    document = RecordingDocument(
        audio=f"{name}.ogg",
        started_at=began.isoformat(),
        room="room",
        bot="bot",
        person="ann",
        segments=(RecordedSegment(0.5, 1.2, speaker="bot", text="Recorded words.", words=words),),
    )
    journal.with_name(f"{name}.json").write_text(document.to_json(), "utf-8")
    times = np.arange(round(seconds * 48_000)) / 48_000
    tones = 0.2 * np.stack([np.sin(2 * np.pi * pitch * times) for pitch in (220, 330)], axis=1)
    soundfile.write(journal.with_name(f"{name}.ogg"), tones, 48_000, format="OGG", subtype="OPUS")
    return journal.with_name(f"{name}.ogg")


@asynccontextmanager
async def opened(browser: Browser, page: Path, **options: Any) -> AsyncIterator[Page]:
    """A tab with a page from the disk; nothing else may be asked for, said in the console, or asked of the person."""
    asked: list[str] = []
    said: list[str] = []
    async with open_tab(browser, allowed=False, viewport={"width": 1280, "height": 900}, **options) as tab:
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.on("dialog", lambda dialog: said.append(dialog.message))
        await tab.goto(page.as_uri())
        yield tab
    assert [url for url in asked if not url.startswith(("data:", page.parent.as_uri()))] == []
    assert said == []


async def test_what_strangers_say_does_nothing(browser: Browser, tmp_path: Path) -> None:
    """The attacks all at once; what was said stands in the transcript."""
    (page,) = report_journal(record_hostile(tmp_path / "call.jsonl", " ".join(ATTACKS))).pages
    async with opened(browser, page) as tab:
        assert ATTACKS[0] in await tab.locator(".talk").last.inner_text()
        assert await tab.evaluate("document.scripts.length") == 1
    async with opened(browser, page, java_script_enabled=False) as tab:
        await tab.locator("summary", has_text="decisions and their grounds").first.click()
        assert "begin" in await tab.locator("details[open]").first.inner_text()


async def test_a_mark_leads_to_its_evidence(browser: Browser, tmp_path: Path) -> None:
    (page,) = report_journal(record_answers(tmp_path / "call.jsonl", [0.8, 2.4])).pages
    async with opened(browser, page) as tab:
        await tab.locator("section#turn-2").scroll_into_view_if_needed()
        await tab.locator("#turn-2 .mark", has_text="release answer").locator("circle").click()
        row = tab.locator("tr.found")
        assert "release_answer" in await row.locator("xpath=..").inner_text()
        assert await row.is_visible()
        await tab.keyboard.press("k")
        await until(tab, "document.activeElement.getAttribute('href') !== null")
        await tab.screenshot(path=_shot("evidence"))


@pytest.mark.parametrize("is_inside", [True, False], ids=["in the page", "beside it"])
async def test_the_recording_is_played_and_followed(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_inside: bool
) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.8, 1.9])
    record_sound(journal)
    monkeypatch.setattr(recording, "LARGEST", 10**9 if is_inside else 0)
    (page,) = report_journal(journal).pages
    assert ("data:audio" in page.read_text("utf-8")) == is_inside
    assert "Recorded" in page.read_text("utf-8")
    async with opened(browser, page) as tab:
        await until(tab, "document.querySelector('audio').readyState >= 1")
        await until(tab, "Math.abs(document.querySelector('audio').duration - 6) < 0.1")
        await tab.evaluate("document.querySelector('audio').muted = true")
        await tab.locator("#turn-2 h3 time").focus()
        await tab.keyboard.press("Enter")
        at = float(await tab.locator("#turn-2").get_attribute("data-at") or "")
        await until(tab, f"document.querySelector('audio').currentTime >= {at - OFFSET - 0.05}")
        await until(tab, "document.querySelector('#turn-2').classList.contains('now')")
        await until(tab, "document.querySelector('.overview .cursor').classList.contains('on')")
        await until(tab, "document.querySelectorAll('#turn-2 .strip .cursor.on').length === 1")
        await tab.evaluate("document.querySelector('audio').pause()")
        await tab.evaluate("window.scrollTo(0, 0)")
        await tab.locator(".overview").click(position={"x": 430, "y": 12})
        await until(tab, "document.querySelector('#turn-1').classList.contains('now')")


async def test_from_many_calls_to_the_slow_turn(browser: Browser, tmp_path: Path) -> None:
    for name, delays in (("a", [0.7, 0.8]), ("b", [0.9, 2.5]), ("c", [0.8])):
        record_answers(tmp_path / f"{name}.jsonl", delays)
    page = report_folder(tmp_path).pages[0]
    async with opened(browser, page) as tab:
        await tab.screenshot(path=_shot("fleet"), full_page=True)
        await tab.get_by_role("link", name="b, turn 2").click()
        await until(tab, "document.querySelector('section:target').id === 'turn-2'")
        assert "slow" in (await tab.locator("#turn-2 h3").get_attribute("class") or "")


async def test_the_picture_of_the_readme(browser: Browser, tmp_path: Path) -> None:
    """docs/report.png is a copy of it: why the first answer of a call took so long, and what became of it."""
    (page,) = report_journal(await asyncio.to_thread(record_story, tmp_path / "call.jsonl")).pages
    async with opened(browser, page) as tab:
        await tab.set_viewport_size({"width": 1080, "height": 1400})
        box = await tab.locator("#turn-1").bounding_box()
        assert box is not None
        assert re.search(r"\bmodel 1\.\d+ s of it", await tab.locator("#turn-1 h3").inner_text())
        height = box["y"] + box["height"] + 14
        await tab.screenshot(path=_shot("readme"), clip={"x": 0, "y": 0, "width": 1080, "height": height})


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_can_be_read_by_everyone(browser: Browser, tmp_path: Path, scheme: Any) -> None:
    """By the rules of axe, with all details open."""
    journal = record_answers(tmp_path / "call.jsonl", [0.8, 2.4])
    record_sound(journal, 1.0)
    (page,) = report_journal(journal).pages
    async with opened(browser, page, color_scheme=scheme) as tab:
        await tab.evaluate(AXE.get(print).read_text())
        await tab.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
        await tab.screenshot(path=_shot(scheme), full_page=True)
        found = await tab.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map("
            "each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 80)).join(' | '))"
        )
        assert found == []


def _shot(name: str) -> Path:
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS / f"{name}.png"
