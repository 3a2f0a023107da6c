"""A talk on the page, as a person sees it, in a real browser with a scripted room."""

import json
from dataclasses import replace

import pytest
from playwright.async_api import Browser

from bot.assembly.latency_status import latency_text
from pipeline.metrics import Latencies
from tests.bot.web.browser import NEEDS_BROWSER
from tests.bot.web.scripted_page import open_scripted_page, open_talk

pytestmark = [NEEDS_BROWSER, pytest.mark.asyncio(loop_scope="module")]

PROVIDERS = {
    "stt": {"name": "small", "local": True, "remark": "embedded, small: a word in ten may be wrong"},
    "llm": {"name": "openai", "model": "qwen", "local": True},
}

DRAFTED = Latencies(
    reply_id="reply-2", turn=2, asked_at=1.0, transcript_delay=0.21, start_delay=0.12, text_delay=0.45, chunk_delay=0.5,
    audio_delay=0.71, endpoint_delay=0.34, release_delay=0.71, voice_to_voice_delay=0.783, requests=1, is_draft=True,
)  # fmt: skip

LATENCY = latency_text(DRAFTED)
"""The attribute, as the bot makes it."""


async def test_one_press_and_both_sides_are_heard(browser: Browser) -> None:
    """The orb starts, shows what the bot does, and breathes with its voice; the bars show the person's."""
    async with open_scripted_page(browser, reduced_motion="no-preference") as it:
        await it.says("Ready when you are")
        await it.shot("start")
        assert await it.page.get_by_role("button", name="Talk", exact=True).count() == 1
        await it.page.click("#orb")
        await it.says("Waiting for the bot")
        await it.bot_joins()
        await it.says("Listening")
        await it.until("scripted.published.length === 1 && scripted.audioStarts > 0")
        await it.until("parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mic')) > 0.2")
        await it.does("scripted.sets({'lk.agent.state': 'thinking'})")
        await it.says("Thinking…")
        await it.does("scripted.sets({'lk.agent.state': 'speaking'}); setVolume(0.5)")
        await it.says("Speaking")
        await it.until("new DOMMatrix(getComputedStyle(document.querySelector('#orb .core')).transform).a > 1.05")
        await it.does("setVolume(0)")
        await it.until("new DOMMatrix(getComputedStyle(document.querySelector('#orb .core')).transform).a < 1.01")


async def test_mute_leave_and_come_again(browser: Browser) -> None:
    """Leaving closes the microphone and fails nowhere; coming again is the same person."""
    async with open_talk(browser) as it:
        await it.page.get_by_role("button", name="Mute").click()
        await it.says("You are muted")
        assert await it.does("scripted.microphone.mediaStreamTrack.enabled") is False
        assert await it.page.get_by_role("button", name="Muted", pressed=True).count() == 1
        await it.shot("muted")
        await it.page.get_by_role("button", name="Muted").dblclick()  # pressed twice nothing has changed
        await it.says("You are muted")
        assert await it.does("scripted.microphone.mediaStreamTrack.enabled") is False
        await it.page.get_by_role("button", name="Muted").click()
        await it.says("Listening")
        person = await it.does("scripted.room.localParticipant.identity")
        await it.page.get_by_role("button", name="Leave").click()
        await it.says("Ready when you are")
        assert not await it.does("scripted.isConnected")
        assert await it.does("scripted.microphone.mediaStreamTrack.readyState") == "ended"
        await it.until("parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mic')) === 0")
        await it.page.click("#orb")
        await it.until("scripted.joins === 2 && scripted.published.length === 2")
        assert await it.does("scripted.room.localParticipant.identity") == person


async def test_leaving_calls_a_join_off(browser: Browser) -> None:
    async with open_scripted_page(browser) as it:
        await it.does(
            """(() => {
                const connect = scripted.room.connect.bind(scripted.room);
                const waiting = new Promise(done => (window.letIn = done));
                scripted.room.connect = (...given) => waiting.then(() => connect(...given));
            })()"""
        )
        await it.page.click("#orb")
        await it.goes_on("connecting")
        await it.page.get_by_role("button", name="Leave").click()
        await it.says("Ready when you are")
        await it.does("letIn()")
        await it.goes_on("off")
        assert not await it.does("document.body.innerText.includes('Waiting')")


async def test_words_come_as_they_are_said(browser: Browser) -> None:
    """Interim words are gray, a text is text whatever is in it, and what was not heard is struck out."""
    async with open_talk(browser) as it:
        await it.does("scripted.writes('what', {segment: 'a', final: false, sender: 'me'})")
        await it.shows("You: what")
        gray, ink = [
            await it.does(f"getComputedStyle(document.querySelector({where!r})).color")
            for where in ("#transcript .me.open", "#status")
        ]
        assert gray != ink
        await it.does("scripted.writes('what time', {segment: 'a', sender: 'me'})")
        await it.shows("You: what time")
        assert await it.does("document.querySelectorAll('#transcript .open').length") == 0
        await it.does("scripted.writes('<b>Noon</b> & all that', {segment: 'b', unheard: 'comes behind it.'})")
        await it.shows("You: what time", "Bot: <b>Noon</b> & all that ~comes behind it.")
        assert await it.does("getComputedStyle(document.querySelector('#transcript del')).textDecorationLine") == (
            "line-through"
        )
        await it.shot("talk")


