"""Each fault of each stage at each moment: the conversation goes on, and no word is lost or doubled.

What was said stands in the history once and in its order, what was to be heard was heard once and whole. Unless another
file shows it: what no provider is left for, see `test_outages` and `test_failures`.
"""

import asyncio
from dataclasses import dataclass, field

import pytest

from pipeline.agent import AgentProfile, TurnHook
from pipeline.errors import ToolError
from pipeline.messages import Prompt
from pipeline.ports import ToolSession
from pipeline.resilience.continuation import is_continuation
from pipeline.testing import Scene, ScriptedAnswer, tool_request
from pipeline.testing.virtual_loop import run
from tests.pipeline.scenes.faults import FAULTS, Fault, give_a_hook, give_a_second, give_faults

STAGES = ("stt", "llm", "tts")

QUESTION = "Tell me a story."
STORY = (
    "Once upon a time there was a king. He had three daughters and a very old castle. One day all of them left it, and "
    "nobody knows to this day where they went."
)
AGAIN = "And then what happened?"
WEATHER = "Now what is the weather like?"
SUNNY, UNKNOWN = "It is sunny.", "I cannot tell."

MOMENTS = ("before", "first byte", "mid-stream", "idle", "hold", "tool")
PARTS = {"stt": {"first byte": 38, "mid-stream": 50}, "llm": {"first byte": 1, "mid-stream": 9}}
PARTS["tts"] = PARTS["llm"]
"""Parts of a request behind which the fault strikes: words, or windows of a microphone into which somebody speaks after
a second. At the other moments it is there from a time on."""

RESENT = 14.0
"""Seconds within which words come that were sent again."""


def tell(prompt: Prompt) -> str | ScriptedAnswer:
    """The story; what is missing of it to one who asks to go on; and a tool first where one is wanted."""
    if is_continuation(prompt):
        written = prompt.messages[-2].text.split()
        answer = next(text for text in (STORY, SUNNY, UNKNOWN) if text.startswith(written[0]))
        return " ".join(answer.split()[max(len(written) - 2, 0) :])
    last = prompt.messages[-1]
    if last.role == "tool":
        return SUNNY if last.text == "sunny" else UNKNOWN
    if prompt.tools and "weather" in last.text:
        return ScriptedAnswer(calls=(tool_request("weather"),))
    return STORY


def without(told: str, text: str) -> str:
    """Return what else was said; it is told once at most."""
    return text.replace(f"{told} ", "", 1).removesuffix(f" {told}")


@dataclass
class Talk:
    """A conversation with two questions, in which a fault begins at its moment."""

    scene: Scene
    moment: str
    begins: object
    """Is called when it does."""
    answers: dict[str, str] = field(default_factory=lambda: {QUESTION: STORY, AGAIN: STORY, WEATHER: SUNNY})

    async def play(self) -> None:
        """Talk, and check what became of it."""
        scene = self.scene
        if self.moment in ("before", "first byte", "mid-stream"):
            self._begin()
        if self.moment == "tool":
            said = [WEATHER, QUESTION]
            scene.person.says(WEATHER, at=1.0)
            while not scene.called:
                await scene.pauses(0.05)
            self._begin()
            await self._over()
            scene.person.says(QUESTION)
        else:
            said = [QUESTION, AGAIN]
            ended_at = scene.person.says(QUESTION, at=1.0)
            if self.moment == "hold":
                scene.person.coughs(await scene.hears("daughters", within=ended_at + 30.0) + 0.1, for_=0.4)
                self._begin()
            await self._over()
            self._begin()
            scene.person.says(AGAIN)
        await self._over()
        answered = " ".join(self.answers[text] for text in said)
        assert scene.person_text == " ".join(said)
        told = AgentProfile().spoken_trouble  # of a provider that keeps the person waiting for 8 s
        assert without(told, scene.bot_text) == answered
        if self.moment != "hold":  # the word in which it falls is heard again
            assert without(told, " ".join(word.text for word in scene.heard)) == answered
        scene.check_history()

    def _begin(self) -> None:
        assert callable(self.begins)
        self.begins()

    async def _over(self) -> None:
        """Wait until nothing is to come any more, of words that are sent again neither."""
        await self.scene.is_over()
        self.scene.person.mutes(self.scene._clock.now, RESENT)  # silence costs time to compute, and shows nothing here
        await self.scene.pauses(RESENT)
        await self.scene.is_over()


def new_scene(moment: str, **options: object) -> Scene:
    scene = Scene(apology="Oh no.", **options)  # type: ignore[arg-type]
    scene.llm.reply = tell
    if moment == "hold":
        scene.llm.tokens_a_second, scene.tts.speed = 8.0, 1.2
    return scene


def parts(stage: str, moment: str) -> int:
    return PARTS[stage].get(moment, 0)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_another_provider_takes_over(stage: str, kind: str, moment: str) -> None:
    """The first one stays as it is; in mid-stream a missed deadline is a stall, and a lost connection a closed one."""

    async def conversation() -> None:
        scene = new_scene(moment)
        scene.tool("weather", "sunny", takes=2.0)
        fault = Fault(kind, parts(stage, moment))
        give_a_second(scene, stage, fault)
        async with scene:
            await Talk(scene, moment, fault.begins).play()
            assert fault.struck, "the fault was there"

    run(conversation())


