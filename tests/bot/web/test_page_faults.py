"""What may go wrong in a talk, and what the page says then, in a real browser with a scripted room."""

import json
import wave
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.bot.web.browser import NEEDS_BROWSER, NO_MICROPHONE, open_browser, plays
from tests.bot.web.scripted_page import ScriptedPage, open_scripted_page, open_talk

pytestmark = [NEEDS_BROWSER, pytest.mark.asyncio(loop_scope="module")]


async def is_closed(it: ScriptedPage) -> bool:
    """Whether nothing of the call is left: no connection, no open microphone."""
    ended = await it.does("scripted.microphone?.mediaStreamTrack.readyState ?? 'ended'")
    return ended == "ended" and not await it.does("scripted.isConnected")


async def test_a_microphone_that_is_refused(browser: Browser) -> None:
    """One may type, and use the microphone once it is allowed."""
    async with open_scripted_page(browser, allowed=False) as it:
        await it.page.click("#orb")
        await it.says("does not let this page use the microphone")
        await it.says("You can type meanwhile.")
        await it.bot_joins()
        await it.says("Ready to read")
        await it.shot("microphone-refused")
        await it.page.context.grant_permissions(["microphone"])
        await it.page.get_by_role("button", name="Turn it on").click()
        await it.says("Listening")
        assert not await it.page.is_visible("#notice")
        await it.until("scripted.published.length === 1")


async def test_no_microphone_at_all() -> None:
    async with open_browser(NO_MICROPHONE) as browser, open_scripted_page(browser) as it:
        await it.page.click("#orb")
        await it.says("No microphone was found")
        await it.shot("microphone-missing")


async def test_a_microphone_that_gives_silence(tmp_path: Path) -> None:
    """It is named after some seconds, with the choice of another one beside it."""
    with wave.open(str(tmp_path / "silence.wav"), "wb") as silence:
        silence.setparams((1, 2, 48_000, 0, "NONE", ""))
        silence.writeframes(bytes(2 * 48_000))
    async with open_browser(plays(tmp_path / "silence.wav")) as browser, open_talk(browser, stops_clock=True) as it:
        assert not await it.page.is_visible("#notice")
        await it.pass_time(7)
        await it.says("Nothing comes from your microphone")
        await it.shot("microphone-silent")
        await it.page.get_by_role("button", name="Choose another").click()
        await it.until("document.activeElement.id === 'device'")


async def test_a_microphone_that_is_unplugged(browser: Browser) -> None:
    """Another one takes its place; where there is none it leaves the room, so that the next one is alone in it."""
    async with open_talk(browser) as it:
        lost = await it.does("scripted.microphone.mediaStreamTrack.id")
        await it.does("scripted.microphone.unplug()")
        assert await it.does("scripted.microphone.mediaStreamTrack.id") != lost
        await it.until("parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mic')) > 0.2")
        await it.says("Listening")
        await it.does("scripted.microphone.unplug({another: false})")
        await it.says("The microphone is gone")
        await it.until("scripted.unpublished.length === 1")
        await it.page.get_by_role("button", name="Turn it on").click()
        await it.says("Listening")
        await it.until("scripted.published.length === 2")


async def test_a_microphone_that_cannot_be_chosen(browser: Browser) -> None:
    """The one before it is closed by then; the page says so, and opens one again."""
    async with open_talk(browser) as it:
        await it.page.locator("#microphone summary").click()
        await it.does("scripted.microphoneError = 'NotReadableError'")
        await it.page.select_option("#device", index=1)
        await it.says("The microphone cannot be opened. Close other programs")
        await it.until("scripted.unpublished.length === 1")
        assert "Close other programs" in await it.page.inner_text("#microphone-note")  # the sheet may hide all else
        await it.does("scripted.microphoneError = ''")
        await it.page.locator("#microphone").get_by_role("button", name="Turn it on").click()
        await it.says("Listening")


async def test_a_page_that_the_browser_puts_to_sleep(browser: Browser) -> None:
    """LiveKit's client leaves the room then: who comes back must not talk to nobody."""
    async with open_talk(browser) as it:
        await it.does("scripted.room.disconnect()")
        await it.says("The browser had put this page to sleep")
        assert await is_closed(it)


