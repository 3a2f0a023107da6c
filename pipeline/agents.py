"""The agents of a session: what serves each of them, and which of them the conversation is led by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.agent import AgentProfile
from pipeline.errors import ProviderError, VoiceBotError
from pipeline.events import RequestRepeated
from pipeline.ports import AgentParts, Synthesizer, Transcriber
from pipeline.resilience.availability import Availability, Health, OnChange
from pipeline.resilience.first_tokens import Hedging
from pipeline.resilience.model_use import ModelUse
from pipeline.resilience.stt import ReconnectingTranscriber, ReconnectTiming
from pipeline.text.spoken.verbalizer import Verbalizer, make_verbalizer
from pipeline.turn.policy import Policy

FIRST = ""
"""The id of the agent that the session begins with."""


@dataclass(frozen=True, slots=True)
class ServedAgent:
    """What makes the replies of one agent, and runs its tools."""

    profile: AgentProfile
    """As it was when it was added: how it speaks is read from it, and nothing else."""
    parts: AgentParts
    transcriber: Transcriber | None
    """That of `parts`, connected again when the connection is lost. Agents that share the one share the other."""
    verbalizer: Verbalizer
    health: Health


class Agents:
    """Knows what serves an agent by its id. What serves one that has spoken is kept: speech of it may wait in a queue.

    A provider has one availability, however many agents share it.
    """

    def __init__(
        self,
        first: AgentProfile,
        parts: AgentParts,
        *,
        rate: int,
        policy: Policy,
        emit: Callable[[RequestRepeated], None],
        on_change: OnChange = lambda availability, error: None,
    ) -> None:
        """`rate`: Hz at which the room plays.

        `on_change` is called for the providers of the agent that leads.
        Raises VoiceBotError for a voice at another rate.
        """
        self.rate, self._budget, self._emit, self._on_change = rate, policy.provider_budget, emit, on_change
        self.hedging = Hedging(is_on=policy.hedges_model)
        """Of the conversation, whoever leads it."""
        self._availability: dict[int, Availability] = {}
        self._uses: dict[int, ModelUse] = {}
        self._transcribers: dict[int, Transcriber] = {}
        self._by_id = {FIRST: self._served(first, parts)}
        self.current = self._by_id[FIRST]
        """What serves the agent that leads the conversation."""

    def __getitem__(self, agent_id: str) -> ServedAgent:
        return self._by_id[agent_id]

    def add(self, profile: AgentProfile, parts: AgentParts) -> str:
        """Take what serves an agent; returns the id. Raises VoiceBotError for a voice at another rate."""
        for agent_id, known in self._by_id.items():
            if known.parts == parts and _speech(known.profile) == _speech(profile):
                return agent_id
        served = self._served(profile, parts)
        agent_id = f"agent-{len(self._by_id) + 1}"
        self._by_id[agent_id] = served
        return agent_id

    def use(self, agent_id: str) -> None:
        """Let an agent lead the conversation; what is lost of its providers is reported, and no longer the others'."""
        before, self.current = self.current.health.all, self._by_id[agent_id]
        for old, new in zip(before, self.current.health.all, strict=True):
            if old is not new and old.error is not None:
                self._on_change(old, None)
            if old is not new and new.error is not None:
                self._on_change(new, new.error)

    def _served(self, profile: AgentProfile, parts: AgentParts) -> ServedAgent:
        if parts.synthesizer is not None and parts.synthesizer.rate != self.rate:
            raise VoiceBotError(
                f"the synthesizer speaks at {parts.synthesizer.rate} Hz and the room plays {self.rate} Hz: "
                "publish the voice at the synthesizer's rate"
            )
        health = Health(self._budget, self._emit, self._changed)
        health.transcriber = self._known(parts.transcriber, health.transcriber)
        health.language_model = self._known(parts.language_model, health.language_model)
        health.synthesizer = self._known(parts.synthesizer, health.synthesizer)
        health.model_use = self._uses.setdefault(id(parts.language_model), health.model_use)
        transcriber = self._reconnecting(parts.transcriber, health)
        return ServedAgent(profile, parts, transcriber, _verbalizer(profile, parts.synthesizer), health)

    def _reconnecting(self, transcriber: Transcriber | None, health: Health) -> Transcriber | None:
        if transcriber is None:
            return None
        timing = ReconnectTiming(connect=health.budget, is_patient=True)
        new = ReconnectingTranscriber(transcriber, health.transcriber, timing)
        return self._transcribers.setdefault(id(transcriber), new)

    def _changed(self, availability: Availability, error: ProviderError | None) -> None:
        if availability in self.current.health.all:
            self._on_change(availability, error)

    def _known(self, provider: object, new: Availability) -> Availability:
        return new if provider is None else self._availability.setdefault(id(provider), new)


def _speech(profile: AgentProfile) -> tuple[str, Mapping[str, str], str | None]:
    return profile.language, profile.pronunciations, profile.to_read


def _verbalizer(profile: AgentProfile, synthesizer: Synthesizer | None) -> Verbalizer:
    needs_words = synthesizer is not None and not synthesizer.capabilities.reads_numbers
    return make_verbalizer(profile.pronunciations, profile.language if needs_words else None)