PASSING = [kind for kind in FAULTS if kind not in ("busy", "refused")]
"""Faults that are over when the same provider is asked again at once."""


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_only_provider_is_asked_once_more(stage: str, kind: str, moment: str) -> None:
    """Of a voice that stalls and has not spoken yet nothing is expected, see `test_outages`."""
    if (stage, kind) == ("tts", "stalled") and moment in ("before", "first byte", "tool"):
        return

    async def conversation() -> None:
        scene = new_scene(moment)
        scene.tool("weather", "sunny", takes=2.0)
        fault = Fault(kind, parts(stage, moment), limit=1)
        give_faults(scene, stage, [fault])
        async with scene:
            await Talk(scene, moment, fault.begins).play()
            assert fault.struck, "the fault was there"

    run(conversation())


# --- tools and hooks: in their own moments ---


@pytest.mark.parametrize("fault", ["raises", "is told", "hangs"])
@pytest.mark.parametrize("moment", ["before", "tool", "a barge-in"])
def test_a_tool_that_fails_is_told_to_the_model(fault: str, moment: str) -> None:
    """With a barge-in the person asks for something else while the tool runs: the model then reads both."""

    async def weather(session: ToolSession) -> str:
        await asyncio.sleep(600.0 if fault == "hangs" else 1.0)
        raise ToolError("the service does not answer") if fault == "is told" else RuntimeError("a bug of the tool")

    async def conversation() -> None:
        scene = new_scene(moment)
        scene.tool("weather", weather, timeout=3.0)
        async with scene:
            if moment == "before":
                await Talk(scene, "tool", lambda: None, {WEATHER: UNKNOWN, QUESTION: STORY}).play()
                return
            scene.person.says(WEATHER, at=1.0)
            while not scene.called:
                await scene.pauses(0.05)
            if moment == "a barge-in":
                scene.person.says(QUESTION)
            await scene.is_over()
            said = [text for role, text in scene.history if role == "user"]
            assert said == [WEATHER, *([QUESTION] if moment == "a barge-in" else [])]
            assert [role for role, _ in scene.history].count("tool") == 1
            if moment == "tool":
                assert scene.bot_text == UNKNOWN
            assert any(message.role == "tool" for message in scene.requests[-1].prompt.messages)
            scene.check_history()

    run(conversation())


@pytest.mark.parametrize("kind", ["dropped", "rubbish", "stalled"])
@pytest.mark.parametrize("moment", ["before", "idle", "hold", "tool"])
def test_a_hook_that_fails_costs_no_answer(kind: str, moment: str) -> None:
    """Nor does one that hangs, beyond its own budget."""

    async def conversation() -> None:
        scene = new_scene(moment, turn_hook=TurnHook(budget=1.0))
        scene.tool("weather", "sunny", takes=2.0)
        fault = Fault(kind)
        give_a_hook(scene, fault)
        async with scene:
            await Talk(scene, moment, fault.begins).play()
            assert fault.struck, "the fault was there"

    run(conversation())


# --- the room ---


@pytest.mark.parametrize("fault", ["lost", "stalled", "away", "muted", "10 % of packets"])
@pytest.mark.parametrize("moment", ["before", "mid-word", "thinking", "mid-reply", "idle", "tool"])
def test_a_room_that_fails_loses_nothing_that_came_through(fault: str, moment: str) -> None:
    """Of what is said meanwhile, what reached the bot; of the reply, all: it is held while nobody can hear it."""
    at = {"before": 0.4, "mid-word": 1.3, "thinking": 2.1, "mid-reply": 4.0, "idle": 15.5, "tool": 3.0}[moment]

    async def conversation() -> None:
        lossy = fault == "10 % of packets"
        scene = Scene(apology="Oh no.", loss=0.1 if lossy else 0.0, seed=MOMENTS.index("tool") + round(10 * at))
        scene.llm.reply = tell
        scene.tool("weather", "sunny", takes=3.0)
        async with scene:
            match fault:
                case "lost":
                    scene.room_is_lost(at, for_=2.5)
                case "stalled":
                    scene.person.stalls(at, 2.0)
                case "away":
                    scene.person.goes(at, 3.0)
                case "muted":
                    scene.person.mutes(at, 0.35)
            said = [WEATHER if moment == "tool" else QUESTION, AGAIN]
            scene.person.says(said[0], at=1.0)
            await scene.until(16.0)
            await scene.is_over()
            scene.person.says(AGAIN)
            await scene.is_over()
            heard = scene.person.understandable
            assert scene.person_text.split() == heard
            assert heard[-len(AGAIN.split()) :] == AGAIN.split() or lossy
            if heard == " ".join(said).split():
                answers = [SUNNY if moment == "tool" else STORY, STORY]
                assert scene.bot_text == " ".join(answers)
            assert scene.history[-1][0] == "assistant"
            scene.check_history()

    run(conversation())
