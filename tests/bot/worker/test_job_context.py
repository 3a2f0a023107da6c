"""What an entry is given: the job, its configuration read once, and a bot as that says, in whole conversations."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import Agent, tool
from bot.assembly.agents import profile_of
from bot.settings.keywords import AUTO, resolve_arguments
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from bot.worker import SessionRefused
from bot.worker.job import Job
from bot.worker.job_context import JobContext, ProcessContext, serve_voice_bot
from pipeline.errors import SettingsError
from pipeline.messages import Message
from pipeline.testing import Scene, virtual_time
from tests.bot.worker.test_session_config import VALUES, nothing_opened

OPERATOR = Settings(
    instructions="Theirs.",
    greeting="Their greeting.",
    stt=ProviderChoice("deepgram"),
    llm=ProviderChoice("openai"),
    tts=ProviderChoice("cartesia"),
    tools=("current_time", "end_call"),
)


def context(metadata: object = "", operator: Settings = OPERATOR, **options: Any) -> JobContext:
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    job = Job("AJ_1", "lobby", "ws://127.0.0.1:1", "a-token", "rawbot-AJ_1", text, participant=options.pop("who", None))
    return JobContext(job, ProcessContext(operator, cast(Any, None)), **options)


async def converse(job: JobContext, scene: Scene, **keywords: Any) -> None:
    async with job.bot(room=scene, vad=scene.vad, **keywords) as bot:
        await bot.wait_closed()


def test_an_entry_reads_what_the_dispatch_says() -> None:
    job = context({"sessionId": "s-1"}, who="caller")
    assert (job.id, job.room, job.participant, job.identity) == ("AJ_1", "lobby", "caller", "rawbot-AJ_1")
    assert (job.url, job.token) == ("ws://127.0.0.1:1", "a-token")
    assert json.loads(job.metadata) == {"sessionId": "s-1"}
    assert job.config.session_id == "s-1"
    assert (job.settings.room, job.settings.participant, job.settings.greeting) == (
        "lobby",
        "caller",
        "Their greeting.",
    )
    assert context().participant is None


@pytest.mark.parametrize("metadata", ["Hello.", "+49 30 1234", "7", '["a"]', '"{}"'])
def test_plain_text_configures_nothing_and_says_so(metadata: str, caplog: pytest.LogCaptureFixture) -> None:
    job = context(metadata)
    assert job.settings.instructions == "Theirs."
    assert job.metadata == metadata
    assert caplog.messages == ["the job's metadata are no JSON object, and configure nothing"]
    assert job.settings is job.settings


@pytest.mark.parametrize("metadata", ["", " "])
def test_no_metadata_are_nothing_to_speak_of(metadata: str, caplog: pytest.LogCaptureFixture) -> None:
    assert context(metadata).settings.instructions == "Theirs."
    assert caplog.messages == []


def test_a_broken_configuration_is_refused_and_not_taken_for_text() -> None:
    with pytest.raises(SessionRefused, match="no JSON"):
        _ = context('{"systemPrompt": "Be kind."').settings
    assert context('{"systemPrompt": 7}').metadata, "an entry may read metadata of its own shape itself"


def test_what_configures_nothing_is_named(caplog: pytest.LogCaptureFixture) -> None:
    _ = context({"system_prompt": "x", "customer": 7, "memoryKey": "x"}).config
    assert caplog.messages == [
        "the job's metadata have fields that configure nothing: 'system_prompt' (did you mean systemPrompt?); "
        "'customer'"
    ]


@virtual_time
async def test_what_has_no_effect_on_a_bot_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Not to an entry of one's own, for which it may mean something."""
    scene = Scene()
    scene.closes(at=2.0)

    class SceneJob(JobContext):
        def bot(self, **keywords: Any) -> Any:
            return super().bot(room=scene, vad=scene.vad, **keywords)

    job = Job("AJ_1", "lobby", "ws://127.0.0.1:1", "a-token", "rawbot", '{"memoryKey": "customer-7"}')
    await serve_voice_bot(SceneJob(job, ProcessContext(OPERATOR, cast(Any, None))))
    assert "the job's metadata: memoryKey has no effect: the operator has set no memory" in caplog.text


