"""The README's worker, the example's, and the agents that the docs name, in whole conversations."""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from bot.worker.job import Job
from bot.worker.job_context import JobContext, ProcessContext
from bot.worker.program import JobProgram, load_program, prepare
from bot.worker.program_places import ProgramPlaces
from bot.worker.session_config import SessionRefused, read_session_config
from pipeline.testing import Scene, virtual_time
from tests.support.readme_worker import readme_worker

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "worker.py"
PROCESS = ProcessContext(
    Settings(stt=ProviderChoice("deepgram"), llm=ProviderChoice("openai"), tts=ProviderChoice("cartesia")),
    cast(Any, None),
)


@pytest.fixture
def readme(tmp_path: Path) -> JobProgram:
    program = readme_worker()
    assert len([line for line in program.splitlines() if line]) <= 20
    (tmp_path / "desk.py").write_text(program, "utf-8")
    return load_program(ProgramPlaces(f"{tmp_path / 'desk.py'}:entry", f"{tmp_path / 'desk.py'}:prewarm"))


async def serve(program: JobProgram, scene: Scene, metadata: dict[str, Any]) -> None:
    """Serve a job in a scene instead of a room."""

    class SceneJob(JobContext):
        def bot(self, **keywords: Any) -> Any:
            return super().bot(room=scene, vad=scene.vad, **keywords)

    job = Job("AJ_1", "lobby", "ws://127.0.0.1:1", "a-token", "rawbot-AJ_1", json.dumps(metadata))
    await program.entry(SceneJob(job, PROCESS, prewarmed=await prepare(program, PROCESS), agents=program.agents))


@virtual_time
async def test_the_readme_s_entry_knows_who_calls(readme: JobProgram) -> None:
    scene = Scene()
    scene.llm.calls("who_calls")
    scene.llm.answers("Your bicycle is ready, Ann.")
    scene.person.says("Is my bicycle ready?", at=3.0)
    scene.closes(at=12.0)
    await serve(readme, scene, {"memoryKey": "customer-7", "greeting": "Hello."})
    scene.assert_heard("hello")
    scene.assert_called("who_calls")
    assert scene.requests[1].said[-1] == ("tool", "Ann, whose blue bicycle is ready")
    scene.assert_heard("your bicycle is ready")


@virtual_time
async def test_the_example_greets_its_customer() -> None:
    program = load_program(ProgramPlaces(f"{EXAMPLE}:entry", f"{EXAMPLE}:prewarm"))
    scene = Scene()
    scene.llm.calls("order_status")
    scene.llm.answers("The blue bicycle is ready.")
    scene.person.says("Is it ready?", at=4.0)
    scene.closes(at=12.0)
    await serve(program, scene, {"memoryKey": "customer-7"})
    scene.assert_heard("hello ann")
    assert scene.requests[1].said[-1] == ("tool", "the blue bicycle is ready")
    with pytest.raises(SessionRefused, match="there is no customer 'customer-9'"):
        await serve(program, Scene(), {"memoryKey": "customer-9"})


@virtual_time
async def test_a_job_names_one_of_the_example_s_agents() -> None:
    program = load_program(ProgramPlaces(agents=(str(ROOT / "examples" / "two_agents.py"),)))
    scene = Scene()
    scene.llm.answers("It is 120 dollars.")
    scene.person.says("What is to be paid?", at=4.0)
    scene.closes(at=12.0)
    await serve(program, scene, {"agent": "billing", "greeting": "Billing, good day."})
    scene.assert_heard("billing good day")
    assert "the billing department" in scene.requests[0].prompt.instructions


def test_the_configuration_in_the_docs_is_one() -> None:
    (example,) = re.findall(r"^    (\{\"systemPrompt\".*\})$", (ROOT / "docs" / "deploy.md").read_text("utf-8"), re.M)
    config = read_session_config(example)
    assert list(config.unknown_fields()) == []
    assert (config.greeting, config.tools) == ("Good evening.", ("end_call",))
