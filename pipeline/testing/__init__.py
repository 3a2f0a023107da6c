"""Test your own bot: whole conversations without a network, on virtual time, ten minutes of talk in two seconds.

    def test_it_stops_when_it_is_interrupted(scene):              # a fixture of pytest, or: scene = Scene()
        scene.llm.answers("Once upon a time there was a king who had three daughters.", "All right.")
        scene.person.says("Tell me a story.", at=1.0)
        scene.person.interrupts("Stop, please.", at=5.0)
        scene.run()
        scene.assert_heard("once upon a time")

A scene has a person, a bot and a room between them; all times are seconds since its beginning.

What the person does
    `scene.person`: `says(text, at=)`, `coughs(at=, for_=)`, `interrupts(text, at=)` or `(text, on="word")`, `types`,
    `presses(keys, at=)` of a telephone, `mutes`, `stalls`, `is_unheard`, `goes`, `leaves`, and
    `plays("file.wav", at=, words="what is said in it")`.
What the bot is
    `Scene(...)` or `@pytest.mark.scene(...)`: `stt`, `llm`, `tts` and `vad` of your own (see `pipeline.ports`) or None;
    `policy` and `agent`, or their fields by name (`instructions=`, `greeting=`, ...); `history`, and
    `answers=False` for a bot that speaks only on request: `scene.say(text)`, `scene.generate_reply()`.
What the scripted providers do
    `scene.llm.answers(...)`, `.says_only(text)`, `.first_token`; `scene.stt.delay`, `.goes_away(at, for_)`;
    `scene.tts.fails_at(word)`, `.first_audio`.
What tools it has
    `scene.tool("get_weather", "sunny", takes=2.0)`; `scene.llm.calls("get_weather", city="Paris")` has the model call
    it, and the answer after that one is to the result. A text with calls: `ScriptedAnswer(text, calls=(tool_request(
    "get_weather", city="Paris"),))`.
What the app of the person does
    `scene.rpc("where", "in Paris", takes=0.5)` answers a method that a tool of a `VoiceBot` calls, `scene.rpc_calls`.
    `scene.dialed` are the keys of a telephone that the bot has pressed, `scene.sent` the texts that it has written into
    the room. `scene.telephones()` makes the person a caller, `scene.transferred` is where their call went on.
What the network does
    `Scene(loss=0.05, jitter=0.03, seed=7)`; `scene.room_is_lost(at, for_)`.
What came of it
    `scene.heard`, `heard_text`, `history`, `requests`, `called`, `captions`, `answer_delays`, `metrics`, `timeline`,
    and `assert_heard`, `assert_not_heard`, `assert_said`, `assert_requested`, `assert_requests`, `assert_called`,
    `assert_not_called`, `assert_answered_within`, `assert_silent`, `assert_silent_within`, `check_history`.

What depends on what the bot does is written with `scene.when_heard(word, act)` and
`scene.converse(SimulatedCaller([...]))`, a caller who waits for each answer; or in a coroutine, where `hears`, `until`,
`answer`, `comes` and `is_over` wait:

    @virtual_time
    async def test_it_goes_on_after_a_cough():
        async with Scene(instructions="Tell stories.") as scene:
            scene.llm.answers("Once upon a time there was a king who had three daughters.")
            scene.person.says("Tell me a story.", at=1.0)
            scene.person.coughs(at=await scene.hears("king") + 0.1)
            await scene.is_over()
            scene.assert_heard("a king who had three daughters")

A program with a `VoiceBot` is tested by giving it the scene as its room, which it plays by being in it. Providers that
it asks for by name are the scene's; `scene.closes(at=)` ends the room, and `scene.written` is what it wrote:

    async def survey(room):
        async with VoiceBot(room=room, llm=None) as bot:
            return (await bot.ask("What is your name?", timeout=10.0)).text

    @virtual_time
    async def test_it_asks_for_the_name():
        scene = Scene()
        scene.when_heard("name?", lambda: scene.person.says("Anna.", at=3.0))
        assert await survey(room=scene) == "Anna."

`Scene.from_journal(path)` plays a recorded conversation again. What talks to a real network cannot be on virtual time:
`scene.run(real_time=True)`, or a usual event loop around `async with`, gives it the time it takes.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.testing.caller import SimulatedCaller as SimulatedCaller
    from pipeline.testing.errors import NotOnVirtualTime as NotOnVirtualTime
    from pipeline.testing.errors import SceneError as SceneError
    from pipeline.testing.errors import SceneFailed as SceneFailed
    from pipeline.testing.person import Person as Person
    from pipeline.testing.requests import Request as Request
    from pipeline.testing.scene import Scene as Scene
    from pipeline.testing.scripted_llm import ScriptedAnswer as ScriptedAnswer
    from pipeline.testing.scripted_llm import ScriptedLanguageModel as ScriptedLanguageModel
    from pipeline.testing.scripted_stt import ScriptedTranscriber as ScriptedTranscriber
    from pipeline.testing.scripted_tools import CalledTool as CalledTool
    from pipeline.testing.scripted_tools import tool_request as tool_request
    from pipeline.testing.scripted_tts import ScriptedSynthesizer as ScriptedSynthesizer
    from pipeline.testing.virtual_loop import run as run
    from pipeline.testing.virtual_loop import virtual_time as virtual_time
    from pipeline.testing.word_reader import PlayedWord as PlayedWord

_PLACES = {
    "CalledTool": "scripted_tools",
    "ScriptedAnswer": "scripted_llm",
    "SimulatedCaller": "caller",
    "PlayedWord": "word_reader",
    "NotOnVirtualTime": "errors",
    "Person": "person",
    "Request": "requests",
    "Scene": "scene",
    "SceneError": "errors",
    "SceneFailed": "errors",
    "ScriptedLanguageModel": "scripted_llm",
    "ScriptedSynthesizer": "scripted_tts",
    "ScriptedTranscriber": "scripted_stt",
    "run": "virtual_loop",
    "tool_request": "scripted_tools",
    "virtual_time": "virtual_loop",
}

__all__ = [
    "CalledTool",
    "NotOnVirtualTime",
    "Person",
    "PlayedWord",
    "Request",
    "Scene",
    "SceneError",
    "SceneFailed",
    "ScriptedAnswer",
    "ScriptedLanguageModel",
    "ScriptedSynthesizer",
    "ScriptedTranscriber",
    "SimulatedCaller",
    "run",
    "tool_request",
    "virtual_time",
]


def __getattr__(name: str) -> Any:
    """Load each name at its first use: pytest imports this package at every start, for its plugin."""
    if name in _PLACES:
        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