async def test_what_is_written_in_the_chat_is_seen_and_announced(browser: Browser) -> None:
    async with open_talk(browser) as it:
        await it.does("scripted.chats('Here is the link.')")
        await it.shows("Bot: Here is the link.")
        assert await it.page.get_by_role("status").inner_text() == "The bot writes: Here is the link."


async def test_typing_needs_no_microphone(browser: Browser) -> None:
    """It joins, waits for the bot, and the text stays in the field until it was sent."""
    async with open_scripted_page(browser, allowed=False) as it:
        await it.page.fill("#text", "hello there")
        await it.page.press("#text", "Enter")
        await it.until("scripted.isConnected")
        assert await it.page.input_value("#text") == "hello there"
        await it.bot_joins()
        await it.until("scripted.sent.length === 1")
        assert await it.does("scripted.sent[0]") == {"topic": "lk.chat", "text": "hello there"}
        await it.shows("You: hello there")
        await it.until("document.getElementById('text').value === ''")
        await it.says("Ready to read")
        assert await it.does("scripted.microphone") is None
        await it.page.fill("#text", "lost?")
        await it.does("scripted.sendError = 'the connection is away'")
        await it.page.press("#text", "Enter")
        await it.says("Your message was not sent: the connection is away.")
        assert await it.page.input_value("#text") == "lost?"


async def test_a_suggestion_begins_the_talk(browser: Browser) -> None:
    """It waits for the bot where everybody sees it, and is said once."""
    async with open_scripted_page(browser) as it:
        await it.page.get_by_role("button", name="What time is it?").dblclick()
        await it.until("scripted.published.length === 1")
        assert await it.page.input_value("#text") == "What time is it?"
        assert not await it.page.is_visible("#suggestions")
        await it.bot_joins()
        await it.shows("You: What time is it?")
        await it.until("document.getElementById('text').value === ''")
        assert await it.does("scripted.sent.length") == 1
        assert not await it.page.is_visible("#suggestions")
        await it.until("document.activeElement.id === 'mute'")


async def test_sending_keeps_the_focus(browser: Browser) -> None:
    """A keyboard stays on the button; and a phone's keyboard stays open, as the field keeps the focus of a tap."""
    async with open_talk(browser) as it:
        await it.page.fill("#text", "one")
        await it.page.keyboard.press("Tab")
        await it.page.keyboard.press("Enter")
        await it.shows("You: one")
        await it.until("document.getElementById('text').value === ''")
        assert await it.does("document.activeElement.id") == "send"
        await it.page.fill("#text", "two")
        await it.page.click("#send")
        await it.shows("You: one", "You: two")
        assert await it.does("document.activeElement.id") == "text"


async def test_words_of_any_language_and_length(browser: Browser) -> None:
    """Hebrew runs from the right, whatever name is read out before it; a word without end breaks;
    of a story that was broken off the beginning is enough, until somebody asks for more."""
    async with open_talk(browser, viewport={"width": 390, "height": 700}) as it:
        await it.does("scripted.writes('שלום, מה שלומך?', {segment: 'a', sender: 'me'})")
        assert await it.does("getComputedStyle(document.querySelector('#transcript .me')).direction") == "rtl"
        await it.does("scripted.writes('Ha' + 'ha'.repeat(300), {segment: 'b'})")
        await it.does("scripted.writes('Once', {segment: 'c', unheard: 'upon a time. '.repeat(40).trim()})")
        unheard = await it.until("document.querySelector('#transcript del:not([hidden])')?.textContent")
        assert len(unheard.split()) == 31
        assert await it.does("document.documentElement.scrollWidth") == 390
        assert await it.does("getComputedStyle(document.querySelector('#transcript .bot')).direction") == "ltr"
        await it.shot("languages")
        await it.page.get_by_role("button", name="90 more words").click()
        assert len((await it.page.inner_text("#transcript del:not([hidden])")).split()) == 120
        assert not await it.page.is_visible(".more")


