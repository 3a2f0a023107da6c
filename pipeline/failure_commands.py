"""What the reducer wants done when a provider is lost; see `pipeline.commands`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptText:
    """A reply that needs no voice: what was kept of it is played, or a recording of the same meaning."""

    text: str


@dataclass(frozen=True, slots=True)
class KeepSpeech:
    """Have the voice of an agent make this text while it can, to be played when it cannot: see `KeptText`."""

    text: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """End the bot with the error of the provider that is lost."""


@dataclass(frozen=True, slots=True)
class TransferPerson:
    """Hand the person over, as a provider is lost. PersonTransferred or TransferFailed follows."""


TroubleCommand = KeepSpeech | GiveUp | TransferPerson
