"""The language model of a talk without keys: rules for what must be certain, and SmolLM2 for everything else.

Alone, the model names a time that it does not know, and promises calls and alarms; the rules alone answer most of what
people say with an excuse. Where the model fails before it has said anything, the bot says so, and what it still can.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime

from pipeline.errors import Declined, ProviderError, Unavailable
from pipeline.messages import Prompt
from pipeline.ports import LanguageModel, ReplyPart, TextDelta
from pipeline.providers.local.process.child import START_TIMEOUT
from pipeline.providers.local.thinking.known_answers import known_answer, rules
from pipeline.providers.local.thinking.responder import last_said, local_now
from pipeline.providers.local.thinking.smollm2 import PROVIDER, SmolLM2

GREETING = (
    "Hello, I am Rawbot! I think with a very small language model on this machine: good for a chat, not for facts. "
    "You may interrupt me at any time. How are you today?"
)

HELLO = "Hello! What would you like to talk about?"

WHO = (
    "I am Rawbot, a voice bot for LiveKit rooms. I think with SmolLM2, a very small language model on this machine, "
    "so do not rely on what I say. What would you like to talk about?"
)

HELP = (
    "Just talk to me, and interrupt me whenever you like. Ask for the time, a joke or a long story, or have me count "
    "or repeat something. For good answers, give me a key for a large language model, or run one on this machine."
)

PROGRAM = "I am a computer program on this machine, so I have no age, no home and no body. And you?"

ENGLISH = "I understand and speak English only."

STOPPED = "All right. What would you like instead?"

GOODBYE = "Goodbye! It was nice talking to you."

NO_ANSWER = "Sorry, my small language model has not come up with an answer. Please try again, or ask me for a story."
"""In place of an answer of the model: on a machine that is too busy for it, for instance."""

LOADS = 3
"""How often the model's process is started while nobody has asked anything yet: one may be killed, as where memory is
short for a moment."""

FIRST_TEXT_TIMEOUT = 5.0
"""Seconds for the first words of the model, which take 0.1 to 0.5: then it is given up."""

_LANGUAGES = (
    "german|french|spanish|italian|dutch|portuguese|polish|russian|chinese|japanese|korean|arabic|hindi|turkish"
)

_ABOUT_IT = rules(
    (r"^(?:hello|hi|hi there|hello there|good (?:morning|afternoon|evening))$", HELLO),
    (r"^(?:stop|wait|quiet|be quiet|enough|shut up|silence)(?: (?:stop|wait|it|a|moment|minute|second))*$", STOPPED),
    (r"^(?:goodbye|good bye|bye|bye bye|see you|see you later|good night)$", GOODBYE),
    (r"\b(?:who|what) are you\b|\bwhat is your name\b|\btell me about yourself\b", WHO),
    (r"\bwhat (?:kind of |sort of )?model\b|\bare you (?:\w+ ){0,2}(?:model|chatgpt|gpt|machine)\b", WHO),
    (r"\bare you (?:\w+ ){0,2}(?:human|person|robot|bot|ai|real|computer|alive)\b", WHO),
    (r"\bhow old are you\b|\bwhere (?:do|are) you (?:live|from|located|now|born)\b|\bwhere are you$", PROGRAM),
    (r"\b(?:can|do) you (?:speak|talk|understand|know) (?:\w+ ){0,2}(?:language|languages)\b", ENGLISH),
    (rf"\b(?:can|do|could) you (?:speak|talk|understand|translate) (?:in |to |into )?(?:{_LANGUAGES})\b", ENGLISH),
    (r"\bwhat can (?:you do|i (?:ask|say|do))\b|\bhow (?:do|can|should) i (?:use|talk to) (?:you|this)\b", HELP),
    (r"^help(?: me)?$|\bhow does (?:this|it|that) work\b|\bwhat (?:do|should) i (?:do|say)\b|\bcan you help me$", HELP),
)

_log = logging.getLogger(__name__)


def small_answer(said: str, now: datetime, before: str = "") -> str | None:
    """The answer to what a person said, None where the model is to give it. See `known_answers.known_answer`.

    Nothing said, or a stage direction in brackets as for a greeting, is answered by the greeting.
    """
    said = " ".join(said.split())
    if not any(map(str.isalnum, said)) or (said.startswith("(") and said.endswith(")")):
        return HELLO if before else GREETING
    return known_answer(said, now, before, _ABOUT_IT)


class SmallTalk:
    """A `pipeline.ports.LanguageModel`. It follows no instructions and calls no tools.

    `model` answers what no rule knows, SmolLM2 where none is given; `now` returns the time of day.
    """

    start_timeout = START_TIMEOUT

    def __init__(
        self,
        *,
        language: str = "en",
        model: LanguageModel | None = None,
        now: Callable[[], datetime] = local_now,
    ) -> None:
        self._model = SmolLM2(language=language) if model is None else model
        self._now = now
        self._has_failed = False

    async def warm(self) -> None:
        """Have the model ready, started again if it dies meanwhile. Raises Refused where it can never be."""
        for _ in range(LOADS):
            try:
                await self._model.warm()
            except Unavailable as error:
                self._report(error)
            else:
                self._has_failed = False
                return

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream the answer. Raises ProviderError when the model breaks off in the middle of one, and Refused."""
        said, before = last_said(prompt)
        if (known := small_answer(said, self._now(), before)) is not None:
            yield TextDelta(known)
            return
        has_begun = False
        try:
            async with aclosing(self._model.generate(prompt)) as parts:
                while (part := await _next(parts, has_begun)) is not None:
                    has_begun = has_begun or isinstance(part, TextDelta)
                    if has_begun:
                        yield part
        except (Unavailable, Declined) as error:
            if has_begun:
                raise
            self._report(error)
        if has_begun:
            self._has_failed = False
            return
        yield TextDelta(NO_ANSWER)

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()

    def _report(self, error: ProviderError) -> None:
        """Log a failure, as a warning if it is the first since the model worked."""
        _log.log(logging.DEBUG if self._has_failed else logging.WARNING, "%s; only rules answer meanwhile", error)
        self._has_failed = True


async def _next(parts: AsyncGenerator[ReplyPart, None], has_begun: bool) -> ReplyPart | None:
    """The next part, None at the end. Raises Unavailable when the first words do not come in time."""
    try:
        async with asyncio.timeout(None if has_begun else FIRST_TEXT_TIMEOUT) as limit:
            return await anext(parts, None)
    except TimeoutError:
        if not limit.expired():
            raise
        raise Unavailable(PROVIDER, f"it has said nothing within {FIRST_TEXT_TIMEOUT:g} s") from None
