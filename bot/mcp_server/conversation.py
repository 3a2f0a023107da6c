"""A guided conversation: the language model talks by itself towards a goal, until it is reached or given up."""

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import aclosing, suppress
from typing import Literal

from bot.event_feed import MessageAdded
from bot.voicebot import VoiceBot
from pipeline.errors import ProviderError, RoomClosed, first_error
from pipeline.events import PersonLeft
from pipeline.messages import Message, Prompt, PromptMessage
from pipeline.ports import LanguageModel, TextDelta

log = logging.getLogger(__name__)

Ending = Literal["goal_reached", "person_wants_to_stop", "person_left", "turns", "time", "stopped"]

TALK = """\
{instructions}

In this conversation you act for another person and have a goal: {goal}
Work towards it, one question at a time. If the person does not want to, or asks to stop, accept it at once. As soon \
as the goal is reached, say so, thank them and say goodbye in one sentence without a question."""

OPEN = (
    "Begin, or go on, now: say in a sentence or two what you would like, and ask your first question towards the goal."
)

CLOSE = "The conversation has to end here: thank them in one short sentence, and ask nothing more."

JUDGE = """\
Below is a telephone conversation between an agent and a person. The agent's goal is: {goal}
Answer with a single word. REACHED: the goal is reached, and the agent's last turn asks for nothing more. STOP: the \
person does not want to go on, cannot help, or has said goodbye. GO: anything else."""

SUMMARISE = """\
Below is a telephone conversation between an agent and a person. The agent's goal was: {goal}
Say in two to five plain sentences what came of it: what the person answered, with names and numbers as they said \
them, whether the goal is reached, and what is open. Say nothing that was not said."""

_VERDICT = re.compile(r"\W*(REACHED|STOP)\b", re.IGNORECASE)
_VERDICTS: dict[str, Ending] = {"REACHED": "goal_reached", "STOP": "person_wants_to_stop"}

CLOSE_DELAY = 10.0
"""Seconds for the closing words; the person may still be speaking."""

JUDGE_DELAY = 10.0
"""Seconds for a verdict on whether the goal is reached; without one the conversation goes on."""


class GuidedConversation:
    """Holds one conversation towards one goal."""

    def __init__(
        self, bot: VoiceBot, language_model: LanguageModel, goal: str, *, instructions: str, max_turns: int
    ) -> None:
        """`instructions` are the bot's own, to which the goal is added; `max_turns` bounds the bot's turns."""
        self.goal = goal
        self.ending: Ending | None = None
        """Why it has ended; None while it goes on."""
        self.goes_on = True
        self.began = self.reported = bot.message_number
        """The number of the last message before it, and of the last one that was reported."""
        self._bot, self._model = bot, language_model
        self._instructions, self._max_turns = instructions, max_turns
        self._stopped = asyncio.Event()
        self.summary: asyncio.Future[str]
        """The result of `hold`; set by whoever starts it."""

    def stop(self) -> None:
        """End it now, without closing words."""
        self._stopped.set()
        self._bot.set_auto_reply(False)

    async def hold(self, duration: float) -> str:
        """Talk for at most `duration` seconds; return the summary. Raises RoomClosed, ProviderError."""
        try:
            self.ending = await self._talk(duration)
            self._bot.set_auto_reply(False)
            if self.ending in ("turns", "time"):
                with suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_DELAY):
                        await self._bot.generate_reply(instructions=CLOSE)
            return await self._ask(SUMMARISE, self._said())
        finally:
            self.goes_on = False
            self._bot.set_auto_reply(False)
            self._bot.update_instructions(self._instructions)
            await self._forget_turns()

    async def _talk(self, duration: float) -> Ending:
        self._bot.update_instructions(TALK.format(instructions=self._instructions, goal=self.goal))
        self._bot.set_auto_reply(True)
        ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(duration), asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(part) for part in (self._open(), self._watch(ended), self._wait_for_stop(ended))
                ]
                ending = await ended
                for task in tasks:
                    task.cancel()
            return ending
        except TimeoutError:
            return "time"
        except ExceptionGroup as errors:
            raise first_error(errors) from None

    async def _open(self) -> None:
        await self._bot.generate_reply(instructions=OPEN)

    async def _wait_for_stop(self, ended: "asyncio.Future[Ending]") -> None:
        await self._stopped.wait()
        if not ended.done():
            ended.set_result("stopped")

    async def _watch(self, ended: "asyncio.Future[Ending]") -> None:
        async for event in self._bot.events():
            ending: Ending | None = None
            if isinstance(event, PersonLeft):
                ending = "person_left"
            elif isinstance(event, MessageAdded) and event.message.role == "assistant" and not event.message.cut:
                ending = await self._verdict()
            if ending is not None and not ended.done():
                ended.set_result(ending)
        await self._bot.wait_closed()  # raises what broke the bot, if that was it
        raise RoomClosed("ended in mid-conversation")

    async def _verdict(self) -> Ending | None:
        """Judge whether the bot's latest turn ends the conversation; the person may speak on meanwhile."""
        said = self._said()
        if not any(message.role == "user" for message in said):
            return None
        try:
            async with asyncio.timeout(JUDGE_DELAY):
                word = _VERDICT.match(await self._ask(JUDGE, said))
        except (TimeoutError, ProviderError) as error:
            log.warning("no verdict on the conversation's goal: %r", error)
            word = None
        if word is not None:
            return _VERDICTS[word[1].upper()]
        return "turns" if sum(message.role == "assistant" for message in said) >= self._max_turns else None

    def _said(self) -> Sequence[Message]:
        return [it for it in self._bot.history if it.number > self.began and it.role != "tool"]

    async def _ask(self, instructions: str, said: Sequence[Message]) -> str:
        """Make one request beside the conversation."""
        names = {"user": "Person", "assistant": "Agent"}
        text = "\n".join(f"{names[message.role]}: {message.text}{' —' * message.cut}" for message in said)
        prompt = Prompt(instructions.format(goal=self.goal), (PromptMessage("user", text or "(nothing was said)"),))
        async with aclosing(self._model.generate(prompt)) as parts:
            return "".join([part.text async for part in parts if isinstance(part, TextDelta)]).strip()

    async def _forget_turns(self) -> None:
        """Drop the person's turns of the conversation: they were answered in it."""
        with suppress(RoomClosed):
            while (await self._bot.listen(0.0)).is_over:
                pass