async def test_a_connection_that_is_lost_with_the_program(browser: Browser) -> None:
    """To look after a network, or a server, would be no help then."""
    async with open_talk(browser) as it:
        await it.page.route("**/api/about", lambda route: route.abort())
        await it.does("scripted.disconnects(scripted.DisconnectReason.SERVER_SHUTDOWN)")
        await it.says("The program behind this page has ended.")
        assert await it.page.get_by_role("alert").count() == 1


async def test_a_message_for_a_bot_that_talks_with_someone_else(browser: Browser) -> None:
    async with open_talk(browser) as it:
        await it.does("scripted.sets({'rawbot.person': 'bob'})")
        await it.page.fill("#text", "hello")
        await it.page.press("#text", "Enter")
        await it.says("Your message was not sent: the bot talks with someone else.")
        assert await it.page.input_value("#text") == "hello"
        await it.page.press("#text", "End")
        await it.page.keyboard.type("!")
        await it.until("document.getElementById('notice').hidden")


@pytest.mark.parametrize(
    ("error", "says"),
    [("NotReadableError", "Close other programs"), ("TypeError", "The microphone does not work here: as scripted.")],
)
async def test_a_microphone_that_does_not_open(browser: Browser, error: str, says: str) -> None:
    async with open_scripted_page(browser) as it:
        await it.does(f"scripted.microphoneError = {error!r}")
        await it.page.click("#orb")
        await it.says(says)


async def test_a_microphone_that_cannot_be_published(browser: Browser) -> None:
    """The reason is shown as the server gives it, and the microphone closed."""
    async with open_scripted_page(browser) as it:
        await it.does("scripted.publishError = 'insufficient permissions to publish'")
        await it.page.click("#orb")
        await it.says("The microphone does not work here: insufficient permissions to publish.")
        await it.until("scripted.microphone.mediaStreamTrack.readyState === 'ended'")


async def test_a_browser_that_keeps_nothing(browser: Browser) -> None:
    """As with all cookies blocked: there is a talk, and a person who is new each time."""
    async with open_scripted_page(browser) as it:
        for name in ("localStorage", "sessionStorage"):
            denied = "get() { throw new DOMException('denied', 'SecurityError'); }"
            await it.page.add_init_script(f"Object.defineProperty(window, {name!r}, {{ {denied} }})")
        await it.page.reload()
        await it.start()
        await it.says("Listening")


async def test_the_program_behind_the_page_is_gone(browser: Browser) -> None:
    async with open_scripted_page(browser) as it:
        await it.page.route("**/api/token", lambda route: route.abort())
        await it.page.click("#orb")
        await it.says("The program behind this page has ended.")
        assert await is_closed(it)
        await it.page.unroute("**/api/token")
        await it.page.get_by_role("button", name="Try again").click()
        await it.until("scripted.isConnected")


async def test_a_refusal_is_shown_in_its_words(browser: Browser) -> None:
    async with open_scripted_page(browser) as it:
        await it.page.route("**/api/token", lambda route: route.fulfill(status=502, body="<html>Bad Gateway</html>"))
        await it.page.click("#orb")
        await it.says("You were not let in: the answer was 502 Bad Gateway.")
        problem = '{"title": "Too Many Requests", "status": 429, "detail": "Ask again in 3 s."}'
        await it.page.unroute("**/api/token")
        await it.page.route("**/api/token", lambda route: route.fulfill(status=429, body=problem))
        await it.page.get_by_role("button", name="Try again").click()
        await it.says("You were not let in: Ask again in 3 s.")


async def test_the_server_is_gone(browser: Browser) -> None:
    """Before a call, and in one: the connection is tried again, and then lost."""
    async with open_scripted_page(browser) as it:
        await it.does("scripted.connectError = 'could not establish signal connection'")
        await it.page.click("#orb")
        await it.says("The LiveKit server cannot be reached: ws://127.0.0.1:1 (could not establish signal connection).")
        await it.shot("server-unreachable")
        assert await is_closed(it)
        await it.does("scripted.connectError = ''")
        await it.page.get_by_role("button", name="Try again").click()
        await it.until("scripted.isConnected")
        await it.bot_joins()
        await it.goes_on("listening")
        await it.does("scripted.emits('Reconnecting')")
        await it.says("Connection lost")
        await it.does("scripted.emits('Reconnected')")
        await it.says("Listening")
        await it.does("scripted.disconnects(scripted.DisconnectReason.SERVER_SHUTDOWN)")
        await it.says("The LiveKit server was stopped.")
        await it.shot("server-gone")
        assert await is_closed(it)
        await it.page.get_by_role("button", name="Start again").click()
        await it.until("scripted.isConnected")
        await it.does("scripted.disconnects(undefined)")
        await it.says("The connection was lost")


