"""Storms of faults at random: what happens in one, and what must hold whatever happens.

`python -m tests.pipeline.scenes.storms 10000 --seed 7` tries as many; a storm that breaks something is printed, and is
played again by `weather(Storm(...))`.
"""

import argparse
import asyncio
import logging
import random
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.clock import loop_time
from pipeline.errors import ProviderError
from pipeline.messages import Prompt
from pipeline.resilience.continuation import is_continuation
from pipeline.testing import Scene, ScriptedAnswer, tool_request
from pipeline.testing.record import Step
from pipeline.testing.virtual_loop import run
from pipeline.turn.policy import Policy
from pipeline.turn.words import folded
from tests.pipeline.scenes.at_random import AT_RANDOM
from tests.pipeline.scenes.faults import FAULTS, Fault, give_faults

STAGES = ("stt", "llm", "tts")
ALL = -1
LAST_FAULT = 16.0
"""Seconds: no fault goes on for longer, so that all providers work in the end."""

SETTLING = 26.0
"""Seconds after which all words have come: a provider may ask to be left alone for 20."""

SENDING = 14.0
"""Seconds within which words come that are sent again."""

APOLOGY, CLOSING, HERE = "Oh no.", "Are you there?", "I am still here."

SIGN_LIMIT = 2 * Policy().provider_budget + 4.0
"""Seconds from the last thing that happened until the person hears or reads something: of an answer that cannot be
made for the budget, and of its apology, which has one of its own; and what making them takes."""

CLOSE_LIMIT = 2.0
"""Seconds in which a session ends that is asked to."""


@dataclass(frozen=True)
class StageFault:
    """A fault of one provider of a stage, in part number `after` of each request within some seconds."""

    stage: str
    provider: int
    """Its place; ALL for each of them."""
    kind: str
    after: int
    begins: float
    lasts: float


@dataclass(frozen=True)
class Act:
    """What somebody does, `gap` seconds after the one before it in its lane."""

    what: str
    gap: float
    lasts: float


@dataclass(frozen=True)
class Storm:
    """Everything that happens."""

    providers: tuple[int, int, int]
    """Of the transcriber, the language model, the voice."""
    faults: tuple[StageFault, ...]
    acts: tuple[Act, ...]
    preemption: str
    talks_by_button: bool
    """The microphone is off while nobody speaks."""
    hedges: bool

    def spares(self, stage: str) -> bool:
        """Whether one of a stage's providers always works."""
        count = self.providers[STAGES.index(stage)]
        return any(not self.faults_of(stage, provider) for provider in range(count))

    def faults_of(self, stage: str, provider: int) -> list[StageFault]:
        """What is wrong with one provider."""
        return [it for it in self.faults if it.stage == stage and it.provider in (ALL, provider)]


LANES = {
    "says": "sound",
    "asks for the tool": "sound",
    "begins to say": "sound",
    "coughs": "sound",
    "mutes": "microphone",
    "stalls": "microphone",
    "goes": "microphone",
    "room lost": "microphone",
    "types": "acts",
    "say": "acts",
    "interrupt": "acts",
    "tool hangs": "tool",
}
"""What can happen. Of one lane nothing happens while something else of it still does."""