@given(st.one_of(st.text(), VALUES.map(json.dumps)))
def test_whatever_comes_is_a_bot_or_refused(metadata: str) -> None:
    """As far as its parts are put together; nothing of it is opened or loaded."""
    job = context(metadata, agents=[Agent("reception", tools=["end_call"])])
    resolve_arguments(OPERATOR, None, AUTO, AUTO, AUTO, {})  # what that imports is no matter of the metadata
    with nothing_opened():
        try:
            settings, agent = job.settings, job._agent(None)
            parts = resolve_arguments(settings, None, AUTO, AUTO, AUTO, {"agent": agent} if agent else {})
            profile_of(agent, settings, parts.tools.toolbox.definitions)
        except SettingsError as error:
            assert len(str(error)) < 10_000  # noqa: PT017 - most that come are fine


@virtual_time
async def test_the_conversation_is_as_the_metadata_say(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.llm.answers("It is late.")
    scene.person.says("What time is it?", at=4.0)
    scene.closes(at=10.0)
    joined: list[str] = []
    config = {"systemPrompt": "Be kind.", "greeting": "Hi from the session.", "tools": ["current_time"]}
    await converse(context(config, on_joined=lambda: joined.append("joined")), scene)
    scene.assert_heard("hi from the session")
    (request,) = scene.requests
    assert "Be kind." in request.prompt.instructions
    assert [each.name for each in request.prompt.tools] == ["current_time"]
    assert joined == ["joined"]


@virtual_time
async def test_an_agent_that_is_named_leads_with_the_session_s_words() -> None:
    @tool
    def book() -> str:
        """Book."""
        return "booked"

    scene = Scene()
    scene.llm.answers("Yes.")
    scene.person.says("Are you there?", at=4.0)
    scene.closes(at=10.0)
    agents = [
        Agent("billing"),
        Agent("reception", "Be the reception.", tools=[book, "end_call"], greeting="Reception."),
    ]
    await converse(context({"agent": "reception", "greeting": "Hi, Ann.", "tools": ["book"]}, agents=agents), scene)
    scene.assert_heard("hi ann")
    (request,) = scene.requests
    assert "Be the reception." in request.prompt.instructions
    assert [each.name for each in request.prompt.tools] == ["book"]


@virtual_time
async def test_a_program_s_own_tools_may_be_named_and_know_the_job() -> None:
    seen: list[Any] = []

    @tool
    def book() -> str:
        """Book."""
        return "booked"

    scene = Scene()
    scene.closes(at=3.0)
    job = context({"sessionId": "s-1", "tools": ["book"]})
    async with job.bot(room=scene, vad=scene.vad, tools=[book], metadata={"shop": 7}) as bot:
        seen.append(bot._parts.metadata)
        await bot.wait_closed()
    assert seen == [{"job_id": "AJ_1", "session_id": "s-1", "job_metadata": job.metadata, "shop": 7}]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"tools": ["pay"]}, "there is no tool 'pay' here; there are: current_time, end_call"),
        ({"agent": "sales"}, "no agent 'sales' here: the operator gives none"),
        ({"constraints": {"allowedProviders": {"llm": ["x"]}}}, "have no language model: x is not known here"),
    ],
)
async def test_what_there_is_not_is_refused(config: dict[str, Any], why: str) -> None:
    with pytest.raises(SessionRefused, match=why):
        await converse(context(config), Scene())


async def test_a_bot_of_an_entry_is_never_mute_by_oversight() -> None:
    """A worker with an entry of its own starts without providers; a bot does not."""
    with pytest.raises(SettingsError, match="no speech synthesizer: set") as raised:
        await converse(context(operator=Settings(stt=ProviderChoice("none"), llm=ProviderChoice("none"))), Scene())
    assert not isinstance(raised.value, SessionRefused), "nothing that who dispatches could mend"


@virtual_time
async def test_the_bot_of_a_process_that_died_is_followed_without_a_greeting(tmp_path: Path) -> None:
    scene = Scene()
    scene.llm.answers("As I said, at nine.")
    scene.person.says("When was that?", at=4.0)
    scene.closes(at=10.0)
    said = (Message("user", "Book me in.", 0.0), Message("assistant", "At nine.", 0.0))
    await converse(context(history=said), scene)
    scene.assert_not_heard("greeting")
    assert [message.text for message in scene.requests[0].prompt.messages][:2] == ["Book me in.", "At nine."]
