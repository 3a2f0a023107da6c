"""Moonshine in a child process: samples in; interim and final transcripts out.

The model recognizes a whole sound at once, so an utterance is recognized again and again as it grows. The bot's own
speech detector opens an utterance; what it does not take for speech is never recognized.

Measured on recordings of people, with a final transcript asked for in each pause: of 675 words 5.3 % are wrong, and
6.5 % where what follows a pause is recognized alone. The first words come 0.2 s after speech starts, 0.4 s in one case
of ten; the process takes 3 to 5 % of a core while the person speaks, and 130 MB. The package's own streaming took ten
times the processor and 300 MB, and gave the first words after 0.4 s, with as many of them wrong.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from pipeline.audio import Pcm, pcm_from_bytes
from pipeline.providers.local.hearing.moonshine_model import Float, Hypothesis, MoonshineModel, never
from pipeline.providers.local.hearing.moonshine_sound import RecentSound
from pipeline.providers.local.hearing.moonshine_utterance import MARKS, GrowingUtterance, placed
from pipeline.providers.local.hearing.transcriber_child import RATE, TranscriptFields, seconds, serve
from vad.gate import Edge, Gate, SpeechStart
from vad.protocol import WINDOW, VoiceActivityDetector

PREROLL = 0.3
"""Seconds of sound before the first speech that are recognized with it."""

LATEST_START = 0.4
"""Seconds after its beginning by which speech is known to have started: see `GateOptions.fresh_speech`."""

TAIL = 0.032
"""Seconds of sound behind the last speech that are recognized with it: a window of the detector."""

PADDING = 0.2
"""Seconds of silence that are put behind the sound."""

FIRST_INTERIM = 0.16
"""Seconds of speech before the first interim: less is seldom a word."""

INTERIM_INTERVAL = 0.24
"""Seconds of speech from one interim to the next, at least."""

SHARE = 0.25
"""Of one core that recognizing may take in the midst of speech: on a slow machine interims come less often."""

REPORT_INTERVAL = 0.48
"""Seconds of audio without speech after which an empty transcript reports that there are no words."""

SILENCE = 1.0
"""Seconds without speech that close an utterance."""

CONTEXT = 8.0
"""Seconds of an utterance up to which what follows is recognized together with what is final already."""

LONGEST = 16.0
"""Seconds after which an utterance is cut where nobody pauses."""

CUT_SEARCH = 4.0
"""Seconds at the end of such an utterance in which it is cut, at the window that is the least like speech."""

# From here on: the bounds for what counts as a word, see `are_words`. With them no noise of the recordings gives any,
# and of 306 words in short answers of a synthetic voice, quiet and loud, one is wrong.

SHORTEST_WORD = 0.1
"""Seconds of speech that a word has at least: from clicks and ends of noises the model makes "You" or "Yes"."""

MEAN_CERTAINTY = -0.8
"""The mean of the tokens' log probabilities, at least."""

LEAST_CERTAINTY, FEW_TOKENS = -1.75, 6
"""The log probability of each token, at least, where there are so few: a long sentence may have an unusual word."""

SPEECH_PROBABILITY = 0.92
"""The detector's probability in one window, at least: noises and distant voices mostly have less, a word seldom."""

CLEAR_PROBABILITY, CLEAR_MEAN, CLEAR_LEAST = 0.7, -0.3, -1.0
"""The detector's probability that is enough where the model is surer of its tokens than it is of any noise: such a mean
and such a log probability of each."""


class Recognizer(Protocol):
    """See `MoonshineModel`."""

    def recognize(
        self, sound: Float, *, given: Sequence[int], draft: Sequence[int], stop: Callable[[], bool]
    ) -> Hypothesis | None: ...

    def text(self, tokens: Sequence[int]) -> str: ...


