"""A kit for scenes: a whole session on virtual time, in a room in memory, with a person and providers of a script."""

from tests.support.scenes.brain import Answer, ScriptedLanguageModel
from tests.support.scenes.ears import ScriptedTranscriber
from tests.support.scenes.mouth import HeardWord, ScriptedSynthesizer
from tests.support.scenes.person import MarkedVad, Person
from tests.support.scenes.scene import Scene

__all__ = [
    "Answer",
    "HeardWord",
    "MarkedVad",
    "Person",
    "Scene",
    "ScriptedLanguageModel",
    "ScriptedSynthesizer",
    "ScriptedTranscriber",
]
