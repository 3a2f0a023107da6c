"""What serves an agent: its providers, and what runs the calls of its tools."""

from dataclasses import dataclass

from pipeline.ports.hooks import TurnHookRunner
from pipeline.ports.language_model import LanguageModel
from pipeline.ports.synthesizer import Synthesizer
from pipeline.ports.tools import ToolRunner
from pipeline.ports.transcriber import Transcriber


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParts:
    """None is what the agent does without. Several agents may share what is the same object."""

    transcriber: Transcriber | None = None
    language_model: LanguageModel | None = None
    synthesizer: Synthesizer | None = None
    tools: ToolRunner | None = None
    turn_hook: TurnHookRunner | None = None

    @property
    def can_generate(self) -> bool:
        """Whether a language model's replies can be heard."""
        return self.language_model is not None and self.synthesizer is not None