def _rounded(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(round(low * 100), round(high * 100)).map(lambda hundredths: hundredths / 100)


FAULT = st.builds(
    StageFault,
    st.sampled_from(STAGES),
    st.sampled_from([0, 0, 1, 2, ALL, ALL]),
    st.sampled_from(FAULTS),
    st.sampled_from([0, 0, 0, 1, 2, 5, 30]),
    _rounded(0.0, 6.0),
    _rounded(0.5, 14.0),
)
ACT = st.builds(
    Act, st.sampled_from(["says", "says", "says", "asks for the tool", *LANES]), _rounded(0.0, 2.5), _rounded(0.1, 2.5)
)
STORMS = st.builds(
    Storm,
    st.tuples(*[st.sampled_from([1, 2, 3])] * 3),
    st.lists(FAULT, min_size=2, max_size=5).map(tuple),
    st.lists(ACT, min_size=1, max_size=6).map(tuple),
    st.sampled_from(["off", "llm", "llm+tts"]),
    st.sampled_from([True, True, False]),
    st.booleans(),
)


def reply(prompt: Prompt) -> str | ScriptedAnswer:
    """An answer that can be foreseen, its rest for one who asks to go on, or a call of the tool."""
    if is_continuation(prompt):
        written = prompt.messages[-2].text
        whole = _answer(prompt.messages[:-2][-1].text)
        return " ".join(whole.split()[max(len(written.split()) - 2, 0) :])
    last = prompt.messages[-1]
    if prompt.tools and last.role == "user" and "weather" in last.text.split()[-2:][0]:
        return ScriptedAnswer(calls=(tool_request("weather"),))
    return _answer(last.text)


def _answer(asked: str) -> str:
    return f"You said {' '.join(asked.split()[-2:])} and more. What else is there?"


def play(scene: Scene, acts: tuple[Act, ...], hanging: list[tuple[float, float]]) -> tuple[float, list[str]]:
    """Have everything happen at its time; returns when the last is over, and what is typed."""
    free_at: defaultdict[str, float] = defaultdict(lambda: 0.5)
    typed = list[str]()
    for number, act in enumerate(acts):
        lane = LANES[act.what]
        at = free_at[lane] + act.gap
        over_at = at + act.lasts
        match act.what:
            case "says":
                over_at = scene.person.says(f"Tell me of w{number}.", at)
            case "asks for the tool":
                over_at = scene.person.says(f"And now the weather w{number}?", at)
            case "begins to say":
                over_at = scene.person.says(f"I would like w{number} and", at)
            case "coughs":
                over_at = scene.person.coughs(at, act.lasts)
            case "mutes":
                scene.person.mutes(at, act.lasts)
            case "stalls":
                scene.person.stalls(at, act.lasts)
            case "goes":
                scene.person.goes(at, act.lasts)
            case "room lost":
                over_at += 1.0
                scene.room_is_lost(at, over_at - at)
            case "types":
                typed.append(f"typed{number}")
                scene.person.types(typed[-1], at)
            case "say":
                scene.plays(_say(scene, at, f"Let me tell you number {number}."))
            case "interrupt":
                scene.does(at, scene.session.requests.interrupt)
            case "tool hangs":
                hanging.append((at, over_at + 3.0))
        free_at[lane] = over_at + 0.08
    return max(free_at.values(), default=1.0), typed


async def _say(scene: Scene, at: float, text: str) -> None:
    await scene.until(at)
    with suppress(ProviderError):
        await scene.session.requests.say(text)


def weather(storm: Storm) -> None:
    """Play a storm, and check what must hold. Raises AssertionError, or whatever the session breaks by."""
    random.seed(0)  # pauses between attempts are by chance; this is what hypothesis does
    given_up = _LeftOut()
    logging.getLogger("pipeline").addHandler(given_up)
    try:
        run(_play(storm, given_up))
    finally:
        logging.getLogger("pipeline").removeHandler(given_up)


async def _play(storm: Storm, given_up: "_LeftOut") -> None:
    scene = Scene(apology=APOLOGY, preemption=storm.preemption, hedges_model=storm.hedges)
    hanging = list[tuple[float, float]]()

    async def forecast(session: object) -> str:
        now = scene._clock.now
        await asyncio.sleep(max((ends - now for begins, ends in hanging if begins <= now < ends), default=0.0))
        return "sunny"

    scene.tool("weather", forecast, takes=0.4, timeout=4.0)
    scene.llm.reply = reply
    for stage, count in zip(STAGES, storm.providers, strict=True):
        give_faults(scene, stage, *([_fault(it) for it in storm.faults_of(stage, place)] for place in range(count)))
    left_at, broken_by = 0.0, None
    try:
        async with scene:
            await _talk(scene, storm, hanging, given_up)
            left_at = loop_time()
    except ProviderError as error:
        broken_by = error
    check_one_writer(scene._steps)
    check_signs(scene._steps, None if broken_by else scene._clock.now)
    if broken_by is None:
        assert loop_time() - left_at <= CLOSE_LIMIT, "the session does not end when it is asked to"
        scene.check_history()
        return
    assert not all(map(storm.spares, STAGES)), f"it ended with {broken_by!r}, and others worked"


def _fault(it: StageFault) -> Fault:
    until = min(it.begins + it.lasts, LAST_FAULT)
    return Fault(it.kind, it.after, since=it.begins, until=until)


async def _talk(scene: Scene, storm: Storm, hanging: list[tuple[float, float]], given_up: "_LeftOut") -> None:
    over_at, typed = play(scene, storm.acts, hanging)
    if storm.talks_by_button:
        _switch_off(scene, 0.0, over_at)
    await scene.until(over_at + 1.5)
    settled_at = max(LAST_FAULT, over_at) + SETTLING
    _switch_off(scene, scene._clock.now, settled_at)
    await scene.until(settled_at)
    if not scene.session.state.turn.is_fragment:  # else the rest was left out, and the person asked to say it again
        await scene.is_over()
    scene.llm.says_only(HERE)
    ended_at = scene.person.says(CLOSING, scene._clock.now + 0.1)
    await scene.until(ended_at + 1.0)
    _switch_off(
        scene, ended_at + 1.0, ended_at + SENDING
    )  # a transcriber that hung is found out, and hears it all again
    await scene.until(ended_at + SENDING)
    await scene.is_over()
    assert scene.history[-1] == ("assistant", HERE), "it does not go on"
    assert len(scene.session.state.history) == scene.session.state.message_number
    of_typed = [word for word in folded(scene.person_text).split() if word.startswith("typed")]
    of_said = [word for word in folded(scene.person_text).split() if not word.startswith("typed")]
    assert of_typed == typed, "what was typed is there once, in its order"
    understandable = folded(" ".join(scene.person.understandable)).split()
    assert of_said[-3:] == folded(CLOSING).split()
    if given_up.count:
        assert _is_part(of_said, understandable), "each word at most once, in its order"
    else:
        assert of_said == understandable, "each word once, in its order"


def _switch_off(scene: Scene, since: float, until: float) -> None:
    """Have the microphone off while nobody makes a sound, a second apart: silence there takes time to compute."""
    at = since
    for sound in sorted([*scene.person.sounds, *scene._microphone._sounds], key=lambda sound: sound.began_at):
        if sound.began_at - 0.3 > at:
            scene.person.mutes(at, sound.began_at - 0.3 - at)
        at = max(at, sound.ended_at + 0.9)
    if until > at:
        scene.person.mutes(at, until - at)


def _is_part(words: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(word in rest for word in words)


def check_one_writer(steps: list[Step]) -> None:
    """Messages have the numbers 1, 2, 3, ..."""
    kinds = commands.TurnCommitted | commands.ReplyCommitted | commands.ToolCommitted
    numbers = [it.message.number for step in steps for it in step.commands if isinstance(it, kinds)]
    assert numbers == list(range(1, len(numbers) + 1))


SIGNS = (events.PlayoutStarted, events.ReplyDelayed)
HAPPENINGS = (
    events.SpeechStarted,
    events.SpeechStopped,
    events.InterimTranscript,
    events.FinalTranscript,
    events.TextReceived,
    events.PersonAway,
    events.PersonBack,
    events.ConnectionLost,
    events.ConnectionRestored,
    events.TranscriberBack,
    events.ToolReturned,
    events.ReplyEnded,
)


def check_signs(steps: list[Step], ended_at: float | None) -> None:
    """Whoever has said something hears or reads something of the bot in time, or the bot has ended.

    `ended_at` is when the scene was over; None when the bot has ended by itself.
    """
    waits_since: float | None = None
    for step in steps:
        if waits_since is not None:
            assert step.at <= waits_since + SIGN_LIMIT, f"nothing is heard from {waits_since:.2f} to {step.at:.2f} s"
        if isinstance(step.event, SIGNS) or _settles(step):
            waits_since = None
        elif _asks(step) or (waits_since is not None and isinstance(step.event, HAPPENINGS)):
            waits_since = step.at
    if waits_since is not None and ended_at is not None:
        assert ended_at <= waits_since + SIGN_LIMIT, f"nothing is heard from {waits_since:.2f} s on"


def _asks(step: Step) -> bool:
    """There are new words; a final may repeat those that were answered."""
    shown = any(isinstance(it, commands.ShowPersonText) and it.text and not it.is_final for it in step.commands)
    return shown or isinstance(step.event, events.TextReceived)


def _settles(step: Step) -> bool:
    """Nothing is owed: the answer goes on, the program has called it off, or there was nothing to answer."""
    if isinstance(step.event, events.InterruptRequested):
        return True
    return any(
        isinstance(it, commands.Resume) or (isinstance(it, commands.TurnCommitted) and it.message.is_backchannel)
        for it in step.commands
    )


class _LeftOut(logging.Handler):
    """Counts how often audio was left out because connections broke on it again and again: its words are lost."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += "which is left out" in record.getMessage()


def try_storms(count: int, number: int) -> None:
    """Try so many; the number, a seed, makes the same ones again."""

    @seed(number)
    @settings(AT_RANDOM, max_examples=count, database=None, suppress_health_check=list(HealthCheck))
    @given(STORMS)
    def each(storm: Storm) -> None:
        weather(storm)

    each()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.pipeline.scenes.storms", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    logging.getLogger("pipeline").propagate = False  # thousands of lines
    print(f"{arguments.count} storms of seed {arguments.seed}", flush=True)
    before = time.process_time()
    try_storms(arguments.count, arguments.seed)
    print(f"all were weathered, in {time.process_time() - before:.0f} s of processor time")


if __name__ == "__main__":
    main()
