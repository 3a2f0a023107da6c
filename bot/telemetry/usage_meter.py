"""Counts what one session asks of its providers, by provider and model, as it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.clock import loop_time
from pipeline.current_reply import CURRENT_REPLY
from pipeline.errors import ProviderError
from pipeline.usage import ProviderStage, ServiceUsage


@dataclass(slots=True, eq=False)
class ProviderRequest:
    """One request to a provider; of a transcriber, one stream. Times are loop seconds."""

    stage: ProviderStage
    provider: str
    model: str
    reply_id: str = field(default_factory=CURRENT_REPLY.get)
    """The reply for which it was made; empty for none."""
    began_at: float = field(default_factory=loop_time)
    first_at: float | None = None
    """When the first text or audio of its answer came."""
    ended_at: float | None = None
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    is_estimated: bool = False
    """The tokens are estimated."""
    characters: int = 0
    audio_duration: float = 0.0
    error: str = ""
    """The kind of failure, a class of `pipeline.errors`; empty where it did not fail."""
    is_called_off: bool = False
    """It was ended from here before its answer was whole."""

    @property
    def first_delay(self) -> float | None:
        """Seconds to the first of the answer."""
        return None if self.first_at is None else self.first_at - self.began_at

    def answered(self) -> None:
        """Note that some of the answer has come."""
        if self.first_at is None:
            self.first_at = loop_time()


class UsageMeter:
    """Of one session."""

    def __init__(self) -> None:
        self._services: dict[tuple[ProviderStage, str, str], MeteredService] = {}
        self._listeners: list[Callable[[ProviderRequest], None]] = []
        self.hearing: tuple[str, str] = ("", "")
        """Provider and model that gave the latest transcript."""

    def service(self, stage: ProviderStage, provider: str, model: str) -> "MeteredService":
        """Return the count of a service, the same each time."""
        key = stage, provider, model
        if key not in self._services:
            self._services[key] = MeteredService(self, stage, provider, model)
        return self._services[key]

    @property
    def usage(self) -> tuple[ServiceUsage, ...]:
        """Until now, those that were used."""
        return tuple(usage for service in self._services.values() if (usage := service.usage).is_used)

    def add_listener(self, ended: Callable[[ProviderRequest], None]) -> None:
        """Have `ended` called at the end of each request."""
        self._listeners.append(ended)

    def report(self, request: ProviderRequest) -> None:
        """Call the listeners."""
        for ended in self._listeners:
            ended(request)


class MeteredService:
    """What one model of one provider was used for in a session."""

    def __init__(self, meter: UsageMeter, stage: ProviderStage, provider: str, model: str) -> None:
        self._meter = meter
        self.stage, self.provider, self.model = stage, provider, model
        self._requests = self._estimated = 0
        self._prompt = self._cached = self._completion = self._characters = 0
        self._audio = 0.0

    @property
    def usage(self) -> ServiceUsage:
        """Until now."""
        return ServiceUsage(
            stage=self.stage,
            provider=self.provider,
            model=self.model,
            requests=self._requests,
            prompt_tokens=self._prompt,
            cached_tokens=self._cached,
            completion_tokens=self._completion,
            estimated_requests=self._estimated,
            characters=self._characters,
            audio_duration=self._audio,
        )

    def begin(self) -> ProviderRequest:
        """Count a request that begins now."""
        self._requests += 1
        return ProviderRequest(self.stage, self.provider, self.model)

    def tokens(
        self, request: ProviderRequest, prompt: int, cached: int, completion: int, *, is_estimated: bool = False
    ) -> None:
        """Count the tokens of a request."""
        self._prompt += prompt
        self._cached += cached
        self._completion += completion
        self._estimated += is_estimated
        request.prompt_tokens += prompt
        request.cached_tokens += cached
        request.completion_tokens += completion
        request.is_estimated |= is_estimated

    def characters(self, request: ProviderRequest, count: int) -> None:
        """Count characters that are given to a voice."""
        self._characters += count
        request.characters += count

    def audio(self, request: ProviderRequest, seconds: float) -> None:
        """Count audio that a transcriber is given or a voice has made."""
        self._audio += seconds
        request.audio_duration += seconds

    def heard(self) -> None:
        """Note that it has given a transcript."""
        self._meter.hearing = self.provider, self.model

    def end(self, request: ProviderRequest, failure: ProviderError | None = None, *, is_whole: bool) -> None:
        """Report the end of a request."""
        request.ended_at = loop_time()
        request.error = type(failure).__name__ if failure is not None else request.error
        request.is_called_off = not request.error and not is_whole
        self._meter.report(request)
