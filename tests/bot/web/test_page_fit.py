"""The page on a phone, with a keyboard alone, for a screen reader, in every dress; and how heavy it is."""

import gzip
import json
from typing import Any

import pytest
from playwright.async_api import Browser

from bot.web import livekit_client
from bot.web.npm_file import NpmFile
from bot.web.page_files import page_files
from tests.bot.web.browser import NEEDS_BROWSER
from tests.bot.web.scripted_page import ScriptedPage, open_scripted_page
from tests.bot.web.test_page import LATENCY, PROVIDERS

AXE = NpmFile("axe-core", "4.14.1", "axe.min.js", "the tests of the page")

BUDGET = 250_000
"""Bytes of the whole page with LiveKit's client, compressed."""

LIST = "document.getElementById('transcript')"

browser_test = pytest.mark.asyncio(loop_scope="module")

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def talk(it: ScriptedPage, lines: int = 2) -> None:
    """Be in the middle of a talk."""
    await it.start(rawbot_providers=json.dumps(PROVIDERS), rawbot_latency=LATENCY)
    for number in range(lines):
        await it.does(f"scripted.writes('What about number {number}?', {{segment: 'm{number}', sender: 'me'}})")
        await it.does(
            f"scripted.writes('Number {number} is a fine number', {{segment: 'b{number}', unheard: 'to have.'}})"
        )
    await it.does("scripted.writes('And the', {segment: 'open', sender: 'me', final: false})")
    await it.until(f"document.querySelectorAll('#transcript li').length === {2 * lines + 1}")


@NEEDS_BROWSER
@browser_test
async def test_the_picture_of_the_readme(browser: Browser) -> None:
    """docs/page.png is a copy of it: what was said in a talk with the bot without keys."""
    async with open_scripted_page(browser, viewport={"width": 1040, "height": 560}) as it:
        await it.start(rawbot_providers=json.dumps(PROVIDERS), rawbot_latency=LATENCY)
        said = [
            ("me", "Hello, who are you?", ""),
            ("bot", "I am Rawbot, a voice bot for LiveKit rooms.", ""),
            ("me", "What is the capital of France?", ""),
            ("bot", "The capital of France is Paris.", ""),
            ("me", "Tell me a joke.", ""),
            ("bot", "Why did the bicycle fall over? Because it was two tired.", "Shall I tell you a story instead?"),
        ]
        for place, (who, text, unheard) in enumerate(said):
            line = {"segment": f"line{place}", "sender": "me"} if who == "me" else {"segment": f"line{place}"}
            await it.does(f"scripted.writes({json.dumps(text)}, {json.dumps(line | {'unheard': unheard})})")
        await it.does("scripted.writes('What time', {segment: 'open', sender: 'me', final: false})")
        await it.until("document.querySelectorAll('#transcript li').length === 7")
        await it.shot("readme")


@NEEDS_BROWSER
@browser_test
async def test_a_phone_with_its_keyboard_up(browser: Browser) -> None:
    """The keyboard takes half of the window: the transcript keeps some lines, follows, and nothing lies outside."""
    async with open_scripted_page(browser, **PHONE) as it:
        await it.shot("phone-start")
        await talk(it, lines=12)
        await it.shot("phone-talk")
        at_end = f"({LIST}.scrollHeight - {LIST}.scrollTop - {LIST}.clientHeight < 2)"
        await it.until(at_end)
        await it.page.tap("#text")
        await it.page.set_viewport_size({"width": 390, "height": 400})
        await it.until("document.body.dataset.short === 'true'")
        await it.until(at_end)
        list_box, field = [await it.page.locator(where).bounding_box() for where in ("#transcript", "#text")]
        assert list_box is not None
        assert field is not None
        assert list_box["height"] > 200
        assert field["y"] + field["height"] <= 400
        await it.shot("phone-keyboard")
        await it.does("scripted.writes('Then it says more.', {segment: 'more'})")
        await it.until(at_end)
        await it.page.set_viewport_size({"width": 390, "height": 844})
        await it.until(at_end)


@NEEDS_BROWSER
@browser_test
async def test_who_reads_back_is_not_pulled_away(browser: Browser) -> None:
    async with open_scripted_page(browser, **PHONE) as it:
        await talk(it, lines=20)
        await it.does("document.getElementById('transcript').scrollTop = 100")
        await it.until("!document.getElementById('newest').hidden")
        await it.does("scripted.writes('Then it says more.', {segment: 'more'})")
        assert await it.does("document.getElementById('transcript').scrollTop") == 100
        await it.page.get_by_role("button", name="Newest words").click()
        await it.until(
            "document.getElementById('newest').hidden && document.getElementById('transcript').scrollTop > 100"
        )


