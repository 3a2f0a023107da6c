"""What the bot hears, thinks and speaks with in a first talk: the vendors whose keys are there, else what is local."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.settings.options import STAGE_NOUNS, ProviderKind
from bot.settings.settings import Reading
from bot.settings.values import ProviderChoice
from pipeline.providers.local.espeak import LICENSE
from pipeline.providers.local.probe import LocalModel

LOCAL: Mapping[ProviderKind, str] = {"stt": "pocketsphinx", "llm": "responder", "tts": "espeak"}
"""The provider of each stage that needs neither key nor network."""

REMARKS = {
    "pocketsphinx": "on this machine, and approximate: expect every second or third word to be wrong; "
    "DEEPGRAM_API_KEY gets you a good one",
    "responder": "built in, a few fixed rules and no model; OPENAI_API_KEY, or a server on this machine such as "
    "Ollama, gets you a model",
    "espeak": "on this machine; CARTESIA_API_KEY gets you a natural voice",
}


@dataclass(frozen=True)
class Choice:
    """What is added to the bot's flags and environment, and what is told of its providers, line by line."""

    flags: tuple[str, ...]
    environment: Mapping[str, str]
    notes: tuple[str, ...]


def undecided(reading: Reading) -> frozenset[ProviderKind]:
    """The stages for which neither a provider is chosen nor a key or an address known."""
    return frozenset(stage for stage in LOCAL if not isinstance(reading.checked.get(stage), ProviderChoice))


def choose(reading: Reading, model: LocalModel | None) -> Choice:
    """Fill the undecided stages: the language model with `model` when there is one, all others with LOCAL."""
    flags: list[str] = []
    environment: dict[str, str] = {}
    notes = []
    for stage, local in LOCAL.items():
        chosen = reading.checked.get(stage)
        if isinstance(chosen, ProviderChoice):
            name, remark = str(chosen), REMARKS.get(chosen.name, f"by {reading.sources[stage]}")
        elif stage == "llm" and model is not None:
            name, remark = str(reading.raw.get("llm_model") or model.model), f"of {model.server} at {model.base_url}"
            environment |= {"OPENAI_BASE_URL": model.base_url, "LLM_MODEL": name}
        else:
            name, remark = local, REMARKS[local]
            flags += [f"--{stage}", local]
        notes.append(f"{STAGE_NOUNS[stage]}: {name} ({remark})")
        if name.partition(":")[0] == LOCAL["tts"]:
            notes.append(LICENSE)
    return Choice(tuple(flags), environment, tuple(notes))
