"""What is measured beside a conversation: requests made again, gaps, what drafts have cost."""

import pytest

from pipeline.events import CharactersUsed, PlayoutUnderrun, ReplyChunked, ReplyReady, ReplyWritten, RequestRepeated
from pipeline.metrics import Metrics
from pipeline.testing import Scene
from pipeline.testing.scripted_tts import duration_of
from pipeline.testing.virtual_loop import virtual_time
from tests.pipeline.scenes.faults import Fault, give_a_second

STORY = "Once upon a time there was a king, and he had three daughters. One day all of them left him."


def repeated(scene: Scene) -> list[RequestRepeated]:
    return [event for event in scene.events if isinstance(event, RequestRepeated)]


async def told(scene: Scene) -> Metrics:
    """The figures of a question and its answer."""
    scene.llm.says_only(STORY)
    scene.person.says("Tell me a story.", at=1.0)
    await scene.is_over()
    scene.assert_heard(STORY)
    return scene.metrics


@virtual_time
async def test_each_stage_of_an_answer_is_seen() -> None:
    async with Scene() as scene:
        metrics = await told(scene)
    (waterfall,) = metrics.waterfalls
    assert waterfall.total == pytest.approx(scene.answer_delays[0], abs=0.1)
    assert [span.name for span in waterfall.spans if span.name not in ("transport", "playout")] == [
        "endpointing", "stt", "llm", "chunk", "tts",
    ]  # fmt: skip
    assert waterfall.hidden > 0
    of_reply = [type(event) for event in scene.events if isinstance(event, ReplyWritten | ReplyChunked | ReplyReady)]
    assert of_reply == [ReplyWritten, ReplyChunked, ReplyReady]
    assert metrics.counts.characters == sum(len(chunk) for _, chunk in scene.tts.chunks)
    assert (metrics.counts.retries, metrics.counts.failovers, metrics.counts.second_requests) == (0, 0, 0)


@pytest.mark.parametrize("stage", ["stt", "llm", "tts"])
@pytest.mark.parametrize(
    ("fault", "how"),
    [
        pytest.param("refused", ["failover"], id="refused"),
        pytest.param("dropped", ["retry", "failover"], id="dropped"),
    ],
)
@virtual_time
async def test_requests_that_were_made_again(stage: str, fault: str, how: list[str]) -> None:
    """Which provider, why, and for which reply: the answer says that it has waited for them."""
    scene = Scene()
    first = Fault(fault)
    give_a_second(scene, stage, first)
    scene.does(1.3, first.begins)  # while the person speaks
    async with scene:
        metrics = await told(scene)
        again = repeated(scene)
        assert {event.stage for event in again} == {stage}
        assert [event.how for event in again] == how
        assert again[-1].provider == "second"
        assert all("HTTP 401" in event.reason or "connection was lost" in event.reason for event in again)
        assert {event.reply_id for event in again} == ({""} if stage == "stt" else {"reply-1"})
        (answer,) = metrics.latencies
        assert (answer.retries, answer.failovers) == (how.count("retry"), how.count("failover"))
        assert (metrics.counts.retries, metrics.counts.failovers) == (answer.retries, answer.failovers)


@virtual_time
async def test_a_second_request_beside_a_late_one() -> None:
    async with Scene() as scene:
        scene.llm.first_token = 4.0
        metrics = await told(scene)
        (again,) = repeated(scene)
        assert (again.stage, again.how, again.reason, again.reply_id) == ("llm", "second", "", "reply-1")
        assert metrics.waterfalls[0].second_requests == 1
        assert metrics.waterfalls[0].slowest == "llm"
        assert "1 second request, slow: most of it llm" in str(metrics.waterfalls[0])


@virtual_time
async def test_a_voice_that_is_too_slow_leaves_gaps() -> None:
    async with Scene() as scene:
        scene.tts.speed = 0.8
        metrics = await told(scene)
        gaps = [event for event in scene.events if isinstance(event, PlayoutUnderrun)]
        assert len(gaps) == metrics.counts.underruns > 0
        spoken = sum(duration_of(word.text) + 0.03 for word in scene.heard[:-1])  # with the pause behind each word
        silent = scene.heard[-1].at - scene.heard[0].at - spoken
        assert sum(gap.duration for gap in gaps) == pytest.approx(silent, abs=0.02 * len(gaps))
        assert metrics.counts.underrun_duration == pytest.approx(sum(gap.duration for gap in gaps))


@virtual_time
async def test_what_a_draft_has_cost_that_nobody_heard() -> None:
    async with Scene() as scene:
        scene.llm.says_only(STORY)
        scene.llm.first_token = 0.1
        ended_at = scene.person.says("I like the sea.", at=1.0)
        scene.person.says("I like the mountains.", at=ended_at + 0.4)
        await scene.is_over()
        counts = scene.metrics.counts
    assert counts.drafts_discarded
    used = {event.reply_id: event.characters for event in scene.events if isinstance(event, CharactersUsed)}
    assert len(used) == 2 + counts.drafts_discarded, "with the sentence that is made ahead, for no reply"
    assert counts.characters == sum(used.values())
    assert 0 < counts.wasted_characters < counts.characters
    assert 0 < counts.wasted_prompt_tokens < counts.prompt_tokens
