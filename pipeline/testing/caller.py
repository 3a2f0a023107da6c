"""A simulated caller: holds a whole conversation with the bot, by a list of what to say or by a language model."""

from collections.abc import Iterable
from contextlib import aclosing
from itertools import zip_longest
from typing import Protocol

from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import LanguageModel, TextDelta
from pipeline.testing.errors import SceneError, SceneFailed
from pipeline.testing.person import Person

HANGS_UP = "[hangs up]"
"""The text by which a language model ends the caller's part."""

INSTRUCTIONS = """\
You play a person who talks with a voice assistant on the telephone. The assistant's words are the user's messages; \
yours are what you write. This is you, and what you want:

{persona}

Say one or two short sentences at a time, as people talk, and nothing but what is said aloud. When you have what you \
wanted, or cannot get it, say goodbye and write {hangs_up} behind it."""

BEGINNING = "(The call has begun, and nobody has said anything yet.)"


class CallerScene(Protocol):
    """The scene, as far as a caller needs it."""

    @property
    def person(self) -> Person: ...
    @property
    def history(self) -> list[tuple[str, str]]: ...
    async def pauses(self, duration: float) -> None: ...
    async def answer(self, after: float, within: float) -> str: ...


class SimulatedCaller:
    """Says something, waits until the bot has answered it, thinks for a moment, and goes on.

    `turns` are what is said, one after the other. Or `llm` is a language model that plays `persona`, a few sentences
    about who is calling and what they want, until it hangs up or has said `max_turns` things. `pause` is how many
    seconds pass between an answer and what is said next; no answer for `patience` seconds fails the scene. With
    `waits` the bot speaks first.
    """

    def __init__(
        self,
        turns: Iterable[str] = (),
        *,
        llm: LanguageModel | None = None,
        persona: str = "",
        max_turns: int = 20,
        pause: float = 0.6,
        patience: float = 30.0,
        waits: bool = False,
    ) -> None:
        self._turns = [turns] if isinstance(turns, str) else list(turns)
        if bool(self._turns) == (llm is not None):
            raise SceneError("Caller: give either turns, what is said one after the other, or llm=... and persona=...")
        if llm is not None and not persona.strip():
            raise SceneError("Caller: persona=... is missing: say who is calling, and what they want")
        for turn in self._turns:
            if not turn.strip():
                raise SceneError("Caller: a turn is empty; give the text that is said")
        self._llm, self._persona, self._max_turns = llm, persona, max_turns
        self._pause, self._patience, self._waits = pause, patience, waits
        self._has_hung_up = False
        self.said: list[str] = []
        """The conversation so far."""

    async def converse(self, scene: CallerScene) -> None:
        """Hold the conversation in a scene that is being played."""
        ended_at, answers = 0.0, list[str]()
        if self._waits:
            answers.append(await self._answer(scene, ended_at))
        while (text := await self._next(answers)) is not None:
            if answers:
                await scene.pauses(self._pause)
            ended_at = scene.person.says(text)
            self.said.append(text)
            answers.append(await self._answer(scene, ended_at))

    async def _answer(self, scene: CallerScene, ended_at: float) -> str:
        try:
            return await scene.answer(ended_at, self._patience)
        except SceneFailed:
            asked = f"to {self.said[-1]!r}" if self.said else "at the beginning of the call"
            raise SceneFailed(f"the bot said nothing {asked}, for {self._patience:g} s") from None

    async def _next(self, answers: list[str]) -> str | None:
        if self._llm is None:
            return self._turns[len(self.said)] if len(self.said) < len(self._turns) else None
        if len(self.said) == self._max_turns or self._has_hung_up:
            return None
        return await self._written(self._llm, answers)

    async def _written(self, llm: LanguageModel, answers: list[str]) -> str | None:
        heard = answers if self._waits else [BEGINNING, *answers]
        messages = list[PromptMessage]()
        for answer, said in zip_longest(heard, self.said, fillvalue=""):
            messages.append(PromptMessage("user", answer))
            messages += [PromptMessage("assistant", said)] if said else []
        prompt = Prompt(INSTRUCTIONS.format(persona=self._persona, hangs_up=HANGS_UP), tuple(messages))
        written = ""
        async with aclosing(llm.generate(prompt)) as pieces:
            async for piece in pieces:
                if isinstance(piece, TextDelta):
                    written += piece.text
        text, mark, _ = written.partition(HANGS_UP)
        self._has_hung_up = bool(mark)
        return " ".join(text.split()) or None