async def test_no_bot_comes(browser: Browser) -> None:
    """The microphone does not stay open for nobody."""
    async with open_scripted_page(browser) as it:
        await it.stop_clock()
        await it.page.click("#orb")
        await it.says("Waiting for the bot")
        await it.until("scripted.published.length === 1")
        await it.pass_time(30)
        await it.says("No bot has come")
        await it.shot("bot-missing")
        assert await is_closed(it)
        await it.page.get_by_role("button", name="Start again").click()
        await it.says("Waiting for the bot")
        metadata = json.dumps(json.dumps({"rawbot": {"refused": {"reason": "no such voice"}}}))
        await it.does(f"""scripted.room.emit("RoomMetadataChanged", {metadata})""")
        await it.says("cannot serve this talk: no such voice")
        assert await is_closed(it)


async def test_a_bot_that_is_killed(browser: Browser) -> None:
    """Its voice stalls, which is seen in seconds; then it is gone, the microphone closed, and one may start again."""
    async with open_talk(browser, stops_clock=True) as it:
        await it.pass_time(3)
        await it.says("Listening")
        await it.does("scripted.voiceRuns = false")
        await it.pass_time(5)
        await it.says("The bot does not respond")
        await it.shot("bot-stalled")
        await it.pass_time(11)
        await it.says("The bot is gone")
        await it.shot("bot-gone")
        assert await is_closed(it)
        await it.does("scripted.voiceRuns = true; scripted.room.remoteParticipants.clear()")
        await it.page.get_by_role("button", name="Start again").click()
        await it.until("scripted.isConnected && scripted.published.length === 2")
        await it.bot_joins()
        await it.says("Listening")


async def test_a_bot_that_is_away_for_a_moment(browser: Browser) -> None:
    async with open_talk(browser, stops_clock=True) as it:
        await it.does("scripted.leavesAsBot()")
        await it.says("The bot does not respond")
        await it.pass_time(9)
        await it.bot_joins()
        await it.says("Listening")
        assert await it.does("scripted.isConnected")


async def test_a_bot_that_ends_the_talk(browser: Browser) -> None:
    async with open_talk(browser, stops_clock=True) as it:
        await it.does("scripted.sets({'rawbot.person': ''})")
        await it.pass_time(3)
        await it.says("The bot has ended the talk")
        assert await is_closed(it)


async def test_a_bot_that_talks_with_someone_else(browser: Browser) -> None:
    async with open_scripted_page(browser) as it:
        await it.start(rawbot_person="bob")
        await it.says("The bot talks with someone else")
        await it.shot("bot-taken")
        await it.does("scripted.sets({'rawbot.person': scripted.room.localParticipant.identity})")
        await it.says("Listening")


async def test_sound_that_the_browser_blocks(browser: Browser) -> None:
    async with open_talk(browser) as it:
        await it.does("scripted.room.canPlaybackAudio = false; scripted.emits('AudioPlaybackStatusChanged')")
        await it.says("The browser keeps the bot silent")
        await it.page.get_by_role("button", name="Let me hear it").click()
        await it.until("scripted.room.canPlaybackAudio && document.getElementById('notice').hidden")


async def test_a_second_tab(browser: Browser) -> None:
    """It knows of the talk in the first, and takes it over as the same person; the first says where the talk is."""
    async with open_scripted_page(browser) as first:
        await first.start()
        await first.goes_on("listening")
        person = await first.does("scripted.room.localParticipant.identity")
        second = ScriptedPage(await first.page.context.new_page())
        await second.page.goto(first.page.url)
        await second.says("A talk is going on in another tab")
        await second.shot("second-tab")
        await second.page.get_by_role("button", name="Talk here instead").click()
        await second.until("scripted.isConnected")
        assert await second.does("scripted.room.localParticipant.identity") == person
        await first.does("scripted.disconnects(scripted.DisconnectReason.DUPLICATE_IDENTITY)")
        await first.says("The talk goes on in another tab or window.")
        await first.shot("first-tab")
        assert await is_closed(first)
        assert await first.page.get_by_role("button", name="Talk here instead").count() == 1
        await second.page.get_by_role("button", name="Leave").click()
        await second.says("Ready when you are")
