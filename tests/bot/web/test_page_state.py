"""What the page makes of events, without showing it: its own modules, called in a browser."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.bot.web.browser import NEEDS_BROWSER
from tests.bot.web.scripted_page import open_scripted_page

pytestmark = [NEEDS_BROWSER, pytest.mark.asyncio(loop_scope="module")]

Event = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with open_scripted_page(browser) as scripted:
        yield scripted.page


async def after(page: Page, *events: Event) -> dict[str, Any]:
    """The state after these events, with what is shown of it as `view`, and the next `deadline`."""
    state: dict[str, Any] = await page.evaluate(
        """async events => {
            const [{ reduce }, { INITIAL }, { view }, { nextDeadline }] = await Promise.all(
                ["reduce", "initial", "view", "deadlines"].map(name => import(`/state/${name}.js`)));
            const state = events.reduce(reduce, INITIAL);
            return { ...state, view: view(state), deadline: nextDeadline(state) };
        }""",
        list(events),
    )
    return state


def bot(**attributes: str) -> Event:
    given = {"lk.agent.state": "listening", "rawbot.person": "ann"}
    given |= {name.replace("_", ".", 1): value for name, value in attributes.items()}
    return {"type": "bot", "bot": {"identity": "bot", "attributes": given}}


def at(seconds: float, event: Event) -> Event:
    return {**event, "now": round(seconds * 1000)}


def segment(text: str, *, id: str = "s", who: str = "bot", stream: int = 1, open: bool = False) -> Event:
    return {"type": "segment", "id": id, "stream": stream, "identity": who, "text": text, "open": open}


JOIN = ({"type": "start", "now": 1000}, {"type": "joined", "identity": "ann", "now": 2000})
OPEN = {"type": "microphone", "status": "open"}
MUTED = {"type": "microphone", "status": "muted"}
UNWANTED = {"type": "unwanted", "reason": "all places are taken"}
GONE = {"type": "bot", "bot": None}
TICK = {"type": "tick"}
KICKED = {"type": "disconnected", "why": "elsewhere"}
ELSEWHERE = {"type": "elsewhere", "is": True}
LISTENS = (*JOIN, OPEN, {"type": "microphoneHeard"}, bot())


@pytest.mark.parametrize(
    ("events", "activity"),
    [
        ([], "off"),
        (JOIN[:1], "connecting"),
        (JOIN, "waiting"),
        ((*JOIN, bot(**{"lk.agent.state": "initializing"})), "preparing"),
        ((*JOIN, bot()), "typing"),
        (LISTENS, "listening"),
        ((*LISTENS, MUTED), "muted"),
        ((*LISTENS, MUTED, OPEN), "listening"),
        ((*LISTENS, bot(rawbot_transcriber="behind")), "behind"),
        ((*LISTENS, bot(rawbot_person="bob")), "taken"),
        ((*LISTENS, bot(**{"lk.agent.state": "thinking"})), "thinking"),
        ((*LISTENS, bot(**{"lk.agent.state": "thinking"}, rawbot_tool="look_up")), "tool"),
        ((*LISTENS, bot(**{"lk.agent.state": "speaking"}), MUTED), "speaking"),
        ((*LISTENS, {"type": "reconnecting"}), "reconnecting"),
        ((*LISTENS, {"type": "reconnecting"}, {"type": "reconnected"}), "listening"),
        ((*LISTENS, GONE), "away"),
        ((*LISTENS, GONE, bot()), "listening"),
        ((*LISTENS, {"type": "leave"}), "off"),
        ((*LISTENS, {"type": "disconnected", "why": "lost"}), "ended"),
    ],
)
async def test_what_goes_on(page: Page, events: tuple[Event, ...], activity: str) -> None:
    assert (await after(page, *events))["view"]["activity"] == activity


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ((at(31.9, TICK),), None),
        ((at(32.0, TICK),), "missing"),
        ((bot(), at(50.0, TICK)), None),
        ((bot(), at(40.0, GONE), at(49.9, TICK)), None),
        ((bot(), at(40.0, GONE), at(50.0, TICK)), "gone"),
        ((bot(), at(40.0, GONE), at(49.0, bot()), at(60.0, TICK)), None),
        ((bot(), at(40.0, GONE), at(41.0, {"type": "reconnecting"}), at(60.0, TICK)), None),
        ((bot(), at(10.0, bot(rawbot_person="")), at(12.9, TICK)), None),
        ((bot(), at(10.0, bot(rawbot_person="")), at(13.0, TICK)), "hungUp"),
        ((bot(), at(10.0, bot(rawbot_person="")), at(12.0, bot()), at(60.0, TICK)), None),
        ((UNWANTED,), "unwanted"),
        ((bot(), UNWANTED), None),  # it is about another job
        ((bot(rawbot_person=""), at(60.0, TICK)), None),  # it has not linked anybody yet
    ],
)
async def test_a_call_ends_when_nobody_is_there(page: Page, events: tuple[Event, ...], why: str | None) -> None:
    state = await after(page, *JOIN, OPEN, *events)
    assert (state["end"] or {}).get("why") == why
    assert state["phase"] == ("idle" if why else state["phase"])
    assert state["microphone"]["status"] == ("closed" if why else "open")


async def test_a_voice_that_stalls_is_seen_within_seconds(page: Page) -> None:
    """Silence sends packets, too: without any, the bot or the way to it is dead."""
    packets = [at(5.0 + second, {"type": "packets", "count": 50 * second}) for second in range(5)]
    stalled = [at(9.0 + second, {"type": "packets", "count": 200}) for second in range(1, 4)]
    state = await after(page, *LISTENS, *packets, *stalled)
    assert (state["view"]["activity"], state["deadline"]) == ("listening", 13_000)
    state = await after(page, *LISTENS, *packets, *stalled, at(13.0, TICK))
    assert (state["view"]["activity"], state["deadline"]) == ("away", 23_000)
    state = await after(page, *LISTENS, *packets, at(13.0, TICK), at(14.0, {"type": "packets", "count": 250}))
    assert state["view"]["activity"] == "listening"
    assert (await after(page, *LISTENS, *packets, at(13.0, TICK), at(23.0, TICK)))["end"]["why"] == "gone"


async def test_a_microphone_counts_as_silent_until_anything_comes_from_it(page: Page) -> None:
    silent = "Nothing comes from your microphone"

    async def notice(*events: Event) -> str:
        state = await after(page, *JOIN, at(3.0, OPEN), bot(), *events)
        return str((state["view"]["notice"] or {}).get("text", ""))

    assert not await notice(at(8.9, TICK))
    assert silent in await notice(at(9.0, TICK))
    assert not await notice(at(4.0, {"type": "microphoneHeard"}), at(60.0, TICK))
    assert not await notice(at(9.0, TICK), at(10.0, {"type": "microphoneHeard"}))
    assert not await notice(at(9.0, TICK), at(10.0, MUTED))
    assert not await notice(at(9.0, TICK), at(10.0, MUTED), at(11.0, OPEN), at(16.9, TICK))
    assert silent in await notice(at(9.0, TICK), at(10.0, {"type": "deviceChanged", "device": "b"}), at(16.0, TICK))
    # Who listens to the bot need not say anything yet.
    speaks = at(4.0, bot(**{"lk.agent.state": "speaking"}))
    assert not await notice(speaks, at(60.0, TICK))
    assert not await notice(speaks, at(20.0, bot()), at(25.9, TICK))
    assert silent in await notice(speaks, at(20.0, bot()), at(26.0, TICK))


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        ([segment("wha", open=True, who="ann")], [("me", "wha", True)]),
        ([segment("wha", open=True), segment("what", stream=2)], [("bot", "what", False)]),
        ([segment("what", stream=2), segment("wha", stream=1, open=True)], [("bot", "what", False)]),
        ([segment("uh", open=True), segment("", stream=2)], []),
        ([segment("  ")], []),
        ([segment("a", id="1"), segment("b", id="2", who="ann")], [("bot", "a", False), ("me", "b", False)]),
        ([segment("a", who="carl")], [("other", "a", False)]),
        ([segment("a", open=True), {"type": "leave"}], [("bot", "a", False)]),
        ([{"type": "chat", "id": "c", "identity": "bot", "text": "Look."}] * 2, [("bot", "Look.", False)]),
        ([{"type": "typed", "id": "t", "text": "Hi."}], [("me", "Hi.", False)]),
    ],
)
async def test_the_transcript(page: Page, events: list[Event], lines: list[tuple[str, str, bool]]) -> None:
    state = await after(page, *LISTENS, *events)
    assert [(line["who"], line["text"], line["open"]) for line in state["lines"]] == lines


async def test_a_talk_that_goes_on_is_told_from_a_new_one(page: Page) -> None:
    """A bot keeps a person for some seconds: who is back by then goes on; and not with one that has ended the talk."""

    async def again(*events: Event) -> list[str]:
        return [line["who"] for line in (await after(page, *LISTENS, segment("Hello."), *events))["lines"]]

    leave, start = {"type": "leave"}, {"type": "start"}
    assert await again(at(10, leave), at(19, start)) == ["bot"]
    assert await again(at(10, leave), at(20, start)) == ["bot", "talk"]
    assert await again(at(10, {"type": "disconnected", "why": "hungUp"}), at(11, start)) == ["bot", "talk"]
    saved = [{"id": "s", "who": "me", "text": "Hi.", "open": True, "unheard": ""}]
    state = await after(page, {"type": "restored", "lines": saved, "at": 1000, "now": 3000}, at(5, start))
    assert [(line["who"], line["open"]) for line in state["lines"]] == [("me", False)]


async def test_a_reply_that_began_before_a_reload_goes_on_in_its_line(page: Page) -> None:
    """The streams of the page that was reloaded count for nothing, however many they were."""
    saved = [{"id": "s", "who": "bot", "text": "Once", "open": True, "unheard": "", "stream": 40}]
    restored = {"type": "restored", "lines": saved, "at": 1000, "now": 2000}
    state = await after(page, restored, *LISTENS, segment("Once upon a time.", stream=1))
    assert [line["text"] for line in state["lines"]] == ["Once upon a time."]


@pytest.mark.parametrize(
    ("microphone", "hint"),
    [
        (OPEN, "Just speak up to interrupt."),
        (MUTED, "You are muted: type to interrupt."),
        ({"type": "microphone", "status": "refused"}, "Type to interrupt."),
    ],
)
async def test_how_to_interrupt_depends_on_the_microphone(page: Page, microphone: Event, hint: str) -> None:
    state = await after(page, *LISTENS, bot(**{"lk.agent.state": "speaking"}), microphone)
    assert state["view"]["hint"] == hint


async def test_what_one_may_ask_is_shown_while_it_can_be_asked(page: Page) -> None:
    shown = [
        (await after(page, *events))["view"]["suggests"]
        for events in (
            (),
            LISTENS,
            (*LISTENS, segment("Hello.")),
            (*LISTENS, bot(rawbot_person="bob")),
            (*LISTENS, {"type": "disconnected", "why": "lost"}),
        )
    ]
    assert shown == [True, True, False, False, False]


async def test_what_was_said_of_a_text_goes_when_it_is_changed(page: Page) -> None:
    unsent = {"type": "failed", "what": "send", "detail": "no."}
    assert "not sent" in (await after(page, *LISTENS, unsent))["view"]["notice"]["text"]
    assert (await after(page, *LISTENS, unsent, {"type": "edited"}))["view"]["notice"] is None


async def test_the_end_of_the_program_is_the_better_reason(page: Page) -> None:
    lost, gone = {"type": "disconnected", "why": "lost"}, {"type": "programGone"}
    assert (await after(page, *LISTENS, lost, gone))["end"]["why"] == "program"
    assert (await after(page, *LISTENS, lost, {"type": "start"}, gone))["phase"] == "joining"


@pytest.mark.parametrize(
    ("events", "label"),
    [
        ([], "Talk"),
        ([{"type": "elsewhere", "is": True}], "Talk here instead"),
        ([*LISTENS, segment("Hello."), {"type": "leave"}], "Go on"),
        ([*LISTENS, KICKED], "Talk here instead"),
        ([*LISTENS, KICKED, ELSEWHERE], "Talk here instead"),
        ([*LISTENS, KICKED, ELSEWHERE, {**ELSEWHERE, "is": False}], "Go on"),  # it is over there, too
        ([*LISTENS, {"type": "disconnected", "why": "lost"}], "Start again"),
        ([JOIN[0], {"type": "failed", "what": "program"}], "Try again"),
        ([*JOIN, bot(), {"type": "microphone", "status": "refused"}], "Use the microphone"),
        (LISTENS, ""),
    ],
)
async def test_the_orb_is_the_button_for_what_is_next(page: Page, events: list[Event], label: str) -> None:
    orb = (await after(page, *events))["view"]["orb"]
    assert orb["label"] == label
    assert bool(orb["does"]) == bool(label)


async def test_every_end_and_fault_has_words(page: Page) -> None:
    """Each says what to do, and none has a hole where the reason belongs."""
    found = await page.evaluate(
        """async () => {
            const words = await import("/state/words.js");
            const { MICROPHONE_FAULTS } = await import("/state/initial.js");
            return { ends: words.ENDS, microphone: words.MICROPHONE, faults: MICROPHONE_FAULTS };
        }"""
    )
    assert set(found["microphone"]) == set(found["faults"])
    for why in found["ends"]:
        state = await after(page, *LISTENS, {"type": "disconnected", "why": why})
        assert state["view"]["notice"]["text"]
        assert "{" not in state["view"]["notice"]["text"]
    for status in found["faults"]:
        state = await after(page, *LISTENS, {"type": "microphone", "status": status})
        assert "You can type" in state["view"]["notice"]["text"]
        assert "{" not in state["view"]["notice"]["text"]


WAITED = '"waited": [["endpointing", 0.3], ["tts", 0.6], ["playout", 0.7]]'
SPANS = '"spans": [["endpointing", 0, 0.3], ["llm", -0.2, 0.5], ["later", 0.5, 0.9]]'


@pytest.mark.parametrize(
    ("given", "total", "spans", "waited"),
    [
        pytest.param("", None, None, None, id="nothing"),
        pytest.param("{}", None, None, None, id="empty"),
        pytest.param('{"voice_to_voice_delay": null}', None, None, None, id="cut"),
        pytest.param('{"voice_to_voice_delay": 0.7}', None, None, None, id="of another version"),
        pytest.param(
            f'{{"voice_to_voice_delay": 0.7, {SPANS}, {WAITED}}}',
            0.7,
            [("Sure that you had finished", 0, 0.3), ("First words thought of", 0, 0.5), ("later", 0.5, 0.7)],
            [
                ("Sure that you had finished", 0, 0.3),
                ("First sound made", 0.3, 0.6),
                ("First sound on its way", 0.6, 0.7),
            ],
            id="whole",
        ),
    ],
)
async def test_the_waterfall(
    page: Page, given: str, total: float | None, spans: list[Any] | None, waited: list[Any] | None
) -> None:
    script = "async text => (await import('/state/latency.js')).readLatency(text)"
    read = await page.evaluate(script, given)
    assert (read and read["total"]) == total
    for name, wanted in (("spans", spans), ("waited", waited)):
        assert (read and [(part["label"], part["from"], part["to"]) for part in read[name]]) == wanted


async def test_the_last_five_answers_are_kept(page: Page) -> None:
    """Each once, whatever else changes of the bot; a new talk begins without."""

    def answer(number: int) -> Event:
        return bot(rawbot_latency=f'{{"voice_to_voice_delay": {number}, {SPANS}, {WAITED}}}')

    answered = [event for number in range(7) for event in (answer(number), answer(number), bot(rawbot_latency=""))]
    state = await after(page, *LISTENS, *answered, bot(rawbot_latency="what is this?"))
    assert [each["total"] for each in state["answers"]] == [6, 5, 4, 3, 2]
    state = await after(page, *LISTENS, *answered, {"type": "leave"}, {"type": "start"})
    assert state["answers"] == []