class MoonshineDecoder:
    """A `transcriber_child.StreamDecoder`."""

    def __init__(
        self, model: Recognizer, detector: VoiceActivityDetector, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._model, self._detector, self._now = model, detector, now
        self._gate = Gate()
        self._partial = b""  # less than a window
        self._sound = RecentSound()  # from the utterance's start on, or of PREROLL
        self._utterance: GrowingUtterance | None = None
        self._final_until = 0  # the sample behind the last speech that is final
        self._answered_until = 0  # samples
        self._next_at = 0.0  # when the next interim may be made

    def hear(self, data: bytes) -> Iterator[TranscriptFields]:
        """See `StreamDecoder`."""
        self._partial += data
        size = 2 * WINDOW
        while len(self._partial) >= size:
            window, self._partial = self._partial[:size], self._partial[size:]
            yield from self._take(pcm_from_bytes(window))

    def finalize(self) -> TranscriptFields:
        """See `StreamDecoder`."""
        utterance = self._utterance
        end = self._gate.position + len(self._partial) // 2
        if utterance is None or not utterance.is_open:
            return self._nothing(end)
        self._draft(utterance, utterance.speech_end)
        answer = self._final(utterance, end)
        if not answer["text"] or utterance.final_until - utterance.start > CONTEXT * RATE:
            self._utterance = None
        return answer

    def catch_up(self, is_asked: Callable[[], bool]) -> Iterable[TranscriptFields]:
        """Make an interim when one is due: soon after speech, as it may be the last of it, else now and then."""
        utterance = self._utterance
        if utterance is None or not utterance.is_open or utterance.drafted_until == utterance.speech_end:
            return ()
        is_pausing = self._gate.silence_run > 0
        if not is_pausing and not self._is_due(utterance):
            return ()
        if not self._draft(utterance, utterance.speech_end, stop=never if is_pausing else is_asked):
            return ()
        # Without the mark at its end where the speech goes on: the model sets one in any case.
        text = utterance.text if is_pausing else utterance.text.rstrip(MARKS)
        return [self._answer(utterance, text, utterance.drafted_until, is_final=False)]

    def _take(self, window: Pcm) -> Iterator[TranscriptFields]:
        probability = self._detector.probability(window)
        self._sound.add(window, probability)
        self._note(self._gate.feed(probability))
        utterance, position = self._utterance, self._gate.position
        if utterance is not None and not self._gate.speaking and self._gate.silence_run >= SILENCE * RATE:
            if utterance.is_open:
                self._draft(utterance, utterance.speech_end)
                yield self._final(utterance, position)
            self._utterance = None
        elif utterance is not None and position - utterance.start >= LONGEST * RATE:
            yield from self._cut(utterance)
        elif position - self._answered_until >= REPORT_INTERVAL * RATE and not (utterance and utterance.is_open):
            yield self._nothing(position)
        kept_from = position - round((PREROLL + LATEST_START) * RATE)
        self._sound.keep_from(min(kept_from, self._utterance.start) if self._utterance else kept_from)

    def _note(self, edge: Edge | None) -> None:
        """Note where there is speech."""
        if isinstance(edge, SpeechStart):
            if self._utterance is None:
                start = edge.sample - round(PREROLL * RATE)
                self._utterance = GrowingUtterance(max(start, self._final_until, self._sound.first))
            self._utterance.spans.append((edge.sample, self._gate.position))
        elif self._utterance is not None and self._gate.speaking:
            first, _ = self._utterance.spans[-1]
            self._utterance.spans[-1] = (first, self._gate.position - self._gate.silence_run)

    def _is_due(self, utterance: GrowingUtterance) -> bool:
        """Whether an interim is due in the midst of speech."""
        if self._now() < self._next_at:
            return False
        if utterance.drafted_until > utterance.final_until:
            return utterance.speech_end - utterance.drafted_until >= INTERIM_INTERVAL * RATE
        return utterance.speech_samples(utterance.speech_end) >= FIRST_INTERIM * RATE

    def _draft(self, utterance: GrowingUtterance, end: int, stop: Callable[[], bool] = never) -> bool:
        """Recognize the utterance up to a sample; whether it was done, and not broken off."""
        if utterance.drafted_until == end:
            return True
        began_at = self._now()
        padding = np.zeros(round(PADDING * RATE), dtype=np.float32)
        sound = np.concatenate([self._sound.between(utterance.start, end + round(TAIL * RATE)), padding])
        found = self._model.recognize(sound, given=utterance.given, draft=utterance.draft, stop=stop)
        ended_at = self._now()
        self._next_at = ended_at + (ended_at - began_at) * (1 / SHARE - 1)
        if found is None:
            return False
        utterance.draft, utterance.drafted_until = found.tokens, end
        duration = utterance.speech_samples(end) / RATE
        probability = self._sound.highest_probability(utterance.open_spans(end))
        is_sure = are_words(found, duration, probability)
        utterance.text = self._model.text(found.tokens).lstrip(MARKS).rstrip() if is_sure else ""
        return True

    def _final(self, utterance: GrowingUtterance, end: int) -> TranscriptFields:
        """The draft as it stands, which from now on is what the rest of the utterance goes on from."""
        answer = self._answer(utterance, utterance.text, end, is_final=True)
        tokens = [*utterance.given, *utterance.draft]
        while tokens and not self._model.text(tokens[-1:]).strip(MARKS):
            tokens.pop()
        utterance.make_final(tokens)
        self._final_until = utterance.final_until
        return answer

    def _answer(self, utterance: GrowingUtterance, text: str, end: int, *, is_final: bool) -> TranscriptFields:
        self._answered_until = self._gate.position
        words = placed(text.split(), utterance.open_spans(utterance.drafted_until))
        return {
            "text": text,
            "is_final": is_final,
            "start": words[0][1] if words else seconds(min(utterance.final_until, end)),
            "end": seconds(end),
            "words": words,
        }

    def _nothing(self, end: int) -> TranscriptFields:
        start, self._answered_until = self._answered_until, self._gate.position
        return {"text": "", "is_final": True, "start": seconds(min(start, end)), "end": seconds(end), "words": ()}

    def _cut(self, utterance: GrowingUtterance) -> Iterator[TranscriptFields]:
        """Make all final up to the most silent place, and go on from there."""
        place = self._sound.quietest_from(self._gate.position - round(CUT_SEARCH * RATE))
        place = max(place, utterance.final_until)
        if utterance.open_spans(place):
            self._draft(utterance, place)
            yield self._final(utterance, place)
        self._utterance = rest = GrowingUtterance(place)
        rest.spans = [(max(first, place), behind) for first, behind in utterance.spans if behind > place]
        if not rest.spans:
            self._utterance = None


def are_words(found: Hypothesis, duration: float, probability: float) -> bool:
    """Whether the model is sure enough of its words.

    `duration` is that of the speech in seconds, `probability` the highest that the detector gave to any window of it.
    """
    if not found.tokens or duration < SHORTEST_WORD:
        return False
    least = min(found.log_probabilities)
    mean = sum(found.log_probabilities) / len(found.log_probabilities)
    if mean < MEAN_CERTAINTY or (len(found.tokens) <= FEW_TOKENS and least < LEAST_CERTAINTY):
        return False
    is_clear = mean >= CLEAR_MEAN and least >= CLEAR_LEAST
    return probability >= (CLEAR_PROBABILITY if is_clear else SPEECH_PROBABILITY)


def _load() -> MoonshineDecoder:
    from vad.cascade import CascadeVad

    return MoonshineDecoder(MoonshineModel(), CascadeVad())


if __name__ == "__main__":
    serve(_load)