@NEEDS_BROWSER
@browser_test
@pytest.mark.parametrize(
    ("width", "height"), [(320, 568), (390, 844), (844, 390), (768, 1024), (1280, 800), (1920, 1080)]
)
async def test_nothing_is_cut_off_in_any_window(browser: Browser, width: int, height: int) -> None:
    """Neither before a talk, nor in it, nor with a sheet open, nor with a fault."""
    outside = """[...document.querySelectorAll('button, input, summary, select, p, h1, h2')].filter(element => {
        if (!element.checkVisibility() || element.closest('.unseen, #transcript')) return false;
        const box = element.getBoundingClientRect();
        const isOutside = box.left < 0 || box.top < 0 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
        return box.width > 0 && isOutside;
    }).map(element => element.id || element.textContent)"""
    async with open_scripted_page(browser, viewport={"width": width, "height": height}) as it:
        found = {"start": await it.does(outside)}
        await talk(it, lines=1)
        found["talk"] = await it.does(outside)
        for sheet in ("latency", "made-of", "microphone"):
            summary = it.page.locator(f"#{sheet} summary")
            if await summary.is_visible():
                await summary.click()
                found[sheet] = await it.does(outside)
                await it.page.keyboard.press("Escape")
        await it.does("scripted.disconnects(undefined)")
        await it.says("The connection was lost")
        found["fault"] = await it.does(outside)
        await it.shot(f"window-{width}x{height}")
    assert not any(found.values()), found


@NEEDS_BROWSER
@browser_test
async def test_a_keyboard_alone_is_enough(browser: Browser) -> None:
    """Each step by Tab, Enter and Space; the focus is always seen, and never lost."""
    async with open_scripted_page(browser, viewport={"width": 1280, "height": 800}) as it:
        keys = it.page.keyboard

        async def reach(element: str) -> None:
            for _ in range(20):
                if await it.does(f"document.activeElement.matches({element!r})"):
                    shown = await it.does("getComputedStyle(document.activeElement).outlineStyle")
                    assert shown != "none", f"the focus on {element} is not seen"
                    return
                await keys.press("Tab")
            raise AssertionError(f"Tab does not reach {element}")

        await reach("#orb")
        await keys.press("Enter")
        await it.until("scripted.isConnected")
        await it.bot_joins(rawbot_latency=LATENCY)
        await it.until("document.activeElement.id === 'mute'")
        await keys.press("Space")
        await it.says("You are muted")
        await keys.press("Space")
        await it.says("Listening")
        await reach("#microphone summary")
        await keys.press("Enter")
        await reach("#device")
        await keys.press("Escape")
        await it.until("document.activeElement.matches('#microphone summary')")
        await reach("#text")
        await keys.type("Hello.")
        await keys.press("Enter")
        await it.shows("You: Hello.")
        await reach("#latency summary")
        await keys.press("Space")
        assert await it.page.is_visible("#waterfall")
        await keys.press("Escape")
        await reach("#leave")
        await keys.press("Enter")
        await it.until("document.activeElement.id === 'orb'")
        await keys.press("Space")
        await it.until("scripted.joins === 2")


@NEEDS_BROWSER
@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
async def test_axe_finds_nothing(browser: Browser, scheme: str, size: tuple[int, int]) -> None:
    """At every stage of a talk, with every sheet open."""
    width, height = size
    axe = AXE.get(print).read_text()
    stages: dict[str, list[str]] = {}
    async with open_scripted_page(browser, viewport={"width": width, "height": height}, color_scheme=scheme) as it:

        async def judge(stage: str) -> None:
            await it.shot(f"{scheme}-{width}-{stage}")
            found = await it.page.evaluate(
                "async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map("
                "each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 80)).join(' | '))"
            )
            stages[stage] = found

        await it.page.evaluate(axe)
        await judge("start")
        await talk(it)
        await judge("talk")
        for sheet in ("latency", "made-of", "microphone"):
            await it.page.click(f"#{sheet} summary")
            await judge(sheet)
            await it.page.keyboard.press("Escape")
        await it.page.click("#mute")
        await judge("muted")
        await it.does("scripted.disconnects(undefined)")
        await it.says("The connection was lost")
        await judge("fault")
    assert not any(stages.values()), stages


@NEEDS_BROWSER
@browser_test
async def test_who_wants_no_motion_sees_none(browser: Browser) -> None:
    """The orb neither swells nor breathes; its glow still answers the voice."""
    core = "getComputedStyle(document.querySelector('#orb .core'))"
    async with open_scripted_page(browser, reduced_motion="reduce", viewport={"width": 1280, "height": 800}) as it:
        assert await it.does(f"{core}.animationName") == "none"
        await it.start()
        await it.does("scripted.sets({'lk.agent.state': 'speaking'}); setVolume(0.8)")
        await it.until("parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--voice')) > 0.5")
        assert await it.does(f"{core}.transform") == "none"
        assert await it.does(f"{core}.animationName") == "none"
        await it.until("parseFloat(getComputedStyle(document.getElementById('orb'), '::before').opacity) > 0.4")


def test_the_page_is_light() -> None:
    files = page_files(livekit_client.get(print))
    assert sum(len(file.compressed) for file in files.values()) < BUDGET
    for file in files.values():
        assert gzip.decompress(file.compressed) == file.body
