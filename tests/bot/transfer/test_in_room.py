"""A person who asks for a human being, in a real room: what they, the webhook and a colleague in the room get of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from livekit import rtc

from bot.transfer.human_transfer import HANDED_OVER
from bot.transfer.report import TOPIC
from pipeline.events import PersonLinked
from pipeline.messages import Prompt
from pipeline.testing.scripted_llm import ScriptedLanguageModel
from tests.bot.conftest import NewBot, NewCaller
from tests.bot.tools.test_webhooks import Service, serving
from tests.support.bot import BOT, Watched
from tests.support.caller import Caller
from tests.support.waiting import GHOST_LIMIT, WAIT_LIMIT

pytestmark = pytest.mark.sfu

REASON = "They want to cancel their contract."
ASKED = "I want to speak to a human."
TOLD = "600 Hz for 0.5 s"
"""What the person is told, as the tests' voice speaks it."""


@dataclass
class Call:
    """A person and a colleague in a room with a bot whose model hands over."""

    bot: Watched
    person: Caller
    colleague: Caller
    webhook: Service
    answered: list[Prompt]
    """What the model was asked beside the first turn and the summary."""

    async def is_handed_over(self) -> dict[str, Any]:
        """Have the person ask for somebody; returns what the colleague gets, which the webhook gets, too."""
        readers = list[rtc.TextStreamReader]()
        self.colleague.room.register_text_stream_handler(TOPIC, lambda reader, _: readers.append(reader))
        await self.person.send_text(ASKED)
        await self.colleague.until(lambda: readers)
        async with asyncio.timeout(WAIT_LIMIT):
            written = await readers[0].read_all()
        readers[0].close()
        ((request, posted),) = self.webhook.asked
        assert (request.method, request.path) == ("POST", "/desk")
        assert written == posted.decode()
        assert len(readers) == 1
        document: dict[str, Any] = json.loads(written)
        return document

    async def is_told(self) -> None:
        """Wait until the person sees what they were told, as said to its end."""
        shown = self.person.texts
        await self.person.until(lambda: [(it.text, it.final) for it in shown.segments(BOT)] == [(TOLD, True)])

    def history(self) -> list[tuple[str, str]]:
        """Roles and texts."""
        return [(message.role, message.text) for message in self.bot.bot.history]


NewCall = Callable[[str], Awaitable[Call]]


@pytest.fixture
async def new_call(new_bot: NewBot, new_caller: NewCaller) -> AsyncIterator[NewCall]:
    """Begin a call; what the bot does after a hand-over is given."""
    async with AsyncExitStack() as stack:

        async def call(then: str) -> Call:
            model, answered = ScriptedLanguageModel(), list[Prompt]()
            model.calls("transfer_to_human", reason=REASON)
            model.reply = lambda prompt: answered.append(prompt) or TOLD  # type: ignore[func-returns-value]
            webhook = await stack.enter_async_context(serving())
            person = await stack.enter_async_context(new_caller("ann"))
            options = {"transfer_webhook": f"{webhook.address}/desk", "transfer_text": TOLD, "transfer_then": then}
            made = new_bot(llm=model, tools=["transfer_to_human"], **options)
            bot = await stack.enter_async_context(made)
            await bot.next(PersonLinked)
            colleague = await stack.enter_async_context(new_caller("colleague", publish=False))
            return Call(bot, person, colleague, webhook, answered)

        yield call


async def test_everybody_learns_of_it_and_the_bot_leaves(new_call: NewCall, room_name: str) -> None:
    call = await new_call("leave")
    assert await call.is_handed_over() == {
        "type": "rawbot.handover",
        "reason": REASON,
        "room": room_name,
        "participant": {"identity": "ann", "kind": "STANDARD"},
        "language": "en",
        "summary": "They talked.",
        "history": [{"role": "user", "text": ASKED}],
    }
    await call.is_told()
    async with asyncio.timeout(WAIT_LIMIT):
        await call.bot.bot.wait_closed()
    await call.person.until(lambda: BOT not in call.person.room.remote_participants, GHOST_LIMIT)
    assert not call.answered


async def test_a_scribe_stays_and_answers_nothing(new_call: NewCall) -> None:
    call = await new_call("scribe")
    await call.is_handed_over()
    await call.is_told()
    for text in ("Are you my colleague?", "My number is 12."):
        await call.person.send_text(text)
        await call.bot.until(partial(has_said, call, text))
    assert ("assistant", TOLD) in call.history(), "heard to its end"
    assert ("tool", HANDED_OVER) in call.history()
    assert BOT in call.person.room.remote_participants
    assert not call.answered


def has_said(call: Call, text: str) -> bool:
    return call.history()[-1] == ("user", text)
