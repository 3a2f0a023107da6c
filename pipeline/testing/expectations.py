"""Expectations of a scene. One that fails raises SceneFailed with what was found instead, and the timeline."""

from collections.abc import Iterable
from typing import NoReturn

from pipeline.testing.errors import SceneError, SceneFailed
from pipeline.testing.findings import Findings
from pipeline.testing.word_reader import understood
from pipeline.turn.words import folded


class Expectations(Findings):
    """Texts are compared without case, marks and fillers, and a part of what was said is enough."""

    def assert_heard(self, text: str, times: int | None = None) -> None:
        """The room heard the bot say this: at least once, or so many times."""
        found = _count(text, self.heard_text)
        if found != times if times is not None else not found:
            wanted = "once or more" if times is None else f"{times} times"
            self._fail(f"{text!r} was to be heard {wanted}, and was {found} times. The room heard: {self.heard_text!r}")

    def assert_not_heard(self, text: str) -> None:
        """The room did not hear the bot say this."""
        if _count(text, self.heard_text):
            self._fail(f"{text!r} was not to be heard. The room heard: {self.heard_text!r}")

    def assert_said(self, text: str) -> None:
        """The person said this, as far as the bot's history knows."""
        if not _count(text, self.person_text):
            self._fail(f"the bot was to take down {text!r}. Of the person it took down: {self.person_text!r}")

    def assert_requests(self, count: int) -> None:
        """The language model was asked so often."""
        if len(self.requests) != count:
            self._fail(f"{count} requests to the language model were expected, and there were:{_lines(self.prompts)}")

    def assert_requested(self, text: str) -> None:
        """Check that a prompt, its instructions or its messages, had this text."""
        prompts = [request.prompt for request in self.requests]
        texts = [" ".join([prompt.instructions, *(message.text for message in prompt.messages)]) for prompt in prompts]
        if not any(_count(text, prompt) for prompt in texts):
            self._fail(f"no request to the language model holds {text!r}. There were:{_lines(self.prompts)}")

    def assert_called(self, name: str, /, **arguments: object) -> None:
        """Check that a tool was called, with these arguments among others."""
        if not any(it.name == name and arguments.items() <= it.arguments.items() for it in self.called):
            with_them = f" with {arguments}" if arguments else ""
            self._fail(f"{name} was to be called{with_them}. There were these calls:{_lines(self.called)}")

    def assert_not_called(self, name: str) -> None:
        """Check that a tool was not called."""
        if any(it.name == name for it in self.called):
            self._fail(f"{name} was not to be called. There were these calls:{_lines(self.called)}")

    def assert_answered_within(self, delay: float) -> None:
        """The person was answered, and each answer began so soon: from the end of what they said to the first sound."""
        delays = self.answer_delays
        if not delays or max(delays) > delay:
            took = ", ".join(f"{taken:.2f} s" for taken in delays) or "there were none"
            self._fail(f"answers were to begin within {delay:g} s; they took: {took}")

    def assert_silent(self, start: float, end: float) -> None:
        """The bot is not heard between two times."""
        if not start < end:
            raise SceneError(f"assert_silent({start}, {end}): give a start and a later end")
        for at in range(round(start * 100), round(end * 100)):
            if self.loudness_between(at / 100, (at + 1) / 100):
                self._fail(
                    f"the bot was to be silent from {start:.2f} to {end:.2f} s, and is heard at {at / 100:.2f} s"
                )

    def assert_silent_within(self, delay: float, after: float) -> None:
        """So many seconds after a time the bot is silent, for half a second at least."""
        self.assert_silent(after + delay, after + delay + 0.5)

    def check_history(self) -> None:
        """Check that the history holds what the room heard, to the word, and that nothing was heard twice.

        Only with the scripted voice, as that can be read back from its sound.
        """
        if self._reader is None:
            raise SceneError("check_history: a voice of your own cannot be read back from its sound")
        written = [word.strip(",;:") for word in self.bot_text.split()]
        reached = {0}  # how many of the written words the heard ones may be by now
        for word, is_sure in understood(self.heard):
            follow = {place + 1 for place in reached if written[place : place + 1] == [word.strip(",;:")]}
            before, reached = reached, follow if is_sure else follow | reached
            if not reached:
                self._fail(f"{word!r} was heard, and the history goes on with {written[max(before) :][:3]}")
        if len(written) not in reached:
            self._fail(f"the history says {written[max(reached) :]}, which nobody heard")

    def _fail(self, message: str) -> NoReturn:
        self.check_has_begun()
        failure = SceneFailed(message)
        self._tell(failure)
        raise failure


def _count(text: str, within: str) -> int:
    """Return how often a text occurs in another one."""
    if not (wanted := folded(text)):
        raise SceneError(f"{text!r} has no word that could be looked for")
    return f" {folded(within)} ".replace(" ", "  ").count(f" {wanted} ".replace(" ", "  "))


def _lines(items: Iterable[object]) -> str:
    return "".join(f"\n  {line}" for line in items) or " none"
