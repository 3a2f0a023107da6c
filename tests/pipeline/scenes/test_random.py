"""Random scenes: whatever happens, nobody's words are lost, doubled or made up, and the bot goes on answering."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Declined, Malformed, ProviderError, Unavailable
from pipeline.testing import Scene, ScriptedAnswer
from pipeline.testing.virtual_loop import run
from pipeline.turn.words import folded
from tests.pipeline.scenes.at_random import AT_RANDOM

STORY = "Once upon a time there was a king. He had three daughters and a very old castle. One day they all left."
GONE = Unavailable("llm", "gone")

ANSWERS = (
    *[ScriptedAnswer(STORY)] * 3,
    ScriptedAnswer("Yes."),
    ScriptedAnswer("Well, I think so. What do you want to know?"),
    ScriptedAnswer(""),
    ScriptedAnswer(error=GONE),
    ScriptedAnswer(STORY, error=GONE),
    ScriptedAnswer(error=Declined("llm", "no")),
    ScriptedAnswer(error=Malformed("llm", "what")),
    ScriptedAnswer(stall=3.0, error=GONE),
)

LANES = {
    "says": "sound",
    "coughs": "sound",
    "mutes": "microphone",
    "stalls": "microphone",
    "goes": "microphone",
    "room lost": "microphone",
    "deaf": "ears",
    "no finalize": "ears",
    "types": "acts",
    "say": "acts",
    "interrupt": "acts",
    "voice fails": "acts",
    "voice away": "voice",
}
"""What can happen. Of one lane nothing happens while something else of it still does."""

SAID = (
    "Stop.",
    "What time is it?",
    "Tell me a story",
    "and then",
    "mm-hm",
    "yes",
    "I would like to",
    "Wait, no.",
    "no",
)


@dataclass(frozen=True)
class Act:
    """Something that happens `gap` seconds after the one before it in its lane, for `duration`."""

    what: str
    gap: float
    duration: float
    text: str


ACTS = st.lists(
    st.builds(
        Act,
        st.sampled_from([*LANES, "says", "says", "says"]),
        gap=st.floats(0.0, 6.0).map(lambda seconds: round(seconds, 3)),
        duration=st.floats(0.05, 3.0).map(lambda seconds: round(seconds, 3)),
        text=st.sampled_from(SAID),
    ),
    max_size=25,
)


def play(scene: Scene, acts: list[Act]) -> float:
    """Have everything happen at its time; returns when the last is over."""
    free_at: defaultdict[str, float] = defaultdict(lambda: 1.0)
    for number, act in enumerate(acts):
        lane = LANES[act.what]
        at, over_at = free_at[lane] + act.gap, free_at[lane] + act.gap + act.duration
        match act.what:
            case "says":
                over_at = scene.person.says(f"{act.text} w{number}", at) + 0.03
            case "coughs":
                over_at = scene.person.coughs(at, act.duration) + 0.03
            case "mutes":
                scene.person.mutes(at, act.duration)
            case "stalls":
                scene.person.stalls(at, act.duration)
            case "goes":
                scene.person.goes(at, act.duration)
            case "room lost":
                over_at = at + 1.0 + act.duration
                scene.room_is_lost(at, over_at - at)
            case "deaf":
                scene.stt.goes_away(at, act.duration)
            case "no finalize":
                scene.does(at, lambda: setattr(scene.stt, "ignores_finalize", True))
                scene.does(over_at, lambda: setattr(scene.stt, "ignores_finalize", False))
            case "types":
                scene.person.types(f"typed{number}", at)
            case "say":
                scene.plays(say(scene, at, f"Let me tell you number {number}."))
            case "interrupt":
                scene.does(at, scene.session.requests.interrupt)
            case "voice fails":
                word = STORY.split()[number % 20]
                scene.does(at, lambda word=word: scene.tts.fails_at(word, times=2))  # type: ignore[misc]
            case "voice away":
                scene.tts.goes_away(at, 4.0 * act.duration)
                over_at = at + 4.0 * act.duration + 5.0  # or one follows the other until the voice is given up
        free_at[lane] = over_at + 0.05
    return max([1.0, *free_at.values()])


def split(text: str) -> tuple[list[str], list[str]]:
    """The words that were said, as an interim or a final has them, and those that were typed."""
    words = folded(text).split()
    return [word for word in words if "typed" not in word], [word for word in words if "typed" in word]


async def say(scene: Scene, at: float, text: str) -> None:
    await scene.until(at)
    with suppress(ProviderError):
        await scene.session.requests.say(text)


@settings(AT_RANDOM, max_examples=25)
@given(ACTS, st.lists(st.sampled_from(ANSWERS), max_size=15), st.sampled_from(["off", "llm", "llm+tts"]))
def test_no_word_is_lost_doubled_or_made_up(acts: list[Act], answers: list[ScriptedAnswer], preemption: str) -> None:
    async def random_scene() -> None:
        async with Scene(preemption=preemption, greeting="Hello, I am the bot.") as scene:
            scene.llm.answers(*answers)
            over_at = play(scene, acts)
            await scene.until(over_at)
            await scene.is_over()
            scene.check_history()

            said, typed = split(scene.person_text)
            assert said == split(" ".join(scene.person.understandable))[0], "each word once, in its order"
            assert typed == [f"typed{number}" for number, act in enumerate(acts) if act.what == "types"]

            scene.llm.says_only("I am still here.")
            scene.person.says("Are you there?")
            await scene.is_over()
            assert scene.history[-1] == ("assistant", "I am still here.")
            assert scene.history[-2] == ("user", "Are you there?")
            scene.check_history()

    run(random_scene())
