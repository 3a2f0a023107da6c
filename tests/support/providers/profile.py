"""How fast the simulated providers are: all their times, as distributions drawn from a seeded `random.Random`.

FIXED always takes the same times, so that what is measured on top of it is the bot's own. CLOUD has the spread and the
accidents of services on the internet.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Protocol


class Distribution(Protocol):
    """Where a number comes from."""

    def draw(self, random: Random) -> float:
        """The next number."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """The same number each time."""

    value: float

    def draw(self, random: Random) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything from `low` to `high`, each as likely."""

    low: float
    high: float

    def draw(self, random: Random) -> float:
        return random.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Half of the numbers below `median`, with a long tail above: `sigma` is the deviation of the logarithm."""

    median: float
    sigma: float

    def draw(self, random: Random) -> float:
        return random.lognormvariate(math.log(self.median), self.sigma)


@dataclass(frozen=True, slots=True)
class Profile:
    """One world of providers. All times in seconds."""

    stt_interim_interval: Distribution
    """Of speech, from one interim transcript to the next."""
    stt_delay: Distribution
    """From the arrival of audio to the message about it."""
    stt_finalize_delay: Distribution
    """From a Finalize to its answer."""
    stt_finalize_lost: float
    """Share of Finalizes that are never answered; what they should have closed stays interim."""

    llm_first_token_delay: Distribution
    """From the request to its first token."""
    llm_token_interval: Distribution
    """From one token to the next."""

    tts_first_audio_delay: Distribution
    """From the first text of a context to its first audio."""
    tts_speed: Distribution
    """Seconds of audio made in a second."""
    tts_context_expiry: Distribution
    """From the end of a context's last audio, as streamed, to its end."""


FIXED = Profile(
    stt_interim_interval=Always(0.2),
    stt_delay=Always(0.1),
    stt_finalize_delay=Always(0.1),
    stt_finalize_lost=0.0,
    llm_first_token_delay=Always(0.3),
    llm_token_interval=Always(1 / 80),
    tts_first_audio_delay=Always(0.12),
    tts_speed=Always(5.0),
    tts_context_expiry=Always(1.0),
)
"""Always the same: 520 ms from the end of speech to audio, made of 100 (Finalize), 300 (token) and 120 (audio)."""

CLOUD = Profile(
    stt_interim_interval=Uniform(0.8, 1.2),
    stt_delay=Uniform(0.15, 0.35),
    stt_finalize_delay=Uniform(0.15, 0.35),
    stt_finalize_lost=0.02,
    llm_first_token_delay=LogNormal(0.45, 0.3),
    llm_token_interval=Uniform(0.004, 0.025),
    tts_first_audio_delay=Uniform(0.09, 0.25),
    tts_speed=Uniform(3.0, 8.0),
    tts_context_expiry=Uniform(0.9, 1.3),
)
"""Like services on the internet: everything varies, and a Finalize in fifty has no answer."""
