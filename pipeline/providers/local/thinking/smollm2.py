"""Small talk by SmolLM2, 135 million parameters, which runs in a child process: English only, without a key.

It talks, and knows little: it is too small for instructions and for tools, and its facts are often wrong.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from pipeline.agent import INSTRUCTIONS
from pipeline.bridge import Outlet, bridge
from pipeline.errors import Declined, Refused
from pipeline.messages import Prompt
from pipeline.ports import Finished, ReplyPart, TextDelta, Usage
from pipeline.providers.local.english import english_only
from pipeline.providers.local.packages import require
from pipeline.providers.local.process.child import START_TIMEOUT, Child
from pipeline.providers.local.process.child_on_demand import ChildOnDemand
from pipeline.providers.local.process.frames import NUMBER, Kind
from pipeline.providers.local.thinking.smollm2_chat import BEGINNING, MAX_TOKENS, SpokenAnswer, chat_of
from pipeline.providers.local.thinking.smollm2_child import MODEL_PACKAGE

PROVIDER = "SmolLM2"

ANSWER_TIMEOUT = 10.0
"""Seconds for the next token, which takes 20 ms, or for the next 32 that it reads, 0.2 s; a machine may be busy."""

TEMPERATURE = 0.0
"""Where the agent has none of its own: already at 0.3 the model leaves the subject."""

SAMPLING = {"dry_multiplier": 0.8, "dry_allowed_length": 3, "dry_penalty_last_n": 64}
"""Against going in circles, to which a small model tends: no four tokens of the last exchange again. Not of what was
before, as the examples are to be followed; a penalty for single tokens costs it the names that the person has said."""

UNUSED = "%s does not use the bot's %s: %s; choose another language model where they matter"

_FIRST = NUMBER.pack(0)
"""The number of the request with which a process reads what all chats begin with."""

_log = logging.getLogger(__name__)


class SmolLM2:
    """A `pipeline.ports.LanguageModel`; replies are made one after the other."""

    start_timeout = START_TIMEOUT

    def __init__(self, *, language: str = "en") -> None:
        self._language = language
        self._process = ChildOnDemand(PROVIDER, self._start)
        self._number = 0
        self._unused: set[str] = set()
        """What was said to be of no use."""

    async def warm(self) -> None:
        """Have the process run and read what all chats begin with; does nothing when it does. Raises ProviderError.

        It reads for 1.6 s of CPU time, which is over before anyone has asked anything.
        """
        async with self._process.turn:
            await self._process.running()

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream an answer of a few sentences. Closing the iterator ends the work and keeps the process.

        Raises ProviderError, also in mid-answer.
        """
        self._report_unused(prompt)
        async with aclosing(bridge(partial(self._run, prompt))) as parts:  # not bounded: an answer is short
            async for part in parts:
                yield part

    async def aclose(self) -> None:
        """End the process; a reply that is being made breaks off."""
        await self._process.close()

    async def _run(self, prompt: Prompt, outlet: Outlet[ReplyPart]) -> None:
        async with self._process.turn:  # whoever holds it waits for the engine only
            child = await self._process.running()
            self._number += 1
            number = NUMBER.pack(self._number)
            child.order(Kind.ASK, number + json.dumps(_request(prompt)).encode())
            try:
                await self._take(child, number, outlet)
            except asyncio.CancelledError:
                child.order(Kind.CANCEL, number)
                raise

    async def _take(self, child: Child, number: bytes, outlet: Outlet[ReplyPart]) -> None:
        answer = SpokenAnswer()

        def say(text: str) -> None:
            if text:
                outlet.put_nowait(TextDelta(text))

        while True:
            kind, payload = await child.receive(ANSWER_TIMEOUT)
            if not payload.startswith(number):
                continue  # of a request that was called off
            fields = payload[NUMBER.size :].decode(errors="replace")
            match kind:
                case Kind.TEXT if not answer.is_full:
                    say(answer.feed(fields))
                    if answer.is_full:
                        child.order(Kind.CANCEL, number)
                        outlet.put_nowait(Finished())
                case Kind.FAILED:
                    raise Declined(PROVIDER, f"it cannot answer this ({fields})")
                case Kind.ANSWERED:
                    reason, *tokens = json.loads(fields)
                    if not answer.is_full:
                        say(answer.finish(is_cut=reason == "length"))
                        outlet.put_nowait(Finished())
                    outlet.put_nowait(Usage(*tokens))
                    return

    async def _start(self) -> Child:
        if fault := english_only(self._language, "another language model (OpenAI, or a server of your own)"):
            raise Refused(PROVIDER, fault)
        require(PROVIDER, "xllamacpp", MODEL_PACKAGE)
        child = await Child.start(PROVIDER, "pipeline.providers.local.thinking.smollm2_child")
        child.order(Kind.ASK, _FIRST + json.dumps({"messages": BEGINNING, "max_tokens": 1}).encode())
        return child

    def _report_unused(self, prompt: Prompt) -> None:
        """Say once what the model does not read: nothing that anyone has asked of the bot is lost silently."""
        if prompt.instructions and not prompt.instructions.startswith(INSTRUCTIONS):
            self._report("instructions", "it is too small to follow them, and has a short prompt of its own")
        if prompt.tools:
            self._report("tools", "it cannot call any")

    def _report(self, what: str, why: str) -> None:
        if what not in self._unused:
            self._unused.add(what)
            _log.warning(UNUSED, PROVIDER, what, why)


def _request(prompt: Prompt) -> dict[str, object]:
    temperature = TEMPERATURE if prompt.temperature is None else prompt.temperature
    return {"messages": chat_of(prompt), "max_tokens": MAX_TOKENS, "temperature": temperature, **SAMPLING}
