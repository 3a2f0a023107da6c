"""What a talk leaves behind: the caller's recording, the simulators' log and the bot's journal, on one clock.

The loop's time is the machine's monotonic one, in every process.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.caller.recording import Recording
from pipeline.journal import read_journal
from pipeline.metrics import Meter, Metrics
from pipeline.stages.summarize import INSTRUCTIONS as SUMMARY_INSTRUCTIONS
from tests.bench.speech import vocabulary
from tests.bench.talk import Said
from tests.support.providers.openai import brief_reply, long_reply
from tests.support.tone_code import HEARD_PART, Decoder, codebook, folded, words_of

WHOLE = 0.9
"""Of a word: a smaller part before the whole of it is where the reply was held, and is no doubling."""


@dataclass(frozen=True)
class Word:
    """A word that the caller heard of the bot; loop times, and the part of it that was played."""

    text: str
    start_at: float
    end_at: float
    part: float


class Evidence:
    """Of one talk, which ended at the loop time `end_at`. `metrics` are the bot's own, None without a journal."""

    def __init__(
        self,
        said: Sequence[Said],
        recording: Recording,
        log: Mapping[str, Any],
        metrics: Metrics | None,
        end_at: float,
    ) -> None:
        self.said, self.recording, self.metrics, self.end_at = said, recording, metrics, end_at
        requests = [each for each in log["requests"] if each["messages"][0]["content"] != SUMMARY_INSTRUCTIONS]
        self._log = {**log, "requests": requests}  # a summary belongs to no turn
        told = "You said nothing " + long_reply(10)
        self._words = codebook(folded(word) for word in [*vocabulary(), *words_of(told)])

    def until_at(self, number: int) -> float:
        """When the caller spoke again after what it said as number `number`, or the talk ended."""
        return self.said[number + 1].start_at if number + 1 < len(self.said) else self.end_at

    def requests(self, start_at: float, end_at: float) -> list[Mapping[str, Any]]:
        """Those to the language model that came between two loop times."""
        return [each for each in self._log["requests"] if start_at <= each["at"] < end_at]

    def recognized(self, start_at: float, end_at: float) -> str:
        """What the transcriber made final between two loop times."""
        return " ".join(each["text"] for each in self._log["finals"] if start_at <= each["at"] < end_at)

    def simulators(self, start_at: float, end_at: float) -> float:
        """Seconds between two loop times in which at least one of the simulators was at work."""
        spans = [(each["at"], each["answered_at"]) for each in self._log["finalizes"]]
        spans += [(each["at"], each["first_token_at"]) for each in self._log["requests"]]
        spans += [(each["asked_at"], each["first_audio_at"]) for each in self._log["syntheses"]]
        total, covered_until = 0.0, start_at
        for begun_at, done_at in sorted((a, b) for a, b in spans if b is not None and b > start_at and a < end_at):
            total += max(min(done_at, end_at) - max(begun_at, covered_until), 0.0)
            covered_until = max(covered_until, done_at)
        return total

    def heard(self, start_at: float, end_at: float) -> list[Word]:
        """The bot's words in the recording, each once where a hold has torn it."""
        recording = self.recording
        decoder = Decoder(recording.rate)
        pcm = recording.slice(start_at, end_at)
        found: list[Word] = []
        for heard in [*decoder.feed(pcm), *decoder.flush()]:
            text = self._words.get(heard.code)
            if text is None or heard.part_of(text) < HEARD_PART:
                continue  # a torn-off tone
            if found and found[-1].text == text and found[-1].part < WHOLE:
                found.pop()
            found.append(Word(text, start_at + heard.start, start_at + heard.end, heard.part_of(text)))
        return found


def metrics_of(journal: Path) -> Metrics | None:
    """What the bot's journal comes to; None when there is none."""
    if not journal.exists():
        return None
    meter = Meter()
    for entry in read_journal(journal):
        meter.add(entry.event, entry.commands)
    return meter.metrics


def complaints(log: str) -> list[str]:
    """The lines of the bot's log that should not be there."""
    return [line for line in log.splitlines() if " WARNING " in line or " ERROR " in line or "Error" in line]


def answer_to(text: str) -> list[str]:
    """The words that the simulated language model answers with."""
    return folded_words(str(brief_reply({"messages": [{"role": "user", "content": text}]})))


def folded_words(text: str) -> list[str]:
    """The words of a text as the tone code knows them."""
    return [folded(word) for word in words_of(text)]


def last_of(messages: Iterable[Mapping[str, Any]], role: str) -> str | None:
    """The text of the last message of this role in a request; None without one."""
    return next((str(each["content"]) for each in reversed(list(messages)) if each["role"] == role), None)
