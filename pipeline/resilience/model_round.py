"""Requests to language models for one answer, side by side: the first to give a part of it is taken."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from pipeline.clock import loop_time
from pipeline.errors import Malformed, ProviderError, Unavailable
from pipeline.messages import Prompt
from pipeline.ports import Finished, LanguageModel, ReplyPart, Usage
from pipeline.resilience.chain import Attempts, Link
from pipeline.resilience.first_tokens import FIRST_TOKENS
from pipeline.resilience.partial_reply import PartialReply
from pipeline.token_estimate import estimated_usage

FIRST_TOKEN_DELAY = 3.0
"""Seconds without a first token after which another request is made beside. A slow model may still come first: one that
thinks for four seconds is not asked in vain again and again."""

STALL_TIMEOUT = 3.0
"""Seconds without a part in mid-reply after which a request has failed: tokens come every 10 to 50 ms."""

STALL_TIMEOUT_WITH_TOOLS = 5.0
"""The same where tools are offered: the arguments of a call come as one part, when they are whole."""

WITHOUT_A_WORD = "it answered without a word: choose another model"


@dataclass(frozen=True, slots=True)
class _Running:
    """A request that has given no part of the reply yet, or the one that is taken."""

    link: Link[LanguageModel]
    began_at: float


class ModelRound:
    """One request, and another one beside it when the first token is late."""

    def __init__(
        self,
        reply: PartialReply,
        prompt: Prompt,
        attempts: Attempts[LanguageModel],
        *,
        emit: Callable[[ReplyPart], None],
        on_begun: Callable[[], None],
        on_another: Callable[[], None],
    ) -> None:
        """`emit` takes what comes of the reply.

        `on_begun` is called at the first part of it, `on_another` when another request is made beside.
        """
        self._reply, self._attempts, self._emit = reply, attempts, emit
        self._on_begun, self._on_another = on_begun, on_another
        self._prompt, first = reply.begin(prompt)
        for part in first:
            emit(part)
        self._stall_timeout = STALL_TIMEOUT_WITH_TOOLS if prompt.tools else STALL_TIMEOUT
        self._running: dict[asyncio.Task[None], _Running] = {}
        self._taken: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._bug: Exception | None = None
        self.failure: ProviderError | None = None
        """Of the latest request that failed."""

    async def run(self, link: Link[LanguageModel], deadline: float, another_at: float = math.inf) -> None:
        """Ask, until the reply is whole or all requests have failed, which they have at `deadline` without a part.

        `another_at` is the loop time from which another request is made beside.
        """
        began_at = loop_time()
        async with asyncio.TaskGroup() as group:
            self._begin(group, link)
            while self._running and self._taken is None:
                self._changed.clear()
                try:
                    async with asyncio.timeout_at(min(deadline, another_at)) as limit:
                        await self._changed.wait()
                except TimeoutError:
                    if not limit.expired():
                        raise
                    if loop_time() >= deadline:
                        self._give_up(
                            Unavailable("the language model", f"no answer within {deadline - began_at:.1f} s")
                        )
                    else:
                        another_at = math.inf
                        self._on_another()
                        self._begin(group, self._attempts.begin(besides=link))
        if self._bug is not None:
            raise self._bug

    def _begin(self, group: asyncio.TaskGroup, link: Link[LanguageModel]) -> None:
        self._running[group.create_task(self._request(link))] = _Running(link, loop_time())

    def _give_up(self, failure: Unavailable) -> None:
        for task, request in list(self._running.items()):
            self._note_first_token(request)
            self._fail(request.link, failure)
            task.cancel()
        self._running.clear()

    def _fail(self, link: Link[LanguageModel], failure: ProviderError) -> None:
        self._attempts.failed(link, failure)
        self.failure = failure

    async def _request(self, link: Link[LanguageModel]) -> None:
        this = asyncio.current_task()
        assert this is not None
        try:
            await self._read(this, link)
        except ProviderError as error:
            if not self._reply.is_whole:  # what fails after that is only the connection
                self._fail(link, error)
        except Exception as bug:  # noqa: BLE001 - raised by `run`, without the group around it
            self._bug = bug
            self._end_others(this)
        finally:
            self._running.pop(this, None)
            self._changed.set()

    async def _read(self, this: asyncio.Task[None], link: Link[LanguageModel]) -> None:
        async with aclosing(link.provider.generate(self._prompt)) as parts:
            while (part := await self._next(parts, this)) is not None:
                self._take(part, this)
        if self._taken not in (None, this):
            return
        for rest in self._reply.end():
            self._emit(rest)
        if not self._reply.is_whole:
            raise Malformed("the language model", WITHOUT_A_WORD)
        self._attempts.worked(link)

    def _take(self, part: ReplyPart, this: asyncio.Task[None]) -> None:
        if self._taken is None and not isinstance(part, Usage | Finished):
            self._taken = this
            self._changed.set()
            self._note_first_token(self._running[this])
            self._end_others(this)
            self._on_begun()
        if isinstance(part, Usage):
            self._emit(part)
        elif self._taken in (None, this):
            for it in self._reply.take(part):
                self._emit(it)

    def _end_others(self, this: asyncio.Task[None]) -> None:
        """Call off the requests beside this one. They have cost something all the same."""
        for task in self._running.keys() - {this}:
            self._note_first_token(self._running.pop(task))
            self._emit(estimated_usage(self._prompt, written=0))
            task.cancel()

    def _note_first_token(self, request: _Running) -> None:
        FIRST_TOKENS.of(request.link.provider).add(loop_time() - request.began_at)

    async def _next(self, parts: AsyncGenerator[ReplyPart, None], this: asyncio.Task[None]) -> ReplyPart | None:
        """Return the next part, None at the end. Raises Unavailable when none comes in mid-reply."""
        if self._taken is not this:
            return await anext(parts, None)
        try:
            async with asyncio.timeout(self._stall_timeout) as limit:
                return await anext(parts, None)
        except TimeoutError:
            if not limit.expired():
                raise
            what = f"the reply broke off: no more text within {self._stall_timeout:g} s"
            raise Unavailable("the language model", what) from None
