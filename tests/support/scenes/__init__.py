"""A kit for scenes: a whole session on virtual time, in a room in memory, with a person and providers of a script."""

from hypothesis import Phase, settings

from tests.support.scenes.brain import Answer, ScriptedLanguageModel
from tests.support.scenes.ears import ScriptedTranscriber
from tests.support.scenes.mouth import HeardWord, ScriptedSynthesizer
from tests.support.scenes.person import MarkedVad, Person
from tests.support.scenes.scene import Scene

AT_RANDOM = settings(deadline=None, max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""For scenes with hypothesis: a failing one prints its timeline; making it smaller would take minutes."""

__all__ = [
    "AT_RANDOM",
    "Answer",
    "HeardWord",
    "MarkedVad",
    "Person",
    "Scene",
    "ScriptedLanguageModel",
    "ScriptedSynthesizer",
    "ScriptedTranscriber",
]