async def test_what_it_is_made_of_and_how_long_it_took(browser: Browser) -> None:
    async with open_scripted_page(browser) as it:
        await it.page.get_by_text("About the bot").click()
        assert "transcriber: simple" in await it.page.inner_text("#made-of")
        await it.start(rawbot_providers=json.dumps(PROVIDERS), rawbot_latency="")
        assert await it.page.get_by_text("Answered in").is_visible() is False
        await it.page.get_by_text("About the bot").click()
        rows = await it.page.locator("#parts").inner_text()
        assert rows.split("\n") == [
            "Hearing", "small", "embedded, small: a word in ten may be wrong",
            "Thinking", "openai qwen", "on the bot's machine",
            "Speaking", "none",
        ]  # fmt: skip
        await it.shot("about")
        await it.does(f"scripted.sets({{'rawbot.latency': {json.dumps(LATENCY)}}})")
        await it.page.get_by_text("Answered in 783 ms").click()
        assert not await it.page.is_visible("#parts")  # one sheet at a time
        track = await it.page.locator("#waterfall .track").first.bounding_box()
        assert track is not None
        spans = []
        for piece in await it.page.locator("#waterfall .piece").all():
            box = await piece.bounding_box()
            assert box is not None
            spans += [(box["x"] - track["x"]) / track["width"], box["width"] / track["width"]]
        wanted = [0, 0.34, 0, 0.21, 0.12, 0.33, 0.45, 0.05, 0.5, 0.21, 0.71, 0.073]  # seconds: its begin, its length
        assert spans == pytest.approx([seconds / 0.783 for seconds in wanted], abs=0.01)
        assert await it.page.inner_text("#draft") == "It was begun while you paused, and came 220 ms earlier for that."
        slow = latency_text(replace(DRAFTED, turn=3, audio_delay=1.6, release_delay=1.6, voice_to_voice_delay=1.66))
        await it.does(f"scripted.sets({{'rawbot.latency': {json.dumps(slow)}}})")
        await it.page.get_by_text("Answered in 1.7 s").wait_for()
        assert (await it.page.locator("#answers").inner_text()).split("\n") == [
            "1.7 s", "mostly: first sound made",
            "(sure that you had finished: 340 ms, first words thought of: 110 ms, first words put together: 50 ms,"
            " first sound made: 1.1 s, first sound on its way: 60 ms)",
            "783 ms", "mostly: sure that you had finished",
            "(sure that you had finished: 340 ms, first words thought of: 110 ms, first words put together: 50 ms,"
            " first sound made: 210 ms, first sound on its way: 73 ms)",
        ]  # fmt: skip
        await it.shot("latency")
        await it.page.keyboard.press("Escape")
        assert not await it.page.is_visible("#waterfall")


async def test_that_the_call_is_recorded_is_seen(browser: Browser) -> None:
    async with open_talk(browser) as it:
        assert not await it.page.is_visible("#recording")
        await it.does("scripted.sets({'rawbot.recording': 'on'})")
        await it.page.get_by_text("Recording", exact=True).wait_for()
        await it.shot("recording")
        await it.does("scripted.sets({'rawbot.recording': 'paused'})")
        await it.page.get_by_text("Recording paused").wait_for()
        await it.page.get_by_role("button", name="Leave").click()
        await it.says("Ready when you are")
        assert not await it.page.is_visible("#recording")


async def test_a_reload_keeps_the_transcript_and_the_person(browser: Browser) -> None:
    async with open_talk(browser) as it:
        await it.page.clock.set_fixed_time(await it.does("Date.now()") / 1000)  # a talk goes on for seconds only
        person = await it.does("scripted.room.localParticipant.identity")
        await it.does("scripted.writes('Hello.', {segment: 'a'})")
        await it.does("scripted.writes('Once upon', {segment: 'b', unheard: 'a time.'})")
        await it.shows("Bot: Hello.", "Bot: Once upon ~a time.")
        await it.page.reload()
        await it.shows("Bot: Hello.", "Bot: Once upon ~a time.")
        await it.page.get_by_role("button", name="Go on").click()
        await it.until("scripted.isConnected")
        assert await it.does("scripted.room.localParticipant.identity") == person
        await it.shows("Bot: Hello.", "Bot: Once upon ~a time.")  # and nothing says that a new talk begins


async def test_the_microphone_is_tried_and_chosen_before_and_in_a_call(browser: Browser) -> None:
    async with open_scripted_page(browser) as it:
        await it.page.locator("#microphone summary").click()
        await it.page.get_by_role("button", name="Try the microphone").click()
        await it.until("document.getElementById('microphone-note').textContent === 'It works.'")
        assert not await it.does("scripted.isConnected")
        labels = await it.page.locator("#device option").all_inner_texts()
        assert len(labels) > 1  # Chromium's simulated microphones
        await it.shot("microphone")
        first = await it.does("scripted.microphone.mediaStreamTrack")
        await it.page.select_option("#device", index=1)
        chosen = "document.getElementById('device').value"
        await it.until(f"scripted.microphone.mediaStreamTrack.getSettings().deviceId === {chosen}")
        await it.page.keyboard.press("Escape")
        await it.start()
        assert first is not None
        assert await it.does(f"scripted.published[0].mediaStreamTrack.getSettings().deviceId === {chosen}")
        await it.page.locator("#microphone summary").click()
        await it.page.select_option("#device", index=0)
        await it.until(f"scripted.published[0].mediaStreamTrack.getSettings().deviceId === {chosen}")
        await it.until("document.getElementById('microphone-note').textContent === 'It works.'")
