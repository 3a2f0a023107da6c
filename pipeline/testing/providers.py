"""The providers of a scene: scripted ones of the kit, or your own."""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from pipeline.port_check import PORTS, violation
from pipeline.ports import AgentParts, LanguageModel, Synthesizer, ToolRunner, Transcriber
from pipeline.stages.kept_speech import SpareVoice
from pipeline.stages.spare_voice import recording_for
from pipeline.testing.clock import Clock
from pipeline.testing.errors import SceneError
from pipeline.testing.microphone import SceneMicrophone
from pipeline.testing.person import Person
from pipeline.testing.scripted_llm import ScriptedLanguageModel
from pipeline.testing.scripted_stt import ScriptedTranscriber
from pipeline.testing.scripted_tts import ScriptedSynthesizer

Scripted = Literal["scripted"]

SCRIPTED: Final[Scripted] = "scripted"
"""The kit's own."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Providers:
    """None where the bot has to do without."""

    stt: Transcriber | None
    llm: LanguageModel | None
    tts: Synthesizer | None

    def __post_init__(self) -> None:
        for name, port in PORTS.items():
            given = getattr(self, name)
            if given is not None and (fault := violation(given, port)):
                raise SceneError(f"{name}={given!r} {fault}")

    @classmethod
    def made(
        cls,
        stt: Transcriber | Scripted | None,
        llm: LanguageModel | Scripted | None,
        tts: Synthesizer | Scripted | None,
        clock: Clock,
        microphone: SceneMicrophone,
        person: Person,
    ) -> "Providers":
        """Make the kit's own where SCRIPTED is given. Raises SceneError for anything that is no provider."""
        return cls(
            ScriptedTranscriber(clock, microphone, person) if stt == SCRIPTED else stt,
            ScriptedLanguageModel() if llm == SCRIPTED else llm,
            ScriptedSynthesizer(clock) if tts == SCRIPTED else tts,
        )

    def bound(
        self, stt: str | Transcriber | None, llm: str | LanguageModel | None, tts: str | Synthesizer | None
    ) -> tuple[Transcriber | None, LanguageModel | None, Synthesizer | None]:
        """Return the providers for a program that asks for these: the scene's in the place of names.

        Raises SceneError for a transcriber or a voice of the program's own, which have to be the scene's.
        """
        for name, given in (("stt", stt), ("tts", tts)):
            if given is not None and not isinstance(given, str):
                raise SceneError(f"{name}={given!r}: the scene has to know it; give it to the scene, Scene({name}=...)")
        return self.stt if stt else None, self.llm if isinstance(llm, str) else llm, self.tts if tts else None

    def parts(self, model: LanguageModel | None, tools: ToolRunner) -> AgentParts:
        """Return what serves the bot, with `model` in the place of the language model."""
        return AgentParts(transcriber=self.stt, language_model=model, synthesizer=self.tts, tools=tools)

    @property
    def spare_voice(self) -> SpareVoice:
        """What is heard when the voice cannot speak; in the kit's own voice, so that it can be read back."""
        return self.tts.spare if isinstance(self.tts, ScriptedSynthesizer) else recording_for

    def scripted(self, name: str, kind: type[T]) -> T:
        """The one of the kit. Raises SceneError when there is another one, or none."""
        given: Any = getattr(self, name)
        if not isinstance(given, kind):
            has = "none" if given is None else f"one of your own, {type(given).__name__}"
            raise SceneError(f"scene.{name} is the kit's provider, which does what it is told; this scene has {has}")
        return given
